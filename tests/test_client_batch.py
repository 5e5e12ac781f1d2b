"""Batch sessions and pre-signed addresses: what leaves, where it may go, what comes back."""

import hashlib
import io
import json
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.client import (
    TAR_GZ,
    KsefApi,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    PackageFacts,
    PartFacts,
    PartUpload,
    SessionKey,
)
from auth_ksef.client.auth import _public_key
from auth_ksef.client.presigned import is_allowed
from tests.client_support import ACCESS, LATER, NOW, NUMBER, SESSION, Ksef, b64, key_row, reply
from tests.test_client_answers import GOOD
from tests.test_client_errors import HTML, LOST, NOT_SENT

KEY = SessionKey.new(_public_key(key_row()))
URL = "https://storage.invalid/part-1?sig=very-secret"
UPLOAD = PartUpload(1, "PUT", URL, {"x-ms-blob-type": "BlockBlob"})
PACKAGE = PackageFacts(1000, "ab" * 32, TAR_GZ)
PARTS = [PartFacts(1, 512, "cd" * 32), PartFacts(2, 528, "ef" * 32)]
UPO = b'<?xml version="1.0"?><Potwierdzenie/>'


def instruction(number: int, **changes) -> dict:
    row = {"ordinalNumber": number, "method": "PUT", "url": URL, "headers": {}}
    return {**row, **changes}


def opened(*instructions):
    """What opening a batch of two parts makes of KSeF's instructions."""
    ksef = Ksef(reply({"referenceNumber": SESSION, "partUploadRequests": list(instructions)}, 201))
    return ksef, ksef.api.batch_open(access=ACCESS, key=KEY, package=PACKAGE, parts=PARTS)


def uploaded(ksef: Ksef, content: bytes = b"x" * 100, **options) -> httpx.Request:
    upload = options.pop("upload", UPLOAD)
    ksef.api.part_upload(upload=upload, file=io.BytesIO(content), size=len(content), **options)
    return ksef.requests[0]


def decrypted(sealed: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(KEY.key), modes.CBC(KEY.iv)).decryptor()
    padder = padding.PKCS7(128).unpadder()
    return padder.update(cipher.update(sealed) + cipher.finalize()) + padder.finalize()


def test_opening_a_batch_declares_package_and_parts():
    ksef = Ksef(reply(GOOD["batch_open"], 201))
    ksef.api.batch_open(access=ACCESS, key=KEY, package=PACKAGE, parts=PARTS[:1], offline=True)
    sent = json.loads(ksef.requests[0].content)
    assert sent["offlineMode"] is True
    assert sent["encryption"] == KEY.encryption()
    assert sent["batchFile"] == {
        "fileSize": 1000,
        "fileHash": b64(bytes.fromhex("ab" * 32)),
        "compressionType": "TarGz",
        "fileParts": [
            {"ordinalNumber": 1, "fileSize": 512, "fileHash": b64(bytes.fromhex("cd" * 32))}
        ],
    }


def test_the_uploads_come_in_the_order_of_the_parts():
    _, batch = opened(instruction(2), instruction(1))
    assert [upload.ordinal for upload in batch.uploads] == [1, 2]


@pytest.mark.parametrize(
    "instructions",
    [
        [instruction(1)],
        [instruction(1), instruction(1)],
        [instruction(1), instruction(3)],
        [instruction(1), instruction(2, method="DELETE")],
        [instruction(1), instruction(2, url="two words")],
        [instruction(1), instruction(2, headers={"a": "ż"})],
        [instruction(1), instruction(2, headers={"a b": "c"})],
        [instruction(1), instruction(2, headers=["a"])],
    ],
)
def test_instructions_that_cannot_be_followed_leave_the_opening_unknown(instructions):
    with pytest.raises(KsefUnknown):
        opened(*instructions)


def test_headers_of_the_connection_and_of_a_login_are_not_taken_from_an_instruction():
    given = {"Host": "evil", "content-length": "1", "Authorization": "x", "x-ms-a": "b", "n": None}
    _, batch = opened(instruction(1, headers=given), instruction(2))
    assert batch.uploads[0].headers == {"x-ms-a": "b"}


def test_a_part_goes_to_its_address_without_the_token():
    request = uploaded(Ksef(reply(b"", 201)), b"part")
    assert str(request.url) == URL
    assert request.read() == b"part"
    assert request.headers["content-length"] == "4"
    assert request.headers["x-ms-blob-type"] == "BlockBlob"
    assert not {"authorization", "cookie", "transfer-encoding"} & set(request.headers)


