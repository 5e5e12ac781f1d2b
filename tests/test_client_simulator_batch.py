"""Batch sessions, links without a token and limits: the client against a running simulator."""

import hashlib
import io
import tracemalloc

import pytest

from auth_ksef.client import (
    SESSION_ENCRYPTION,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    PackageFacts,
    PartFacts,
    SessionKey,
)
from tests.simulator_support import fa3, tarred, zipped
from tests.test_client_simulator import access, running, wait, world

__all__ = ["access", "running", "world"]
pytestmark = pytest.mark.slow


def parts_of(key: SessionKey, package: bytes, count: int) -> list[tuple[bytes, PartFacts]]:
    """The package cut into parts, each encrypted by itself."""
    size = -(-len(package) // count)
    parts = []
    for number in range(1, count + 1):
        target = io.BytesIO()
        plain = package[(number - 1) * size : number * size]
        facts = key.seal_stream(io.BytesIO(plain), target)
        part = PartFacts(number, facts.sealed_size, facts.sealed_sha256)
        parts.append((target.getvalue(), part))
    return parts


def batch_sent(world, access, files: dict, *, pack=zipped, count=1, **options):
    """Opens, uploads and closes; the reference of the session."""
    key = SessionKey.new(world.key(SESSION_ENCRYPTION))
    package = pack(files)
    parts = parts_of(key, package, count)
    facts = PackageFacts(
        len(package),
        hashlib.sha256(package).hexdigest(),
        "TarGz" if pack is tarred else "Zip",
    )
    opened = world.api.batch_open(
        access=access, key=key, package=facts, parts=[part for _, part in parts], **options
    )
    for upload, (content, part) in zip(opened.uploads, parts, strict=True):
        world.api.part_upload(upload=upload, file=io.BytesIO(content), size=part.size)
    world.api.batch_close(access=access, session=opened.reference_number)
    return opened.reference_number


def some(prefix: str, count: int) -> dict[str, bytes]:
    return {f"{number}.xml": fa3(f"{prefix}/{number}") for number in range(count)}


def ended(world, access, session):
    return wait(lambda: world.api.session_status(access=access, session=session), 30)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_batch_of_two_parts_ends_with_numbers_for_all(world, access, pack):
    files = some(f"BATCH/{pack.__name__}", 5)
    session = batch_sent(world, access, files, pack=pack, count=2)
    status = ended(world, access, session)
    assert (status.status.code, status.invoice_count, status.successful_count) == (200, 5, 5)
    rows = world.api.session_invoices(access=access, session=session).items
    assert {row.file_name for row in rows} == set(files)
    assert {row.invoice_hash for row in rows} == {
        hashlib.sha256(content).hexdigest() for content in files.values()
    }
    assert all(row.ksef_number for row in rows)


def test_upos_come_by_links_without_a_token(world, access):
    session = batch_sent(world, access, some("BATCH/UPO", 2))
    page = ended(world, access, session).upo_pages[0]
    collective = world.api.upo_by_link(page.download_url)
    assert collective == world.api.session_upo(
        access=access, session=session, page=page.reference_number
    )
    row = world.api.session_invoices(access=access, session=session).items[0]
    assert b"Potwierdzenie" in world.api.upo_by_link(row.upo_download_url).xml


def test_offline_mode_of_a_batch_is_declared_at_its_opening(world, access):
    session = batch_sent(world, access, some("BATCH/OFF", 1), offline=True)
    ended(world, access, session)
    row = world.api.session_invoices(access=access, session=session).items[0]
    assert row.invoicing_mode == "Offline"


def test_batches_stand_in_the_list_of_sessions(world, access):
    session = batch_sent(world, access, some("BATCH/LIST", 1))
    ended(world, access, session)
    rows = world.api.session_list(access=access, kind="Batch").items
    assert session in {row.reference_number for row in rows}
    (found,) = world.api.session_list(access=access, kind="Batch", reference=session).items
    assert found.successful_count == 1


def test_a_changed_address_takes_nothing(world, access):
    key = SessionKey.new(world.key(SESSION_ENCRYPTION))
    content, part = parts_of(key, b"x" * 100, 1)[0]
    opened = world.api.batch_open(
        access=access, key=key, package=PackageFacts(100, "00" * 32), parts=[part]
    )
    upload = opened.uploads[0]
    bent = type(upload)(1, upload.method, upload.url + "x", upload.headers)
    with pytest.raises(KsefRefused) as caught:
        world.api.part_upload(upload=bent, file=io.BytesIO(content), size=part.size)
    assert caught.value.http_status == 403


def test_a_part_may_be_uploaded_twice(world, access):
    key = SessionKey.new(world.key(SESSION_ENCRYPTION))
    package = zipped(some("BATCH/TWICE", 1))
    content, part = parts_of(key, package, 1)[0]
    facts = PackageFacts(len(package), hashlib.sha256(package).hexdigest())
    opened = world.api.batch_open(access=access, key=key, package=facts, parts=[part])
    for _ in range(2):
        world.api.part_upload(upload=opened.uploads[0], file=io.BytesIO(content), size=part.size)
    world.api.batch_close(access=access, session=opened.reference_number)
    assert ended(world, access, opened.reference_number).status.code == 200


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_before", "error_after"])
def test_a_part_whose_answer_was_lost_is_uploaded_again(world, access, kind):
    world.fault(kind, "part_upload")
    key = SessionKey.new(world.key(SESSION_ENCRYPTION))
    package = zipped(some(f"BATCH/{kind}", 1))
    content, part = parts_of(key, package, 1)[0]
    facts = PackageFacts(len(package), hashlib.sha256(package).hexdigest())
    opened = world.api.batch_open(access=access, key=key, package=facts, parts=[part])
    upload = {"upload": opened.uploads[0], "file": io.BytesIO(content), "size": part.size}
    with pytest.raises(KsefLater):
        world.api.part_upload(**upload)
    world.api.part_upload(**upload)
    world.api.batch_close(access=access, session=opened.reference_number)
    assert ended(world, access, opened.reference_number).status.code == 200


def test_a_close_whose_answer_was_lost_shows_in_the_status(world, access):
    world.fault("drop_after", "batch_close")
    with pytest.raises(KsefUnknown):
        batch_sent(world, access, some("BATCH/CLOSE", 1))
    row = world.api.session_list(access=access, kind="Batch").items[0]
    assert ended(world, access, row.reference_number).status.code == 200


def test_a_large_part_is_encrypted_and_uploaded_in_constant_memory(world, access, tmp_path):
    size = 40_000_000
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    with open(plain, "wb") as file:
        file.truncate(size)
    key = SessionKey.new(world.key(SESSION_ENCRYPTION))
    tracemalloc.start()
    try:
        with open(plain, "rb") as source, open(sealed, "wb") as target:
            facts = key.seal_stream(source, target)
        part = PartFacts(1, facts.sealed_size, facts.sealed_sha256)
        package = PackageFacts(facts.size, facts.sha256)
        opened = world.api.batch_open(access=access, key=key, package=package, parts=[part])
        with open(sealed, "rb") as file:
            world.api.part_upload(upload=opened.uploads[0], file=file, size=part.size)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_certificates_of_the_company_are_listed_by_type(world, access):
    page = world.api.certificates_query(access=access, type="Offline")
    assert page.items
    assert {row.type for row in page.items} == {"Offline"}
    assert {row.status for row in page.items} == {"Active"}


def test_the_limits_come_with_every_group(world, access):
    world.control("POST", "/settings", limits_multiplier=1)
    given = world.api.rate_limits(access=access)
    assert given["batchSession"] == {"perSecond": 10, "perMinute": 20, "perHour": 60}
    assert given["global"]["perMinute"] == -1
