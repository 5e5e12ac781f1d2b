"""What the certificate of a signature says of the one who signed. Pure; KSeF alone judges."""

import re
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from auth_ksef.client.errors import clean

# ksef-docs, auth/podpis-xades.md: patterns in which KSeF finds the identifier of a person
# (serialNumber) and of an organisation (organizationIdentifier).
PERSON_NUMBERS = (
    re.compile(r"(?:PNOPL|PESEL).*?(\d{11})"),
    re.compile(r"(?:TINPL|NIP).*?(\d{10})"),
)
SEAL_NUMBER = re.compile(r"VATPL.*?(\d{10})")
# The seal with which podpis zaufany is made names its system; the person stands elsewhere.
TRUSTED = re.compile(r"podpis\w*\s+zaufan|profil\w*\s+zaufan|epuap", re.IGNORECASE)
TRUSTED_DATA = "http://crd.gov.pl/xml/schematy/ppzp/"
KSEF_ISSUER = re.compile(r"\bKSeF\b", re.IGNORECASE)


@dataclass(frozen=True)
class Signer:
    """A signing certificate in words.

    `kind`: person, seal, trusted (podpis zaufany: the certificate is its system's, not the
    person's), ksef, other. `identifier` is the PESEL or NIP that KSeF would find, or "".
    `fingerprint` is SHA-256 in upper hex; `subject` as RFC 4514.
    """

    kind: str
    name: str
    subject: str
    identifier: str
    fingerprint: str
    valid_from: datetime
    valid_to: datetime


def signer_of(certificate: x509.Certificate, *, is_trusted: bool = False) -> Signer:
    """The facts of a certificate; `is_trusted`: the signature itself says podpis zaufany.

    Raises ValueError for a name that cannot be read.
    """
    return Signer(
        kind="trusted" if is_trusted else kind_of(certificate),
        name=_name(certificate.subject),
        subject=clean(certificate.subject.rfc4514_string()),
        identifier=_identifier(certificate.subject),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex().upper(),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
    )


def kind_of(certificate: x509.Certificate) -> str:
    """What kind of certificate it is, by its names alone."""
    subject, issuer = certificate.subject, certificate.issuer
    if TRUSTED.search(" ".join(_values(subject))):
        return "trusted"
    if subject != issuer and KSEF_ISSUER.search(" ".join(_values(issuer))):
        return "ksef"
    if _field(subject, NameOID.GIVEN_NAME) or _field(subject, NameOID.SURNAME):
        return "person"
    return "seal" if _field(subject, NameOID.ORGANIZATION_IDENTIFIER) else "other"


def _identifier(subject: x509.Name) -> str:
    number = _field(subject, NameOID.SERIAL_NUMBER)
    seal = SEAL_NUMBER.search(_field(subject, NameOID.ORGANIZATION_IDENTIFIER))
    found = [pattern.search(number) for pattern in PERSON_NUMBERS]
    return next((match[1] for match in (*found, seal) if match), "")


def _name(subject: x509.Name) -> str:
    person = " ".join(
        filter(None, (_field(subject, oid) for oid in (NameOID.GIVEN_NAME, NameOID.SURNAME)))
    )
    return person or _field(subject, NameOID.COMMON_NAME) or clean(subject.rfc4514_string())


def _field(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return " ".join(clean(str(item.value)) for item in name.get_attributes_for_oid(oid))


def _values(name: x509.Name) -> list[str]:
    return [clean(str(item.value)) for item in name]
