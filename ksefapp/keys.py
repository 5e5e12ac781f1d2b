"""Where the two keys of an installation come from: environment, a file, or the first start.

`KSEF_SECRET_KEYS` seals secrets in the database (several, comma separated, newest first);
`KSEF_DJANGO_KEY` signs sessions and links. Neither has a built-in value.
"""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from ksefapp.env import env_str
from ksefapp.lib.keyring import Keyring, key_new


@dataclass(frozen=True)
class Key:
    """A key's text and whether it came from outside the data directory."""

    text: str
    from_outside: bool


def key_load(name: str, *, data_dir: Path, filename: str, make=key_new) -> Key:
    """The key from `name` or `name_FILE`; otherwise from `data_dir/filename`, made once (0600)."""
    given = env_str(name)
    if given:
        return Key(given, from_outside=_is_outside(name, data_dir))
    path = data_dir / filename
    if not path.exists():
        _create_once(path, make())
    return Key(path.read_text(encoding="ascii").strip(), from_outside=False)


def secret_key_load(data_dir: Path) -> Key:
    """The keyring's keys, comma separated, newest first."""
    return key_load("KSEF_SECRET_KEYS", data_dir=data_dir, filename="secret.key")


def keyring_of(key: Key) -> Keyring:
    """The keyring of these keys. Raises ImproperlyConfigured, which names the variable."""
    try:
        return Keyring(key.text.split(","))
    except ValueError as error:
        raise ImproperlyConfigured(f"KSEF_SECRET_KEYS (or secret.key): {error}") from None


def django_key_load(data_dir: Path) -> Key:
    """Django's SECRET_KEY."""
    return key_load(
        "KSEF_DJANGO_KEY",
        data_dir=data_dir,
        filename="django.key",
        make=lambda: secrets.token_urlsafe(64),
    )


def _is_outside(name: str, data_dir: Path) -> bool:
    path = os.environ.get(f"{name}_FILE")
    return not path or not Path(path).resolve().is_relative_to(data_dir.resolve())


def _create_once(path: Path, text: str) -> None:
    """Two processes may start at once: write aside, then link; the first one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:  # also when the disk is full
        aside.unlink()
