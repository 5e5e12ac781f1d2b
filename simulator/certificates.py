"""KSeF certificates: issued by the simulator's CA, and the KOD II links they sign."""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

from simulator import clock, keys, numbers, permissions, permissions_issue
from simulator.store import Row, Store, insert
from simulator.web import Identifier

AUTHENTICATION, OFFLINE = "Authentication", "Offline"
ALGORITHMS = ("rsa", "ec")
VALIDITY = timedelta(days=730)
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@dataclass(frozen=True)
class Person:
    """A natural person as the subject of a certificate."""

    given_name: str
    surname: str
    serial_number: str


def seal_name(nip: str, name: str) -> x509.Name:
    """The subject of a company's certificate."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"VATPL-{nip}"),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )


def person_name(person: Person) -> x509.Name:
    """The subject of a person's certificate; serial_number such as PNOPL-… or TINPL-…."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PL"),
            x509.NameAttribute(NameOID.GIVEN_NAME, person.given_name),
            x509.NameAttribute(NameOID.SURNAME, person.surname),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, person.serial_number),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{person.given_name} {person.surname}"),
        ]
    )


def new_key(algorithm: str):
    """A private key: `rsa` (2048 bits) or `ec` (P-256)."""
    if algorithm == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def issue(
    store: Store, kind: str, subject: x509.Name, holder: Identifier, public_key
) -> x509.Certificate:
    """A certificate of two years from the simulator's CA, entered in its register."""
    start = clock.now() - timedelta(minutes=5)
    certificate = sign(store, kind, subject, public_key, start)
    with store.write() as db:
        enter(db, certificate, kind, holder)
    return certificate


def sign(store: Store, kind: str, subject: x509.Name, public_key, start) -> x509.Certificate:
    """A certificate of the simulator's CA, good for two years from the instant `start`."""
    authority_key, authority = keys.authority(store)
    # Two hex digits 01 in front, as in KSeF's serial numbers: sixteen digits in all.
    serial = int.from_bytes(b"\x01" + secrets.token_bytes(7), "big")
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(authority.subject)
    builder = builder.public_key(public_key).serial_number(serial)
    builder = builder.not_valid_before(start).not_valid_after(start + VALIDITY)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_usage(kind), True)
    return builder.sign(authority_key, hashes.SHA256())


def enter(
    db: sqlite3.Connection,
    certificate: x509.Certificate,
    kind: str,
    holder: Identifier,
    **more: str,
) -> str:
    """Write a certificate into the register; gives its serial number (16 hex digits)."""
    serial = f"{certificate.serial_number:016X}"
    insert(
        db,
        "certificates",
        serial=serial,
        kind=kind,
        der=certificate.public_bytes(serialization.Encoding.DER),
        holder_type=holder.type,
        holder=holder.value,
        status="Active",
        valid_from=clock.stamp(certificate.not_valid_before_utc),
        valid_to=clock.stamp(certificate.not_valid_after_utc),
        **more,
    )
    return serial


def _usage(kind: str) -> x509.KeyUsage:
    """Digital Signature (80) to log in, Non-Repudiation (40) to sign offline links."""
    return x509.KeyUsage(
        digital_signature=kind == AUTHENTICATION,
        content_commitment=kind == OFFLINE,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def registered(store: Store, certificate: x509.Certificate) -> Row | None:
    """The register's entry of a certificate that the simulator's CA issued."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return store.row("SELECT * FROM certificates WHERE der = ?", der)


def note_use(store: Store, certificate: x509.Certificate) -> None:
    """Remember that somebody logged in with this certificate."""
    with store.write() as db:
        db.execute(
            "UPDATE certificates SET used_at = ? WHERE serial = ?",
            (clock.stamp(clock.now()), f"{certificate.serial_number:016X}"),
        )


@dataclass(frozen=True)
class Link:
    """The parts of a KOD II link."""

    kind: str
    context: str
    nip: str
    serial: str
    digest: str
    signature: str


def link_problems(store: Store, link: Link, texts: list[str]) -> list[str]:
    """Why a KOD II link is not confirmed; empty when it is. `texts`: what may be signed."""
    if link.kind not in ("Nip", "InternalId", "NipVatUe", "PeppolId"):
        return ["Nieznany typ kontekstu."]
    row = store.row("SELECT * FROM certificates WHERE serial = ?", link.serial)
    if row is None:
        return ["Certyfikatu nie ma w rejestrze."]
    problems = _certificate_problems(row)
    certificate = x509.load_der_x509_certificate(row["der"])
    if not any(_signed(certificate, link.signature, text) for text in texts):
        problems.append("Podpis linku jest nieprawidłowy.")
    problems += _rights_problems(store, row, link)
    return problems


def _certificate_problems(row: Row) -> list[str]:
    now = clock.stamp(clock.now())
    problems = []
    if row["kind"] != OFFLINE:
        problems.append("Certyfikat nie jest certyfikatem typu Offline.")
    if row["status"] != "Active":
        problems.append("Certyfikat został odwołany albo zablokowany.")
    if not row["valid_from"] <= now <= row["valid_to"]:
        problems.append("Certyfikat nie jest ważny.")
    return problems


def _rights_problems(store: Store, row: Row, link: Link) -> list[str]:
    problems = []
    holder = Identifier(row["holder_type"], row["holder"])
    held = permissions.permissions(store, holder, Identifier(link.kind, link.context))
    if "InvoiceWrite" not in held:
        problems.append("Posiadacz certyfikatu nie ma uprawnień do wystawiania w tym kontekście.")
    issuer = permissions_issue.issuer(store, Identifier(link.kind, link.context))
    if not permissions_issue.acts_for(issuer, link.nip):
        problems.append("Kontekst nie może wystawiać faktur tego sprzedawcy.")
    return problems


def _signed(certificate: x509.Certificate, signature: str, text: str) -> bool:
    """RSASSA-PSS (salt 32) or ECDSA P-256, the latter as R||S or in DER."""
    key, data = certificate.public_key(), text.encode("utf-8")
    try:
        given = numbers.from_base64url(signature)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(given, data, _PSS, hashes.SHA256())
        else:
            key.verify(_der(given), data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _der(signature: bytes) -> bytes:
    if len(signature) != 64:
        return signature
    halves = signature[:32], signature[32:]
    return encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
