"""Sessions: open an interactive one, send, close; ask about any session, and its UPO."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from auth_ksef.client import answers, routes
from auth_ksef.client.crypto import SealedInvoice, SessionKey
from auth_ksef.client.environments import TEST
from auth_ksef.client.status import Page, Status, read_status

PAGE_SIZE = 1000


@dataclass(frozen=True)
class FormCode:
    """Which schema the session's invoices follow."""

    system_code: str
    schema_version: str
    value: str

    def body(self) -> dict[str, str]:
        """`FormCode` for opening a session."""
        return {
            "systemCode": self.system_code,
            "schemaVersion": self.schema_version,
            "value": self.value,
        }


FA3 = FormCode("FA (3)", "1-0E", "FA")


@dataclass(frozen=True)
class SessionOpened:
    """An open session; KSeF closes it by itself at `valid_until` (12 hours)."""

    reference_number: str
    valid_until: datetime


@dataclass(frozen=True)
class UpoPage:
    """A page of a session's collective UPO, to be fetched by its reference or its link.

    The link (`upo_by_link`) counts in no limit and goes without a token; each status makes a
    new one.
    """

    reference_number: str
    download_url: str | None = field(default=None, repr=False)
    expires: datetime | None = None


@dataclass(frozen=True)
class SessionStatus:
    """Status of one session; counts are None until KSeF gives them."""

    status: Status
    created: datetime
    updated: datetime
    valid_until: datetime | None
    invoice_count: int | None
    successful_count: int | None
    failed_count: int | None
    upo_pages: tuple[UpoPage, ...]
    raw: dict = field(repr=False)


@dataclass(frozen=True)
class SessionRow:
    """A session in the list of sessions."""

    reference_number: str
    status: Status
    created: datetime
    updated: datetime
    valid_until: datetime | None
    invoice_count: int
    successful_count: int
    failed_count: int
    raw: dict = field(repr=False)


@dataclass(frozen=True)
class InvoiceStatus:
    """What KSeF knows of one sent invoice (`SessionInvoiceStatusResponse`).

    `invoice_hash` is the SHA-256 of the bytes in lower-case hex, `file_name` that of the file
    in a batch package, the moments are UTC; `upo_download_url` (see `upo_by_link`) goes without
    a token. After 440 `status.extensions` names the original.
    """

    reference_number: str
    status: Status
    ordinal_number: int | None
    invoice_number: str | None
    ksef_number: str | None
    invoice_hash: str
    invoicing_mode: str | None
    invoicing_date: datetime | None
    acquisition_date: datetime | None
    permanent_storage_date: datetime | None
    upo_download_url: str | None = field(repr=False)
    upo_download_url_expires: datetime | None
    file_name: str | None
    raw: dict = field(repr=False)


@dataclass(frozen=True)
class Upo:
    """The bytes of a UPO, their SHA-256 in hex, and whether KSeF's hash header confirmed it."""

    xml: bytes = field(repr=False)
    sha256: str
    hash_checked: bool


