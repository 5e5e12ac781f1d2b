"""The deadline of each invoice that waits offline: computed from the law and the outage journal.

A row stores what its deadline rests on and the journal's revision it was computed at. The
sweeper recomputes rows of an older revision; the signal of the journal only makes it sooner.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse

from auth_ksef.messages import stored
from invoices.models import Document, Submission
from invoices.services.delivery_states import OPEN, LostRace, State, attempt, move
from invoices.services.doorbell import ring
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise
from ksefapp.ui.formats import date_pl
from offline import journal
from offline.deadlines import Deadline, deadline
from offline.events import Event
from offline.models import Outage, OutageVersion

log = logging.getLogger(__name__)

MOST_PER_RUN = 500
WAITS = OPEN | {State.REFUSED}
MAY_GO_OUTSIDE = frozenset({State.QUEUED, State.WAITING, State.REFUSED})
DUTY_GONE = (
    "ogłoszono awarię całkowitą: obowiązek wysłania ustał (art. 106nf ust. 7, art. 106nha)",
    "a total failure was announced: the duty to send is gone (art. 106nf(7), art. 106nha)",
)
DUTY_BACK = (
    "wpis o awarii całkowitej był błędny: faktura wraca do wysłania",
    "the entry of a total failure was wrong: the invoice is to be sent after all",
)
KEPT = (
    "ogłoszenie zmieniono, termin nie może się przez to skrócić: zostaje {day}",
    "the announcement was amended, which cannot shorten the deadline: it stays {day}",
)
SHORTENED = (
    "wpis w dzienniku poprawiono, więc termin jest policzony od nowa: {day}",
    "an entry of the journal was corrected, so the deadline is computed anew: {day}",
)


@dataclass(frozen=True)
class Known:
    """What the journal says for one company, as of a revision."""

    events: list[Event]
    revision: int


def known(company: Company) -> Known:
    """The journal now. The revision is read first: what comes in between is computed again."""
    revision = journal.revision()
    return Known(journal.event_list(company), revision)


def deadline_set(submission: Submission, said: Known | None = None) -> Deadline:
    """Computes and stores the deadline of an offline row as if it had none yet; returns it."""
    said = said or known(submission.document.company)
    found = deadline_find(submission, said.events)
    _store(submission, found, said.revision)
    return found


def deadline_find(submission: Submission, events: list[Event]) -> Deadline:
    """The deadline that the law gives an invoice in its mode; stores nothing.

    For an online invoice: as if it had not reached KSeF on its day (art. 106nda ust. 16).
    """
    document = submission.document
    return deadline(
        issued_on=document.issued_on,
        issued_at=_issued_at_by_law(document),
        mode=submission.mode,
        events=events,
        saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY,
    )


def first_issued_at(document: Document) -> datetime:
    """The instant of issue: a corrected copy of a refused offline invoice is no new invoice."""
    while (earlier := document.replaces) is not None and is_carried(earlier, document.issued_on):
        document = earlier
    return document.issued_at


def _issued_at_by_law(document: Document) -> datetime:
    """The instant of issue; of a backdated invoice the end of its P_1 (art. 106nda ust. 10).

    So an outage that began after the day of P_1 came while it waited, in time or too late.
    """
    day_after = document.issued_on + timedelta(days=1)
    end = datetime.combine(day_after, time(), tzinfo=clock.WARSAW) - timedelta(microseconds=1)
    return min(first_issued_at(document), end)


def is_carried(refused: Document, issued_on: date) -> bool:
    """Whether a replacement of this date goes on with the refused one's mode and deadline."""
    was_offline = refused.submission.mode != Submission.Mode.ONLINE
    return was_offline and refused.issued_on == issued_on


