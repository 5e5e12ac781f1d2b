"""`python -m simulator seed`: a subject, its token, its certificates."""

import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from simulator import certificates, clock, keys, numbers, tokens
from simulator.certificates import ALGORITHMS, AUTHENTICATION, OFFLINE, Person
from simulator.store import Store
from simulator.web import Identifier

# As few rights as the application needs: to issue, to read, and to look sessions up.
PERMISSIONS = ["InvoiceRead", "InvoiceWrite", "Introspection"]
_SPECIAL = "!@#$%^&*()-_+="


@dataclass(frozen=True)
class Seeded:
    """What was made; `password` is None when certificates were there already."""

    token: str
    files: list[Path]
    password: str | None


def seed(
    folder: Path,
    nip: str,
    *,
    name: str | None = None,
    password: str | None = None,
    pesel: str | None = None,
) -> Seeded:
    """Create the subject once, a token every time, certificates once (or for a new password)."""
    store = Store(folder)
    try:
        keys.ensure(store)
        name = _subject(store, nip, name)
        owner = Identifier("Nip", nip)
        _, token = tokens.make(store, owner, owner, "Token z symulatora", PERMISSIONS)
        target = Path(folder) / "certificates" / nip
        files = [target / f"{kind}-{algorithm}" for kind, algorithm in _variants()]
        if password is None and all(file.with_suffix(".key").exists() for file in files):
            return Seeded(token, files, None)
        password = password or new_password()
        _write_certificates(store, target, nip, name, pesel, password)
        return Seeded(token, files, password)
    finally:
        store.close()


def _variants() -> list[tuple[str, str]]:
    kinds = (AUTHENTICATION, OFFLINE)
    return [(kind.lower(), algorithm) for kind in kinds for algorithm in ALGORITHMS]


def _subject(store: Store, nip: str, name: str | None) -> str:
    with store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO subjects VALUES (?, ?, 'Company', NULL, ?)",
            (nip, name or f"Firma demonstracyjna {nip}", clock.stamp(clock.now())),
        )
        return db.execute("SELECT name FROM subjects WHERE nip = ?", (nip,)).fetchone()["name"]


def new_password() -> str:
    """A password by the rules of the Taxpayer App: 15 to 32 signs of four kinds."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SPECIAL)
    signs = [secrets.choice(kind) for kind in kinds]
    signs += [secrets.choice(string.ascii_letters + string.digits) for _ in range(16)]
    secrets.SystemRandom().shuffle(signs)
    return "".join(signs)


def _write_certificates(
    store: Store, target: Path, nip: str, name: str, pesel: str | None, password: str
) -> None:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    holder = Identifier("Pesel", pesel) if pesel else Identifier("Nip", nip)
    subject = certificates.seal_name(nip, name)
    if pesel:
        _person(store, nip, pesel)
        subject = certificates.person_name(Person("Jan", "Przykładowy", f"PNOPL-{pesel}"))
    for kind in (AUTHENTICATION, OFFLINE):
        for algorithm in ALGORITHMS:
            key = certificates.new_key(algorithm)
            certificate = certificates.issue(store, kind, subject, holder, key.public_key())
            base = target / f"{kind.lower()}-{algorithm}"
            pem = certificate.public_bytes(serialization.Encoding.PEM)
            _write(base.with_suffix(".crt"), pem)
            _write(base.with_suffix(".key"), _encrypted(key, password))


def _person(store: Store, nip: str, pesel: str) -> None:
    with store.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO persons VALUES (?, ?, ?, 0, 0, ?)",
            (nip, pesel, "Osoba z symulatora", clock.stamp(clock.now())),
        )


def _encrypted(key, password: str) -> bytes:
    """PKCS#8 with PBES2, as the Taxpayer App gives it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode("utf-8")),
    )


def _write(path: Path, data: bytes) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_bytes(data)


def check_nip(text: str) -> str:
    """A NIP with a right checksum; ValueError otherwise."""
    if not numbers.nip_is_valid(text):
        raise ValueError(f"{text!r} is not a NIP (ten digits with a right checksum)")
    return text
