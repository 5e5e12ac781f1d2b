"""Batch sessions, and back: how KSeF ended a package, and what became of each invoice in it.

One question about the session instead of one about each invoice, then its list by pages. Once
the list is read to its end the session is settled: what is not in it KSeF did not take.
"""

import json
import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from auth_ksef.api import ksef_api
from auth_ksef.client import InvoiceStatus, KsefError, KsefRefused, Page, SessionStatus
from auth_ksef.errors import NoCredential
from auth_ksef.login import Access, access_forget
from auth_ksef.messages import stored
from invoices.models import KsefSession, Submission
from invoices.services import doorbell
from invoices.services.acceptance import accept_many
from invoices.services.batch import BATCH, OPEN, batch_go_on, mark_closed
from invoices.services.bulk import attempts_many, move_in_session, pieces
from invoices.services.delivery_states import ASKED, LostRace, State, attempt, backoff
from invoices.services.evidence import ACCEPTED, SESSION_FINAL
from invoices.services.follow import stumbled
from invoices.services.packaging import package_remove
from invoices.services.reconcile import is_hidden
from invoices.services.sessions import (
    session_access,
    session_lease,
    session_prolong,
    session_release,
)
from invoices.services.uploading import state_save
from invoices.services.verdicts import verdict_apply
from invoices.services.waiting import pause_after, text_of
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

log = logging.getLogger(__name__)

AT_ONCE = 200  # verdicts in one transaction
LONGEST_PAUSE = timedelta(minutes=5)
# KSeF shows us this session no more: each row is looked for by other evidence.
NEVER_KNOWN = 0


