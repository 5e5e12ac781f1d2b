"""Corrections from the invoice's page: the draft, the wrong NIP, invoices from elsewhere."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.models import Document, DocumentLink, Draft
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import problems_of
from ksefapp.lib import clock
from tests.cast import logged_in
from tests.correct_support import RIGHT_NIP, original_made
from tests.form_support import edit, page
from tests.invoice_support import content, issued


@pytest.fixture
def original(company, owner) -> Document:
    return original_made(company, owner)


@pytest.fixture
def client(owner):
    return logged_in(owner)


def url(document: Document, step: str = "koryguj") -> str:
    return f"/firma/{document.company.nip}/faktury/{document.pk}/{step}/"


def started(client, document: Document, method: str, **more) -> Draft:
    before = set(Draft.objects.values_list("pk", flat=True))
    answer = client.post(url(document), {"method": method, "reason": "zwrot towaru", **more})
    assert answer.status_code == 302, page(answer).text_content()
    return Draft.objects.exclude(pk__in=before).get()


def test_the_page_offers_every_way(client, original):
    shown = page(client.get(url(original)))
    values = shown.xpath("//input[@name='method']/@value")
    assert values == ["lines", "difference", "zero", "buyer", "wrong-nip", "seller", "number"]


def test_the_invoice_has_a_button_for_it(client, original):
    shown = page(client.get(f"/firma/{original.company.nip}/faktury/{original.pk}/"))
    assert url(original) in shown.xpath("//a/@href")


def test_the_ksef_number_comes_from_the_archive(client, original):
    reference = started(client, original, "zero").content["Fa"]["DaneFaKorygowanej"][0]
    assert reference["NrKSeFFaKorygowanej"] == original.ksef_number


def test_only_ticked_lines_are_paired(client, original):
    rows = started(client, original, "lines", line=["2"]).content["Fa"]["FaWiersz"]
    assert [row["P_7"] for row in rows] == ["Montaż", "Montaż"]
    assert [row.get("StanPrzed") for row in rows] == ["1", None]


def test_nothing_ticked_means_every_line(client, original):
    assert len(started(client, original, "lines").content["Fa"]["FaWiersz"]) == 4


def test_an_effect_is_proposed_by_the_reason(client, original):
    assert started(client, original, "zero").content["Fa"]["TypKorekty"] == "2"


def test_a_line_that_is_not_there_is_refused(client, original):
    answer = client.post(url(original), {"method": "lines", "lines": "9"})
    assert answer.status_code == 422
    assert not Draft.objects.filter(issued_as=None).exists()


def test_a_wrong_number_needs_the_right_one(client, original):
    assert client.post(url(original), {"method": "number"}).status_code == 422


def test_after_rows_are_counted_as_after_minus_before(client, original):
    draft = started(client, original, "lines", line=["1"])
    edit(client, draft, **{"line-1-quantity": "1"})
    draft.refresh_from_db()
    fa = draft.content["Fa"]
    assert (fa["P_13_1"], fa["P_14_1"], fa["P_15"]) == ("-100.00", "-23.00", "-123.00")


def test_a_quantity_of_a_difference_is_counted(client, original):
    draft = started(client, original, "difference", line=["1"])
    edit(client, draft, **{"line-0-quantity": "-1"})
    draft.refresh_from_db()
    assert draft.content["Fa"]["P_15"] == "-123.00"


def test_saving_a_correction_untouched_changes_nothing(client, original):
    for method in ("lines", "zero", "buyer", "seller", "number"):
        draft = started(client, original, method, number="FV/77")
        edit(client, draft)
        assert Draft.objects.get(pk=draft.pk).content == draft.content


@pytest.mark.parametrize("method", ["zero", "buyer", "seller", "number"])
def test_a_correction_can_be_issued(client, original, owner, method):
    draft = started(client, original, method, number="FV/2026/77")
    if method == "buyer":
        draft.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] = "Kawiarnia Pod Lipami"
    if method == "seller":
        draft.content["Podmiot1"]["Adres"]["AdresL1"] = "ul. Nowa 7"
    draft.save()
    made = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert made.kind == "KOR"
    assert made.gross == (-original.gross if method == "zero" else 0)


def test_an_issued_correction_is_linked_to_its_original(client, original, owner):
    made = invoice_issue(draft=started(client, original, "zero"), issued_by=owner, on=clock.today())
    link = DocumentLink.objects.get()
    assert (link.document, link.other, link.what) == (made, original, "corrects")


def test_both_documents_show_each_other(client, original, owner):
    made = invoice_issue(draft=started(client, original, "zero"), issued_by=owner, on=clock.today())
    first = page(client.get(f"/firma/{original.company.nip}/faktury/{original.pk}/"))
    second = page(client.get(f"/firma/{original.company.nip}/faktury/{made.pk}/"))
    assert "Skorygowana przez" in first.text_content()
    assert "Po korektach:" in first.text_content()
    assert "Koryguje" in second.text_content()


def test_a_correction_of_a_correction_starts_at_the_original(client, original, owner):
    made = invoice_issue(
        draft=started(client, original, "lines"), issued_by=owner, on=clock.today()
    )
    assert client.get(url(made)).url == url(original)


def test_what_is_back_at_zero_is_not_taken_back_again(client, original, owner):
    invoice_issue(draft=started(client, original, "zero"), issued_by=owner, on=clock.today())
    answer = client.post(url(original), {"method": "zero"}, follow=True)
    assert "już cofnięta do zera" in page(answer).text_content()


def test_an_original_without_a_number_makes_a_draft_that_can_wait(client, company, owner):
    draft = started(client, issued(company, owner), "zero")
    assert draft.content["Fa"]["DaneFaKorygowanej"][0]["NrKSeFN"] == "1"
    shown = page(client.get(f"/firma/{company.nip}/szkice/{draft.pk}/"))
    assert shown.xpath("//button[@value='wait']")


def test_who_may_not_correct_may_not_issue_a_correction(company, original, owner, teammate):
    draft = started(logged_in(owner), original, "zero")
    answer = edit(logged_in(teammate), draft, "issue")
    assert "nie pozwala wystawiać korekt" in page(answer.client.get(answer.url)).text_content()
    assert not Document.objects.filter(kind="KOR").exists()


def test_another_nip_in_a_correction_leads_to_the_guided_step(client, original):
    draft = started(client, original, "buyer")
    edit(client, draft, **{"buyer_nip": RIGHT_NIP})
    shown = page(client.get(f"/firma/{original.company.nip}/szkice/{draft.pk}/?sprawdz=1"))
    assert url(original, "zly-nip") in shown.xpath("//a/@href")


def test_a_lessening_says_what_is_given_back(client, original):
    draft = started(client, original, "zero")
    shown = page(client.get(f"/firma/{original.company.nip}/szkice/{draft.pk}/"))
    assert "Do zwrotu" in shown.text_content()


# --- A wrong NIP ------------------------------------------------------------------------------
def right(**more) -> dict:
    known = {"nip": RIGHT_NIP, "name": "Inna firma", "address_l1": "ul. Nowa 1", "country": "PL"}
    return known | {"reason": "błędny NIP nabywcy"} | more


def test_both_documents_are_shown_first(client, original):
    answer = client.post(url(original, "zly-nip"), right(action="show"))
    text = page(answer).text_content()
    assert "Korekta do zera" in text
    assert "Nowa faktura" in text
    assert Document.objects.count() == 1


def test_one_button_issues_both(client, original):
    client.post(url(original, "zly-nip"), right(action="issue"))
    zero, anew = Document.objects.get(kind="KOR"), Document.objects.get(buyer_id=RIGHT_NIP)
    assert (zero.gross, zero.buyer_id) == (-original.gross, original.buyer_id)
    assert (anew.gross, anew.kind) == (original.gross, "VAT")
    links = {(row.document, row.other, row.what) for row in DocumentLink.objects.all()}
    assert links == {(zero, original, "corrects"), (anew, original, "reissues")}


def test_the_day_of_sale_stays_what_it_was(client, original):
    client.post(url(original, "zly-nip"), right(action="issue"))
    anew = Document.objects.get(buyer_id=RIGHT_NIP)
    assert f"<P_6>{original.issued_on}</P_6>".encode() in bytes(anew.file.content)


def test_the_same_nip_is_no_mistake(client, original):
    answer = client.post(url(original, "zly-nip"), right(nip=original.buyer_id, action="issue"))
    assert answer.status_code == 422
    assert Document.objects.count() == 1


def test_nothing_is_issued_when_one_of_both_is_refused(client, original, monkeypatch):
    long = "x" * 600
    answer = client.post(url(original, "zly-nip"), right(name=long, action="issue"))
    assert answer.status_code == 422
    assert Document.objects.count() == 1
    assert not Draft.objects.filter(issued_as=None).exists()


def test_a_correction_has_no_wrong_nip_of_its_own(client, original, owner):
    made = invoice_issue(
        draft=started(client, original, "lines"), issued_by=owner, on=clock.today()
    )
    assert client.get(url(made, "zly-nip")).url == url(made)


# --- Invoices from elsewhere ------------------------------------------------------------------
def elsewhere(company, **more) -> dict:
    known = {"method": "difference", "reason": "zwrot towaru", "original_number": "17/2025"}
    known |= {"issued_on": "2025-12-01", "buyer_nip": "1111111111", "buyer_name": "Dawny klient"}
    return known | {"kind": "VAT"} | more


def outside(client, company, data) -> Draft | None:
    client.post(f"/firma/{company.nip}/faktury/korekta-obcej/", data)
    return Draft.objects.first()


def test_an_invoice_on_paper_is_corrected_without_a_number(client, company):
    draft = outside(client, company, elsewhere(company, without_ksef="on"))
    reference = draft.content["Fa"]["DaneFaKorygowanej"][0]
    assert reference["NrKSeFN"] == "1"
    assert trees.text(draft.content, "Podmiot2/DaneIdentyfikacyjne/Nazwa") == "Dawny klient"


def test_number_or_none_must_be_said(client, company):
    assert outside(client, company, elsewhere(company)) is None


def test_without_a_file_only_a_difference_is_known(client, company):
    assert outside(client, company, elsewhere(company, without_ksef="on", method="zero")) is None


def file_of(company, name="faktura.xml"):
    tree = content(company, number="OBCA/1")
    tree["Naglowek"] |= {"DataWytworzeniaFa": "2026-11-20T10:00:00Z", "SystemInfo": "x"}
    return SimpleUploadedFile(name, build(tree))


def test_a_file_brings_all_that_is_taken_back(client, company):
    data = {"method": "zero", "without_ksef": "on", "file": file_of(company)}
    draft = outside(client, company, data)
    assert draft.content["Fa"]["P_15"] == "-123.00"
    assert draft.content["Fa"]["DaneFaKorygowanej"][0]["NrFaKorygowanej"] == "OBCA/1"


def test_a_file_of_another_seller_is_refused(client, company, other_company):
    data = {"method": "zero", "without_ksef": "on", "file": file_of(other_company)}
    assert outside(client, company, data) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("buyer_nip", "abc"),
        ("buyer_nip", "DE811234567"),
        ("issued_on", "2050-12-01"),
        ("issued_on", "1999-12-01"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(name, text, client, company):
    where = f"/firma/{company.nip}/faktury/korekta-obcej/"
    answer = client.post(where, elsewhere(company, without_ksef="on", **{name: text}))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [name]
    assert not Draft.objects.exists()


def test_an_empty_file_is_the_only_problem_told(client, company):
    data = {"method": "zero", "without_ksef": "on", "file": SimpleUploadedFile("f.xml", b"")}
    answer = client.post(f"/firma/{company.nip}/faktury/korekta-obcej/", data)
    assert list(answer.context["form"].errors) == ["file"]


def test_the_amount_before_of_a_paper_advance_is_asked_for(client, company):
    draft = outside(client, company, elsewhere(company, without_ksef="on", kind="ZAL"))
    rules = {p.rule for p in problems_of(draft.content, company=company, draft=draft)}
    assert "KO-13" in rules
