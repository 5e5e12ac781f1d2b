"""The simulator's own keys: encryption keys with rotation, CA, UPO seal, JWT secret."""

import secrets
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from simulator import clock, crypto
from simulator.errors import Invalid
from simulator.numbers import to_base64
from simulator.store import Row, Store, insert

TOKEN, SYMMETRIC = "KsefTokenEncryption", "SymmetricKeyEncryption"
_NAMES = {
    "ca": "Symulator KSeF - urząd certyfikacji",
    "seal": "Symulator KSeF - pieczęć UPO",
    TOKEN: "Symulator KSeF - szyfrowanie tokenów",
    SYMMETRIC: "Symulator KSeF - szyfrowanie klucza symetrycznego",
}


def ensure(store: Store) -> None:
    """Make the keys that are not there yet; safe when two processes start at once."""
    _ensure_secret(store, "jwt", lambda: secrets.token_bytes(32))
    for name in ("ca", "seal"):
        _ensure_pair(store, name)
    for usage in (TOKEN, SYMMETRIC):
        if current(store, usage) is None:
            _add(store, usage, only_if_none=True)


def _ensure_secret(store: Store, name: str, make) -> None:
    if store.row("SELECT 1 FROM secrets WHERE name = ?", name) is None:
        value = make()
        with store.write() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, value))


def _ensure_pair(store: Store, name: str) -> None:
    if store.row("SELECT 1 FROM secrets WHERE name = ?", f"{name}.crt") is not None:
        return
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, _NAMES[name], years=20, is_ca=name == "ca")
    with store.write() as db:
        if db.execute("SELECT 1 FROM secrets WHERE name = ?", (f"{name}.crt",)).fetchone():
            return
        insert(db, "secrets", name=f"{name}.key", value=crypto.private_der(key))
        insert(db, "secrets", name=f"{name}.crt", value=_der(certificate))


def secret(store: Store, name: str) -> bytes:
    """A secret by name: jwt, ca.key, ca.crt, seal.key, seal.crt."""
    row = store.row("SELECT value FROM secrets WHERE name = ?", name)
    if row is None:
        raise LookupError(name)
    return row["value"]


def authority(store: Store) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Key and certificate of the simulator's own CA."""
    key = serialization.load_der_private_key(secret(store, "ca.key"), None)
    return key, x509.load_der_x509_certificate(secret(store, "ca.crt"))


def current(store: Store, usage: str) -> Row | None:
    """The encryption key in use."""
    return store.row(
        "SELECT * FROM encryption_keys WHERE usage = ? AND retired_at IS NULL "
        "ORDER BY valid_from DESC LIMIT 1",
        usage,
    )


def listed(store: Store) -> list[Row]:
    """All keys that GET /security/public-key-certificates shows."""
    return store.rows("SELECT * FROM encryption_keys WHERE retired_at IS NULL ORDER BY usage")


def chosen(store: Store, usage: str, key_id: bytes | None) -> Row:
    """The key a caller names by publicKeyId, or the one in use; 400 21470 when not accepted."""
    if key_id is None:
        row = current(store, usage)
        if row is None:
            raise LookupError(usage)
        return row
    text = to_base64(key_id)
    row = store.row(
        "SELECT * FROM encryption_keys WHERE id = ? AND usage = ? AND retired_at IS NULL",
        text,
        usage,
    )
    if row is None:
        raise Invalid(21470, f"Klucz o identyfikatorze {text} nie jest wspierany.")
    return row


def rotate(store: Store, usage: str) -> str:
    """Retire the key in use at once, as after an incident; gives the new publicKeyId."""
    return _add(store, usage, only_if_none=False)


def rotate_all(store: Store) -> dict[str, str]:
    """New keys for both usages; gives their ids."""
    return {usage: rotate(store, usage) for usage in (TOKEN, SYMMETRIC)}


def _add(store: Store, usage: str, *, only_if_none: bool) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _self_signed(key, _NAMES[usage], years=2)
    key_id = crypto.sha256(crypto.public_der(key))
    with store.write() as db:
        live = "SELECT id FROM encryption_keys WHERE usage = ? AND retired_at IS NULL"
        found = db.execute(live, (usage,)).fetchone()
        if found and only_if_none:
            return found["id"]
        db.execute(
            "UPDATE encryption_keys SET retired_at = ? WHERE usage = ? AND retired_at IS NULL",
            (clock.stamp(clock.now()), usage),
        )
        insert(
            db,
            "encryption_keys",
            id=key_id,
            usage=usage,
            private=crypto.private_der(key),
            certificate=_der(certificate),
            valid_from=clock.stamp(certificate.not_valid_before_utc),
            valid_to=clock.stamp(certificate.not_valid_after_utc),
        )
    return key_id


def _self_signed(key, name: str, *, years: int, is_ca: bool = False) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PL"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Symulator KSeF (nie Ministerstwo)"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    # A day back, because the clocks of two machines or a test clock may differ a little.
    start = clock.now() - timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=365 * years))
    builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), True)
    return builder.sign(key, hashes.SHA256())


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
