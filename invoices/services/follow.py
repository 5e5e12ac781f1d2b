"""What became of what was sent: KSeF is asked about each row until it says yes or no."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from auth_ksef.client import KsefError, KsefLater, KsefRefused
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.login import Access, access_forget, access_get
from auth_ksef.messages import stored
from invoices.models import Submission
from invoices.services import evidence
from invoices.services.bulk import in_open_batch
from invoices.services.delivery_states import ASKED, LostRace, State, attempt, backoff, lease, move
from invoices.services.reconcile import is_hidden, reconcile
from invoices.services.verdicts import accept, release, verdict_apply
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

__all__ = ["accept", "company_follow", "due_to_ask", "verdict_apply"]

log = logging.getLogger(__name__)

MOST_PER_RUN = 100
PERSON_MUST_ACT = timedelta(minutes=10)
OWN_FAILURE = (
    "błąd aplikacji przy odczycie odpowiedzi KSeF, szczegóły są w dzienniku serwera",
    "the application failed at KSeF's answer, the server's log has the details",
)


def company_follow(company: Company) -> int:
    """Asks KSeF about rows of this company that were sent or are unknown; returns how many."""
    rows, accesses, asked = _due(company), {}, 0
    for position, row in enumerate(rows):
        try:
            access = _access(row, accesses)
        except (NoCredential, KsefError) as error:
            pause = _retry(error, default=timedelta(seconds=30))
            _ask_later(rows[position:], stored(words_of(error)), pause)
            break
        asked += 1
        try:
            _follow_one(row, access)
        except LostRace:
            continue
        except KsefError as error:
            if isinstance(error, KsefRefused) and error.http_status == 401:
                access_forget(company=company, credential=access.credential)
            pause = _one_row_failed(row, error)
            if not isinstance(error, KsefRefused) or error.http_status == 401:
                _ask_later(rows[position + 1 :], "", pause)  # it would be the same with them
                break
        except Exception:  # one that nobody foresaw must not stop the others
            stumbled(row)
    return asked


def due_to_ask() -> Q:
    """Rows that KSeF is asked about one by one: an unsettled batch answers for its rows."""
    now = clock.now()
    due = Q(not_before=None) | Q(not_before__lte=now)
    return Q(state__in=ASKED) & ~in_open_batch() & due


def _due(company: Company) -> list[Submission]:
    rows = (
        Submission.objects.filter(due_to_ask(), document__company=company)
        .filter(environment=company.environment)
        .select_related("document", "document__company", "session", "session__credential")
        .order_by("not_before")[:MOST_PER_RUN]
    )
    until = clock.now() + timedelta(seconds=settings.KSEF_LEASE_SECONDS)
    return [row for row in rows if lease(row, until=until)]


def _access(row: Submission, known: dict[int, Access]) -> Access:
    """Who opened the session may read it; another identity often may not (403)."""
    credential = row.session.credential if row.session else None
    key = credential.pk if credential else 0
    if key not in known:
        try:
            known[key] = access_get(company=row.document.company, credential=credential)
        except NoCredential:  # retired since: what the company uses now may be allowed to look
            known[key] = access_get(company=row.document.company)
    return known[key]


def _follow_one(row: Submission, access: Access) -> None:
    if row.state == State.UNKNOWN:
        reconcile(row, access)
        return
    try:
        found = evidence.status_of(row, access)
    except KsefRefused as error:
        if not is_hidden(error):
            raise
        _became_hidden(row, error)
        return
    verdict_apply(row, found, access)


def _became_hidden(row: Submission, error: KsefRefused) -> None:
    """KSeF tells no more about what it had taken in: other evidence has to be found."""
    text = stored(words_of(error))
    attempt(
        row,
        "status",
        "hidden",
        code=error.code,
        http_status=error.http_status,
        text=text,
        session_reference=row.session.reference,
        invoice_reference=row.invoice_reference,
    )
    move(row, State.UNKNOWN, lease_until=None, not_before=None, last_text=text[:1000])


def _one_row_failed(row: Submission, error: KsefError) -> timedelta:
    """Postpones the row; returns for how long."""
    is_ours = error.http_status == 403  # rights or an address: a person has to act
    usual = PERSON_MUST_ACT if is_ours else max(backoff(row.tries), timedelta(seconds=5))
    pause = _retry(error, default=usual)
    text = stored(words_of(error))
    _ask_later([row], text, pause)
    attempt(
        row,
        "status" if row.state == State.SENT else "reconcile",
        "later",
        code=error.code,
        http_status=error.http_status,
        text=text,
    )
    return pause


def stumbled(row: Submission) -> None:
    """Our own failure at what KSeF said of one row: kept, and looked at again later."""
    log.exception("the verdict of %s", row.pk)
    attempt(row, "status", "later", text=stored(OWN_FAILURE))
    rows = Submission.objects.filter(pk=row.pk, tries=row.tries, state__in=ASKED)
    pause = clock.now() + PERSON_MUST_ACT
    rows.update(lease_until=None, not_before=pause, last_text=stored(OWN_FAILURE))


def _ask_later(rows: list[Submission], text: str, pause: timedelta) -> None:
    facts = {"last_text": text[:1000]} if text else {}
    for row in rows:
        release(row, not_before=clock.now() + pause, **facts)


def _retry(error: Exception, *, default: timedelta) -> timedelta:
    seconds = getattr(error, "retry_after", None)
    is_later = isinstance(error, KsefLater) and seconds is not None
    return timedelta(seconds=seconds) if is_later else default
