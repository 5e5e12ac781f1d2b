"""A rebate over a period: from the buyer's invoices to the draft of one correction."""

from decimal import Decimal

import pytest
from django.urls import reverse

from invoices.fa3 import tree as trees
from invoices.fa3.build import build
from invoices.fa3.rebates import Rebate
from invoices.models import Document, DocumentXml, Draft
from invoices.services import rebate as service
from invoices.services.correct import reference_of
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import problems_of
from invoices.services.rebate import Cut, RebateRefused
from ksefapp.lib import clock
from tests.form_support import draft_url, edit, errors, only_draft, page
from tests.invoice_support import content, issued
from tests.test_advances import issue, numbered

TEXT = Rebate("rabat", "listopad 2026")
TEN = Cut("percent", Decimal(10))


def sold(company, user, price="1000.00", **fa) -> Document:
    return numbered(issued(company, user, price=price, **fa))


def begun(company, user, documents, cut=TEN, rebate=TEXT) -> Draft:
    return service.rebate_start(
        company=company, documents=documents, cut=cut, rebate=rebate, user=user
    )


def url(company) -> str:
    return reverse("correct-rebate", args=[company.nip])


def said(tree: dict, *names: str) -> list[str]:
    return [trees.text(tree, f"Fa/{name}") for name in names]


def sent(*documents: Document, **more: str) -> dict:
    today = clock.today().isoformat()
    return {
        "faktura": str(documents[0].pk),
        "od": today,
        "do": today,
        "id": [str(row.pk) for row in documents],
        "way": "percent",
        "percent": "10",
        "scope": "all",
        "period": "listopad 2026",
        "reason": "rabat",
    } | more


def test_an_invoice_of_the_margin_scheme_is_in_no_rebate_wherever_it_stands(company, owner):
    margin = sold(company, owner)
    tree = content(company)
    tree["Fa"]["P_13_11"] = "100.00"
    DocumentXml.objects.filter(document=margin).update(content=build(tree))
    with pytest.raises(RebateRefused, match="margin"):
        begun(company, owner, [margin, sold(company, owner)])


def test_a_percentage_is_taken_off_all_invoices(company, owner):
    draft = begun(company, owner, [sold(company, owner), sold(company, owner, "500.50")])
    made = said(draft.content, "P_13_1", "P_14_1", "P_15", "OkresFaKorygowanej")
    assert made == ["-150.05", "-34.51", "-184.56", "listopad 2026"]
    assert len(draft.content["Fa"]["DaneFaKorygowanej"]) == 2


def test_a_percentage_is_of_what_corrections_left(company, owner):
    row = sold(company, owner)
    tree = content(company)
    tree["Fa"] |= {"RodzajFaktury": "KOR", "P_13_1": "-400", "P_14_1": "-92", "P_15": "-492"}
    tree["Fa"]["FaWiersz"][0] |= {"P_9A": "-400", "P_11": "-400"}
    issue(company, owner, tree | {"Fa": tree["Fa"] | _named(row)})
    assert said(begun(company, owner, [row]).content, "P_13_1") == ["-60.00"]


def _named(row: Document) -> dict:
    return {"DaneFaKorygowanej": [reference_of(row).entry()], "PrzyczynaKorekty": "zwrot"}


def test_a_rebate_can_be_issued_without_a_warning(company, owner):
    draft = begun(company, owner, [sold(company, owner), sold(company, owner)])
    problems = problems_of(draft.content, company=company, draft=draft)
    assert [p.rule for p in problems if p.severity != "hint"] == []


@pytest.mark.parametrize(
    ("cut", "code"),
    [
        (Cut("net", amounts=(("23", Decimal("1000.01")),)), "too-much"),
        (Cut("gross", amounts=(("8", Decimal(1)),)), "too-much"),
        (Cut("net"), "nothing"),
    ],
)
def test_a_rebate_is_not_more_than_the_invoices(cut, code, company, owner):
    with pytest.raises(RebateRefused, match=code):
        begun(company, owner, [sold(company, owner)], cut)


def test_invoices_of_two_buyers_have_two_rebates(company, owner):
    other = content(company)
    other["Podmiot2"]["DaneIdentyfikacyjne"] = {"NIP": "9999999999", "Nazwa": "Inny"}
    rows = [sold(company, owner), numbered(issue(company, owner, other))]
    with pytest.raises(RebateRefused, match="other-buyer"):
        begun(company, owner, rows)


def test_more_invoices_than_one_file_holds_are_refused(company, owner, monkeypatch):
    monkeypatch.setattr(service, "MOST", 1)
    with pytest.raises(RebateRefused, match="too-many"):
        begun(company, owner, [sold(company, owner), sold(company, owner)])


def test_a_file_that_is_too_large_is_refused(company, owner, monkeypatch):
    monkeypatch.setattr(service, "SIZE_LIMIT", 500)
    with pytest.raises(RebateRefused, match="too-many"):
        begun(company, owner, [sold(company, owner)])


def test_invoices_in_another_currency_need_a_rate(company, owner):
    row = sold(company, owner, KodWaluty="EUR")
    with pytest.raises(RebateRefused, match="no-rate"):
        begun(company, owner, [row])


def test_the_buyer_is_found_by_words(company, owner, client_of):
    row = sold(company, owner)
    shown = page(client_of(owner).get(url(company), {"q": "pod lipą"}))
    assert shown.xpath(f"//a[contains(@href, 'faktura={row.pk}')]")