def sessions_due():
    """Batch sessions that are not settled and can be gone on with now."""
    now = clock.now()
    due = Q(not_before=None) | Q(not_before__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    rows = KsefSession.objects.filter(due, free, kind=BATCH, final_code=None)
    return rows.filter(environment=F("company__environment"))


def company_batches(company: Company) -> int:
    """Goes on with the company's batch sessions; returns with how many."""
    rows = sessions_due().filter(company=company).select_related("company", "credential")
    return sum(_go_on(session) for session in rows.order_by("opened_at")[:20])


def _go_on(session: KsefSession) -> bool:
    lost_its_way = session.valid_until <= clock.now()
    if session.close_asked_at is None and not lost_its_way:
        return batch_go_on(session)
    return batch_ask(session)


def batch_ask(session: KsefSession) -> bool:
    """Asks how the session stands and settles it when it ended; False if somebody does that."""
    if not session_lease(session):
        return False
    facts: dict = {}
    try:
        facts = _ask(session, session_access(session))
    except LostRace:
        return True
    except (KsefError, NoCredential) as error:
        facts = _failed(session, error)
    session_release(session, **facts)
    return True


def _ask(session: KsefSession, access: Access) -> dict:
    """One turn; returns what the session's row has to say afterwards."""
    api = ksef_api(session.environment, session.company)
    found = api.session_status(access=access.token, session=session.reference)
    facts = counts(found)
    code = found.status.code
    if code not in SESSION_FINAL[BATCH]:
        if code != OPEN and session.close_asked_at is None:
            mark_closed(session)  # its answer was lost
        return facts | {"not_before": clock.now() + _pause(session)}
    if not _settled(session, found, access):
        return facts | {"not_before": clock.now() + _pause(session)}
    return facts | {"final_code": code, "not_before": None, "upload": _remembered(session)}


def counts(found: SessionStatus) -> dict:
    """What KSeF says of the session, as columns of its row."""
    words = "; ".join([found.status.description, *found.status.details])
    return {
        "last_code": found.status.code,
        "last_text": words[:1000],
        "total": found.invoice_count,
        "accepted": found.successful_count,
        "refused": found.failed_count,
    }


def _pause(session: KsefSession) -> timedelta:
    """Short at first, a third of the time that it takes already."""
    waited = clock.now() - (session.close_asked_at or session.opened_at)
    return min(LONGEST_PAUSE, max(timedelta(seconds=2), waited / 3))


def _failed(session: KsefSession, error: Exception) -> dict:
    if isinstance(error, KsefRefused):
        if error.http_status == 401:
            access_forget(company=session.company, credential=session.credential)
        elif is_hidden(error):
            _hand_over(session, error)
            return {"final_code": NEVER_KNOWN, "last_text": text_of(error)[:1000]}
    pause = clock.now() + pause_after(error, 5)
    return {"not_before": pause, "last_text": text_of(error)[:1000]}


def _hand_over(session: KsefSession, error: KsefError) -> None:
    """Each row is unknown now and is reconciled by itself."""
    states, text = [State.SESSION_OPENED, State.SENT], text_of(error)
    rows = Submission.objects.filter(session=session, state__in=states)
    pks = list(rows.values_list("pk", flat=True))
    with transaction.atomic():
        facts = {"not_before": None, "lease_until": None, "last_text": text[:1000]}
        move_in_session(session, states, State.UNKNOWN, **facts)
        attempts_many(pks, "status", "hidden", text=text, session_reference=session.reference)


def _settled(session: KsefSession, found: SessionStatus, access: Access) -> bool:
    """Reads the whole list, then frees what is not in it. Raises KsefError, LostRace.

    False for a list shorter than KSeF's own count: nothing is concluded from it.
    """
    state = json.loads(session.upload or "{}")
    seen, continuation = state.get("seen", 0), state.get("next")
    while True:
        page = _list_page(session, state, continuation, access)
        if page.items and session.close_asked_at is None:
            mark_closed(session)
        apply_listed(session, page.items, access)
        seen, continuation = seen + len(page.items), page.continuation
        session_prolong(session)
        if not continuation:
            break
        # A final list does not change: whoever is interrupted goes on at the next page.
        state_save(session, state | {"seen": seen, "next": continuation})
    if seen < (found.invoice_count or 0):
        state_save(session, state | {"seen": 0, "next": None})
        return False
    _free(session, found)
    return True


def _list_page(
    session: KsefSession, state: dict, continuation: str | None, access: Access
) -> Page[InvoiceStatus]:
    api = ksef_api(session.environment, session.company)
    try:
        return api.session_invoices(
            access=access.token, session=session.reference, continuation=continuation
        )
    except KsefRefused:
        if continuation:  # perhaps it remembers too little (21418): from the beginning, then
            state_save(session, state | {"seen": 0, "next": None})
        raise


def apply_listed(session: KsefSession, items: Iterable[InvoiceStatus], access: Access) -> None:
    """Applies the verdicts of one page to the session's rows, accepted ones many at a time."""
    verdicts = _best(items)
    for hashes in pieces(verdicts, AT_ONCE):
        rows = _rows(session, hashes)
        known = [(row, verdicts[row.document.sha256]) for row in rows]
        _name(known)
        accepted = [pair for pair in known if _is_accepted(pair[1])]
        together = _accepted_together(accepted)
        for row, item in known:  # others may need a question to KSeF: never in a transaction
            if not (together and _is_accepted(item)):
                _apply(row, item, access)


def _accepted_together(accepted: list[tuple[Submission, InvoiceStatus]]) -> bool:
    """False when one of them spoiled it for all: nothing was stored, each goes alone then."""
    try:
        with doorbell.held():
            accept_many(accepted)
    except Exception:
        log.exception("%s acceptances at once", len(accepted))
        return False
    return True


def _is_accepted(item: InvoiceStatus) -> bool:
    return item.status.code == ACCEPTED and bool(item.ksef_number)


def _best(items: Iterable[InvoiceStatus]) -> dict[str, InvoiceStatus]:
    """By hash; of several with one hash the accepted one is ours, the rest its duplicates."""
    best: dict[str, InvoiceStatus] = {}
    for item in items:
        if item.invoice_hash not in best or item.status.code == ACCEPTED:
            best[item.invoice_hash] = item
    return best


def _rows(session: KsefSession, hashes: list[str]) -> list[Submission]:
    rows = Submission.objects.filter(session=session, state__in=ASKED, document__sha256__in=hashes)
    return list(rows.select_related("document", "document__company", "session"))


def _name(known: list[tuple[Submission, InvoiceStatus]]) -> None:
    """KSeF's reference of each invoice, which a batch tells only in its list."""
    with transaction.atomic():
        unknown = [row.pk for row, _ in known if row.state == State.UNKNOWN]
        facts = {"state": State.SENT, "changed_at": clock.now()}
        Submission.objects.filter(pk__in=unknown, state=State.UNKNOWN).update(**facts)
        for row, item in known:
            row.state, row.invoice_reference = State.SENT, item.reference_number
        Submission.objects.bulk_update([row for row, _ in known], ["invoice_reference"])


def _apply(row: Submission, item: InvoiceStatus, access: Access) -> None:
    """A question that fails is put again later, about this invoice alone."""
    try:
        verdict_apply(row, item, access)
    except LostRace:  # it has its verdict already
        return
    except KsefError as error:
        attempt(row, "status", "later", code=error.code, http_status=error.http_status)
        rows = Submission.objects.filter(pk=row.pk, state=State.SENT)
        rows.update(not_before=clock.now() + pause_after(error, row.tries))
    except Exception:  # one that nobody foresaw must not stop the others
        stumbled(row)


def _free(session: KsefSession, found: SessionStatus) -> None:
    """The session is final and its complete list lacks these: KSeF did not take them."""
    code = found.status.code
    description = "; ".join([found.status.description, *found.status.details])
    text = stored(
        (
            f"KSeF nie przyjął paczki ({code}: {description}), wyślemy ponownie",
            f"KSeF did not take the package ({code}: {description}), we will send it again",
        )
    )
    states = [State.SESSION_OPENED, *ASKED]
    rows = Submission.objects.filter(session=session, state__in=states, invoice_reference="")
    facts = list(rows.values_list("pk", "tries"))
    if not facts:
        return
    named = {"code": code, "text": text, "session_reference": session.reference}
    pause = clock.now() + backoff(min(tries for _, tries in facts))
    with transaction.atomic():
        rows.update(
            state=State.WAITING,
            changed_at=clock.now(),
            lease_until=None,
            not_before=pause,
            last_code=code,
            last_text=text[:1000],
        )
        attempts_many([pk for pk, _ in facts], "reconcile", "absent", **named)


def _remembered(session: KsefSession) -> str:
    """Of the package only its number of invoices; the files and their addresses go."""
    state = json.loads(session.upload or "{}")
    if "package" in state:
        package_remove(state["package"]["folder"])
    return json.dumps({"rows": state.get("rows", 0)})
