"""The drain: due submissions of one company leave in one interactive session.

Nothing here runs inside a transaction; each fact is stored before the next call is made, so
that a killed process leaves a row that says how far it got.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from auth_ksef.api import ksef_api
from auth_ksef.client import (
    SESSION_ENCRYPTION,
    KsefError,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    SessionKey,
    with_fresh_key,
)
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.login import Access, access_forget, access_get
from auth_ksef.messages import stored
from invoices.models import KsefSession, Submission
from invoices.services.delivery_states import (
    RETRYABLE,
    LostRace,
    State,
    attempt,
    backoff,
    claim,
    move,
)
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from offline.deadlines import offline24_deadline

log = logging.getLogger(__name__)

MOST_PER_RUN = 100
PERSON_MUST_ACT = timedelta(minutes=10)
# The session ended or is not to be used now (21184); the invoice was not taken.
SESSION_GONE = frozenset({21155, 21173, 21180, 21184})


def due_submissions(company: Company) -> list[Submission]:
    """Rows of the company's environment that may be sent now, today's P_1 first, oldest first."""
    now = clock.now()
    return list(
        Submission.objects.filter(
            document__company=company, environment=company.environment, state__in=RETRYABLE
        )
        .filter(Q(not_before=None) | Q(not_before__lte=now))
        .select_related("document", "document__company")
        .order_by("-document__issued_on", "queued_at")[:MOST_PER_RUN]
    )


def company_drain(company: Company) -> int:
    """Claims and sends what is due; returns how many rows it claimed."""
    claimed = [row for row in due_submissions(company) if claim(row)]
    if claimed:
        _send_group(company, claimed)
    return len(claimed)


def _send_group(company: Company, rows: list[Submission]) -> None:
    try:
        access = access_get(company=company)
        session = session_open(company, access)
    except NoCredential as error:
        _postpone(rows, "login", error, _text(error), PERSON_MUST_ACT)
        return
    except KsefError as error:
        _postpone_failed_opening(rows, error, company)
        return
    _send_all(rows, session, access)
    session_close(session, access)


def session_open(company: Company, access: Access) -> KsefSession:
    """Opens an interactive session and stores its reference and key before anything is sent.

    A session whose opening got no answer is harmless: nothing can be sent in it, KSeF drops it.
    """
    api = ksef_api(company.environment)
    made: list[SessionKey] = []

    def opened(public_key):
        made.append(SessionKey.new(public_key))
        return api.session_open(access=access.token, key=made[-1])

    answer = with_fresh_key(api.public_keys, SESSION_ENCRYPTION, clock.now(), opened)
    return KsefSession.objects.create(
        company=company,
        environment=company.environment,
        credential=access.credential,
        reference=answer.reference_number,
        key=made[-1].to_secret(),
        valid_until=answer.valid_until,
    )


def session_close(session: KsefSession, access: Access) -> None:
    """Asks KSeF to close the session; when that fails the sweeper asks again."""
    try:
        ksef_api(session.environment).session_close(access=access.token, session=session.reference)
    except KsefError as error:
        log.info("closing %s: %s", session.reference, type(error).__name__)
        if not (isinstance(error, KsefRefused) and error.code in SESSION_GONE):
            return
    KsefSession.objects.filter(pk=session.pk).update(close_asked_at=clock.now())


def _send_all(rows: list[Submission], session: KsefSession, access: Access) -> None:
    key = SessionKey.from_secret(session.key)
    for position, row in enumerate(rows):
        try:
            _send_one(row, session, key, access)
        except LostRace:  # our lease ran out and the sweeper gave the row back
            continue
        except KsefLater as error:  # KSeF is busy or away: the rest waits with this one
            _postpone(rows[position:], "send", error, _text(error), _pause(error, row))
            return
        except KsefRefused as error:  # about the session or our rights, not about the invoice
            _stop(rows[position:], error, access, row)
            return


def _send_one(row: Submission, session: KsefSession, key: SessionKey, access: Access) -> None:
    _turn_offline_after_midnight(row)
    move(
        row,
        State.SESSION_OPENED,
        session=session,
        invoice_reference="",
        lease_until=clock.now() + timedelta(seconds=settings.KSEF_LEASE_SECONDS),
    )
    attempt(row, "send", "leaving", session_reference=session.reference)
    sealed = key.seal(bytes(row.document.file.content))
    try:
        reference = ksef_api(row.environment).invoice_send(
            access=access.token,
            session=session.reference,
            invoice=sealed,
            offline=row.mode != Submission.Mode.ONLINE,
        )
    except KsefUnknown as error:
        _became_unknown(row, session, error)
    except KsefRefused as error:
        if not _is_about_the_invoice(error):
            raise
        refuse(row, code=error.code, text=_text(error), step="send")
    else:
        _sent(row, session, reference)


def _sent(row: Submission, session: KsefSession, reference: str) -> None:
    now = clock.now()
    move(
        row,
        State.SENT,
        invoice_reference=reference,
        sent_at=now,
        lease_until=None,
        not_before=now + timedelta(seconds=1),
        last_code=None,
        last_text="",
    )
    attempt(row, "send", "ok", session_reference=session.reference, invoice_reference=reference)


def _became_unknown(row: Submission, session: KsefSession, error: KsefUnknown) -> None:
    move(
        row,
        State.UNKNOWN,
        lease_until=None,
        not_before=clock.now() + timedelta(seconds=3),
        last_text=_text(error),
    )
    _failed(row, "send", "unknown", error, session_reference=session.reference)


def refuse(row: Submission, *, code: int | None, text: str, step: str, **facts: object) -> None:
    """Stores KSeF's final no. The document keeps its number until a person withdraws it."""
    move(
        row,
        State.REFUSED,
        lease_until=None,
        not_before=None,
        last_code=code,
        last_text=text[:1000],
        facts=row.facts | facts,
    )
    attempt(row, step, "refused", code=code, text=text, invoice_reference=row.invoice_reference)


