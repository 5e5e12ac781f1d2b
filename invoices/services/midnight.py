"""The day ends: an online invoice that was not sent on the day of P_1 becomes offline24.

Online means sent on that day (art. 106nda ust. 16), and KSeF decides the same way. The sweeper
turns what waits right after midnight, the drain looks once more before it sends. Outage and
offline modes that come meanwhile leave queued online invoices alone until midnight: what a
person issued as online may still arrive in time. Only a person turns one sooner.
"""

import logging
from collections import defaultdict
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from auth_ksef.kod2 import Kod2Refused
from auth_ksef.messages import stored
from invoices.models import Document, Submission
from invoices.services.deadlines import Known, deadline_set, goes_outside, known
from invoices.services.delivery_states import (
    RETRYABLE,
    WITHOUT_KOD2,
    IllegalMove,
    State,
    attempt,
)
from invoices.services.papers import kod2_make
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise, notice_resolve

log = logging.getLogger(__name__)

MOST_PER_RUN = 500
Mode = Submission.Mode
BY_MIDNIGHT = ("art. 106nda ust. 16 ustawy o VAT", "art. 106nda(16) of the VAT Act")
BY_PERSON = (
    "{name}: art. 106nda ust. 1 ustawy o VAT",
    "{name}: art. 106nda(1) of the VAT Act",
)
IF_ABSENT = (
    "jeśli KSeF jej nie ma, przejdzie w tryb offline24 (art. 106nda ust. 16)",
    "if KSeF does not have it, it becomes offline24 (art. 106nda(16))",
)
BOOKED = (
    "KSeF oznaczył ją jako wystawioną offline (art. 106nda ust. 16)",
    "KSeF marked it as offline (art. 106nda(16))",
)
BOOKED_ONLINE = (
    "KSeF oznaczył ją jako online; u nas zostaje tryb, w którym została wystawiona",
    "KSeF marked it as online; here it keeps the mode in which it was issued",
)


def midnight_turn() -> int:
    """Turns what waits online since yesterday; tells once a company and day. Returns how many."""
    turned: dict[Company, list[Submission]] = defaultdict(list)
    said: dict[int, Known] = {}
    for row in _of_past_days(RETRYABLE)[:MOST_PER_RUN]:
        company = row.document.company
        if company.pk not in said:
            said[company.pk] = known(company)
        try:
            if turn(row, said[company.pk]):
                turned[company].append(row)
        except Exception:  # one must not keep the others online
            log.exception("midnight: %s", row.pk)
    for company, changed in turned.items():
        _tell(company, changed)
    for row in _of_past_days([State.UNKNOWN]).filter(deadline_on=None)[:MOST_PER_RUN]:
        _deadline_if_absent(row)
    _papers_missing()
    return sum(map(len, turned.values()))


def _of_past_days(states):
    return (
        Submission.objects.filter(
            state__in=states,
            mode=Mode.ONLINE,
            document__issued_on__lt=clock.today(),
            environment=F("document__company__environment"),
        )
        .select_related("document", "document__company", "document__replaces__submission")
        .order_by("document__issued_on", "pk")
    )


def turn(row: Submission, said: Known | None = None) -> bool:
    """Makes an online row of a past day offline24, with its deadline; False if nothing changed.

    For a row that waits, or one that this worker has claimed and is about to send. `said` is
    the journal where the caller turns many.
    """
    if row.mode != Mode.ONLINE or row.document.issued_on >= clock.today():
        return False
    return _become_offline(row, "offline24", BY_MIDNIGHT, said)


def mode_turn(*, document: Document, user: User) -> None:
    """ "Przejdź na offline24 teraz": so that a paper can be handed out while it waits.

    Raises IllegalMove unless it waits online, Kod2Refused where no paper could be made.
    """
    with transaction.atomic():
        row = Submission.objects.select_for_update().get(document=document)
        row.document = document
        if row.mode != Mode.ONLINE or row.state not in RETRYABLE:
            raise IllegalMove(f"{row.mode}, {row.state}: not waiting online")
        polish, english = (text.format(name=user) for text in BY_PERSON)
        if not _become_offline(row, "by_hand", (polish, english)):
            raise IllegalMove("somebody else moved it")
        kod2_make(document, acting=user)
        audit("invoice.offline24", company=document.company, user=user, subject=document.number)


def _become_offline(
    row: Submission, outcome: str, why: tuple[str, str], said: Known | None = None
) -> bool:
    with transaction.atomic():
        same = Submission.objects.filter(
            pk=row.pk, mode=Mode.ONLINE, state=row.state, tries=row.tries
        )
        if not same.update(mode=Mode.OFFLINE24):
            return False
        row.mode = Mode.OFFLINE24
        found = deadline_set(row, said)
        attempt(row, "mode", outcome, text=stored(why))
        if found.state == "none":
            goes_outside(row, found)
    return True


