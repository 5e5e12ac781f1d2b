"""Where the schema files are and whether they are the ones we know."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from schemas.pins import is_known

# One file name pattern per schema; the last match by name wins, so a newer file dropped
# beside an older one is the one used.
PATTERNS = {
    "fa3": "schemat_FA(3)_*.xsd",
    "auth-2-1": "schemat_auth_v2-1.xsd",
    "upo-4-3": "upo-v4-3.xsd",
}


class SchemaError(RuntimeError):
    """A schema file is missing, changed or does not compile; the message names it."""


@dataclass(frozen=True)
class SchemaFiles:
    """One schema and everything it may include, read once.

    `main` is a key of `contents` (file name → bytes), `paths` says where each was read;
    `notes` name the files that `KSEF_SCHEMAS` gives and no pin knows; `digest` is the
    SHA-256 over all of them (hex) and tells one set from another.
    """

    main: str
    contents: Mapping[str, bytes]
    paths: Mapping[str, Path]
    notes: tuple[str, ...]
    digest: str


def fa3_files() -> SchemaFiles:
    """The FA(3) schema with its base types."""
    return schema_files("fa3")


def schema_files(name: str) -> SchemaFiles:
    """The files of one schema of `PATTERNS`; LookupError if nothing here has it."""
    return _schema_files(name, os.environ.get("KSEF_SCHEMAS") or None)


@lru_cache(maxsize=16)
def _schema_files(name: str, override: str | None) -> SchemaFiles:
    if name not in PATTERNS:
        raise LookupError(f"no schema is called {name!r}; known: {', '.join(PATTERNS)}")
    paths = _paths(override)
    main = _main(name, paths, override)
    contents = {file: _read(path) for file, path in paths.items()}
    notes = tuple(_checked(contents, paths, override))
    digest = hashlib.sha256(b"".join(contents[file] for file in sorted(contents))).hexdigest()
    return SchemaFiles(main, MappingProxyType(contents), MappingProxyType(paths), notes, digest)


def _main(name: str, paths: Mapping[str, Path], override: str | None) -> str:
    own = sorted(p.name for p in _glob(Path(override), PATTERNS[name])) if override else []
    rest = sorted(file for file, path in paths.items() if path.match(PATTERNS[name]))
    if not (own or rest):
        raise LookupError(f"no file {PATTERNS[name]} here; put it into the directory KSEF_SCHEMAS")
    return (own or rest)[-1]


def _paths(override: str | None) -> dict[str, Path]:
    found = {path.name: path for path in _glob(_package_directory(), "*.xsd")}
    if override:
        directory = Path(override)
        if not directory.is_dir():
            raise SchemaError(f"KSEF_SCHEMAS names {override}, which is not a directory")
        found |= {path.name: path for path in _glob(directory, "*.xsd")}
    return found


def _glob(directory: Path, pattern: str) -> list[Path]:
    return sorted(path for path in directory.iterdir() if path.match(pattern))


def _package_directory() -> Path:
    """Found without importing the package: its code is no part of this program."""
    spec = find_spec("ksef_client")
    if spec is None or not spec.submodule_search_locations:
        raise SchemaError("the package ksef-client, which carries the FA(3) schema, is missing")
    directory = Path(spec.submodule_search_locations[0], "documents", "fa3", "schemas")
    if not directory.is_dir():
        raise SchemaError(f"the package ksef-client has no FA(3) schema files in {directory}")
    return directory


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SchemaError(f"the schema file {path} cannot be read: {error.strerror}") from error


def _checked(
    contents: Mapping[str, bytes], paths: Mapping[str, Path], override: str | None
) -> list[str]:
    """Names of unknown files from `KSEF_SCHEMAS`; an unknown file of the package is an error."""
    unknown = [
        file
        for file, data in contents.items()
        if not is_known(file, hashlib.sha256(data).hexdigest())
    ]
    for file in unknown:
        if override is None or paths[file].parent != Path(override):
            raise SchemaError(
                f"the schema file {paths[file]} is not the one this program was tested with "
                "(unknown SHA-256); reinstall ksef-client or name a directory in KSEF_SCHEMAS"
            )
    return unknown
