"""The pages behind the QR codes: KOD I and KOD II."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509 import load_pem_x509_certificate

from simulator.seed import seed
from tests.simulator_support import NIP, OTHER_NIP, fa3, today

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