def _deadline_if_absent(row: Submission) -> None:
    """What is unknown keeps its mode; its people must know until when the truth matters."""
    with transaction.atomic():
        deadline_set(row)
        attempt(row, "mode", "deadline", text=stored(IF_ABSENT))


def booked_offline(submission: Submission, mode: str) -> None:
    """KSeF's `invoicingMode` of an accepted invoice, where it differs from ours.

    "Offline" for an online row makes it offline24 with its deadline, which the sending has
    met or missed. "Online" for an offline row changes nothing: the mode is a fact of the issue.
    """
    is_online = submission.mode == Mode.ONLINE
    if mode == "Offline" and is_online:
        Submission.objects.filter(pk=submission.pk).update(mode=Mode.OFFLINE24)
        submission.mode = Mode.OFFLINE24
        deadline_set(submission)
        attempt(submission, "mode", "booked", text=stored(BOOKED))
    elif mode == "Online" and not is_online:
        attempt(submission, "mode", "booked_online", text=stored(BOOKED_ONLINE))


def _tell(company: Company, rows: list[Submission]) -> None:
    unsigned = [row for row in rows if not _signed(row.document)]
    polish = f"Nie wyszły do KSeF w dniu wystawienia i są teraz w trybie offline24: {len(rows)}."
    english = f"Not sent on their day of issue and offline24 now: {len(rows)}."
    if unsigned:
        polish += f" Bez KODU II, więc nic z nich nie wolno wydać: {len(unsigned)}."
        english += f" Without KOD II, so that nothing may be handed out: {len(unsigned)}."
    notice_raise(
        company=company,
        key=f"midnight:{clock.today().isoformat()}",
        kind="warn",
        text=(polish, english),
        path=offline_path(company),
    )


def _signed(document: Document) -> bool:
    try:
        kod2_make(document)
    except Kod2Refused:
        return False
    except Exception:  # a certificate that nobody foresaw must not stop the sweep
        log.exception("KOD II of %s", document.pk)
        return False
    return True


def _papers_missing() -> None:
    """Buyers of art. 106gb ust. 4 must get a paper with both codes; without one it is an alarm."""
    rows = (
        Submission.objects.filter(
            state=State.WAITING,
            document__kod2=None,
            environment=F("document__company__environment"),
        )
        .exclude(mode__in=WITHOUT_KOD2)
        .exclude(document__hand_over_why="")
        .select_related("document", "document__company", "document__issued_by")
    )
    missing: dict[Company, int] = defaultdict(int)
    lacks: dict[tuple, bool] = {}
    for row in rows[:MOST_PER_RUN]:
        document = row.document
        who = document.company_id, document.issued_by_id
        # Whether anything can be signed depends on who issued, and is asked once for them all.
        if who not in lacks:
            lacks[who] = not _signed(document)
        elif not lacks[who]:
            _signed(document)
        if lacks[who]:
            missing[document.company] += 1
    for company, count in missing.items():
        _alarm(company, count)
    _resolve_others(missing)


def _alarm(company: Company, count: int) -> None:
    notice_raise(
        company=company,
        key="kod2-missing",
        kind="bad",
        text=(
            f"Nabywcy muszą dostać faktury poza KSeF (art. 106gb ust. 4), a bez KODU II nie wolno "
            f"ich wydać. Faktur: {count}. Wczytaj certyfikat typu „offline”.",
            f"Buyers must get invoices outside KSeF (art. 106gb(4)), and without KOD II they may "
            f"not be handed out. Invoices: {count}. Upload a certificate of the type “offline”.",
        ),
        path=offline_path(company),
    )


def _resolve_others(missing: dict[Company, int]) -> None:
    told = Company.objects.filter(notices__key="kod2-missing", notices__over=False).distinct()
    for company in told:
        if company not in missing:
            notice_resolve(company, "kod2-missing")


def offline_path(company: Company) -> str:
    """The list of the company's invoices that wait offline."""
    return reverse("invoice-list", args=[company.nip]) + "?widok=offline"


def near_midnight(now: datetime | None = None) -> bool:
    """Whether what is issued now may not be sent today any more: the form says what that means."""
    moment = clock.warsaw(now or clock.now())
    minutes = timedelta(minutes=settings.KSEF_MIDNIGHT_MINUTES)
    end = datetime.combine(moment.date() + timedelta(days=1), time(), tzinfo=clock.WARSAW)
    return end - moment <= minutes
