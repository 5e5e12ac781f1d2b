"""Archives of invoices (ZIP, tar.gz) read entry by entry, with bounds on what they may cost."""

import gzip
import hashlib
import os
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from simulator import numbers
from simulator.invoice_file import MAX_SIZE_WITH_ATTACHMENT

# What a central directory of 10 000 entries may weigh, with room for names and extra fields.
MAX_DIRECTORY = 16_000_000
# A file that unpacks to more than this is no invoice by mistake but a bomb; together they
# may unpack to what ten thousand of the largest invoices weigh.
MAX_UNPACKED = 100_000_000
MAX_TOGETHER = 30_000_000_000
# Long names and extended attributes of tar are read into memory whole.
MAX_HEADER = 100_000
_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_NAME = 128


@dataclass(frozen=True)
class Entry:
    """One file of an archive; `data` is None when it is larger than any invoice may be."""

    name: str
    size: int
    sha256: str
    data: bytes | None


class Unreadable(Exception):
    """The archive cannot be unpacked."""


def entries(path: Path, compression: str) -> Iterator[Entry]:
    """The files of an archive (`Zip` or `TarGz`) in their order; Unreadable when it is broken."""
    reader = _zip if compression == "Zip" else _tar
    together = 0
    try:
        for entry in reader(path):
            together += entry.size
            if together > MAX_TOGETHER:
                raise Unreadable("too large")
            yield entry
    except GeneratorExit:
        raise
    except Exception as error:
        # Whatever a hostile archive makes the readers raise, it means the same thing.
        raise Unreadable(type(error).__name__) from error


def _zip(path: Path) -> Iterator[Entry]:
    _check_directory(path)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as file:
                    yield _entry(info.filename, file)


def _check_directory(path: Path) -> None:
    # zipfile reads the whole central directory into memory, however many entries it claims.
    with open(path, "rb") as file:
        end = zipfile._EndRecData(file)
    if end is None or end[zipfile._ECD_SIZE] > MAX_DIRECTORY:
        raise Unreadable("central directory")


class _Header(tarfile.TarInfo):
    """A header of tar that claims no more memory than an honest one."""

    def _proc_member(self, archive):
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise Unreadable("sparse file")
        if self.type in _HEADERS and self.size > MAX_HEADER:
            raise Unreadable("header")
        return super()._proc_member(archive)


def _tar(path: Path) -> Iterator[Entry]:
    with gzip.open(path) as plain:
        with tarfile.open(fileobj=plain, mode="r|", tarinfo=_Header) as archive:
            for member in archive:
                # A stream forgets nothing by itself, and ten thousand headers are not needed.
                archive.members = []
                if member.isdir():
                    continue
                if not member.isfile():
                    raise Unreadable("not a regular file")
                yield _entry(member.name, archive.extractfile(member))
        # gzip checks its sum only when it is read to the end.
        rest = 0
        while block := plain.read(1 << 18):
            rest += len(block)
            if rest > MAX_UNPACKED:
                raise Unreadable("too large")


def _entry(name: str, file: BinaryIO) -> Entry:
    digest, size, kept = hashlib.sha256(), 0, []
    while block := file.read(1 << 18):
        size += len(block)
        if size > MAX_UNPACKED:
            raise Unreadable("too large")
        digest.update(block)
        if size <= MAX_SIZE_WITH_ATTACHMENT:
            kept.append(block)
    data = b"".join(kept) if size <= MAX_SIZE_WITH_ATTACHMENT else None
    plain_name = os.fsencode(name).decode("utf-8", "replace")[-_NAME:]
    return Entry(plain_name, size, numbers.to_base64(digest.digest()), data)
