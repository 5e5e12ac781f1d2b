"""Packages on disk: what KSeF unpacks is what we put in, in parts, in constant memory."""

import gzip
import hashlib
import io
import os
import stat
import tarfile
import tracemalloc

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given
from hypothesis import settings as quickly
from hypothesis import strategies as st

from auth_ksef.client import SessionKey
from invoices.services import packaging
from invoices.services.packaging import package_make, package_remove, packages_sweep, part_size

KEY = SessionKey(b"k" * 32, b"i" * 16, b"wrapped", "id")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """Packages of this test."""
    settings.KSEF_DATA_DIR = tmp_path
    return tmp_path / "batches"


def decrypted(data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(KEY.key), modes.CBC(KEY.iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    plain = decryptor.update(data) + decryptor.finalize()
    return unpadder.update(plain) + unpadder.finalize()


def unpacked(package) -> dict[str, bytes]:
    """What a receiver reads: parts decrypted, joined, unpacked; hashes and sizes checked."""
    whole = b""
    for part in package.parts:
        data = package.path(part).read_bytes()
        assert (part.size, part.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        whole += decrypted(data)
    assert (package.size, package.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(whole))) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


CONTENTS = st.dictionaries(
    st.from_regex(r"[a-z0-9-]{1,40}\.xml", fullmatch=True), st.binary(max_size=3000), max_size=8
)


@quickly(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=CONTENTS, size=st.integers(16, 4000))
def test_whatever_goes_in_comes_out(files, size, monkeypatch):
    monkeypatch.setattr(packaging, "part_size", lambda total: size)
    package = package_make(files.items(), total=0, key=KEY)
    assert unpacked(package) == files
    assert all(part.size <= size + 16 for part in package.parts)
    package_remove(package.folder)


def test_a_package_survives_its_way_through_the_session_row():
    package = package_make([("a.xml", b"x")], total=1, key=KEY)
    assert packaging.Package.from_json(package.to_json()) == package


@pytest.mark.parametrize("total", [0, 1, 10**6, 10**9, 4 * 10**9, 5 * 10**9])
def test_what_does_not_shrink_fits_in_fifty_parts(total):
    size = part_size(total)
    assert size <= 100_000_000
    assert -(-total // size) <= 50


def test_only_the_owner_reads_a_package(folder):
    package = package_make([("a.xml", b"x")], total=1, key=KEY)
    place = folder / package.folder
    modes_found = {stat.S_IMODE(path.stat().st_mode) for path in (folder, place)}
    assert modes_found == {0o700}
    assert stat.S_IMODE(package.path(package.parts[0]).stat().st_mode) == 0o600


def test_no_readable_invoice_reaches_the_disk():
    package = package_make([("a.xml", b"tajna tresc" * 1000)], total=1, key=KEY)
    data = package.path(package.parts[0]).read_bytes()
    assert b"tajna" not in data
    assert data[:2] != b"\x1f\x8b"


def test_a_full_disk_leaves_nothing_behind(folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SessionKey, "seal_stream", full)
    with pytest.raises(OSError, match="No space"):
        package_make([("a.xml", b"x")], total=1, key=KEY)
    assert list(folder.iterdir()) == []


def test_packages_that_nobody_needs_are_swept_after_a_day(folder):
    kept = package_make([("a.xml", b"x")], total=1, key=KEY)
    needed = package_make([("a.xml", b"x")], total=1, key=KEY)
    old = package_make([("a.xml", b"x")], total=1, key=KEY)
    for one in (needed, old):
        os.utime(folder / one.folder, (0, 0))
    assert packages_sweep({needed.folder}) == 1
    assert {path.name for path in folder.iterdir()} == {kept.folder, needed.folder}


def peak_of(count: int) -> int:
    files = ((f"{number}.xml", os.urandom(5000)) for number in range(count))
    tracemalloc.start()
    try:
        package_make(files, total=0, key=KEY)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_invoices():
    peak_of(20)  # what is loaded once
    few, many = peak_of(200), peak_of(2000)
    assert many < few * 1.2
