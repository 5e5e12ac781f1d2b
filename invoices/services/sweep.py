"""The sweeper: whatever a killed process or a lost message left behind is found here."""

import json
import random
from datetime import timedelta

from django.db.models import F, Q

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError
from auth_ksef.errors import NoCredential
from auth_ksef.login import access_get
from auth_ksef.messages import stored
from invoices.models import KsefSession, Submission
from invoices.services import chores
from invoices.services.batch_follow import company_batches, counts, sessions_due
from invoices.services.bulk import may_leave
from invoices.services.deliver import company_drain
from invoices.services.delivery_states import IN_FLIGHT, LostRace, State, attempt, move
from invoices.services.evidence import SESSION_FINAL
from invoices.services.follow import company_follow, due_to_ask
from invoices.services.packaging import packages_sweep
from invoices.services.sessions import (
    ONLINE,
    session_close,
    session_lease,
    session_release,
    sessions_idle,
)
from invoices.services.upo import UpoWrong, session_upo_fetch
from invoices.services.waiting import contact_back
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

__all__ = ["contact_back"]

INTERRUPTED = ("proces wysyłający został przerwany", "the sending process was interrupted")
# After that KSeF's own counts of a closed session are no longer waited for.
LOOK_FOR = timedelta(days=30)
LOOK_EVERY = timedelta(minutes=1)
LOOKED_AT_ONCE = 10
RELEASED_AT_ONCE = 1000


def stale_release() -> int:
    """Rows whose worker died: nothing left yet → queued again; it may have left → unknown."""
    now = clock.now()
    stale = Submission.objects.filter(state__in=IN_FLIGHT, lease_until__lte=now)
    return sum(_release(row) for row in stale.select_related("session")[:RELEASED_AT_ONCE])


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
    """Ids of companies with something that can be sent or asked about now, in no fixed order.

    So nobody is always last. Rows of an environment that the company has left rest until it
    comes back.
    """
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    here = Q(environment=F("document__company__environment"))
    work = may_leave(now) | (due_to_ask() & free & here)
    rows = Submission.objects.filter(work).values_list("document__company_id", flat=True)
    found = {*rows.distinct(), *sessions_due().values_list("company_id", flat=True)}
    return random.sample(sorted(found), len(found))


def company_work(company: Company) -> int:
    """Everything that is due for one company: sends, then asks."""
    return company_drain(company) + company_batches(company) + company_follow(company)


def sessions_close_forgotten() -> int:
    """Closes interactive sessions that nobody has used for a while."""
    return sum(_close(session) for session in sessions_idle())


def _close(session: KsefSession) -> bool:
    try:
        access = access_get(company=session.company, credential=session.credential)
        session_close(session, access)
    except (KsefError, NoCredential):
        return False
    return True


def sessions_look() -> int:
    """Asks closed interactive sessions for KSeF's counts and the collective UPO, for the page."""
    return sum(_look(row) for row in sessions_to_look_at())


def sessions_to_look_at() -> list[KsefSession]:
    """Interactive sessions that are over, of which we do not know yet how they ended.

    One that nobody closed (the house was off) KSeF has closed by itself.
    """
    now = clock.now()
    ran_out = Q(close_asked_at=None, valid_until__gt=now - LOOK_FOR, valid_until__lte=now)
    rows = KsefSession.objects.filter(
        Q(close_asked_at__gt=now - LOOK_FOR) | ran_out,
        Q(not_before=None) | Q(not_before__lte=now),
        Q(lease_until=None) | Q(lease_until__lte=now),
        kind=ONLINE,
        final_code=None,
        environment=F("company__environment"),
    )
    return list(rows.select_related("company", "credential")[:LOOKED_AT_ONCE])


def _look(session: KsefSession) -> bool:
    if not session_lease(session):
        return False
    now = clock.now()
    ended = session.close_asked_at or session.valid_until
    # Minutes after the closing each minute, days after it (the house was off) ever more slowly.
    facts: dict = {"not_before": now + max(LOOK_EVERY, (now - ended) / 20)}
    try:
        access = access_get(company=session.company, credential=session.credential)
        api = ksef_api(session.environment, session.company)
        found = api.session_status(access=access.token, session=session.reference)
        facts |= counts(found)
        if found.status.code in SESSION_FINAL[ONLINE]:
            if found.upo_pages:
                session_upo_fetch(session, access)
            facts |= {"final_code": found.status.code, "not_before": None}
    except (KsefError, NoCredential, UpoWrong):
        facts["not_before"] = clock.now() + 10 * LOOK_EVERY
    session_release(session, **facts)
    return "final_code" in facts


def packages_forget() -> int:
    """Deletes packages on disk that no session needs."""
    open_ones = KsefSession.objects.filter(kind=KsefSession.Kind.BATCH, final_code=None)
    states = [json.loads(session.upload or "{}") for session in open_ones]
    return packages_sweep({state["package"]["folder"] for state in states if "package" in state})


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
