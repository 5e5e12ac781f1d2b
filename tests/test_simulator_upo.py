"""UPO v4-3: content, seal, ways to get it."""

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from lxml import etree

import schemas
from simulator import keys
from tests.simulator_support import NIP, fa3, sha

UPO = "{http://upo.schematy.mf.gov.pl/KSeF/v4-3}"
SEAL = "{http://www.w3.org/2000/09/xmldsig#}Signature"
# The elements of the official v4-3 schema in their order.
HEAD = ["NazwaPodmiotuPrzyjmujacego", "NumerReferencyjnySesji", "Uwierzytelnienie"]
PAGE = ["OpisPotwierdzenia", "NazwaStrukturyLogicznej", "KodFormularza", "Dokument", "Dokument"]
DOCUMENT = [
    "NipSprzedawcy",
    "NumerKSeFDokumentu",
    "NumerFaktury",
    "DataWystawieniaFaktury",
    "DataPrzeslaniaDokumentu",
    "DataNadaniaNumeruKSeF",
    "SkrotDokumentu",
    "TrybWysylki",
]


def order(node):
    return [child.tag.replace(UPO, "") for child in node if child.tag != SEAL]


def verify(root, certificate):
    context = xmlsec.SignatureContext()
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM, None)
    context.verify(root.find(SEAL))


def test_the_upo_of_an_invoice_states_what_was_accepted(sender):
    session, data = sender.open(), fa3("FV/7")
    final = sender.issue(session, data)
    path = f"/sessions/{session}/invoices/{final['referenceNumber']}/upo"
    document = etree.fromstring(sender.call("GET", path, expect=200).body).find(f"{UPO}Dokument")
    assert order(document) == DOCUMENT
    values = [document.findtext(UPO + name) for name in DOCUMENT[:3]]
    assert values == [NIP, final["ksefNumber"], "FV/7"]
    assert document.findtext(f"{UPO}SkrotDokumentu") == sha(data)


def test_the_upo_says_that_it_comes_from_a_simulator(sender):
    session = sender.open()
    number = sender.issue(session, fa3())["ksefNumber"]
    path = f"/sessions/{session}/invoices/ksef/{number}/upo"
    root = etree.fromstring(sender.call("GET", path, expect=200).body)
    assert "symulator" in root.findtext(f"{UPO}NazwaPodmiotuPrzyjmujacego")


def test_the_upo_of_a_session_lists_all_accepted_invoices(sender):
    session = sender.open()
    numbers = [sender.issue(session, fa3(n))["ksefNumber"] for n in ("1", "2")]
    page = sender.close(session)["upo"]["pages"][0]["referenceNumber"]
    body = sender.call("GET", f"/sessions/{session}/upo/{page}", expect=200).body
    root = etree.fromstring(body)
    assert order(root) == HEAD + PAGE
    assert [node.text for node in root.iter(f"{UPO}NumerKSeFDokumentu")] == numbers


def test_the_seal_is_that_of_the_simulator_and_holds(sim, sender):
    session = sender.open()
    number = sender.issue(session, fa3())["ksefNumber"]
    path = f"/sessions/{session}/invoices/ksef/{number}/upo"
    root = etree.fromstring(sender.call("GET", path, expect=200).body)
    seal = x509.load_der_x509_certificate(keys.secret(sim.world.store, "seal.crt"))
    verify(root, seal)
    root.find(f".//{UPO}NumerFaktury").text = "other"
    with pytest.raises(xmlsec.Error):
        verify(root, seal)


def test_the_header_carries_the_hash_and_the_bytes_never_change(sender):
    session = sender.open()
    final = sender.issue(session, fa3())
    path = f"/sessions/{session}/invoices/{final['referenceNumber']}/upo"
    first, second = (sender.call("GET", path, expect=200) for _ in range(2))
    assert first.body == second.body
    assert first.headers["x-ms-meta-hash"] == sha(first.body)


@pytest.mark.parametrize("collective", [False, True])
def test_the_upo_is_valid_by_the_official_schema_but_for_its_name(sender, collective):
    try:
        schema = schemas.load("upo-4-3")
    except LookupError:
        pytest.skip("KSEF_SCHEMAS names no directory with upo-v4-3.xsd: UPO not validated by it")
    session = sender.open()
    final = sender.issue(session, fa3())
    path = f"/sessions/{session}/invoices/{final['referenceNumber']}/upo"
    if collective:
        page = sender.close(session)["upo"]["pages"][0]["referenceNumber"]
        path = f"/sessions/{session}/upo/{page}"
    root = etree.fromstring(sender.call("GET", path, expect=200).body)
    root.remove(root.find(SEAL))
    root.find(f"{UPO}NazwaPodmiotuPrzyjmujacego").text = "Ministerstwo Finansów"
    schema.assertValid(root)


def test_links_of_status_answers_need_no_token(sim, sender):
    session = sender.open()
    links = [sender.issue(session, fa3())["upoDownloadUrl"]]
    links += [page["downloadUrl"] for page in sender.close(session)["upo"]["pages"]]
    for link in links:
        answer = sim.request("GET", link.removeprefix(sim.world.public_url))
        assert (answer.status, answer.headers["x-ms-meta-hash"]) == (200, sha(answer.body))


def test_a_link_ends_after_three_days(sim, sender, monkeypatch, tmp_path):
    session = sender.open()
    link = sender.issue(session, fa3())["upoDownloadUrl"].removeprefix(sim.world.public_url)
    (tmp_path / "clock").write_text(str(3 * 86400 + 60))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(tmp_path / "clock"))
    assert sim.request("GET", link).status == 401


def test_a_rejected_invoice_has_no_upo(sender):
    session = sender.open()
    final = sender.issue(session, b"<a/>")
    path = f"/sessions/{session}/invoices/{final['referenceNumber']}/upo"
    answer = sender.call("GET", path, expect=400).json
    assert answer["exception"]["exceptionDetailList"][0]["exceptionCode"] == 21178


def test_a_login_by_signature_stands_in_the_upo_as_the_hash_of_the_document(sim):
    from tests.simulator_signing import enveloped, key, request_xml, self_signed
    from tests.simulator_support import Sender

    sender = Sender(sim.request)
    challenge = sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]
    data = enveloped(request_xml(challenge), key(), self_signed(key()))
    headers = {"Content-Type": "application/xml"}
    path = "/auth/xades-signature"
    begun = sender.call("POST", path, token=None, data=data, headers=headers, expect=202).json
    sender.redeem(begun)
    session = sender.open()
    final = sender.issue(session, fa3())
    body = sender.call("GET", f"/sessions/{session}/invoices/{final['referenceNumber']}/upo").body
    stated = etree.fromstring(body).findtext(f".//{UPO}SkrotDokumentuUwierzytelniajacego")
    assert stated == sha(data)