class SessionsApi:
    """Part of KsefApi: interactive sessions and what became of their invoices."""

    def session_open(
        self, *, access: str, key: SessionKey, form_code: FormCode = FA3
    ) -> SessionOpened:
        """Opens an interactive session (`POST /sessions/online`).

        A refusal with code 21470 means a rotated key: see `with_fresh_key`.
        """
        route = routes.SESSION_OPEN
        body = {"formCode": form_code.body(), "encryption": key.encryption()}
        headers = feature_headers(self._door.base)
        data = self._door.json(route, body=body, headers=headers, bearer=access)
        return self._door.read(route, lambda: _opened(data))

    def invoice_send(
        self,
        *,
        access: str,
        session: str,
        invoice: SealedInvoice,
        offline: bool = False,
        corrects_hash: str | None = None,
    ) -> str:
        """Sends one invoice, returns its reference (`POST /sessions/online/{ref}/invoices`).

        `offline` is offlineMode; `corrects_hash` the SHA-256 (hex or Base64) of the rejected file
        that a technical correction replaces. After KsefUnknown never send again: look it up.
        """
        route = routes.INVOICE_SEND
        path, body = {"referenceNumber": session}, _send_body(invoice, offline, corrects_hash)
        data = self._door.json(route, path=path, body=body, bearer=access)
        return self._door.read(route, lambda: answers.reference(data, "referenceNumber"))

    def session_close(self, *, access: str, session: str) -> None:
        """Closes an interactive session (`POST /sessions/online/{ref}/close`)."""
        self._door.call(routes.SESSION_CLOSE, path={"referenceNumber": session}, bearer=access)

    def session_status(self, *, access: str, session: str) -> SessionStatus:
        """Status of a session (`GET /sessions/{ref}`)."""
        route = routes.SESSION_STATUS
        data = self._door.json(route, path={"referenceNumber": session}, bearer=access)
        return self._door.read(route, lambda: _session_status(data))

    def session_list(
        self,
        *,
        access: str,
        kind: str = "Online",
        continuation: str | None = None,
        created_from: datetime | None = None,
        created_to: datetime | None = None,
        reference: str | None = None,
        page_size: int = PAGE_SIZE,
    ) -> Page[SessionRow]:
        """One page of the context's sessions (`GET /sessions`); kind is "Online" or "Batch".

        The moments are aware; `reference` looks for one session.
        """
        route = routes.SESSION_LIST
        wanted = {
            "sessionType": kind,
            "pageSize": page_size,
            "dateCreatedFrom": created_from and moment(created_from),
            "dateCreatedTo": created_to and moment(created_to),
            "referenceNumber": reference,
        }
        query = {name: value for name, value in wanted.items() if value is not None}
        data = self._door.json(route, query=query, headers=_from(continuation), bearer=access)
        return self._door.read(route, lambda: _page(data, "sessions", _session_row))

    def session_invoices(
        self, *, access: str, session: str, continuation: str | None = None
    ) -> Page[InvoiceStatus]:
        """One page of the session's invoices (`GET /sessions/{ref}/invoices`)."""
        return self._invoices(routes.SESSION_INVOICES, access, session, continuation)

    def session_invoices_failed(
        self, *, access: str, session: str, continuation: str | None = None
    ) -> Page[InvoiceStatus]:
        """One page of its rejected invoices (`GET /sessions/{ref}/invoices/failed`)."""
        return self._invoices(routes.SESSION_INVOICES_FAILED, access, session, continuation)

    def invoice_status(self, *, access: str, session: str, invoice: str) -> InvoiceStatus:
        """Status of one invoice by its reference (`GET /sessions/{ref}/invoices/{ref}`)."""
        route = routes.INVOICE_STATUS
        path = {"referenceNumber": session, "invoiceReferenceNumber": invoice}
        data = self._door.json(route, path=path, bearer=access)
        return self._door.read(route, lambda: _invoice_status(data))

    def upo(self, *, access: str, session: str, invoice: str) -> Upo:
        """UPO of one invoice by its reference (`GET …/invoices/{ref}/upo`)."""
        path = {"referenceNumber": session, "invoiceReferenceNumber": invoice}
        return self._upo(routes.UPO, access, path)

    def upo_by_number(self, *, access: str, session: str, ksef_number: str) -> Upo:
        """UPO of one invoice by its KSeF number (`GET …/invoices/ksef/{number}/upo`)."""
        path = {"referenceNumber": session, "ksefNumber": ksef_number}
        return self._upo(routes.UPO_BY_NUMBER, access, path)

    def session_upo(self, *, access: str, session: str, page: str) -> Upo:
        """A page of the session's collective UPO (`GET /sessions/{ref}/upo/{ref}`)."""
        path = {"referenceNumber": session, "upoReferenceNumber": page}
        return self._upo(routes.SESSION_UPO, access, path)

    def _invoices(self, route, access, session, continuation) -> Page[InvoiceStatus]:
        data = self._door.json(
            route,
            path={"referenceNumber": session},
            query={"pageSize": PAGE_SIZE},
            headers=_from(continuation),
            bearer=access,
        )
        return self._door.read(route, lambda: _page(data, "invoices", _invoice_status))

    def _upo(self, route: routes.Route, access: str, path: dict[str, str]) -> Upo:
        xml, checked = self._door.document(route, path=path, bearer=access)
        return Upo(xml, hashlib.sha256(xml).hexdigest(), checked)


def moment(value: datetime) -> str:
    """The instant as KSeF wants it: UTC with an offset, whatever zone it was given in."""
    return value.astimezone(UTC).isoformat()


