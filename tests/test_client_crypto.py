"""What leaves for KSeF can be opened with the Ministry's key, and only with it."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.client import (
    SESSION_ENCRYPTION,
    TOKEN_ENCRYPTION,
    KsefLater,
    KsefRefused,
    SessionKey,
    pick_key,
    with_fresh_key,
)
from auth_ksef.client.auth import _public_key
from auth_ksef.client.crypto import encrypted_token
from tests.client_support import NOW, ec_key, key_row, rsa_key


def public_key(**changes):
    return _public_key(key_row(**changes))


def unwrapped(sealed: bytes) -> bytes:
    sha256 = hashes.SHA256()
    oaep = rsa_padding.OAEP(rsa_padding.MGF1(sha256), sha256, None)
    return rsa_key().decrypt(sealed, oaep)


def opened(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    padded = decryptor.update(sealed) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


SESSION_KEY = SessionKey.new(public_key())


@given(st.binary(max_size=5000))
@settings(deadline=None)
def test_ksef_reads_exactly_the_bytes_that_were_sealed(xml):
    sealed = SESSION_KEY.seal(xml)
    sent = SESSION_KEY.encryption()
    key = unwrapped(base64.b64decode(sent["encryptedSymmetricKey"]))
    iv = base64.b64decode(sent["initializationVector"])
    assert opened(key, iv, base64.b64decode(sealed.content)) == xml


@given(st.binary(max_size=5000))
@settings(deadline=None)
def test_hashes_and_sizes_describe_the_plain_and_the_sealed_bytes(xml):
    sealed = SESSION_KEY.seal(xml)
    content = base64.b64decode(sealed.content)
    assert (sealed.invoice_size, sealed.encrypted_size) == (len(xml), len(content))
    assert base64.b64decode(sealed.invoice_hash) == hashlib.sha256(xml).digest()
    assert base64.b64decode(sealed.encrypted_hash) == hashlib.sha256(content).digest()
    assert sealed.sha256 == hashlib.sha256(xml).hexdigest()


def test_the_vector_is_not_put_before_the_ciphertext():
    assert SESSION_KEY.seal(b"x" * 16).encrypted_size == 32


def test_each_session_has_its_own_key_and_vector():
    other = SessionKey.new(public_key())
    assert (other.key, other.iv) != (SESSION_KEY.key, SESSION_KEY.iv)
    assert (len(other.key), len(other.iv)) == (32, 16)


def test_a_session_key_survives_a_restart():
    assert SessionKey.from_secret(SESSION_KEY.to_secret()) == SESSION_KEY


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"key": 1}', '{"key": "A"}', "null"])
def test_another_secret_is_no_session_key(text):
    with pytest.raises(ValueError, match="not a session key"):
        SessionKey.from_secret(text)


def test_a_session_key_does_not_show_its_secret():
    shown = repr(SESSION_KEY)
    assert repr(SESSION_KEY.key)[2:-1] not in shown
    assert shown == f"SessionKey(public_key_id={SESSION_KEY.public_key_id!r})"


def test_the_token_is_encrypted_together_with_the_challenges_milliseconds():
    sealed = encrypted_token("20261121-EC-token|nip-1|abc", 1763726400123, public_key())
    assert unwrapped(base64.b64decode(sealed)) == b"20261121-EC-token|nip-1|abc|1763726400123"


def test_the_key_published_last_wins():
    old = public_key(validFrom="2025-01-01T00:00:00Z")
    new = public_key(validFrom="2026-06-01T00:00:00Z")
    assert pick_key([new, old], TOKEN_ENCRYPTION, NOW) is new


@pytest.mark.parametrize(
    "changes",
    [
        {"validFrom": "2026-12-01T00:00:00Z"},
        {"validTo": "2026-11-01T00:00:00Z"},
        {"usage": ["SymmetricKeyEncryption"]},
        {"usage": []},
    ],
)
def test_a_key_of_another_time_or_usage_is_not_picked(changes):
    with pytest.raises(KsefLater):
        pick_key([public_key(**changes)], TOKEN_ENCRYPTION, NOW)


@pytest.mark.parametrize(
    "row",
    [
        key_row(rsa_key(1024)),
        key_row(ec_key()),
        key_row(certificate="AAAA"),
        key_row(certificate=None),
        key_row(validFrom="yesterday"),
        key_row(publicKeyId="two\nlines"),
    ],
)
def test_a_key_we_cannot_encrypt_for_is_left_out(row):
    assert _public_key(row) is None


def refused(code):
    return KsefRefused("no", code=code, http_status=400)


def test_after_21470_the_call_runs_once_more_with_fresh_keys():
    old, new = public_key(publicKeyId="old"), public_key(publicKeyId="new")
    tried = []

    def call(key):
        tried.append(key.id)
        if key is old:
            raise refused(21470)
        return "opened"

    keys = {"known": [old]}
    assert with_fresh_key(lambda: [new], SESSION_ENCRYPTION, NOW, call, **keys) == "opened"
    assert tried == ["old", "new"]


def test_a_second_21470_is_not_repeated():
    tried = []

    def call(key):
        tried.append(key.id)
        raise refused(21470)

    with pytest.raises(KsefRefused):
        with_fresh_key(lambda: [public_key()], SESSION_ENCRYPTION, NOW, call)
    assert len(tried) == 2


def test_another_refusal_is_not_repeated():
    tried = []

    def call(key):
        tried.append(key.id)
        raise refused(21405)

    with pytest.raises(KsefRefused):
        with_fresh_key(lambda: [public_key()], SESSION_ENCRYPTION, NOW, call)
    assert len(tried) == 1


def test_known_keys_that_have_run_out_are_fetched_anew():
    stale = public_key(validTo="2026-11-01T00:00:00Z")
    fresh = public_key()
    call = with_fresh_key(lambda: [fresh], SESSION_ENCRYPTION, NOW, lambda key: key, known=[stale])
    assert call is fresh
