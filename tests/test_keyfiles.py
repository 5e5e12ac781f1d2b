"""Certificate and key files in every form in which people have them."""

import base64
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from auth_ksef.keyfile_messages import MESSAGES, message
from auth_ksef.keyfiles import (
    KeyFileError,
    check_pair,
    encrypt_key,
    is_pkcs12,
    read_certificate,
    read_key,
    read_pkcs12,
)
from tests.client_support import NOW, certificate, ec_key, rsa_key, usage

PASSWORD = "Hasło-do-Klucza-15"
KEYS = {"RSA": rsa_key, "EC": ec_key}
FORMATS = {
    "PKCS#8": PrivateFormat.PKCS8,
    "PKCS#1 or SEC1": PrivateFormat.TraditionalOpenSSL,
}
LOGIN, OFFLINE = usage(login=True), usage(offline=True)


def plain(key, encoding=Encoding.PEM, form=PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(encoding, form, NoEncryption())


def sealed(key, encoding=Encoding.PEM, form=PrivateFormat.PKCS8, password=PASSWORD) -> bytes:
    return key.private_bytes(encoding, form, BestAvailableEncryption(password.encode()))


def openssl(*arguments: str, data: bytes) -> bytes:
    """What the openssl program makes of the data."""
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True)
    return done.stdout


def outcome(call) -> str:
    """ "read", or the code of the error; anything else than KeyFileError gets through."""
    try:
        call()
    except KeyFileError as error:
        return error.code
    return "read"


def code_of(call, *arguments, **named) -> str:
    with pytest.raises(KeyFileError) as caught:
        call(*arguments, **named)
    return caught.value.code


def info(key=None, key_usage=LOGIN, **changes):
    made = certificate(key or rsa_key(), key_usage=key_usage, **changes)
    return read_certificate(made.public_bytes(Encoding.PEM))


# --- keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["PEM", "DER"])
@pytest.mark.parametrize("password", [None, "", "needless"])
def test_an_unencrypted_key_opens_whatever_password_was_typed(kind, form, encoding, password):
    key = KEYS[kind]()
    found = read_key(plain(key, encoding, FORMATS[form]), password)
    assert found.private_numbers() == key.private_numbers()


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["PEM", "DER"])
def test_an_encrypted_key_opens_with_its_password(kind, encoding):
    key = KEYS[kind]()
    assert read_key(sealed(key, encoding), PASSWORD).private_numbers() == key.private_numbers()


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_encrypted_the_old_way_opens_with_its_password(kind):
    data = sealed(KEYS[kind](), form=PrivateFormat.TraditionalOpenSSL)
    assert b"Proc-Type" in data
    assert read_key(data, PASSWORD).private_numbers() == KEYS[kind]().private_numbers()
    assert code_of(read_key, data, "other") == "wrong_password"
    assert code_of(read_key, data, None) == "password_needed"


