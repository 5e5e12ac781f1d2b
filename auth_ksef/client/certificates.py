"""KSeF certificates as KSeF itself lists them."""

from dataclasses import dataclass, field
from datetime import datetime

from auth_ksef.client import answers, routes

PAGE_SIZE = 50
AUTHENTICATION, OFFLINE = "Authentication", "Offline"


@dataclass(frozen=True)
class CertificateRow:
    """One certificate (`CertificateListItem`); `type` and `status` as KSeF writes them.

    `status`: Active, Blocked, Revoked, Expired, or a word that we do not know yet.
    """

    serial: str
    name: str
    type: str
    status: str
    valid_from: datetime
    valid_to: datetime
    raw: dict = field(repr=False)


@dataclass(frozen=True)
class CertificatePage:
    """One page; `has_more` asks for the next."""

    items: tuple[CertificateRow, ...]
    has_more: bool


class CertificatesApi:
    """Part of KsefApi: certificates of the subject that logged in."""

    def certificates_query(
        self,
        *,
        access: str,
        serial: str | None = None,
        type: str | None = None,
        status: str | None = None,
        page: int = 0,
    ) -> CertificatePage:
        """One page of own certificates (`POST /certificates/query`).

        `serial` is 16 upper-case hex digits, `type` AUTHENTICATION or OFFLINE.
        """
        route = routes.CERTIFICATES_QUERY
        wanted = {"certificateSerialNumber": serial, "type": type, "status": status}
        body = {name: value for name, value in wanted.items() if value is not None}
        query = {"pageOffset": page, "pageSize": PAGE_SIZE}
        data = self._door.json(route, query=query, body=body, bearer=access)
        return self._door.read(route, lambda: _page(data))


def _page(data: dict) -> CertificatePage:
    items = tuple(_row(row) for row in answers.rows(data, "certificates"))
    return CertificatePage(items, answers.flag(data, "hasMore"))


def _row(data: dict) -> CertificateRow:
    return CertificateRow(
        serial=answers.text(data, "certificateSerialNumber").upper(),
        name=answers.optional_text(data, "name") or "",
        type=answers.text(data, "type"),
        status=answers.text(data, "status"),
        valid_from=answers.instant(data, "validFrom"),
        valid_to=answers.instant(data, "validTo"),
        raw=data,
    )
