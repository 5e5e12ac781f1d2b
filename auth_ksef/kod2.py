"""KOD II: the address that proves who issued an offline invoice, signed with a type-2 certificate.

The company's own certificate goes first; a person's own signs only what that person issued. What
is signed is verified with the certificate's public key before anybody gets to see it.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509.oid import NameOID

from auth_ksef.choosing import obstacle
from auth_ksef.keyfiles import (
    CertificateInfo,
    KeyFileError,
    PrivateKey,
    check_pair,
    read_certificate,
    read_key,
)
from auth_ksef.kod2_messages import MESSAGES, STATUSES
from auth_ksef.messages import Refusal, filled
from auth_ksef.models import Binding, Credential
from ksefapp.accounts.models import Company, Environment, Membership, User
from ksefapp.lib import clock
from ksefapp.lib.keyring import KeyMissing, SealBroken

KSEF_SERIAL = re.compile(r"[0-9A-F]{16}")
SEAL_NIP = re.compile(r"VATPL-?(\d{10})")
SIGNATURE = re.compile(r"[A-Za-z0-9_-]+")
GOOD_STATUSES = ("", "Active")
HALF = 32  # bytes of R and of S on P-256
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
# What `check_pair` and the readers say of a pair, as codes of ours.
FILE_CODES = {
    "key_mismatch": "key",
    "wrong_kind": "wrong_type",
    "expired": "expired",
    "not_yet_valid": "early",
    "unsupported_algorithm": "algorithm",
}


class Kod2Refused(Refusal):
    """Nothing may be signed; `.code` is a key of `kod2_messages.MESSAGES`, `.pl` and `.en` say
    why and what to do next."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__(filled(MESSAGES[code], facts))


@dataclass(frozen=True)
class Signed:
    """The whole address behind KOD II, the certificate's serial number, and whose it is."""

    link: str
    serial: str
    credential: Credential


@dataclass(frozen=True)
class _Signer:
    credential: Credential
    info: CertificateInfo
    key: PrivateKey


def kod2_sign(
    *,
    company: Company,
    environment: str,
    issued_by: User,
    seller_nip: str,
    sha256_hex: str,
    base_url: str,
    acting: User | None = None,
) -> Signed:
    """The signed address of one document; `base_url` is the environment's verification host.

    `acting` is the person at the keyboard, whose own key needs no consent. Raises Kod2Refused.
    Source: kody-qr, KOD II. The signed text is the address without its scheme, up to the hash.
    """
    signer = _signer(company, environment, issued_by, acting)
    digest = _base64url(bytes.fromhex(sha256_hex))
    address = "/".join(
        [
            base_url.rstrip("/"),
            f"certificate/Nip/{company.nip}/{seller_nip}",
            signer.info.serial,
            digest,
        ]
    )
    data = address.split("://", 1)[-1].encode()
    signature = _signature(signer.key, data)
    if not _is_good(signer.info.certificate, signature, data):
        raise Kod2Refused("unverified", label=signer.credential)
    link = f"{address}/{_base64url(signature)}"
    return Signed(link, signer.info.serial, signer.credential)


def kod2_obstacle(
    *, company: Company, environment: str, issued_by: User, acting: User | None = None
) -> Kod2Refused | None:
    """Why nothing could be signed for what this person issues now; None when it could."""
    try:
        _signer(company, environment, issued_by, acting)
    except Kod2Refused as refusal:
        return refusal
    return None


def kod2_signer(
    *, company: Company, environment: str, issued_by: User, acting: User | None = None
) -> Credential:
    """Whose certificate would sign what this person issues. Raises Kod2Refused."""
    return _signer(company, environment, issued_by, acting).credential


def kod2_check(credential: Credential, *, link: str, path: str) -> None:
    """Raises Kod2Refused unless a link made before may still go on paper.

    `path` is what must follow its host, from `/certificate/` to the slash behind the hash. KSeF
    judges the certificate when the code is scanned, so a revoked or expired one is refused.
    """
    _refuse_status(credential)
    try:
        info = read_certificate(credential.certificate_pem.encode())
    except KeyFileError:
        raise Kod2Refused("key", label=credential) from None
    if clock.now() > info.valid_to:
        raise Kod2Refused("expired", label=credential, day=_day(credential, "expired"))
    _, slash, rest = link.split("://", 1)[-1].partition("/")
    if not ((slash + rest).startswith(path) and link_is_good(link, info.certificate)):
        raise Kod2Refused("unverified", label=credential)


def link_is_good(link: str, certificate: x509.Certificate) -> bool:
    """Whether the address was signed with this certificate's key."""
    text, _, last = link.split("://", 1)[-1].rpartition("/")
    if not SIGNATURE.fullmatch(last):
        return False
    try:
        given = base64.urlsafe_b64decode(last + "=" * (-len(last) % 4))
    except ValueError:  # a length that Base64 does not have
        return False
    return _is_good(certificate, given, text.encode())


