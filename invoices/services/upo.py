"""The UPO: fetched, checked against our document, stored byte for byte.

An invoice sent alone has a receipt of its own. A batch has pages that name all its invoices:
each page is stored once, and every receipt points to the page that names its number and hash.
Pre-signed links are used where KSeF gave one: they count in no limit.
"""

import base64
import hashlib
import logging
from datetime import timedelta

from django.db import IntegrityError, transaction

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefApi, KsefLater, KsefRefused, UpoPage
from auth_ksef.client import Upo as Found
from auth_ksef.login import Access, access_get
from auth_ksef.messages import told
from invoices.models import Chore, Document, KsefSession, SessionUpo, Submission, Upo
from invoices.services.bulk import pieces
from invoices.services.sessions import session_lease, session_release
from invoices.services.upo_adopted import adopted_upo
from ksefapp.accounts.audit import audit
from ksefapp.lib import clock
from ksefapp.lib.xml import XmlRefused, parse_untrusted

log = logging.getLogger(__name__)

MOST_BYTES = 20_000_000
MOST_DEPTH = 40
BUSY_SECONDS = 2
LATE_SECONDS = 15


class UpoWrong(Exception):
    """What came is not the receipt of this document; nothing was stored."""


def upo_fetch(*, document: Document) -> Upo:
    """Fetches and stores the receipt. Raises UpoWrong, NoCredential or KsefError.

    ValueError when the company has left the document's environment: an access token of one
    environment must never be sent to another.
    """
    if document.environment != document.company.environment:
        raise ValueError("the company works in another environment now")
    if found := Upo.objects.filter(document=document).first():
        return found
    submission = document.submission
    access = access_get(company=document.company)
    if _is_in_batch(submission):
        _pages_fetch(submission.session, access)
        if found := Upo.objects.filter(document=document).first():
            return found
    return _store_own(document, _own(document, submission, access))


def upo_problem(document: Document) -> str:
    """Why the receipt is not here yet, in the active language; empty when nothing went wrong."""
    chore = Chore.objects.filter(document=document, kind=Chore.Kind.UPO).first()
    missing = chore and not Upo.objects.filter(document=document).exists()
    return told(chore.last_text) if missing else ""


def _is_in_batch(submission: Submission) -> bool:
    session = submission.session
    is_batch = session is not None and session.kind == KsefSession.Kind.BATCH
    return is_batch and not submission.facts.get("adopted")


def _own(document: Document, submission: Submission, access: Access) -> Found:
    """The receipt of this invoice alone."""
    api = ksef_api(document.environment, document.company)
    if found := _by_link(api, submission.facts.get("upo_link", "")):
        return found
    if submission.facts.get("adopted"):
        return adopted_upo(document, api, access)
    session = submission.session.reference
    if not submission.invoice_reference:
        number = document.ksef_number
        return api.upo_by_number(access=access.token, session=session, ksef_number=number)
    return api.upo(access=access.token, session=session, invoice=submission.invoice_reference)


def _by_link(api: KsefApi, link: str) -> Found | None:
    """None when there is no link or it does not work any more."""
    try:
        return api.upo_by_link(link) if link else None
    except (KsefRefused, KsefLater) as error:
        log.info("a link to a UPO: HTTP %s", error.http_status)
        return None


def _store_own(document: Document, found: Found) -> Upo:
    upo_check(found.xml, document=document)
    row, _ = Upo.objects.get_or_create(
        document=document,
        defaults={"content": found.xml, "sha256": hashlib.sha256(found.xml).hexdigest()},
    )
    _forget_link(document)
    return row


def _forget_link(document: Document) -> None:
    """Whoever knows a link may read the receipt: it is not kept longer than needed."""
    submission = Submission.objects.get(document=document)
    if "upo_link" in submission.facts:
        facts = {k: v for k, v in submission.facts.items() if k != "upo_link"}
        Submission.objects.filter(pk=submission.pk).update(facts=facts)