def feature_headers(base: str) -> dict[str, str]:
    """On TEST, which takes any NIP otherwise: check identifiers as production does."""
    is_test = httpx.URL(base).host == httpx.URL(TEST.api).host
    return {"X-KSeF-Feature": "subject-identifier-validation"} if is_test else {}


def _from(continuation: str | None) -> dict[str, str]:
    return {"x-continuation-token": continuation} if continuation else {}


def _send_body(invoice: SealedInvoice, offline: bool, corrects_hash: str | None) -> dict:
    body = {
        "invoiceHash": invoice.invoice_hash,
        "invoiceSize": invoice.invoice_size,
        "encryptedInvoiceHash": invoice.encrypted_hash,
        "encryptedInvoiceSize": invoice.encrypted_size,
        "encryptedInvoiceContent": invoice.content,
        "offlineMode": offline,
    }
    if corrects_hash is not None:
        body["hashOfCorrectedInvoice"] = _hash_base64(corrects_hash)
    return body


def _hash_base64(digest: str) -> str:
    """Documents keep their SHA-256 in hex, KSeF wants Base64; their lengths tell them apart."""
    return base64.b64encode(bytes.fromhex(digest)).decode() if len(digest) == 64 else digest


def _opened(data: dict) -> SessionOpened:
    reference = answers.reference(data, "referenceNumber")
    return SessionOpened(reference, answers.instant(data, "validUntil"))


def _page(data: dict, name: str, read) -> Page:
    items = tuple(read(row) for row in answers.rows(data, name))
    return Page(items, answers.continuation(data))


def _session_status(data: dict) -> SessionStatus:
    upo = data.get("upo")
    pages = answers.rows(upo, "pages") if isinstance(upo, dict) else []
    return SessionStatus(
        status=read_status(data),
        created=answers.instant(data, "dateCreated"),
        updated=answers.instant(data, "dateUpdated"),
        valid_until=answers.optional_instant(data, "validUntil"),
        invoice_count=answers.optional_integer(data, "invoiceCount"),
        successful_count=answers.optional_integer(data, "successfulInvoiceCount"),
        failed_count=answers.optional_integer(data, "failedInvoiceCount"),
        upo_pages=tuple(_upo_page(page) for page in pages),
        raw=data,
    )


def _upo_page(data: dict) -> UpoPage:
    return UpoPage(
        answers.reference(data, "referenceNumber"),
        answers.optional_link(data, "downloadUrl"),
        answers.optional_instant(data, "downloadUrlExpirationDate"),
    )


def _session_row(data: dict) -> SessionRow:
    return SessionRow(
        reference_number=answers.reference(data, "referenceNumber"),
        status=read_status(data),
        created=answers.instant(data, "dateCreated"),
        updated=answers.instant(data, "dateUpdated"),
        valid_until=answers.optional_instant(data, "validUntil"),
        invoice_count=answers.integer(data, "totalInvoiceCount"),
        successful_count=answers.integer(data, "successfulInvoiceCount"),
        failed_count=answers.integer(data, "failedInvoiceCount"),
        raw=data,
    )


def _invoice_status(data: dict) -> InvoiceStatus:
    number = data.get("ksefNumber")
    return InvoiceStatus(
        reference_number=answers.reference(data, "referenceNumber"),
        status=read_status(data),
        ordinal_number=answers.optional_integer(data, "ordinalNumber"),
        invoice_number=answers.optional_text(data, "invoiceNumber"),
        ksef_number=None if number is None else answers.reference(data, "ksefNumber"),
        invoice_hash=answers.sha256_hex(data, "invoiceHash"),
        invoicing_mode=answers.optional_text(data, "invoicingMode"),
        invoicing_date=answers.optional_instant(data, "invoicingDate"),
        acquisition_date=answers.optional_instant(data, "acquisitionDate"),
        permanent_storage_date=answers.optional_instant(data, "permanentStorageDate"),
        upo_download_url=answers.optional_link(data, "upoDownloadUrl"),
        upo_download_url_expires=answers.optional_instant(data, "upoDownloadUrlExpirationDate"),
        file_name=answers.optional_text(data, "invoiceFileName"),
        raw=data,
    )
