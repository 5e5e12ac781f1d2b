"""Who a signing certificate stands for, and whether it may be used to log in."""

import re

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from simulator import auth_request, certificates, clock, keys
from simulator.authentication import Verdict
from simulator.errors import Invalid
from simulator.store import Store
from simulator.web import Identifier

_PERSON = {
    "givenName": NameOID.GIVEN_NAME,
    "surname": NameOID.SURNAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "commonName": NameOID.COMMON_NAME,
    "countryName": NameOID.COUNTRY_NAME,
}
_SEAL = {
    "organizationName": NameOID.ORGANIZATION_NAME,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "commonName": NameOID.COMMON_NAME,
    "countryName": NameOID.COUNTRY_NAME,
}
_PATTERNS = (
    ("Pesel", re.compile(r"(?:PNOPL|PESEL).*?(\d{11})")),
    ("Nip", re.compile(r"(?:TINPL|NIP).*?(\d{10})")),
)
_SEAL_PATTERN = re.compile(r"VATPL.*?(\d{10})")


def identify(store: Store, certificate: x509.Certificate, by: str) -> tuple[Identifier, str]:
    """The authenticating subject and OpenAPI AuthenticationMethod; raises 21115 or 21406."""
    row = certificates.registered(store, certificate)
    if row is not None and row["holder_type"] == "Fingerprint":
        # A KSeF certificate carries the identity that asked for it on, whatever it is called.
        return Identifier(row["holder_type"], row["holder"]), "InternalCertificate"
    seal = bool(_values(certificate, NameOID.ORGANIZATION_IDENTIFIER))
    method = "QualifiedSeal" if seal else "QualifiedSignature"
    if by == auth_request.FINGERPRINT:
        return Identifier("Fingerprint", fingerprint(certificate)), method
    return (_seal(certificate) if seal else _person(certificate)), method


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER certificate, 64 upper-case hex digits."""
    return certificate.fingerprint(hashes.SHA256()).hex().upper()


def _seal(certificate: x509.Certificate) -> Identifier:
    _require(certificate, _SEAL)
    personal = (NameOID.GIVEN_NAME, NameOID.SURNAME)
    if any(_values(certificate, oid) for oid in personal):
        raise Invalid(21115, "Certyfikat pieczęci nie może zawierać givenName ani surname.")
    for value in _values(certificate, NameOID.ORGANIZATION_IDENTIFIER):
        if found := _SEAL_PATTERN.search(value):
            return Identifier("Nip", found[1])
    raise Invalid(21406, "Certyfikat pieczęci nie zawiera numeru NIP.")


def _person(certificate: x509.Certificate) -> Identifier:
    _require(certificate, _PERSON)
    for value in _values(certificate, NameOID.SERIAL_NUMBER):
        for kind, pattern in _PATTERNS:
            if found := pattern.search(value):
                return Identifier(kind, found[1])
    raise Invalid(21406, "Certyfikat nie zawiera numeru PESEL ani NIP.")


def _values(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(item.value) for item in certificate.subject.get_attributes_for_oid(oid)]


def _require(certificate: x509.Certificate, attributes: dict) -> None:
    missing = [name for name, oid in attributes.items() if not _values(certificate, oid)]
    if missing:
        raise Invalid(21115, f"Brak wymaganych atrybutów podmiotu: {', '.join(missing)}.")


def judge(
    store: Store, certificate: x509.Certificate, *, chain: bool
) -> tuple[bool, Verdict | None]:
    """Whether it is a KSeF certificate, and a verdict 460 when it may not be used now.

    `chain` is verifyCertificateChain: without it self-signed certificates pass, as on TEST.
    Raises 400 21115 for a certificate of the type Offline.
    """
    now = clock.now()
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False, _refused("Nieważny certyfikat")
    _, authority = keys.authority(store)
    if _issued_by(certificate, authority):
        return True, _judge_own(store, certificate)
    if not _issued_by(certificate, certificate):
        return False, _refused("Błąd weryfikacji łańcucha certyfikatów")
    return False, _refused("Niezaufany łańcuch certyfikatów") if chain else None


def _judge_own(store: Store, certificate: x509.Certificate) -> Verdict | None:
    row = certificates.registered(store, certificate)
    if row is None:
        return _refused("Niepoprawny certyfikat")
    if row["kind"] != certificates.AUTHENTICATION:
        raise Invalid(21115, "Certyfikat typu Offline nie umożliwia uwierzytelnienia.")
    states = {"Revoked": "Certyfikat odwołany", "Blocked": "Certyfikat zawieszony"}
    return _refused(states[row["status"]]) if row["status"] in states else None


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _refused(detail: str) -> Verdict:
    return Verdict(460, [detail])
