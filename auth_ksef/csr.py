"""Keys and requests for KSeF certificates (PKCS#10). Pure: no Django, no KSeF.

Source: certyfikaty-KSeF.md, section 3; OpenAPI CertificateEnrollmentDataResponse.
"""

import warnings
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from auth_ksef.keyfiles import PrivateKey

EC, RSA = "ec-p256", "rsa-2048"
OIDS = {
    "commonName": NameOID.COMMON_NAME,
    "surname": NameOID.SURNAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "countryName": NameOID.COUNTRY_NAME,
    "organizationName": NameOID.ORGANIZATION_NAME,
    "givenName": NameOID.GIVEN_NAME,
    "uniqueIdentifier": NameOID.X500_UNIQUE_IDENTIFIER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
Data = Mapping[str, str | Sequence[str]]


class CsrRefused(ValueError):
    """KSeF's data cannot be written into a request; the text names the field, not its value."""


def key_make(algorithm: str) -> PrivateKey:
    """A new private key: EC (P-256) or RSA (2048 bits), which are all that KSeF takes."""
    makers = {
        EC: lambda: ec.generate_private_key(ec.SECP256R1()),
        RSA: lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    }
    return makers[algorithm]()


def key_pem(key: PrivateKey) -> str:
    """The key as unencrypted PKCS#8 PEM: only to be sealed."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def csr_make(data: Data, key: PrivateKey) -> bytes:
    """PKCS#10 in DER whose subject is exactly these data, signed with SHA-256.

    `data` as `GET /certificates/enrollments/data` gives them; `givenName` may be a list and then
    makes one attribute of each name. Raises CsrRefused.
    """
    builder = x509.CertificateSigningRequestBuilder().subject_name(name_of(data))
    try:
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    except ValueError:
        # X.520 writes these as PrintableString, which knows few characters.
        printable = sorted({"countryName", "serialNumber"} & set(data))
        raise CsrRefused(", ".join(printable)) from None


def name_of(data: Data) -> x509.Name:
    """The data as a distinguished name, in their order. Raises CsrRefused."""
    return x509.Name([_attribute(field, text) for field, text in _pairs(data)])


def is_subject(name: x509.Name, data: Data) -> bool:
    """Whether a name says these data and nothing else, in whatever order and string type.

    Several given names are one text or several attributes: KSeF does either.
    """
    known = {oid: field for field, oid in OIDS.items()}
    found: dict[str, list[str]] = {}
    for item in name:
        found.setdefault(known.get(item.oid, item.oid.dotted_string), []).append(_text(item.value))
    wanted: dict[str, list[str]] = {}
    for field, text in _pairs(data):
        wanted.setdefault(field, []).append(text)
    return _joined(found) == _joined(wanted)


def _joined(fields: dict[str, list[str]]) -> dict[str, str]:
    return {field: " ".join(texts) for field, texts in fields.items()}


def _pairs(data: Data) -> list[tuple[str, str]]:
    strange = set(data) - set(OIDS)
    if strange:
        raise CsrRefused(", ".join(sorted(strange)))
    return [
        (field, text)
        for field, value in data.items()
        for text in ([value] if isinstance(value, str) else value)
    ]


def _attribute(field: str, text: str) -> x509.NameAttribute:
    try:
        with warnings.catch_warnings():
            # KSeF wants its data to the letter, also where a name is longer than X.520 allows;
            # the library then only warns.
            warnings.simplefilter("ignore")
            return x509.NameAttribute(OIDS[field], text, _validate=False)
    except (ValueError, TypeError):
        raise CsrRefused(field) from None


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
