"""Reading an FA(3) file in: a draft as it stands in the file, or a plain reason why not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.fa3.build import build
from invoices.fa3.parse import parse
from invoices.models import Draft
from tests.cast import logged_in
from tests.fa3_support import RandomTree, invoice, needs_samples, sample_files
from tests.form_support import edit, errors, listed, only_document, only_draft, page
from tests.invoice_support import content

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE Faktura [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">&c;</Faktura>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"><Fa><P_2>&e;</P_2></Fa></Faktura>"""
BAD_FILES = {
    "empty": b"",
    "no XML": b"to nie jest XML",
    "cut off": build(invoice())[:400],
    "a bomb": BOMB,
    "an entity from outside": OUTSIDE,
    "FA(2)": b'<Faktura xmlns="http://crd.gov.pl/wzor/2023/06/29/12648/"><Fa/></Faktura>',
    "another root": f'<Inna xmlns="{NAMESPACE}"/>'.encode(),
    "no namespace": b"<Faktura><Fa/></Faktura>",
    "HTML": b"<!DOCTYPE html><html><body>Zaloguj</body></html>",
    "PDF": b"%PDF-1.7\n\x00\x01\x02",
    "zip": b"PK\x03\x04" + bytes(100),
    "not UTF-8": '<?xml version="1.0" encoding="UTF-8"?><Faktura>ł</Faktura>'.encode("cp1250"),
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><Faktura/>',
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "NUL": build(invoice()).replace(b"Nabywca", b"\x00"),
    "unknown element": build(invoice()).replace(b"P_15", b"P_99"),
}


def upload(client, company, data: bytes, name: str = "faktura.xml"):
    file = SimpleUploadedFile(name, data, content_type="application/xml")
    return client.post(reverse("invoice-import", args=[company.nip]), {"file": file})


def read_in(client, company, tree: dict) -> Draft:
    answer = upload(client, company, build(tree))
    assert answer.status_code == 302, listed(answer)
    return only_draft()


def with_foreign_totals(company, **fa) -> dict:
    tree = content(company, **fa)
    tree["Fa"] |= {"P_14_1": "23.01", "P_15": "123.01"}
    return tree


def test_a_file_becomes_a_draft_as_it_is(company, owner, client_of):
    tree = with_foreign_totals(company, number="OBCA/1")
    assert read_in(client_of(owner), company, tree).content == parse(build(tree))


@pytest.mark.parametrize("seed", range(20))
def test_any_valid_file_becomes_a_draft_that_opens(company, owner, client_of, seed):
    client = client_of(owner)
    answer = upload(client, company, build(RandomTree(seed).make()))
    assert answer.status_code == 302
    assert client.get(answer.headers["Location"]).status_code == 200


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_becomes_a_draft_that_opens(company, owner, client_of, path):
    client = client_of(owner)
    answer = upload(client, company, path.read_bytes())
    assert client.get(answer.headers["Location"]).status_code == 200
    assert only_draft().content == parse(path.read_bytes())


def test_a_byte_order_mark_is_no_obstacle(company, owner, client_of):
    answer = upload(client_of(owner), company, b"\xef\xbb\xbf" + build(content(company)))
    assert answer.status_code == 302


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_refused_with_a_reason(company, owner, client_of, case):
    answer = upload(client_of(owner), company, BAD_FILES[case])
    assert answer.status_code == 422
    assert listed(answer)
    assert all(len(text) > 10 for text in listed(answer))
    assert not Draft.objects.exists()


def test_nothing_from_this_machine_is_read_in(company, owner, client_of):
    answer = upload(client_of(owner), company, OUTSIDE)
    assert "root:" not in answer.content.decode()


def test_no_file_is_said(company, owner, client_of):
    answer = client_of(owner).post(reverse("invoice-import", args=[company.nip]))
    assert (answer.status_code, listed(answer)) == (422, ["Wybierz plik XML faktury."])