def deadlines_recompute() -> int:
    """Recomputes deadlines older than the journal; returns how many rows changed theirs."""
    revision = journal.revision()
    said: dict[int, Known] = {}
    rows = (
        Submission.objects.filter(
            state__in=WAITS,
            journal_revision__lt=revision,
            environment=F("document__company__environment"),
        )
        .exclude(mode=Submission.Mode.ONLINE, deadline_on=None)
        .select_related("document", "document__company", "document__replaces__submission")
        .order_by("document__company", "deadline_on", "pk")[:MOST_PER_RUN]
    )
    moved: dict[Company, list[Submission]] = defaultdict(list)
    for row in rows:
        company = row.document.company
        if company.pk not in said:
            said[company.pk] = known(company)
        try:
            if _recompute(row, said[company.pk]):
                moved[company].append(row)
        except Exception:  # one must not keep the others' deadlines old
            log.exception("the deadline of %s", row.pk)
    for company, changed in moved.items():
        _tell(company, changed, revision)
    return sum(map(len, moved.values())) + _mistakes_undone(revision)


def journal_changed(**_facts) -> None:
    """The journal's signal: the sweeper comes at once instead of in some seconds."""
    ring("sweep_task")


def _recompute(row: Submission, said: Known) -> bool:
    found = deadline_find(row, said.events)
    before, was_open = row.deadline_on, row.deadline_open
    if found.state == "none":
        return goes_outside(row, found)
    new = found.on
    if before and new and new < before:
        if not _was_our_mistake(row):
            _keep(row, before, said.revision)
            return False
        _note(row, SHORTENED, new)
    _store(row, found, said.revision)
    return (before, was_open) != (new, row.deadline_open)


def _store(row: Submission, found: Deadline, revision: int) -> None:
    """By conditional UPDATE; a new day is warned of from the start."""
    is_open = found.state == "open"
    facts = {
        "deadline_on": found.on,
        "deadline_open": is_open,
        "deadline_basis": stored((found.basis, found.basis_en)),
        "deadline_rests_on": list(found.rests_on),
        "journal_revision": revision,
    }
    if (found.on, is_open) != (row.deadline_on, row.deadline_open):
        facts["warned"] = 0
    Submission.objects.filter(pk=row.pk).update(**facts)
    for name, value in facts.items():
        setattr(row, name, value)


def goes_outside(row: Submission, found: Deadline) -> bool:
    """The duty is gone. What KSeF has or may have waits for the truth and is looked at again."""
    if row.state not in MAY_GO_OUTSIDE:
        return False
    facts = {
        "deadline_on": None,
        "deadline_open": False,
        "deadline_basis": stored((found.basis, found.basis_en)),
        "deadline_rests_on": list(found.rests_on),
        "journal_revision": journal.revision(),
        "last_text": stored(DUTY_GONE),
    }
    try:
        with transaction.atomic():
            move(row, State.OUTSIDE, not_before=None, lease_until=None, **facts)
            attempt(row, "mode", "outside", text=stored(DUTY_GONE))
    except LostRace:
        return False
    return True


def _mistakes_undone(revision: int) -> int:
    """What went outside because of an entry by hand that was a mistake is to be sent after all.

    No move of the state machine: the state was wrong from the start, and nothing has left.
    """
    rows = Submission.objects.filter(
        state=State.OUTSIDE,
        journal_revision__lt=revision,
        environment=F("document__company__environment"),
    ).exclude(mode=Submission.Mode.OUTSIDE)  # a person's choice rests on no outage
    rows = rows.select_related("document", "document__company", "document__replaces__submission")
    back: dict[Company, list[Submission]] = defaultdict(list)
    for row in rows[:MOST_PER_RUN]:
        company = row.document.company
        said = known(company)
        if _was_our_mistake(row) and _is_due_again(row, said):
            back[company].append(row)
        Submission.objects.filter(pk=row.pk).update(journal_revision=said.revision)
    for company, changed in back.items():
        _tell_back(company, changed, revision)
    return sum(map(len, back.values()))


def _is_due_again(row: Submission, said: Known) -> bool:
    """Back in the queue with its deadline. One issued as awaria całkowita is only told about."""
    found = deadline_find(row, said.events)
    if row.mode == Submission.Mode.TOTAL:
        return not found.rests_on
    if found.state == "none":
        return False
    with transaction.atomic():
        same = Submission.objects.filter(pk=row.pk, state=State.OUTSIDE)
        if not same.update(state=State.QUEUED, last_text="", changed_at=clock.now()):
            return False
        row.state = State.QUEUED
        _store(row, found, said.revision)
        attempt(row, "mode", "back", text=stored(DUTY_BACK))
    return True


