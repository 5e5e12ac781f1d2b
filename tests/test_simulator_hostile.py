"""Hostile packages and uploads: each ends with a code, and with bounded memory and time."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import archive, invoice_file
from simulator.archive import Unreadable
from tests.simulator_support import fa3, tarred, zipped


def read(tmp_path, data, compression):
    path = tmp_path / "package"
    path.write_bytes(data)
    return list(archive.entries(path, compression))


def tar_of(*members):
    """A tar.gz of members given as (TarInfo, content)."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", format=tarfile.GNU_FORMAT) as made:
        for info, data in members:
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return target.getvalue()


def member(name="a.xml", kind=tarfile.REGTYPE, **values):
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in values.items():
        setattr(info, key, value)
    return info


def peak(work):
    """The most memory that some work takes, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_no_invoices(tmp_path, kind):
    data = tar_of((member(kind=kind, linkname="/etc/passwd"), b""))
    with pytest.raises(Unreadable):
        read(tmp_path, data, "TarGz")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_that_claims_megabytes_is_refused_unread(tmp_path, kind):
    data = tar_of((member(kind=kind), bytes(20_000_000)), (member(), b"<a/>"))

    def refused():
        with pytest.raises(Unreadable):
            read(tmp_path, data, "TarGz")

    assert peak(refused) < 5_000_000


@pytest.mark.parametrize(("pack", "compression"), [(zipped, "Zip"), (tarred, "TarGz")])
def test_a_file_that_unpacks_to_a_hundred_megabytes_is_refused(tmp_path, pack, compression):
    data = pack({"a.xml": bytes(archive.MAX_UNPACKED + 1)})

    def refused():
        with pytest.raises(Unreadable):
            read(tmp_path, data, compression)

    assert peak(refused) < 20_000_000


def test_files_together_may_not_unpack_to_more_than_all_invoices(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOGETHER", 1000)
    with pytest.raises(Unreadable):
        read(tmp_path, zipped({"a.xml": bytes(600), "b.xml": bytes(600)}), "Zip")


def test_what_follows_the_end_of_a_tar_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1_000_000)
    data = tarred({"a.xml": b"<a/>"}) + gzip.compress(bytes(5_000_000))
    with pytest.raises(Unreadable):
        read(tmp_path, data, "TarGz")


def test_a_central_directory_of_many_megabytes_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 1000)
    with pytest.raises(Unreadable):
        read(tmp_path, zipped({f"{n}.xml": b"" for n in range(100)}), "Zip")


WHOLE = {f"{n}.xml": fa3(str(n)) for n in range(3)}


@pytest.mark.parametrize(("pack", "compression"), [(zipped, "Zip"), (tarred, "TarGz")])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_is_unreadable_or_whole(tmp_path, pack, compression, data):
    package = bytearray(pack(WHOLE))
    places = st.tuples(st.integers(0, len(package) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=4)):
        package[place] = value
    try:
        found = read(tmp_path, bytes(package), compression)
    except Unreadable:
        return
    assert all(len(entry.data) == entry.size for entry in found)


def test_an_encrypted_archive_is_refused(tmp_path):
    data = bytearray(zipped({"a.xml": fa3()}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unreadable):
        read(tmp_path, bytes(data), "Zip")


@pytest.mark.parametrize("name", ["../../x.xml", "/etc/x.xml", "a" * 300, "ż\\ó.xml", "a\nb"])
def test_names_of_files_are_only_names(sim, sender, name):
    session, final = sender.send_batch(zipped({name: fa3()}))
    (found,) = sender.invoices_of(session)
    assert (final["status"]["code"], found["invoiceFileName"]) == (200, name[-128:])


def test_folders_of_an_archive_are_no_invoices(sender):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.mkdir("folder")
        made.writestr("folder/a.xml", fa3())
    _, final = sender.send_batch(target.getvalue())
    assert final["invoiceCount"] == 1


def test_a_name_that_is_no_text_does_not_stop_the_package(sender):
    data = tarred({"a.xml": fa3()})
    raw = gzip.decompress(data).replace(b"a.xml\0", b"\xff.xml\0", 1)
    block = bytearray(raw[:512])
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    package = gzip.compress(bytes(block) + raw[512:])
    session, final = sender.send_batch(package, compression="TarGz")
    assert (final["status"]["code"], len(sender.invoices_of(session))) == (200, 1)


def test_many_large_files_stay_small_in_memory(sim, sender):
    package = zipped({f"{n}.xml": b"<a>" + b"x" * 100_000 + b"</a>" for n in range(80)})
    assert peak(lambda: sender.send_batch(package)) < 45_000_000


def test_a_part_above_the_limit_is_refused_and_leaves_nothing(sim, sender, monkeypatch):
    monkeypatch.setattr("simulator.batch.MAX_PART", 1000)
    session, (wanted,) = sender.open_batch(zipped({"a.xml": b"x"}))
    assert sender.upload(wanted, bytes(1001)).status == 413
    assert list((sim.folder / "parts" / session).iterdir()) == []


def test_a_session_closed_during_an_upload_keeps_what_it_had(sim, sender, monkeypatch):
    from simulator import batch

    session, (wanted,) = sender.open_batch(zipped({"a.xml": fa3()}))
    sender.upload(wanted)
    received = batch._received

    def closes(call, target):
        sender.call("POST", f"/sessions/batch/{session}/close", expect=204)
        return received(call, target)

    monkeypatch.setattr(batch, "_received", closes)
    assert sender.upload(wanted, b"x" * 32).status == 403
    read_status = lambda: sender.call("GET", f"/sessions/{session}", expect=200).json  # noqa: E731
    assert sender.wait(read_status, 150)["status"]["code"] == 200


ALLOWED = (0x7E, 0x85, 0xA0, 0xFDCF, 0xFDF0, 0xFFFD, 0x1F600, 0x1FFFD, 0x20000, 0x10FFFD)
DISCOURAGED = (0x7F, 0x84, 0x86, 0x9F, 0xFDD0, 0xFDEF, 0x1FFFE, 0x1FFFF, 0x8FFFE, 0x10FFFF)


@pytest.mark.parametrize("point", ALLOWED + DISCOURAGED)
def test_only_discouraged_characters_are_refused(point):
    data = fa3(f"FV/{chr(point)}ż")
    if point in ALLOWED:
        assert invoice_file.parse(data).tag.endswith("Faktura")
    else:
        with pytest.raises(invoice_file.Rejection):
            invoice_file.parse(data)