def _signer(company: Company, environment: str, issued_by: User, acting: User | None) -> _Signer:
    refusals = []
    for binding in sorted(_bindings(company, environment), key=_preference):
        try:
            return _checked(binding, issued_by, acting)
        except Kod2Refused as refusal:
            refusals.append(refusal)
    if _has_left(issued_by, company) and all(found.code == "person" for found in refusals):
        raise Kod2Refused("left", name=issued_by)
    raise refusals[0] if refusals else _nothing(company, environment)


def _has_left(person: User, company: Company) -> bool:
    return not Membership.objects.filter(user=person, company=company).exists()


def _bindings(company: Company, environment: str) -> Iterable[Binding]:
    rows = Binding.objects.filter(
        company=company,
        environment=environment,
        credential__environment=environment,
        purpose=Binding.Purpose.KOD_II,
        ended_at=None,
        credential__retired_at=None,
    )
    return rows.select_related("credential", "company").defer("credential__secret")


def _preference(row: Binding) -> tuple:
    credential = row.credential
    return credential.owner_company_id is None, -credential.added_at.timestamp()


def _nothing(company: Company, environment: str) -> Kod2Refused:
    elsewhere = Binding.objects.filter(
        company=company, purpose=Binding.Purpose.KOD_II, ended_at=None
    ).exclude(environment=environment)
    names = elsewhere.order_by("environment").values_list("environment", flat=True).distinct()
    if not names:
        return Kod2Refused("none")
    other = ", ".join(str(Environment(name).label) for name in names)
    return Kod2Refused("environment", other=other, environment=Environment(environment).label)


def _checked(binding: Binding, issued_by: User, acting: User | None) -> _Signer:
    """The credential with its parts read. Raises Kod2Refused."""
    credential = binding.credential
    if credential.owner_user_id not in (None, issued_by.pk):
        raise Kod2Refused("person", label=credential)
    _refuse_status(credential)
    _refuse_obstacle(binding, acting)
    signer = _read(credential)
    if not _is_ours(signer.info, binding):
        raise Kod2Refused(
            "foreign",
            label=credential,
            serial=signer.info.serial[:40],
            nip=binding.company.nip,
        )
    return signer


def _refuse_status(credential: Credential) -> None:
    """What KSeF last said; where it was never asked, its own page will judge the link."""
    if credential.ksef_status in GOOD_STATUSES:
        return
    pl, en = STATUSES.get(credential.ksef_status, (credential.ksef_status,) * 2)
    raise Kod2Refused("status", label=credential, status=pl, status_en=en)


def _refuse_obstacle(binding: Binding, acting: User | None) -> None:
    found = obstacle(binding, acting=acting)
    if found and found.code in ("member", "consent"):
        raise Kod2Refused(found.code, label=binding.credential)


def _read(credential: Credential) -> _Signer:
    algorithm = "?"
    try:
        info = read_certificate(credential.certificate_pem.encode())
        algorithm = info.algorithm
        key = read_key(_secret(credential), None)
        check_pair(info, key, now=clock.now(), expected_kind="offline")
    except KeyFileError as error:
        raise Kod2Refused(
            FILE_CODES.get(error.code, "key"),
            label=credential,
            day=_day(credential, error.code),
            algorithm=algorithm,
        ) from None
    if isinstance(key, ec.EllipticCurvePrivateKey) and not isinstance(key.curve, ec.SECP256R1):
        raise Kod2Refused("algorithm", label=credential, algorithm=algorithm)
    return _Signer(credential, info, key)


def _secret(credential: Credential) -> bytes:
    """The key as stored; one that the keyring cannot open is as good as none."""
    try:
        return credential.secret.encode()
    except (KeyMissing, SealBroken):
        return b""


def _is_ours(info: CertificateInfo, binding: Binding) -> bool:
    """Numbered as KSeF numbers; a company's seal carries that company's NIP (CERT-06)."""
    if not KSEF_SERIAL.fullmatch(info.serial):
        return False
    fields = info.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    seal = SEAL_NIP.search(str(fields[0].value)) if fields else None
    is_own = binding.credential.owner_company_id is not None
    return not (is_own and seal) or seal[1] == binding.company.nip


def _day(credential: Credential, code: str) -> str:
    moment = credential.valid_from if code == "not_yet_valid" else credential.valid_to
    if moment is None:
        return "?"
    day = clock.warsaw(moment)
    return f"{day.day}.{day.month:02d}.{day.year}"


def _signature(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, PSS, hashes.SHA256())
    # IEEE P1363, which KSeF recommends: 64 bytes whatever the numbers are.
    halves = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return b"".join(number.to_bytes(HALF, "big") for number in halves)


def _is_good(certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, PSS, hashes.SHA256())
        else:
            key.verify(_der(signature), data, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _der(signature: bytes) -> bytes:
    if len(signature) != 2 * HALF:
        raise ValueError("not 64 bytes")
    halves = signature[:HALF], signature[HALF:]
    return encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