def _tell_back(company: Company, rows: list[Submission], revision: int) -> None:
    stuck = sum(row.mode == Submission.Mode.TOTAL for row in rows)
    polish = f"Wpis o awarii całkowitej był błędny. Faktury wracają do wysłania: {len(rows)}."
    english = f"The entry of a total failure was wrong. Invoices to be sent: {len(rows)}."
    if stuck:
        polish = (
            f"{polish} Wystawione w trybie awarii całkowitej, nie wyślemy ich sami: {stuck}. "
            "Wystaw je ponownie."
        )
        english = f"{english} Issued in that mode, we will not send them: {stuck}. Issue them anew."
    notice_raise(
        company=company,
        key=f"duty-back:{revision}",
        kind="bad",
        text=(polish, english),
        path=reverse("invoice-list", args=[company.nip]) + "?widok=offline",
        environment=rows[0].environment,
    )


def _was_our_mistake(row: Submission) -> bool:
    """Whether what the deadline rested on was set right by a person: voided, amended, replaced.

    Only then may a deadline become shorter (OFF-07): what a person wrote was never the law.
    """
    rests_on = row.deadline_rests_on
    versions: dict[int, list[OutageVersion]] = defaultdict(list)
    for version in OutageVersion.objects.filter(outage__in=rests_on).order_by("id"):
        versions[version.outage_id].append(version)
    by_hand = [known for known in versions.values() if known[-1].entered_by_id is not None]
    if any(known[-1].void or len(known) > 1 for known in by_hand):
        return True
    return Outage.objects.filter(company=row.document.company, replaces__in=rests_on).exists()


def _keep(row: Submission, day: date, revision: int) -> None:
    Submission.objects.filter(pk=row.pk).update(journal_revision=revision)
    _note(row, KEPT, day)


def _note(row: Submission, words: tuple[str, str], day: date) -> None:
    polish, english = (text.format(day=date_pl(day)) for text in words)
    attempt(row, "mode", "deadline", text=stored((polish, english)))


def _tell(company: Company, rows: list[Submission], revision: int) -> None:
    """One notice for all invoices of a company whose deadline one change of the journal moved."""
    polish, english = _told(rows)
    notice_raise(
        company=company,
        key=f"deadlines-moved:{revision}",
        kind="info",
        text=(polish, english),
        path=reverse("invoice-list", args=[company.nip]) + "?widok=offline",
        environment=rows[0].environment,
    )


def _told(rows: list[Submission]) -> tuple[str, str]:
    polish, english = [], []
    outside = [row for row in rows if row.state == State.OUTSIDE]
    opened = [row for row in rows if row.deadline_open]
    days = sorted({row.deadline_on for row in rows if row.deadline_on})
    if outside:
        polish.append(f"Obowiązek wysłania ustał (awaria całkowita), faktur: {len(outside)}.")
        english.append(f"The duty to send is gone (total failure), invoices: {len(outside)}.")
    if opened:
        polish.append(f"Termin poznamy po ogłoszeniu końca awarii, faktur: {len(opened)}.")
        english.append(f"Deadline known after the end of the outage, invoices: {len(opened)}.")
    for day in days:
        count = sum(row.deadline_on == day for row in rows)
        polish.append(f"Nowy termin wysłania: {date_pl(day)}, 23:59, faktur: {count}.")
        english.append(f"New deadline for sending: {date_pl(day)}, 23:59, invoices: {count}.")
    reason = "Zmienił się dziennik trybów pracy KSeF."
    return " ".join([reason, *polish]), " ".join(["The outage journal changed.", *english])


def is_late(row: Submission, *, today: date | None = None) -> bool:
    """Whether it was, or still is not, sent by its deadline; late ones are sent all the same.

    The deadline is met by sending (OFF-13): a number that came after midnight is not late.
    """
    if row.deadline_on is None or row.state in (State.WITHDRAWN, State.OUTSIDE):
        return False
    if row.state in (State.ACCEPTED, State.SENT) and row.sent_at:
        return clock.warsaw(row.sent_at).date() > row.deadline_on
    return (today or clock.today()) > row.deadline_on
