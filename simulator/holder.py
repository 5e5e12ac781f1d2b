"""Who a signing certificate stands for, and whether it may be used to log in."""

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from simulator import auth_request, certificates, clock, keys, subject_data, trusted_profile
from simulator.authentication import Verdict
from simulator.errors import Invalid
from simulator.store import Store
from simulator.web import Identifier
from simulator.xades import Signed

INTERNAL = "InternalCertificate"

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


@dataclass(frozen=True)
class Holder:
    """Who logs in: the subject, OpenAPI AuthenticationMethod, names for a certificate request."""

    subject: Identifier
    method: str
    names: dict[str, str]


def identify(store: Store, signed: Signed, by: str) -> Holder:
    """The holder of the signing certificate; raises 400 21115 or 21406."""
    certificate = signed.certificate
    if trusted_profile.is_its_seal(certificate):
        return _trusted(signed, by)
    names = subject_data.of_certificate(certificate.subject)
    row = certificates.registered(store, certificate)
    if row is not None and row["holder_type"] == "Fingerprint":
        # A KSeF certificate carries the identity that asked for it on, whatever it is called.
        return Holder(Identifier(row["holder_type"], row["holder"]), INTERNAL, names)
    seal = bool(_values(certificate, NameOID.ORGANIZATION_IDENTIFIER))
    subject = _subject(certificate, by, seal)
    return Holder(subject, INTERNAL if row else _method(certificate, seal), names)


def _trusted(signed: Signed, by: str) -> Holder:
    if by == auth_request.FINGERPRINT:
        raise Invalid(21406, "Odcisk palca certyfikatu nie wskazuje osoby podpisu zaufanego.")
    names = trusted_profile.person(signed.properties)
    pesel = names["serialNumber"].removeprefix("PNOPL-")
    return Holder(Identifier("Pesel", pesel), "TrustedProfile", names)


def _subject(certificate: x509.Certificate, by: str, seal: bool) -> Identifier:
    if by == auth_request.FINGERPRINT:
        return Identifier("Fingerprint", fingerprint(certificate))
    return _seal(certificate) if seal else _person(certificate)


def _method(certificate: x509.Certificate, seal: bool) -> str:
    """The simulator knows an identity card's certificate by its organisational unit."""
    units = _values(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if any("podpis osobisty" in unit.lower() for unit in units):
        return "PersonalSignature"
    return "QualifiedSeal" if seal else "QualifiedSignature"


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


def judge(store: Store, certificate: x509.Certificate, *, chain: bool) -> Verdict | None:
    """A verdict 460 when the certificate may not be used now.

    `chain` is verifyCertificateChain: without it self-signed certificates pass, as on TEST.
    Raises 400 21115 for a KSeF certificate of the type Offline.
    """
    _, authority = keys.authority(store)
    if _issued_by(certificate, authority):
        return _judge_own(store, certificate)
    if not certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc:
        return _refused("Nieważny certyfikat")
    if not _issued_by(certificate, certificate):
        return _refused("Błąd weryfikacji łańcucha certyfikatów")
    return _refused("Niezaufany łańcuch certyfikatów") if chain else None


def _judge_own(store: Store, certificate: x509.Certificate) -> Verdict | None:
    row = certificates.registered(store, certificate)
    if row is None:
        return _refused("Niepoprawny certyfikat")
    if row["kind"] != certificates.AUTHENTICATION:
        raise Invalid(21115, "Certyfikat typu Offline nie umożliwia uwierzytelnienia.")
    states = {"Revoked": "Certyfikat odwołany", "Blocked": "Certyfikat zawieszony"}
    if row["status"] in states:
        return _refused(states[row["status"]])
    # The register's end of validity may be earlier than the certificate's own.
    in_time = row["valid_from"] <= clock.stamp(clock.now()) <= row["valid_to"]
    return None if in_time else _refused("Nieważny certyfikat")


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _refused(detail: str) -> Verdict:
    return Verdict(460, [detail])