def test_a_part_streams_from_its_beginning_in_pieces():
    told = []
    file = io.BytesIO(bytes(200_000))
    file.read(77)
    ksef = Ksef(reply(b"", 201))
    ksef.api.part_upload(upload=UPLOAD, file=file, size=200_000, progress=told.append)
    assert told == [65536, 131072, 196608, 200_000]


def test_a_part_of_another_size_is_not_sent():
    ksef = Ksef(reply(b"", 201))
    with pytest.raises(KsefRefused, match="another size"):
        ksef.api.part_upload(upload=UPLOAD, file=io.BytesIO(b"abc"), size=4)
    assert not ksef.requests


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_address_that_takes_nothing_any_more_is_a_refusal(status):
    with pytest.raises(KsefRefused) as caught:
        uploaded(Ksef(reply(b"<Error>very-secret</Error>", status)))
    assert caught.value.http_status == status
    assert caught.value.raw == b""


@pytest.mark.parametrize("answer", [*LOST, *NOT_SENT, HTML, reply(b"", 500), reply(b"", 429)])
def test_whatever_else_happens_to_a_part_it_may_be_sent_again(answer):
    with pytest.raises(KsefLater) as caught:
        uploaded(Ksef(answer))
    assert "very-secret" not in str(caught.value)


def test_a_redirect_of_a_part_is_not_followed():
    ksef = Ksef(reply(b"", 307, {"location": "https://elsewhere.invalid"}))
    with pytest.raises(KsefLater):
        uploaded(ksef)
    assert len(ksef.requests) == 1


BAD = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://storage.invalid/x",
    "http://ksef.invalid/x",
    "http://127.0.0.1/x",
    "ftp://storage.invalid/x",
    "https://user:password@storage.invalid/x",
    "https:///x",
    "//storage.invalid/x",
    "https://stor age.invalid/",
    "https://[::1/x",
    "",
]


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_we_may_not_call_is_refused_before_anything_leaves(url):
    ksef = Ksef(reply(b"", 201))
    with pytest.raises(KsefRefused, match="nothing was sent"):
        uploaded(ksef, upload=PartUpload(1, "PUT", url, {}))
    with pytest.raises(KsefRefused, match="nothing was sent"):
        ksef.api.presigned_get(url, 100)
    assert not ksef.requests


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8100/storage/1", True),
        ("http://localhost:9/storage/1", True),
        ("http://simulator:8100/storage/1", True),
        ("https://storage.invalid/1", True),
        ("http://storage.invalid/1", False),
        ("http://169.254.169.254/latest", False),
    ],
)
def test_the_simulator_may_name_plain_addresses_of_its_own_host(url, allowed):
    assert is_allowed(url, "http://simulator:8100/v2") is allowed


@given(url=st.text(max_size=60) | st.from_regex(r"[a-z]+://[\x21-\x7e]{0,30}", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_whatever_the_address_only_https_is_called_from_production(url):
    assert not is_allowed(url, "https://api.ksef.mf.gov.pl/v2") or url.lower().startswith("https:")


def test_a_upo_by_link_is_checked_against_its_hash():
    digest = b64(hashlib.sha256(UPO).digest())
    ksef = Ksef(reply(UPO, headers={"x-ms-meta-hash": digest}))
    upo = ksef.api.upo_by_link(URL)
    assert (upo.xml, upo.hash_checked) == (UPO, True)
    assert "authorization" not in ksef.requests[0].headers


@pytest.mark.parametrize(
    "answer",
    [
        reply(UPO, headers={"x-ms-meta-hash": b64(bytes(32))}),
        reply(UPO, headers={"x-ms-meta-hash": "?"}),
        reply(b"<html>login</html>"),
        reply(b""),
        reply(b"<U>" + bytes(21 * 1024 * 1024)),
    ],
)
def test_a_upo_that_cannot_be_trusted_is_asked_for_later(answer):
    with pytest.raises(KsefLater):
        Ksef(answer).api.upo_by_link(URL)


def test_more_than_the_limit_is_not_read():
    with pytest.raises(KsefLater):
        Ksef(reply(b"x" * 101)).api.presigned_get(URL, 100)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 3_000_001])
