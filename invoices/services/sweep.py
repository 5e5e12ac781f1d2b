"""The sweeper: whatever a killed process or a lost message left behind is found here."""

from datetime import timedelta

from django.db.models import F, Q

from auth_ksef.client import KsefError
from auth_ksef.errors import NoCredential
from auth_ksef.login import access_get
from auth_ksef.messages import stored
from invoices.models import KsefSession, Submission
from invoices.services import chores
from invoices.services.deliver import company_drain, session_close
from invoices.services.delivery_states import (
    IN_FLIGHT,
    RETRYABLE,
    LostRace,
    State,
    attempt,
    move,
)
from invoices.services.follow import company_follow
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

ASKED = (State.SENT, State.UNKNOWN)
SESSION_IDLE = timedelta(minutes=3)
INTERRUPTED = ("proces wysyłający został przerwany", "the sending process was interrupted")


def stale_release() -> int:
    """Rows whose worker died: nothing left yet → queued again; it may have left → unknown."""
    now = clock.now()
    stale = Submission.objects.filter(state__in=IN_FLIGHT, lease_until__lte=now)
    return sum(_release(row) for row in stale.select_related("session"))


def _release(row: Submission) -> bool:
    left = row.state == State.SESSION_OPENED
    try:
        move(
            row,
            State.UNKNOWN if left else State.QUEUED,
            lease_until=None,
            not_before=None,
            last_text=stored(INTERRUPTED),
        )
    except LostRace:
        return False
    attempt(row, "sweep", "unknown" if left else "later")
    return True


def companies_with_work() -> list[int]:
    """Ids of companies with a row that can be sent or asked about now.

    Rows of an environment that the company has left rest until it comes back.
    """
    now = clock.now()
    due = Q(not_before=None) | Q(not_before__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    sendable = Q(state__in=RETRYABLE) & due
    askable = Q(state__in=ASKED) & due & free
    here = Q(environment=F("document__company__environment"))
    rows = Submission.objects.filter(here, sendable | askable)
    return sorted(set(rows.values_list("document__company_id", flat=True)))


def company_work(company: Company) -> int:
    """Everything that is due for one company: sends, then asks."""
    return company_drain(company) + company_follow(company)


def sessions_close_forgotten() -> int:
    """Sessions whose closing was lost with its worker are closed once nothing is sent in them."""
    now = clock.now()
    busy = Submission.objects.filter(state=State.SESSION_OPENED).values("session")
    rows = KsefSession.objects.filter(
        close_asked_at=None, valid_until__gt=now, environment=F("company__environment")
    ).exclude(pk__in=busy)
    old = rows.filter(opened_at__lte=now - SESSION_IDLE).select_related("company")
    return sum(_close(session) for session in old[:20])


def _close(session: KsefSession) -> bool:
    try:
        access = access_get(company=session.company, credential=session.credential)
        session_close(session, access)
    except (KsefError, NoCredential):
        return False
    return True


def drain_all(rounds: int = 50) -> int:
    """Works until nothing is due, without broker and worker (`manage.py drain`, tests)."""
    done = 0
    for _ in range(rounds):
        stale_release()
        worked = sum(company_work(Company.objects.get(pk=pk)) for pk in companies_with_work())
        worked += chores.chores_run()
        if not worked:
            break
        done += worked
    return done