@pytest.mark.parametrize("size", [3_000_001, 12_000_000])
def test_a_file_over_three_megabytes_is_refused(company, owner, client_of, size):
    answer = upload(client_of(owner), company, b" " * size)
    assert answer.status_code == 422
    assert "3 MB" in " ".join(listed(answer)).replace("\u00a0", " ")


def test_a_file_of_almost_three_megabytes_is_read(company, owner, client_of):
    tree = content(company)
    one = tree["Fa"]["FaWiersz"][0]
    tree["Fa"]["FaWiersz"] = [
        one | {"NrWierszaFa": str(n), "P_7": "x" * 200} for n in range(1, 5001)
    ]
    answer = upload(client_of(owner), company, build(tree))
    assert answer.status_code == 302
    edit(client_of(owner), only_draft(), notes="Długa")
    assert len(only_draft().content["Fa"]["FaWiersz"]) == 5000


def test_the_problems_of_the_file_stand_at_their_boxes(company, owner, client_of):
    client = client_of(owner)
    tree = content(company)
    tree["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] = "12"
    answer = client.get(upload(client, company, build(tree)).headers["Location"])
    assert "buyer_nip" in errors(answer)


def test_given_totals_are_kept_until_the_person_asks_for_ours(company, owner, client_of):
    client = client_of(owner)
    draft = read_in(client, company, with_foreign_totals(company))
    edit(client, draft, notes="x")
    draft.refresh_from_db()
    assert draft.content["Fa"]["P_15"] == "123.01"
    shown = page(client.get(f"/firma/{company.nip}/szkice/{draft.pk}/"))
    assert shown.xpath("//input[@name='keep_totals']/@checked")


def test_an_imported_invoice_is_issued_with_its_own_number(company, owner, client_of):
    client = client_of(owner)
    draft = read_in(client, company, content(company, number="OBCA/1"))
    edit(client, draft, "issue")
    assert only_document().number == "OBCA/1"


def test_another_sellers_file_is_opened_but_not_issued(company, owner, client_of):
    tree = content(company)
    tree["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] = "9542742932"
    answer = edit(client_of(owner), read_in(client_of(owner), company, tree), "issue")
    assert answer.status_code == 422
    assert any("5265877635" in text for text in listed(answer))


@pytest.mark.django_db
@given(st.binary(max_size=200), st.integers(0, 1500), st.integers(0, 50))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_file_gets_an_answer(company, owner, noise, at, cut):
    good = build(invoice())
    damaged = good[:at] + noise + good[at + cut :]
    client = logged_in(owner)
    answer = upload(client, company, damaged)
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        assert client.get(answer.headers["Location"]).status_code == 200


def notes(answer, client) -> str:
    return page(client.get(answer.headers["Location"])).text_content()


def test_what_is_not_in_the_draft_is_said(company, owner, client_of):
    """A BOM and comments mean nothing, and still nothing goes without a word."""
    client = client_of(owner)
    data = build(content(company)).replace(b"</Faktura>", b"<!-- uwaga --></Faktura>")
    said = notes(upload(client, company, b"\xef\xbb\xbf" + data), client)
    assert ("znacznik BOM" in said, "komentarze" in said) == (True, True)
    assert only_draft().content == parse(data)


def test_a_file_that_the_schema_refuses_becomes_a_draft_with_its_problems(
    company, owner, client_of
):
    client = client_of(owner)
    answer = upload(client, company, build(content(company, KodWaluty="złoty")))
    assert answer.status_code == 302
    assert listed(client.get(answer.headers["Location"]))


def test_an_invoice_of_another_schema_can_at_least_be_looked_at(company, owner, client_of):
    answer = upload(client_of(owner), company, BAD_FILES["FA(2)"])
    assert "możesz go obejrzeć" in page(answer).text_content()


def test_a_file_of_more_than_3_mb_is_refused_before_it_is_read(company, owner, client_of):
    answer = upload(client_of(owner), company, b"<" * 3_000_001)
    assert any("3 MB" in text for text in listed(answer))