def test_the_page_lists_the_buyers_invoices_of_the_period(company, owner, client_of):
    row, waiting = sold(company, owner), issued(company, owner)
    query = {name: sent(row)[name] for name in ("faktura", "od", "do")}
    shown = page(client_of(owner).get(url(company), query))
    assert shown.xpath("//input[@name='id']/@value") == [str(row.pk)]
    assert waiting.number not in shown.text_content()


def test_ticked_invoices_make_the_draft(company, owner, client_of):
    rows = [sold(company, owner), sold(company, owner)]
    response = client_of(owner).post(url(company), sent(*rows) | {"id": [str(rows[1].pk)]})
    assert response.url == draft_url(only_draft())
    assert said(only_draft().content, "P_13_1", "P_15") == ["-100.00", "-123.00"]


def test_amounts_and_goods_are_typed(company, owner, client_of):
    more = {"way": "gross", "code0": "23", "amount0": "123,00"}
    more |= {"scope": "some", "goods": "lodówka\r\n\r\npralka"}
    client_of(owner).post(url(company), sent(sold(company, owner), **more))
    made = only_draft().content
    assert said(made, "P_13_1", "P_14_1") == ["-100.00", "-23.00"]
    assert [line["P_7"] for line in made["Fa"]["FaWiersz"]] == ["lodówka", "pralka"]


@pytest.mark.parametrize(
    ("more", "box"),
    [
        ({"percent": ""}, "percent"),
        ({"percent": "101"}, "percent"),
        ({"way": "net"}, "amount0"),
        ({"way": "net", "amount0": "-5"}, "amount0"),
        ({"scope": "some"}, "goods"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_missing_is_said_at_its_box(more, box, company, owner, client_of):
    response = client_of(owner).post(url(company), sent(sold(company, owner), **more))
    assert list(errors(response)) == [box]


def test_many_invoices_are_taken_together(company, owner, client_of, monkeypatch):
    monkeypatch.setattr("invoices.views.rebate.SHOWN", 1)
    rows = [sold(company, owner), sold(company, owner)]
    client_of(owner).post(url(company), sent(*rows) | {"id": []})
    assert len(only_draft().content["Fa"]["DaneFaKorygowanej"]) == 2


def test_an_untouched_rebate_stays_as_it_is(company, owner, client_of):
    draft = begun(company, owner, [sold(company, owner), sold(company, owner)])
    before = draft.content
    edit(client_of(owner), draft)
    assert only_draft().content == before


def test_an_earlier_rebate_is_told(company, owner, client_of):
    rows = [sold(company, owner), sold(company, owner)]
    done = issue(company, owner, begun(company, owner, rows).content)
    query = {name: sent(*rows)[name] for name in ("faktura", "od", "do")}
    assert done.number in client_of(owner).get(url(company), query).content.decode()


# --- After an earlier rebate ------------------------------------------------------------------
def rebated(company, user, documents, cut=TEN) -> Document:
    return numbered(
        invoice_issue(draft=begun(company, user, documents, cut), issued_by=user, on=clock.today())
    )


def test_the_next_percentage_is_of_what_an_earlier_rebate_left(company, owner):
    rows = [sold(company, owner), sold(company, owner)]
    rebated(company, owner, rows)
    made = said(begun(company, owner, rows).content, "P_13_1", "P_14_1", "P_15")
    assert made == ["-180.00", "-41.40", "-221.40"]


def test_a_rebate_on_more_invoices_counts_with_its_part(company, owner):
    first, second = sold(company, owner), sold(company, owner, "3000.00")
    rebated(company, owner, [first, second])  # 100.00 of it falls on the first
    third = sold(company, owner, "50.00")
    assert said(begun(company, owner, [first, third]).content, "P_13_1") == ["-95.00"]


def test_a_percentage_may_be_agreed_of_what_was_before(company, owner):
    rows = [sold(company, owner), sold(company, owner)]
    rebated(company, owner, rows)
    draft = service.rebate_start(
        company=company, documents=rows, cut=TEN, rebate=TEXT, user=owner, before_rebates=True
    )
    assert said(draft.content, "P_13_1") == ["-200.00"]


def test_rebates_together_are_not_more_than_the_invoices(company, owner):
    rows = [sold(company, owner), sold(company, owner)]
    rebated(company, owner, rows, Cut("percent", Decimal(60)))
    with pytest.raises(RebateRefused, match="too-much"):
        begun(company, owner, rows, Cut("net", amounts=(("23", Decimal("800.01")),)))
    whole = begun(company, owner, rows, Cut("percent", Decimal(100)))
    assert said(whole.content, "P_13_1", "P_14_1") == ["-800.00", "-184.00"]


def test_after_everything_was_given_back_nothing_is_left(company, owner):
    rows = [sold(company, owner), sold(company, owner)]
    rebated(company, owner, rows, Cut("percent", Decimal(100)))
    with pytest.raises(RebateRefused, match="nothing"):
        begun(company, owner, rows)


def test_the_page_says_so_and_takes_the_other_way(company, owner, client_of):
    rows = [sold(company, owner), sold(company, owner)]
    rebated(company, owner, rows)
    query = {name: sent(*rows)[name] for name in ("faktura", "od", "do")}
    shown = page(client_of(owner).get(url(company), query))
    assert shown.xpath("//input[@name='before_rebates']")
    client_of(owner).post(url(company), sent(*rows, before_rebates="on"))
    assert said(only_draft().content, "P_13_1") == ["-200.00"]
