"""The pages behind the QR codes: KOD I and KOD II."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509 import load_pem_x509_certificate

from simulator.seed import seed
from tests.simulator_support import NIP, OTHER_NIP, fa3, today, zipped

PASSWORD = "Haslo-Testowe-123!"


def url64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def digest(data):
    return url64(hashlib.sha256(data).digest())


def day(text=None):
    return "-".join(reversed((text or today()).split("-")))


def page(sim, path):
    answer = sim.request("GET", path)
    return answer.status, answer.body.decode()


def test_the_page_of_an_accepted_invoice_shows_its_number(sim):
    sender = sim.sender()
    number = sender.issue(sender.open(), fa3())["ksefNumber"]
    status, text = page(sim, f"/invoice/{NIP}/{day()}/{digest(fa3())}")
    assert (status, number in text, "Symulator" in text) == (200, True, True)


@pytest.mark.parametrize(
    ("nip", "date", "data"),
    [(NIP, None, b"other"), (OTHER_NIP, None, None), (NIP, "2026-01-02", None)],
)
def test_any_other_invoice_is_not_found(sim, nip, date, data):
    sender = sim.sender()
    sender.issue(sender.open(), fa3())
    status, text = page(sim, f"/invoice/{nip}/{day(date)}/{digest(data or fa3())}")
    assert (status, "Nie znaleziono" in text) == (404, True)


@pytest.mark.parametrize(
    "path", ["1/21-11-2026/x", f"{NIP}/2026-11-21/x", f"{NIP}/31-02-2026/x", f"{NIP}/<b>/x"]
)
def test_a_malformed_link_is_a_404_that_quotes_nothing(sim, path):
    status, text = page(sim, f"/invoice/{path}")
    assert (status, "<b>" in text) == (404, False)


def test_a_corrected_invoice_is_found_by_the_old_code(sim):
    sender = sim.sender()
    session = sender.open()
    wrong = fa3().replace(b"<KodWaluty>PLN", b"<KodWaluty>ZZZ")
    sender.issue(session, wrong, offlineMode=True)
    old = base64.b64encode(hashlib.sha256(wrong).digest()).decode()
    sender.issue(session, fa3(), offlineMode=True, hashOfCorrectedInvoice=old)
    status, text = page(sim, f"/invoice/{NIP}/{day()}/{digest(wrong)}")
    assert (status, "technicznie poprawiona" in text) == (200, True)


def test_pages_allow_no_scripts_and_are_not_framed(sim):
    headers = sim.request("GET", "/").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["X-Frame-Options"] == "DENY"


def offline(sim, algorithm, kind="offline"):
    """Key and serial number of a certificate for KOD II."""
    seeded = seed(sim.folder, NIP, password=PASSWORD)
    base = next(file for file in seeded.files if file.name == f"{kind}-{algorithm}")
    pem = base.with_suffix(".key").read_bytes()
    certificate = load_pem_x509_certificate(base.with_suffix(".crt").read_bytes())
    key = serialization.load_pem_private_key(pem, PASSWORD.encode())
    return key, f"{certificate.serial_number:016X}"


def sign(key, text, der=False):
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return key.sign(text.encode(), pss, hashes.SHA256())
    signature = key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
    if der:
        return signature
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))


def link(sim, key, serial, *, context=NIP, seller=NIP, der=False):
    path = f"/certificate/Nip/{context}/{seller}/{serial}/{digest(b'invoice')}"
    host = sim.world.public_url.removeprefix("http://")
    return f"{path}/{url64(sign(key, host + path, der))}"


@pytest.mark.parametrize(("algorithm", "der"), [("rsa", False), ("ec", False), ("ec", True)])
def test_a_link_signed_with_an_offline_certificate_is_confirmed(sim, algorithm, der):
    status, text = page(sim, link(sim, *offline(sim, algorithm), der=der))
    assert (status, "jest potwierdzony" in text) == (200, True)


def test_a_link_of_another_hash_is_not_confirmed(sim):
    changed = link(sim, *offline(sim, "ec")).replace(digest(b"invoice"), digest(b"other"))
    status, text = page(sim, changed)
    assert (status, "Podpis linku jest nieprawidłowy" in text) == (404, True)


def test_an_authentication_certificate_is_not_for_offline_links(sim):
    status, text = page(sim, link(sim, *offline(sim, "ec", "authentication")))
    assert (status, "typu Offline" in text) == (404, True)


def test_a_revoked_certificate_is_not_confirmed(sim):
    key, serial = offline(sim, "ec")
    sim.request("POST", f"/control/certificates/{serial}", json={"status": "Revoked"})
    status, text = page(sim, link(sim, key, serial))
    assert (status, "odwołany" in text) == (404, True)


@pytest.mark.parametrize("who", [{"seller": OTHER_NIP}, {"context": OTHER_NIP}])
def test_a_certificate_without_rights_is_not_confirmed(sim, who):
    assert page(sim, link(sim, *offline(sim, "ec"), **who))[0] == 404


def test_an_unknown_certificate_is_not_confirmed(sim):
    path = f"/certificate/Nip/{NIP}/{NIP}/01F20A5D352AE590/{digest(b'x')}/{url64(b'x')}"
    status, text = page(sim, path)
    assert (status, "nie ma w rejestrze" in text) == (404, True)


@pytest.mark.parametrize("place", ["digest", "signature"])
def test_a_link_with_another_form_is_no_link(sim, place):
    parts = link(sim, *offline(sim, "ec")).split("/")
    parts[{"digest": -2, "signature": -1}[place]] += "="
    assert page(sim, "/".join(parts))[0] == 404


def test_a_salt_of_another_length_is_not_confirmed(sim):
    key, serial = offline(sim, "rsa")
    path = f"/certificate/Nip/{NIP}/{NIP}/{serial}/{digest(b'invoice')}"
    text = sim.world.public_url.removeprefix("http://") + path
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    signature = url64(key.sign(text.encode(), pss, hashes.SHA256()))
    assert page(sim, f"{path}/{signature}")[0] == 404


def test_the_signature_covers_the_host(sim):
    key, serial = offline(sim, "ec")
    path = f"/certificate/Nip/{NIP}/{NIP}/{serial}/{digest(b'invoice')}"
    assert page(sim, f"{path}/{url64(sign(key, 'other.example' + path))}")[0] == 404


@pytest.mark.parametrize("days", [-1, 731])
def test_a_certificate_counts_only_in_its_time(sim, monkeypatch, tmp_path, days):
    path = link(sim, *offline(sim, "ec"))
    file = tmp_path / "clock"
    file.write_text(str(days * 86400))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    status, text = page(sim, path)
    assert (status, "nie jest ważny" in text) == (404, True)


def test_a_code_is_confirmed_again_when_the_certificate_is_unblocked(sim):
    key, serial = offline(sim, "ec")
    path = link(sim, key, serial)
    seen = []
    for status in ("Blocked", "Active"):
        sim.request("POST", f"/control/certificates/{serial}", json={"status": status})
        seen.append(page(sim, path)[0])
    assert seen == [404, 200]


@pytest.mark.parametrize(("permission", "expected"), [("InvoiceWrite", 200), ("InvoiceRead", 404)])
def test_a_clients_accountant_needs_the_right_to_issue(sim, permission, expected):
    body = {
        "contextIdentifier": {"type": "Nip", "value": OTHER_NIP},
        "authorizedIdentifier": {"type": "Nip", "value": NIP},
        "permissions": [{"permissionType": permission, "description": "biuro rachunkowe"}],
    }
    assert sim.request("POST", "/v2/testdata/permissions", json=body).status == 200
    path = link(sim, *offline(sim, "ec"), context=OTHER_NIP, seller=OTHER_NIP)
    assert page(sim, path)[0] == expected


def test_the_page_says_whether_the_invoice_has_come(sim):
    key, serial = offline(sim, "ec")
    path = f"/certificate/Nip/{NIP}/{NIP}/{serial}/{digest(fa3())}"
    host = sim.world.public_url.removeprefix("http://")
    path = f"{path}/{url64(sign(key, host + path))}"
    before = page(sim, path)[1]
    sender = sim.sender()
    number = sender.issue(sender.open(), fa3(), offlineMode=True)["ksefNumber"]
    assert ("nie została jeszcze przesłana" in before, number in page(sim, path)[1]) == (True, True)


def test_an_invoice_of_a_package_is_found_by_its_code(sim):
    sender = sim.sender()
    sender.send_batch(zipped({"a.xml": fa3()}), offlineMode=True)
    assert page(sim, f"/invoice/{NIP}/{day()}/{digest(fa3())}")[0] == 200


def test_a_refused_invoice_is_not_found_by_its_code(sim):
    sender = sim.sender()
    wrong = fa3().replace(b"<KodWaluty>PLN", b"<KodWaluty>ZZZ")
    sender.issue(sender.open(), wrong, offlineMode=True)
    status, text = page(sim, f"/invoice/{NIP}/{day()}/{digest(wrong)}")
    assert (status, "jeszcze" in text) == (404, True)