def test_a_file_is_encrypted_as_a_whole_would_be(size):
    plain, target = bytes(size), io.BytesIO()
    facts = KEY.seal_stream(io.BytesIO(plain), target)
    sealed = target.getvalue()
    assert decrypted(sealed) == plain
    assert facts.size == size
    assert facts.sha256 == hashlib.sha256(plain).hexdigest()
    assert (facts.sealed_size, facts.sealed_sha256) == (
        len(sealed),
        hashlib.sha256(sealed).hexdigest(),
    )


def test_a_file_is_encrypted_piece_by_piece():
    class Endless(io.RawIOBase):
        largest, left = 0, 40

        def read(self, size=-1):
            assert size > 0
            self.largest, self.left = max(self.largest, size), self.left - 1
            return bytes(size) if self.left else b""

    source = Endless()
    with open("/dev/null", "wb") as target:
        KEY.seal_stream(source, target)
    assert source.largest <= 1024 * 1024


def test_the_status_of_a_session_gives_links_to_its_upo():
    page = {"referenceNumber": SESSION, "downloadUrl": URL, "downloadUrlExpirationDate": LATER}
    ksef = Ksef(reply({**GOOD["session_status"], "upo": {"pages": [page]}}))
    found = ksef.api.session_status(access=ACCESS, session=SESSION).upo_pages[0]
    assert (found.download_url, found.expires) == (URL, NOW + timedelta(hours=1))
    assert "very-secret" not in repr(found)


def test_metadata_can_be_asked_for_one_number():
    ksef = Ksef(reply(GOOD["metadata"]))
    ksef.api.metadata(access=ACCESS, subject_type="Subject1", date_from=NOW, ksefNumber=NUMBER)
    assert json.loads(ksef.requests[0].content)["ksefNumber"] == NUMBER


def test_certificates_are_asked_for_by_serial_and_type():
    ksef = Ksef(reply(GOOD["certificates_query"]))
    page = ksef.api.certificates_query(access=ACCESS, serial="0123456789ABCDEF", type="Offline")
    wanted = {"certificateSerialNumber": "0123456789ABCDEF", "type": "Offline"}
    assert json.loads(ksef.requests[0].content) == wanted
    assert (page.items[0].status, page.has_more) == ("Active", False)


def watched(answer):
    """What a gate is asked and told around one status call."""
    seen = []

    def gate(route, bearer):
        seen.append((route.name, bearer))
        return seen.append

    ksef = Ksef(answer)
    watching = ksef.api.watched(gate)
    with suppress(KsefLater, KsefRefused):
        watching.session_status(access=ACCESS, session=SESSION)
    return seen


@pytest.mark.parametrize(
    ("answer", "sent", "answered"),
    [
        (reply(GOOD["session_status"]), True, True),
        (reply({"title": "Error", "detail": "Opis"}, 500), True, True),
        (reply({"title": "Too Many"}, 429), True, True),
        (reply(b"", 401), True, True),
        (reply(b"<html>hotel</html>"), True, False),
        (reply(b"<html/>", 403), True, False),
        (HTML, True, False),
        (reply({"detail": "x"}, 503), True, False),
        (LOST[0], True, False),
        (NOT_SENT[0], False, False),
    ],
)
def test_a_gate_is_told_whether_a_call_left_and_whether_ksef_itself_spoke(answer, sent, answered):
    asked, heard = watched(answer)
    assert asked == ("session_status", ACCESS)
    assert (heard.sent, heard.answered) == (sent, answered)


def test_a_gate_that_holds_a_call_back_keeps_it_from_leaving():
    def gate(route, bearer):
        raise KsefLater("full", retry_after=7)

    ksef = Ksef(reply(GOOD["session_status"]))
    with pytest.raises(KsefLater, match="full"):
        ksef.api.watched(gate).session_status(access=ACCESS, session=SESSION)
    assert not ksef.requests


def test_a_watcher_that_fails_costs_no_answer():
    def gate(route, bearer):
        return lambda heard: 1 / 0

    ksef = Ksef(reply(GOOD["session_status"]))
    assert ksef.api.watched(gate).session_status(access=ACCESS, session=SESSION)


def test_a_watched_client_leaves_the_first_one_alone():
    ksef = Ksef(reply(GOOD["session_status"]))
    assert isinstance(ksef.api.watched(lambda route, bearer: print), KsefApi)
    ksef.api.session_status(access=ACCESS, session=SESSION)
    assert ksef.api._door._gate is None
