"""The names in a signing certificate: what a request for a KSeF certificate must repeat.

OpenAPI CertificateEnrollmentDataResponse; which attributes belong to a person and which to a
company stands in the guide (certyfikaty-KSeF.md, section 2).
"""

from cryptography import x509
from cryptography.x509.oid import NameOID

FIELDS = {
    "commonName": NameOID.COMMON_NAME,
    "countryName": NameOID.COUNTRY_NAME,
    "givenName": NameOID.GIVEN_NAME,
    "surname": NameOID.SURNAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "uniqueIdentifier": NameOID.X500_UNIQUE_IDENTIFIER,
    "organizationName": NameOID.ORGANIZATION_NAME,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
PERSON = ("commonName", "countryName", "givenName", "surname", "serialNumber", "uniqueIdentifier")
SEAL = (
    "commonName",
    "countryName",
    "uniqueIdentifier",
    "organizationName",
    "organizationIdentifier",
)
REQUIRED = ("commonName", "countryName")


def of_certificate(subject: x509.Name) -> dict[str, str]:
    """The data by the OpenAPI's names; empty when a required one is missing."""
    is_seal = bool(subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER))
    found = {}
    for field in SEAL if is_seal else PERSON:
        if values := _values(subject, FIELDS[field]):
            # Several given names are several attributes, but one text in the answer.
            found[field] = " ".join(values) if field == "givenName" else values[0]
    return found if all(field in found for field in REQUIRED) else {}


def is_exactly(subject: x509.Name, data: dict[str, str]) -> bool:
    """Whether a request's subject has these attributes and no other, in any order."""
    oids = [attribute.oid for attribute in subject]
    single = [oid for oid in oids if oid != NameOID.GIVEN_NAME]
    if len(single) != len(set(single)) or set(oids) != {FIELDS[field] for field in data}:
        return False
    return all(" ".join(_values(subject, FIELDS[field])) == text for field, text in data.items())


def _values(subject: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [_text(item.value) for item in subject.get_attributes_for_oid(oid)]


def _text(value: str | bytes) -> str:
    """X.520 makes uniqueIdentifier a bit string, most issuers a text."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