def _pages_fetch(session: KsefSession, access: Access) -> None:
    """All pages of the session, by one worker. KsefLater while another does it or none is there."""
    if not session_lease(session):
        raise KsefLater("the session's UPO is being fetched", retry_after=BUSY_SECONDS)
    try:
        complete = session_upo_fetch(session, access)
    finally:
        session_release(session)
    if not complete:
        later = clock.now() + timedelta(seconds=LATE_SECONDS)
        _chores(session).update(not_before=later)
        raise KsefLater("KSeF has not made the session's UPO yet", retry_after=LATE_SECONDS)


def session_upo_fetch(session: KsefSession, access: Access) -> bool:
    """Fetches the pages of the collective UPO that are missing; False while KSeF has none.

    The caller holds the session's lease. Raises KsefError, UpoWrong.
    """
    api = ksef_api(session.environment, session.company)
    pages = api.session_status(access=access.token, session=session.reference).upo_pages
    known = set(session.upo_pages.values_list("reference", flat=True))
    for number, page in enumerate(pages, start=1):
        if page.reference_number not in known:
            _store_page(session, number, page, _page(api, session, page, access))
    return bool(pages)


def _page(api: KsefApi, session: KsefSession, page: UpoPage, access: Access) -> Found:
    found = _by_link(api, page.download_url or "")
    return found or api.session_upo(
        access=access.token, session=session.reference, page=page.reference_number
    )


def _store_page(session: KsefSession, number: int, page: UpoPage, found: Found) -> None:
    """The page with all receipts in it; another process may have stored it a moment ago."""
    try:
        _store_new_page(session, number, page, found)
    except IntegrityError:
        if not session.upo_pages.filter(reference=page.reference_number).exists():
            raise


def _store_new_page(session: KsefSession, number: int, page: UpoPage, found: Found) -> None:
    """The page, and the receipts of all our documents that it names, in one transaction."""
    named = upo_documents(found.xml)
    with transaction.atomic():
        row = SessionUpo.objects.create(
            session=session,
            reference=page.reference_number,
            number=number,
            content=found.xml,
            sha256=found.sha256,
        )
        received = sum(_receive(session, row, dict(piece)) for piece in pieces(named.items()))
        audit("session.upo", company=session.company, subject=session.reference, documents=received)


def _receive(session: KsefSession, page: SessionUpo, named: dict[str, str]) -> int:
    """Receipts for the documents whose number and hash the page names; how many they are."""
    documents = Document.objects.filter(
        company=session.company, environment=session.environment, ksef_number__in=named
    )
    ours = [
        pk
        for pk, number, sha256 in documents.values_list("pk", "ksef_number", "sha256")
        if named[number] == sha256
    ]
    receipts = [Upo(document_id=pk, page=page, sha256=page.sha256) for pk in ours]
    Upo.objects.bulk_create(receipts, ignore_conflicts=True)
    chores = Chore.objects.filter(kind=Chore.Kind.UPO, document__in=ours, done_at=None)
    chores.update(done_at=clock.now(), lease_until=None, last_text="")
    return len(ours)


def _chores(session: KsefSession):
    return Chore.objects.filter(
        kind=Chore.Kind.UPO, done_at=None, document__submission__session=session
    )


def upo_check(xml: bytes, *, document: Document) -> None:
    """Raises UpoWrong unless the receipt names our KSeF number and our bytes' SHA-256."""
    found = upo_documents(xml).get(document.ksef_number)
    if found is None:
        raise UpoWrong("the UPO does not name this KSeF number")
    if found != document.sha256:
        raise UpoWrong("the UPO confirms another file under this KSeF number")


def upo_documents(xml: bytes) -> dict[str, str]:
    """KSeF number to SHA-256 in hex of all that the receipt confirms. Raises UpoWrong.

    Source: UPO v4-3, `Dokument/NumerKSeFDokumentu` and `Dokument/SkrotDokumentu` (Base64).
    """
    try:
        root = parse_untrusted(xml, max_bytes=MOST_BYTES, max_depth=MOST_DEPTH)
        return {
            row.findtext("{*}NumerKSeFDokumentu", ""): _hex(row.findtext("{*}SkrotDokumentu", ""))
            for row in root.iter("{*}Dokument")
        }
    except XmlRefused as error:
        raise UpoWrong(error.en) from error


def _hex(hash_base64: str) -> str:
    try:
        return base64.b64decode(hash_base64, validate=True).hex()
    except ValueError:
        return ""
