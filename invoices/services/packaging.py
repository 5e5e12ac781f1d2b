"""A batch package: invoices as one tar.gz, cut into parts, each encrypted on its way to disk.

tar.gz and not ZIP: one stream over all files uses that invoices are alike, so that a package of
thousands is several times smaller. Nothing but encrypted bytes reaches the disk, and memory
holds one invoice and one block, however many there are.
"""

import gzip
import hashlib
import io
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from auth_ksef.client import SessionKey
from ksefapp.lib import clock

MB = 1_000_000
MOST_PARTS = 50
MOST_PART = 100 * MB  # before encryption
# Small enough to repeat, big enough that most packages are one part.
LEAST_PART = 20 * MB
TAR_BLOCK = 512
ORPHAN_AGE = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """One encrypted part on disk: number from 1, size in bytes, SHA-256 in hex."""

    ordinal: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """A package on disk: its folder's name, the archive's size and SHA-256 in hex, its parts."""

    folder: str
    size: int
    sha256: str
    parts: tuple[Part, ...]

    def to_json(self) -> dict:
        """The inverse of `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "Package":
        """The package that `to_json` described."""
        parts = tuple(Part(**part) for part in data["parts"])
        return cls(data["folder"], data["size"], data["sha256"], parts)

    def path(self, part: Part) -> Path:
        """Where the encrypted part lies."""
        return _root() / self.folder / f"{part.ordinal}.part"


def package_make(files: Iterable[tuple[str, bytes]], *, total: int, key: SessionKey) -> Package:
    """Writes the package of (name, bytes); `total` is the sum of the bytes, or more.

    Raises OSError when the disk does not take it; nothing of it is left then.
    """
    folder = secrets.token_hex(8)
    place = _root() / folder
    place.mkdir(mode=0o700)
    source = _Source(_archive(files))
    try:
        parts = tuple(_parts(source, place, part_size(total), key))
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return Package(folder, source.size, source.sha256(), parts)


def part_size(total: int) -> int:
    """Bytes of one part before encryption, so that even what does not shrink fits 50 parts."""
    return min(MOST_PART, max(LEAST_PART, -(-total // (MOST_PARTS - 10))))


def padded(size: int) -> int:
    """What a file of this size takes in the archive before compression."""
    return size + 2 * TAR_BLOCK


def package_remove(folder: str) -> None:
    """Deletes a package that is no longer needed."""
    shutil.rmtree(_root() / folder, ignore_errors=True)


def packages_sweep(needed: set[str]) -> int:
    """Deletes packages that no session needs and nobody writes any more; returns how many."""
    oldest = (clock.now() - clock.offset() - ORPHAN_AGE).timestamp()
    stale = [
        place
        for place in _root().iterdir()
        if place.name not in needed and place.stat().st_mtime < oldest
    ]
    for place in stale:
        shutil.rmtree(place, ignore_errors=True)
    return len(stale)


def _root() -> Path:
    root = Path(settings.KSEF_DATA_DIR) / "batches"
    root.mkdir(mode=0o700, exist_ok=True)
    return root


def _parts(source: "_Source", place: Path, size: int, key: SessionKey) -> Iterator[Part]:
    ordinal = 0
    while source.next_part(size):
        ordinal += 1
        with open(place / f"{ordinal}.part", "xb", opener=_private) as target:
            sealed = key.seal_stream(source, target)
        yield Part(ordinal, sealed.sealed_size, sealed.sealed_sha256)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _archive(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The blocks of the tar.gz as they come into being."""
    sink = _Sink()
    with (
        gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
            archive.members.clear()  # it would remember every entry until its end
            yield from sink.taken()
    yield from sink.taken()


class _Sink(io.RawIOBase):
    """Takes what is written and gives it away again."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def taken(self) -> Iterator[bytes]:
        blocks, self._blocks = self._blocks, []
        yield from blocks


class _Source:
    """Reads blocks as one stream, part by part, and measures the whole."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.size, self._hash = 0, hashlib.sha256()
        self._blocks, self._ahead, self._left = blocks, b"", 0

    def next_part(self, size: int) -> bool:
        """Lets `read` go on for so many bytes; False when nothing is left."""
        self._left = size
        return self._filled()

    def read(self, size: int) -> bytes:
        """At most `size` bytes of this part; empty at its end."""
        if not self._left or not self._filled():
            return b""
        size = min(size, self._left)
        block, self._ahead = self._ahead[:size], self._ahead[size:]
        self._left -= len(block)
        self.size += len(block)
        self._hash.update(block)
        return block

    def sha256(self) -> str:
        """Of everything read so far, in hex."""
        return self._hash.hexdigest()

    def _filled(self) -> bool:
        while not self._ahead:
            block = next(self._blocks, None)
            if block is None:
                return False
            self._ahead = block
        return True