def _turn_offline_after_midnight(row: Submission) -> None:
    """Online means sent on the day of P_1 (art. 106nda ust. 16); KSeF decides the same way."""
    issued_on = row.document.issued_on
    if row.mode != Submission.Mode.ONLINE or issued_on >= clock.today():
        return
    deadline = offline24_deadline(issued_on, saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY)
    row.mode, row.deadline_on = Submission.Mode.OFFLINE24, deadline.on
    Submission.objects.filter(pk=row.pk).update(mode=row.mode, deadline_on=row.deadline_on)
    attempt(row, "mode", "offline24", text=stored((deadline.basis, deadline.basis_en)))


def _is_about_the_invoice(error: KsefRefused) -> bool:
    return error.http_status == 400 and error.code not in SESSION_GONE


def _stop(rows: list[Submission], error: KsefRefused, access: Access, at: Submission) -> None:
    if error.http_status == 401:
        access_forget(company=at.document.company, credential=access.credential)
    pause = PERSON_MUST_ACT if error.http_status == 403 else backoff(at.tries)
    _postpone(rows, "send", error, _text(error), pause)


def _postpone_failed_opening(rows: list[Submission], error: KsefError, company: Company) -> None:
    if isinstance(error, KsefRefused):
        _postpone(rows, "open", error, _text(error), PERSON_MUST_ACT)
    else:
        _postpone(rows, "open", error, _text(error), _pause(error, rows[0]))


def _postpone(
    rows: Iterable[Submission],
    step: str,
    error: Exception | None,
    text: str,
    pause: timedelta,
) -> None:
    """Nothing of these rows is with KSeF: they wait until `not_before`."""
    until = clock.now() + pause
    for row in rows:
        try:
            move(row, State.WAITING, lease_until=None, not_before=until, last_text=text[:1000])
        except LostRace:
            continue
        _failed(row, step, "later", error)


def _failed(
    row: Submission, step: str, outcome: str, error: Exception | None, **facts: object
) -> None:
    known = isinstance(error, KsefError)
    attempt(
        row,
        step,
        outcome,
        code=error.code if known else None,
        http_status=error.http_status if known else None,
        text=_text(error) if error else "",
        **facts,
    )


def _pause(error: KsefError, row: Submission) -> timedelta:
    """`Retry-After` is obeyed as given, however long."""
    if error.retry_after is not None:
        return timedelta(seconds=error.retry_after)
    return backoff(row.tries)


def _text(error: Exception) -> str:
    return stored(words_of(error))
