"""The drain: what is due of one company leaves, one by one or many at once, as `planning` says.

Nothing here runs inside a transaction; each fact is stored before the next call is made, so
that a killed process leaves a row that says how far it got.
"""

import logging
import re
from datetime import timedelta

from django.conf import settings
from django.db.models import F

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, KsefLater, KsefRefused, KsefUnknown, SessionKey
from auth_ksef.errors import NoCredential
from auth_ksef.login import Access, access_forget, access_get
from invoices.models import DocumentXml, KsefSession, Submission
from invoices.services import midnight
from invoices.services.batch import SPLITTING, batch_send, rows_of
from invoices.services.bulk import may_leave
from invoices.services.delivery_states import LostRace, State, attempt, backoff, claim, move
from invoices.services.planning import Dispatch, Due, plan
from invoices.services.sessions import (
    SESSION_GONE,
    session_close,
    session_get,
    session_open,
    session_prolong,
    session_release,
)
from invoices.services.waiting import (
    PERSON_MUST_ACT,
    failed,
    pause_after,
    postpone,
    text_of,
)
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

__all__ = ["company_drain", "due_submissions", "refuse", "session_close", "session_open"]

log = logging.getLogger(__name__)

# One by one: the rest goes in the next run, after the other companies had their turn.
MOST_PER_RUN = 100
_ATTACHMENT = re.compile(rb"<(?:\w+:)?Zalacznik[\s/>]")


def due_submissions(company: Company) -> list[Due]:
    """Rows of the company's environment that may be sent now."""
    rows = (
        Submission.objects.filter(may_leave(clock.now()), document__company=company)
        .annotate(
            issued_on=F("document__issued_on"),
            failed_code=F("session__final_code"),
            failed_kind=F("session__kind"),
        )
        .order_by("queued_at", "pk")
        .values_list(
            "pk",
            "mode",
            "issued_on",
            "deadline_on",
            "corrected_sha256",
            "session_id",
            "failed_kind",
            "failed_code",
            named=True,
        )
    )
    sizes: dict[int, int] = {}
    return [_due(row, sizes) for row in rows[: settings.KSEF_BATCH_MOST_INVOICES]]


def _due(row, sizes: dict[int, int]) -> Due:
    failed_in, failed_with = None, 0
    if row.failed_kind == KsefSession.Kind.BATCH and row.failed_code in SPLITTING:
        failed_in = row.session_id
        if failed_in not in sizes:
            sizes[failed_in] = rows_of(KsefSession.objects.get(pk=failed_in))
        failed_with = sizes[failed_in]
    return Due(
        pk=row.pk,
        # KSeF decides the same way: online means sent on the day of P_1 (art. 106nda ust. 16).
        offline=row.mode != Submission.Mode.ONLINE or row.issued_on < clock.today(),
        issued_on=row.issued_on,
        deadline_on=row.deadline_on,
        technical=bool(row.corrected_sha256),
        failed_in=failed_in,
        failed_with=failed_with,
    )


def company_drain(company: Company) -> int:
    """Claims and sends what is due; returns how many rows it claimed.

    At most one package in a run, so that a company with thousands does not hold up the others.
    """
    dispatches = plan(
        due_submissions(company),
        now=clock.now(),
        batch_from=settings.KSEF_BATCH_FROM,
        most=settings.KSEF_BATCH_MOST_INVOICES,
        has_attachment=has_attachment,
    )
    done, packages = 0, 0
    for dispatch in dispatches:
        if dispatch.batch and packages:
            continue
        packages += dispatch.batch
        send = batch_send if dispatch.batch else _send_lone
        done += send(company, dispatch)
    return done


def has_attachment(pk: int) -> bool:
    """Whether the invoice of this row carries an attachment (`Faktura/Zalacznik`)."""
    files = DocumentXml.objects.filter(document__submission=pk)
    return bool(_ATTACHMENT.search(bytes(files.values_list("content", flat=True).get())))


def _send_lone(company: Company, dispatch: Dispatch) -> int:
    rows = Submission.objects.filter(pk__in=dispatch.pks[:MOST_PER_RUN])
    found = {row.pk: row for row in rows.select_related("document", "document__company")}
    claimed = [found[pk] for pk in dispatch.pks if pk in found and claim(found[pk])]
    if claimed:
        _send_group(company, claimed)
    return len(claimed)


def _send_group(company: Company, rows: list[Submission]) -> None:
    try:
        access = access_get(company=company)
        session = session_get(company, access)
    except NoCredential as error:
        postpone(rows, "login", error, PERSON_MUST_ACT)
        return
    except KsefRefused as error:
        postpone(rows, "open", error, PERSON_MUST_ACT)
        return
    except KsefError as error:
        postpone(rows, "open", error, pause_after(error, rows[0].tries))
        return
    try:
        _send_all(rows, session, access)
    finally:
        session_release(session)


def _send_all(rows: list[Submission], session: KsefSession, access: Access) -> None:
    key = SessionKey.from_secret(session.key)
    for position, row in enumerate(rows):
        try:
            session_prolong(session)
            _send_one(row, session, key, access)
        except LostRace:  # a lease ran out: the sweeper gave the row back, or will
            continue
        except KsefLater as error:  # KSeF is busy or away: the rest waits with this one
            postpone(rows[position:], "send", error, pause_after(error, row.tries))
            return
        except KsefRefused as error:  # about the session or our rights, not about the invoice
            _stop(rows[position:], error, access, session)
            return
        except Exception:  # the sweeper gives this one back, by how far it got
            log.exception("sending %s", row.pk)


def _send_one(row: Submission, session: KsefSession, key: SessionKey, access: Access) -> None:
    midnight.turn(row)
    now = clock.now()
    KsefSession.objects.filter(pk=session.pk).update(used_at=now)
    move(
        row,
        State.SESSION_OPENED,
        session=session,
        invoice_reference="",
        lease_until=now + timedelta(seconds=settings.KSEF_LEASE_SECONDS),
    )
    attempt(row, "send", "leaving", session_reference=session.reference)
    sealed = key.seal(bytes(row.document.file.content))
    try:
        reference = ksef_api(row.environment, session.company).invoice_send(
            access=access.token,
            session=session.reference,
            invoice=sealed,
            offline=row.mode != Submission.Mode.ONLINE,
            corrects_hash=row.corrected_sha256 or None,
        )
    except KsefUnknown as error:
        _became_unknown(row, session, error)
    except KsefRefused as error:
        if not _is_about_the_invoice(error):
            raise
        refuse(row, code=error.code, text=text_of(error), step="send")
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
        last_text=text_of(error),
    )
    failed(row, "send", "unknown", error, session_reference=session.reference)


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


def _is_about_the_invoice(error: KsefRefused) -> bool:
    return error.http_status == 400 and error.code not in SESSION_GONE


def _stop(rows: list[Submission], error: KsefRefused, access: Access, session: KsefSession) -> None:
    if error.http_status == 401:
        access_forget(company=session.company, credential=access.credential)
    if error.code in SESSION_GONE:  # nobody goes on in it
        KsefSession.objects.filter(pk=session.pk).update(last_code=error.code)
    pause = PERSON_MUST_ACT if error.http_status == 403 else backoff(rows[0].tries)
    postpone(rows, "send", error, pause)