@pytest.mark.parametrize(
    "options",
    [
        ["-v2", "aes-128-cbc"],
        ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        ["-v2", "des3"],
        ["-v2", "aes-256-cbc", "-iter", "600000"],
        ["-v1", "PBE-SHA1-3DES"],
        ["-scrypt"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("kind", KEYS)
def test_keys_encrypted_by_openssl_open(kind, options):
    key = KEYS[kind]()
    arguments = ["pkcs8", "-topk8", *options, "-passout", f"pass:{PASSWORD}"]
    data = openssl(*arguments, data=plain(key))
    assert b"ENCRYPTED PRIVATE KEY" in data
    assert read_key(data, PASSWORD).private_numbers() == key.private_numbers()
    assert code_of(read_key, data, "not this") == "wrong_password"


def test_a_sec1_key_after_its_parameters_opens():
    data = openssl("ecparam", "-name", "prime256v1", "-genkey", data=b"")
    assert b"BEGIN EC PARAMETERS" in data
    assert read_key(data, None).curve.name == "secp256r1"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250", "iso-8859-2"])
def test_a_password_with_polish_letters_opens_in_any_of_the_usual_encodings(encoding):
    password = "Zażółć gęślą jaźń 1"
    secret = BestAvailableEncryption(password.encode(encoding))
    data = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    assert read_key(data, password).private_numbers() == rsa_key().private_numbers()


@pytest.mark.parametrize("password", ["x", "short", "spaces in it", "ąę", "a" * 200, "\ud800"])
def test_a_password_is_tried_and_never_judged(password):
    assert code_of(read_key, sealed(rsa_key()), password) == "wrong_password"


@pytest.mark.parametrize("password", [None, ""])
def test_an_encrypted_key_asks_for_its_password(password):
    assert code_of(read_key, sealed(rsa_key()), password) == "password_needed"


AROUND = {
    "Windows lines": lambda data: data.replace(b"\n", b"\r\n"),
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "bag attributes": lambda data: b"Bag Attributes\n  x: y\n" + data + b"\n\n",
    "a certificate": lambda data: certificate(rsa_key()).public_bytes(Encoding.PEM) + data,
}


@pytest.mark.parametrize("what", AROUND)
def test_what_editors_and_programs_put_around_a_key_does_no_harm(what):
    assert read_key(AROUND[what](sealed(rsa_key())), PASSWORD).key_size == 2048


def test_base64_without_a_frame_is_read_as_ksefs_api_gives_it():
    der = plain(ec_key(), Encoding.DER)
    found = read_key(base64.encodebytes(der), None)
    assert found.private_numbers() == ec_key().private_numbers()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n",
        certificate(rsa_key()).public_bytes(Encoding.PEM),
        certificate(rsa_key()).public_bytes(Encoding.DER),
        sealed(rsa_key(), Encoding.DER)[:-10],
    ],
)
def test_another_file_is_not_a_key(data):
    assert code_of(read_key, data, PASSWORD) == "not_a_key"


@pytest.mark.parametrize(
    "key",
    [
        rsa_key(1024),
        ec_key(ec.SECP256K1),
        ec_key(ec.SECP224R1),
        ed25519.Ed25519PrivateKey.generate(),
        dsa.generate_private_key(1024),
    ],
)
def test_a_key_that_ksef_does_not_take_is_unsupported(key):
    assert code_of(read_key, plain(key), None) == "unsupported_algorithm"


def test_a_file_too_large_for_a_key_is_not_even_looked_at():
    for call in (lambda d: read_key(d, None), read_certificate, lambda d: read_pkcs12(d, None)):
        assert code_of(call, b"x" * 102_401) == "too_big"


def with_number(der: bytes, old: bytes, new: bytes) -> bytes:
    """The DER with one INTEGER exchanged for a longer one and the lengths around it adjusted."""
    place, at = der.index(old), 0
    made = bytearray(der[:place] + new + der[place + len(old) :])
    while at < place:
        size = 0 if made[at + 1] < 0x80 else made[at + 1] & 0x7F
        start = at + 2 + size
        field = slice(at + 2, start) if size else slice(at + 1, at + 2)
        length = int.from_bytes(made[field])
        around = made[at] == 0x30 and start + length > place
        if around:
            made[field] = (length + len(new) - len(old)).to_bytes(size or 1)
        at = start if around else start + length
    return bytes(made)


@pytest.mark.parametrize("options", [["-v2", "aes256"], ["-v1", "PBE-SHA1-3DES"]], ids=" ".join)
def test_a_key_that_asks_for_endless_rounds_is_refused_at_once(options):
    arguments = ["pkcs8", "-topk8", "-iter", "2048", "-passout", "pass:x", "-outform", "DER"]
    data = openssl(*arguments, *options, data=plain(rsa_key()))
    more = with_number(data, b"\x02\x02\x08\x00", b"\x02\x03\x00\x80\x00")
    endless = with_number(data, b"\x02\x02\x08\x00", b"\x02\x04\x7f\xff\xff\xff")
    assert code_of(read_key, more, "x") == "wrong_password"
    assert code_of(read_key, endless, "x") == "unsupported_algorithm"


def test_scrypt_that_asks_for_too_much_memory_is_refused_at_once():
    arguments = ["-scrypt", "-passout", "pass:x", "-outform", "DER"]
    data = openssl("pkcs8", "-topk8", *arguments, data=plain(rsa_key()))
    huge = with_number(data, b"\x02\x02\x40\x00", b"\x02\x03\x10\x00\x00")
    assert outcome(lambda: read_key(data, "x")) == "read"
    assert code_of(read_key, huge, "x") == "unsupported_algorithm"


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_encrypted_for_export_opens_again_with_its_password(kind):
    data = encrypt_key(KEYS[kind](), PASSWORD)
    assert data.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert read_key(data, PASSWORD).private_numbers() == KEYS[kind]().private_numbers()


MANGLED = sealed(ec_key(), Encoding.DER)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_key_file_fails_with_a_message(data):
    mangled = bytearray(MANGLED)
    mangled[data.draw(st.integers(0, len(mangled) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(lambda: read_key(bytes(mangled), PASSWORD)) in {"read", *MESSAGES}


# --- certificates -------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER], ids=["PEM", "DER"])
def test_a_certificate_says_whose_it_is_and_how_long(encoding):
    made = certificate(rsa_key(), key_usage=LOGIN)
    found = read_certificate(made.public_bytes(encoding))
    assert (found.common_name, found.nip, found.pesel) == ("Jan Kowalski", "5265877635", None)
    assert (found.serial, found.algorithm) == ("0123456789ABCDEF", "RSA 2048")
    assert (found.valid_from, found.valid_to) == (
        NOW - timedelta(days=1),
        NOW + timedelta(days=700),
    )
    der = made.public_bytes(Encoding.DER)
    printed = openssl("x509", "-inform", "DER", "-noout", "-fingerprint", "-sha256", data=der)
    assert found.fingerprint == printed.decode().split("=")[1].strip().replace(":", "")


@pytest.mark.parametrize(
    ("key_usage", "kind"),
    [
        (LOGIN, "authentication"),
        (OFFLINE, "offline"),
        (usage(login=True, offline=True), "unknown"),
        (usage(), "unknown"),
        (None, "unknown"),
    ],
)
def test_the_kind_is_told_by_key_usage(key_usage, kind):
    assert info(ec_key(), key_usage).kind == kind


@pytest.mark.parametrize(
    ("subject", "nip", "pesel"),
    [
        ([(NameOID.SERIAL_NUMBER, "PNOPL-88102341294")], None, "88102341294"),
        ([(NameOID.SERIAL_NUMBER, "PESEL:88102341294")], None, "88102341294"),
        ([(NameOID.SERIAL_NUMBER, "NIP-5265877635")], "5265877635", None),
        ([(NameOID.ORGANIZATION_IDENTIFIER, "VATPL-5265877635")], "5265877635", None),
        ([(NameOID.ORGANIZATION_IDENTIFIER, "VATDE-123456789")], None, None),
        ([(NameOID.COMMON_NAME, "NIP 5265877635")], None, None),
    ],
)
def test_nip_and_pesel_are_read_where_the_guide_puts_them(subject, nip, pesel):
    found = info(subject=subject)
    assert (found.nip, found.pesel) == (nip, pesel)


def test_a_certificate_without_a_common_name_is_called_by_the_persons_names():
    subject = [(NameOID.GIVEN_NAME, "Zofia"), (NameOID.SURNAME, "Żółć")]
    assert info(subject=subject).common_name == "Zofia Żółć"


def test_of_a_chain_the_certificate_that_is_no_authority_is_taken():
    authority = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")]))
        .public_key(ec_key().public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    authority = authority.sign(ec_key(), hashes.SHA256()).public_bytes(Encoding.PEM)
    chain = authority + certificate(rsa_key()).public_bytes(Encoding.PEM)
    assert read_certificate(chain).common_name == "Jan Kowalski"


def test_base64_of_a_certificate_is_read_as_ksefs_api_gives_it():
    der = certificate(rsa_key()).public_bytes(Encoding.DER)
    assert read_certificate(base64.b64encode(der)).nip == "5265877635"


@pytest.mark.parametrize(
    "data", [b"", b"x", plain(rsa_key()), plain(ec_key(), Encoding.DER), b"MIIB"]
)
def test_another_file_is_not_a_certificate(data):
    assert code_of(read_certificate, data) == "not_a_certificate"


@pytest.mark.parametrize("key", [rsa_key(1024), ec_key(ec.SECP256K1)])
def test_a_certificate_of_an_unsupported_key_says_so(key):
    made = certificate(key).public_bytes(Encoding.PEM)
    assert code_of(read_certificate, made) == "unsupported_algorithm"


DER = certificate(ec_key(), key_usage=LOGIN).public_bytes(Encoding.DER)


@given(st.data())
@settings(max_examples=300, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_certificate_is_read_or_fails_with_a_message(data):
    mangled = bytearray(DER)
    for _ in range(data.draw(st.integers(1, 3))):
        mangled[data.draw(st.integers(0, len(mangled) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(lambda: read_certificate(bytes(mangled))) in {"read", *MESSAGES}


@given(st.binary(max_size=300), st.text(max_size=20))
@settings(deadline=None)
def test_any_bytes_fail_with_a_message(data, password):
    assert outcome(lambda: read_certificate(data)) in MESSAGES
    assert outcome(lambda: read_key(data, password)) in MESSAGES
    assert outcome(lambda: read_pkcs12(data, password)) in MESSAGES


# --- PKCS#12 ------------------------------------------------------------------------------


def bundle(key, made, password=PASSWORD) -> bytes:
    secret = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"name", key, made, None, secret)


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("password", [PASSWORD, None])
def test_a_pkcs12_file_gives_certificate_and_key(kind, password):
    key = KEYS[kind]()
    made = certificate(key, key_usage=LOGIN)
    found, private = read_pkcs12(bundle(key, made, password), password)
    assert (found.nip, private.private_numbers()) == ("5265877635", key.private_numbers())


@pytest.mark.parametrize("options", [[], ["-legacy"]], ids=["modern", "legacy"])
def test_a_pkcs12_file_made_by_openssl_opens(tmp_path: Path, options):
    key, made = rsa_key(), certificate(rsa_key())
    pem = tmp_path / "both.pem"
    pem.write_bytes(plain(key) + made.public_bytes(Encoding.PEM))
    arguments = ["-export", "-in", str(pem), "-passout", f"pass:{PASSWORD}", *options]
    data = openssl("pkcs12", *arguments, data=b"")
    assert read_pkcs12(data, PASSWORD)[1].private_numbers() == key.private_numbers()


def test_a_pkcs12_file_asks_for_its_password_and_tells_a_wrong_one():
    data = bundle(rsa_key(), certificate(rsa_key()))
    assert code_of(read_pkcs12, data, None) == "password_needed"
    assert code_of(read_pkcs12, data, "not this") == "wrong_password"


def test_a_pkcs12_file_without_a_key_or_a_certificate_says_what_is_missing():
    assert code_of(read_pkcs12, bundle(None, certificate(rsa_key())), PASSWORD) == "not_a_key"
    assert code_of(read_pkcs12, bundle(rsa_key(), None), PASSWORD) == "not_a_certificate"


def test_the_rounds_of_a_pkcs12_file_are_found_in_its_depths(monkeypatch):
    data = bundle(rsa_key(), certificate(rsa_key()))
    assert outcome(lambda: read_pkcs12(data, PASSWORD)) == "read"
    monkeypatch.setattr("auth_ksef.keyfile_cost.MAX_ROUNDS", 1000)
    assert code_of(read_pkcs12, data, PASSWORD) == "unsupported_algorithm"


def test_a_pkcs12_file_is_told_from_a_key_and_a_certificate():
    assert is_pkcs12(bundle(rsa_key(), certificate(rsa_key())))
    for other in (DER, plain(rsa_key(), Encoding.DER), sealed(rsa_key(), Encoding.DER), b"", b"0"):
        assert not is_pkcs12(other)
        assert code_of(read_pkcs12, other, PASSWORD) == "not_a_key"


# --- the pair -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize(
    ("key_usage", "expected"),
    [
        (LOGIN, "authentication"),
        (OFFLINE, "offline"),
        (None, "authentication"),
        (usage(login=True, offline=True), "authentication"),
        (LOGIN, None),
        (OFFLINE, None),
    ],
)
def test_a_fitting_pair_passes(kind, key_usage, expected):
    key = KEYS[kind]()
    check_pair(info(key, key_usage), key, now=NOW, expected_kind=expected)


@pytest.mark.parametrize(
    ("key_usage", "expected", "words"),
    [
        (OFFLINE, "authentication", "Ten certyfikat służy do KODU II. Do logowania potrzebny"),
        (LOGIN, "offline", "Ten certyfikat służy do logowania. Do KODU II potrzebny"),
        (None, "offline", "Nie wiemy, do czego służy ten certyfikat."),
    ],
)
def test_the_wrong_kind_is_named_together_with_the_right_one(key_usage, expected, words):
    with pytest.raises(KeyFileError, match="wrong_kind") as caught:
        check_pair(info(key_usage=key_usage), rsa_key(), now=NOW, expected_kind=expected)
    assert caught.value.message("pl").startswith(words)


@pytest.mark.parametrize("other", [ec_key(), rsa_key(3072)])
def test_a_key_of_another_certificate_is_a_mismatch(other):
    code = code_of(check_pair, info(), other, now=NOW, expected_kind="authentication")
    assert code == "key_mismatch"


def test_an_expired_certificate_says_when_it_expired():
    found = info(valid_from=NOW - timedelta(days=9), valid_to=NOW - timedelta(hours=1))
    with pytest.raises(KeyFileError, match="expired") as caught:
        check_pair(found, rsa_key(), now=NOW, expected_kind="authentication")
    assert "wygasł 21.11.2026." in caught.value.message("pl")
    assert "expired on 21.11.2026." in caught.value.message("en")


def test_a_certificate_of_tomorrow_says_when_it_starts_on_the_polish_calendar():
    found = info(valid_from=NOW.replace(day=30, hour=23, minute=30))
    with pytest.raises(KeyFileError, match="not_yet_valid") as caught:
        check_pair(found, rsa_key(), now=NOW, expected_kind="authentication")
    assert "zacznie działać 1.12.2026." in caught.value.message("pl")


# --- messages -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", MESSAGES)
def test_every_message_states_a_fact_and_a_next_step_in_both_languages(text):
    polish, english = (message(text, language, day="1.12.2026") for language in ("pl", "en"))
    assert polish != english
    for said in (polish, english):
        assert said.count(". ") >= 1
        assert "!" not in said
        assert "{" not in said


def test_an_error_keeps_its_secrets():
    with pytest.raises(KeyFileError) as caught:
        read_key(sealed(rsa_key()), "Tajne-Hasło-12345")
    assert "Tajne" not in repr(caught.value) + caught.value.message("pl")
