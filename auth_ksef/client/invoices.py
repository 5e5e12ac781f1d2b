"""Reading what is already in KSeF: one invoice by its number, and metadata by query."""

from dataclasses import dataclass, field
from datetime import datetime

from auth_ksef.client import answers, routes
from auth_ksef.client.sessions import moment

PAGE_SIZE = 250


@dataclass(frozen=True)
class InvoiceMetadata:
    """One row of a metadata query; hash in lower-case hex, moments UTC, the rest in `raw`.

    Amounts in `raw` are whole numbers or texts, never floats.
    """

    ksef_number: str
    invoice_number: str
    invoice_hash: str
    issue_date: str
    invoicing_date: datetime
    acquisition_date: datetime
    permanent_storage_date: datetime
    invoicing_mode: str
    invoice_type: str
    seller_nip: str
    raw: dict = field(repr=False)


@dataclass(frozen=True)
class MetadataPage:
    """One page: `has_more` asks for the next page, `is_truncated` for a later `date_from`.

    `hwm_date` is permanentStorageHwmDate: below it nothing will appear any more.
    """

    items: tuple[InvoiceMetadata, ...]
    has_more: bool
    is_truncated: bool
    hwm_date: datetime | None


class InvoicesApi:
    """Part of KsefApi: invoices that KSeF has accepted."""

    def invoice_by_number(self, *, access: str, ksef_number: str) -> bytes:
        """The accepted bytes, checked against KSeF's hash header (`GET /invoices/ksef/{n}`)."""
        path = {"ksefNumber": ksef_number}
        return self._door.document(routes.INVOICE_BY_NUMBER, path=path, bearer=access)[0]

    def metadata(
        self,
        *,
        access: str,
        subject_type: str,
        date_from: datetime,
        date_to: datetime | None = None,
        date_type: str = "PermanentStorage",
        page: int = 0,
        page_size: int = PAGE_SIZE,
        sort: str = "Asc",
        **filters,
    ) -> MetadataPage:
        """One page of metadata (`POST /invoices/query/metadata`), 20 requests an hour.

        `subject_type` is Subject1 (seller) to Subject3 or SubjectAuthorized, the dates are aware
        and at most 100 days apart; other filters go by their names in InvoiceQueryFilters.
        """
        route = routes.METADATA
        dates = {"dateType": date_type, "from": moment(date_from)}
        if date_to is not None:
            dates["to"] = moment(date_to)
        body = {"subjectType": subject_type, "dateRange": dates, **filters}
        query = {"sortOrder": sort, "pageOffset": page, "pageSize": page_size}
        data = self._door.json(route, query=query, body=body, bearer=access)
        return self._door.read(route, lambda: _metadata_page(data))


def _metadata_page(data: dict) -> MetadataPage:
    return MetadataPage(
        items=tuple(_metadata(row) for row in answers.rows(data, "invoices")),
        has_more=answers.flag(data, "hasMore"),
        is_truncated=answers.flag(data, "isTruncated"),
        hwm_date=answers.optional_instant(data, "permanentStorageHwmDate"),
    )


def _metadata(row: dict) -> InvoiceMetadata:
    return InvoiceMetadata(
        ksef_number=answers.reference(row, "ksefNumber"),
        invoice_number=answers.text(row, "invoiceNumber"),
        invoice_hash=answers.sha256_hex(row, "invoiceHash"),
        issue_date=answers.text(row, "issueDate"),
        invoicing_date=answers.instant(row, "invoicingDate"),
        acquisition_date=answers.instant(row, "acquisitionDate"),
        permanent_storage_date=answers.instant(row, "permanentStorageDate"),
        invoicing_mode=answers.text(row, "invoicingMode"),
        invoice_type=answers.text(row, "invoiceType"),
        seller_nip=answers.text(answers.mapping(row.get("seller"), "seller"), "nip"),
        raw=row,
    )
