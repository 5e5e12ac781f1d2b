"""Reads docker-compose.yml: what a service is given, without Docker.

`python -m tests.compose_support SERVICE FOLDER COMMAND…` runs a command with the environment of
a service, its secrets made anew in FOLDER.
"""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import yaml

from ksefapp.lib.keyring import key_new

ROOT = Path(__file__).resolve().parent.parent
MOUNT = "/run/secrets/"
SITE = "https://faktury.example.pl"
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
MAKE = {
    "secret_keys": key_new,
    "django_key": lambda: secrets.token_urlsafe(64),
    "db_password": lambda: secrets.token_urlsafe(24),
    "email_password": lambda: "",
}


def compose() -> dict:
    """The whole file, anchors resolved."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def service(name: str) -> dict:
    """One service's description."""
    return compose()["services"][name]


def secrets_make(folder: Path) -> Path:
    """Writes every secret that the file names, as docs/operations.md says; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in compose()["secrets"]:
        (folder / name).write_text(MAKE[name]() + "\n")
    return folder


def environment(name: str, folder: Path, **given: str) -> dict[str, str]:
    """A service's variables with the secrets of `folder`; `given` is the operator's shell.

    Raises KeyError for a variable that the file wants from the shell and that is not given.
    """
    values = service(name)["environment"]
    return {key: _value(str(value), folder, given) for key, value in values.items()}


def _value(text: str, folder: Path, given: dict[str, str]) -> str:
    filled = VARIABLE.sub(lambda match: _from_shell(*match.groups(), given), text)
    return str(folder / filled.removeprefix(MOUNT)) if filled.startswith(MOUNT) else filled


def _from_shell(name: str, operator: str | None, rest: str | None, given: dict[str, str]) -> str:
    if operator == "-":
        return given.get(name) or rest
    return given[name]


def main(name: str, folder: str, command: list[str]) -> int:
    """Runs the command; gives its exit status."""
    made = secrets_make(Path(folder, "secrets"))
    own = environment(name, made, KSEF_SITE_URL=SITE) | {"KSEF_DATA_DIR": str(Path(folder, "data"))}
    return subprocess.run(command, cwd=ROOT, env=os.environ | own).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
