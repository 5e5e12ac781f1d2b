"""KSeF certificates as KSeF itself lists them."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auth_ksef.client import answers, routes
from auth_ksef.client.sessions import moment
from auth_ksef.client.status import Status, read_status

PAGE_SIZE = 50
RETRIEVED_AT_ONCE = 10
AUTHENTICATION, OFFLINE = "Authentication", "Offline"
UNSPECIFIED, SUPERSEDED, KEY_COMPROMISE = "Unspecified", "Superseded", "KeyCompromise"
SERIAL = re.compile(r"[0-9A-F]{16}")
DER_LIMIT = 16 * 1024
# `CertificateEnrollmentDataResponse`; the first two come for everybody.
REQUIRED_DATA = ("commonName", "countryName")
ENROLLMENT_DATA = (
    *REQUIRED_DATA,
    "givenName",
    "surname",
    "serialNumber",
    "uniqueIdentifier",
    "organizationName",
    "organizationIdentifier",
)
NAMES_LIMIT = 10


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


@dataclass(frozen=True)
class CertificateLimits:
    """What the subject that logged in may still ask for and hold (`GET /certificates/limits`)."""

    can_request: bool
    requests_left: int
    requests_limit: int
    certificates_left: int
    certificates_limit: int


@dataclass(frozen=True)
class EnrollmentSent:
    """A request for a certificate that KSeF took at `at`; its status lives for 30 days."""

    reference: str
    at: datetime


@dataclass(frozen=True)
class EnrollmentStatus(Status):
    """Status of a request: 100 under way, 200 done, else refused; `serial` comes with 200."""

    serial: str | None = None
    requested_at: datetime | None = None


@dataclass(frozen=True)
class CertificateFile:
    """A certificate as issued: `der` its bytes, that nobody has parsed yet."""

    serial: str
    name: str
    type: str
    der: bytes = field(repr=False)


class CertificatesApi:
    """Part of KsefApi: certificates of the subject that logged in."""

    def certificate_limits(self, *, access: str) -> CertificateLimits:
        """How many certificates may be asked for and held (`GET /certificates/limits`)."""
        route = routes.CERTIFICATE_LIMITS
        data = self._door.json(route, bearer=access)
        return self._door.read(route, lambda: _limits(data))

    def enrollment_data(self, *, access: str) -> dict[str, str | list[str]]:
        """What the subject of the CSR must say, to the letter, by the OpenAPI's names.

        Fields that KSeF leaves empty are left out; `givenName` may be a list. After a login by
        token it is refused (`GET /certificates/enrollments/data`).
        """
        route = routes.ENROLLMENT_DATA
        data = self._door.json(route, bearer=access)
        return self._door.read(route, lambda: _enrollment_data(data))

    def enroll(
        self, *, access: str, name: str, type: str, csr: bytes, valid_from: datetime | None = None
    ) -> EnrollmentSent:
        """Asks for a certificate (`POST /certificates/enrollments`).

        `type` AUTHENTICATION or OFFLINE, `csr` DER, `valid_from` None for at once. After
        KsefUnknown look for `name` among the own certificates before asking again.
        """
        route = routes.ENROLL
        body = {
            "certificateName": name,
            "certificateType": type,
            "csr": base64.b64encode(csr).decode(),
        }
        if valid_from is not None:
            body["validFrom"] = moment(valid_from)
        data = self._door.json(route, body=body, bearer=access)
        return self._door.read(route, lambda: _sent(data))

    def enrollment_status(self, *, access: str, reference: str) -> EnrollmentStatus:
        """Where a request stands (`GET /certificates/enrollments/{referenceNumber}`).

        KsefRefused with `http_status` 410 after 30 days.
        """
        route = routes.ENROLLMENT_STATUS
        data = self._door.json(route, path={"referenceNumber": reference}, bearer=access)
        return self._door.read(route, lambda: _enrollment_status(data))

    def certificates_retrieve(
        self, *, access: str, serials: Sequence[str]
    ) -> tuple[CertificateFile, ...]:
        """Own certificates by their serial numbers, at most 10 (`POST /certificates/retrieve`)."""
        if not 0 < len(serials) <= RETRIEVED_AT_ONCE:
            raise ValueError(f"From 1 to {RETRIEVED_AT_ONCE} certificates are retrieved at once")
        route = routes.CERTIFICATES_RETRIEVE
        wanted = [serial.upper() for serial in serials]
        data = self._door.json(route, body={"certificateSerialNumbers": wanted}, bearer=access)
        return self._door.read(route, lambda: _files(data, wanted))

    def certificate_revoke(self, *, access: str, serial: str, reason: str = UNSPECIFIED) -> None:
        """Revokes an own certificate (`POST /certificates/{certificateSerialNumber}/revoke`).

        `reason` UNSPECIFIED, SUPERSEDED or KEY_COMPROMISE.
        """
        path = {"certificateSerialNumber": serial.upper()}
        body = {"revocationReason": reason}
        self._door.call(routes.CERTIFICATE_REVOKE, path=path, body=body, bearer=access)

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


def _limits(data: dict) -> CertificateLimits:
    enrollment = answers.mapping(data.get("enrollment"), "enrollment")
    certificate = answers.mapping(data.get("certificate"), "certificate")
    return CertificateLimits(
        answers.flag(data, "canRequest"),
        answers.integer(enrollment, "remaining"),
        answers.integer(enrollment, "limit"),
        answers.integer(certificate, "remaining"),
        answers.integer(certificate, "limit"),
    )


def _enrollment_data(data: dict) -> dict[str, str | list[str]]:
    if any(not isinstance(data.get(name), str) for name in REQUIRED_DATA):
        raise answers.Malformed("commonName, countryName")
    return {name: _named(data, name) for name in ENROLLMENT_DATA if data.get(name)}


def _named(data: dict, name: str) -> str | list[str]:
    """The value as it came: the CSR must repeat it to the letter, so nothing is trimmed."""
    value = data[name]
    values = value if isinstance(value, list) and name == "givenName" else [value]
    good = all(isinstance(text, str) and 0 < len(text) <= answers.TEXT_LIMIT for text in values)
    if not good or len(values) > NAMES_LIMIT:
        raise answers.Malformed(name)
    return value


def _sent(data: dict) -> EnrollmentSent:
    return EnrollmentSent(
        answers.reference(data, "referenceNumber"), answers.instant(data, "timestamp")
    )


def _enrollment_status(data: dict) -> EnrollmentStatus:
    status = read_status(data)
    given = data.get("certificateSerialNumber")
    return EnrollmentStatus(
        status.code,
        status.description,
        status.details,
        status.extensions,
        serial=None if given is None else _serial(data),
        requested_at=answers.optional_instant(data, "requestDate"),
    )


def _files(data: dict, wanted: list[str]) -> tuple[CertificateFile, ...]:
    files = tuple(_file(row) for row in answers.rows(data, "certificates"))
    serials = [file.serial for file in files]
    if len(set(serials)) != len(serials) or not set(serials) <= set(wanted):
        raise answers.Malformed("certificates")
    return files


def _file(data: dict) -> CertificateFile:
    der = answers.octets(data, "certificate")
    if not 0 < len(der) <= DER_LIMIT:
        raise answers.Malformed("certificate")
    return CertificateFile(
        serial=_serial(data),
        name=answers.optional_text(data, "certificateName") or "",
        type=answers.text(data, "certificateType"),
        der=der,
    )


def _serial(data: dict) -> str:
    serial = answers.text(data, "certificateSerialNumber").upper()
    if not SERIAL.fullmatch(serial):
        raise answers.Malformed("certificateSerialNumber")
    return serial
