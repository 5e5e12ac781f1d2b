"""The UPO: fetched, checked against our document, stored byte for byte."""

import base64
import hashlib

from auth_ksef.api import ksef_api
from auth_ksef.login import access_get
from invoices.models import Document, Upo
from ksefapp.lib.xml import XmlRefused, parse_untrusted

MOST_BYTES = 20_000_000
MOST_DEPTH = 40


class UpoWrong(Exception):
    """What came is not the receipt of this document; nothing was stored."""


def upo_fetch(*, document: Document) -> Upo:
    """Fetches and stores the receipt. Raises UpoWrong, NoCredential or KsefError.

    ValueError when the company has left the document's environment: an access token of one
    environment must never be sent to another.
    """
    if document.environment != document.company.environment:
        raise ValueError("the company works in another environment now")
    submission = document.submission
    access = access_get(company=document.company)
    api = ksef_api(document.environment)
    session = submission.facts.get("original_session") or submission.session.reference
    if submission.facts.get("adopted"):
        found = api.upo_by_number(
            access=access.token, session=session, ksef_number=document.ksef_number
        )
    else:
        found = api.upo(access=access.token, session=session, invoice=submission.invoice_reference)
    upo_check(found.xml, document=document)
    row, _ = Upo.objects.get_or_create(
        document=document,
        defaults={"content": found.xml, "sha256": hashlib.sha256(found.xml).hexdigest()},
    )
    return row


def upo_check(xml: bytes, *, document: Document) -> None:
    """Raises UpoWrong unless the receipt names our KSeF number and our bytes' SHA-256.

    Source: UPO v4-3, `Dokument/NumerKSeFDokumentu` and `Dokument/SkrotDokumentu` (Base64).
    """
    try:
        root = parse_untrusted(xml, max_bytes=MOST_BYTES, max_depth=MOST_DEPTH)
    except XmlRefused as error:
        raise UpoWrong(error.en) from error
    hash_base64 = base64.b64encode(bytes.fromhex(document.sha256)).decode()
    for row in root.iter("{*}Dokument"):
        if row.findtext("{*}NumerKSeFDokumentu") == document.ksef_number:
            if row.findtext("{*}SkrotDokumentu") == hash_base64:
                return
            raise UpoWrong("the UPO confirms another file under this KSeF number")
    raise UpoWrong("the UPO does not name this KSeF number")
