"""Pages that settle advances and begin the next one."""

from decimal import Decimal

from django.urls import reverse

from invoices.fa3.correcting import Wanted
from invoices.models import Document, Draft
from invoices.services.correct import correction_start
from invoices.services.drafts import draft_create
from tests.form_support import boxes, draft_url, edit, errors, new_url, only_draft, page
from tests.invoice_support import issued
from tests.test_advances import MIXED, ROWS, advance, advance_tree, issue, said, settle


def settle_url(company) -> str:
    return reverse("advance-settle", args=[company.nip])


def next_url(document) -> str:
    return reverse("advance-next", args=[document.company.nip, document.pk])


def sent(document: Document, **more) -> dict:
    """What the form of this advance's order sends."""
    return {"form": document.pk.hex, "zal": [str(document.pk)], **more}


def other(document: Document, **texts) -> dict:
    return {f"{document.pk.hex}-0-{name}": text for name, text in texts.items()}


def test_picked_advances_make_a_draft(company, owner, client_of):
    paid = advance(company, owner)
    response = client_of(owner).post(settle_url(company), sent(paid))
    assert response.url == draft_url(only_draft())
    assert said(only_draft().content, *MIXED[:2]) == ["4100.16", "943.04"]


def test_the_page_shows_what_is_left_of_the_order(company, owner, client_of):
    advance(company, owner)
    text = client_of(owner).get(settle_url(company)).content.decode()
    assert "307\u00a0635,00" in text


def test_a_settled_advance_names_its_settlement(company, owner, client_of):
    paid = advance(company, owner)
    done = issue(company, owner, settle(company, owner, paid).content)
    shown = page(client_of(owner).get(settle_url(company)))
    assert not shown.xpath(f"//input[@value='{paid.pk}']")
    assert shown.xpath(f"//a[text()='{done.number}']")


def test_an_advance_that_waits_for_its_number_cannot_be_ticked(company, owner, client_of):
    waiting = issue(company, owner, advance_tree(company))
    shown = page(client_of(owner).get(settle_url(company)))
    assert not shown.xpath(f"//input[@value='{waiting.pk}']")
    assert "Czeka na numer KSeF" in shown.text_content()


def test_nothing_picked_is_said(company, owner, client_of):
    paid = advance(company, owner)
    response = client_of(owner).post(settle_url(company), {"form": paid.pk.hex})
    assert response.status_code == 422
    assert "Zaznacz zaliczkę" in response.content.decode()


def test_an_advance_of_another_program_is_typed(company, owner, client_of):
    paid = advance(company, owner)
    texts = other(paid, number="Z/9", rate="23", net="100,00", vat="23,00")
    client_of(owner).post(settle_url(company), sent(paid, **texts))
    assert said(only_draft().content, "P_15") == ["307512.00"]


def test_an_amount_that_is_none_is_said_at_its_box(company, owner, client_of):
    paid = advance(company, owner)
    response = client_of(owner).post(
        settle_url(company), sent(paid, **other(paid, number="Z/9", rate="23", net="sto"))
    )
    assert list(errors(response)) == [f"{paid.pk.hex}-0-net"]


def test_advances_of_another_program_alone_leave_the_lines_to_be_typed(company, owner, client_of):
    texts = {"inne-0-number": "Z/9", "inne-0-net": "100", "inne-0-vat": "23", "inne-0-rate": "23"}
    client_of(owner).post(settle_url(company), {"form": "inne", **texts})
    line = {"name": "Dom", "quantity": "1", "unit": "szt.", "price": "1 000,00", "rate": "23"}
    edit(client_of(owner), only_draft(), **{f"line-0-{name}": text for name, text in line.items()})
    assert said(only_draft().content, "P_13_1", "P_14_1", "P_15") == ["900.00", "207.00", "1107.00"]


def test_a_strangers_advance_is_not_settled(company, other_company, stranger, owner, client_of):
    theirs = advance(other_company, stranger)
    client_of(owner).post(settle_url(company), sent(theirs))
    assert not Draft.objects.filter(issued_as=None).exists()


def test_the_next_advance_proposes_what_is_left(company, owner, client_of):
    first = advance(company, owner)
    shown = page(client_of(owner).get(next_url(first)))
    assert shown.xpath("//input[@name='payment']/@value") == ["307 635,00"]


def test_the_next_advance_becomes_a_draft(company, owner, client_of):
    first = advance(company, owner)
    client_of(owner).post(next_url(first), {"payment": "20 000"})
    assert said(only_draft().content, "RodzajFaktury", "P_15") == ["ZAL", "20000.00"]


def test_no_payment_is_no_advance(company, owner, client_of):
    response = client_of(owner).post(next_url(advance(company, owner)), {"payment": "0"})
    assert "payment" in errors(response)


def test_an_invoice_has_no_next_advance(company, owner, client_of):
    response = client_of(owner).get(next_url(issued(company, owner)))
    assert response.status_code == 302


def test_the_page_of_an_advance_leads_to_its_settlement(company, owner, client_of):
    paid = advance(company, owner)
    url = reverse("invoice-detail", args=[company.nip, paid.pk])
    shown = page(client_of(owner).get(url))
    assert shown.xpath(f"//a[@href='{settle_url(company)}?zal={paid.pk}']")


# --- The form of an advance ---------------------------------------------------------------------
ROW = "f:Fa/Zamowienie/ZamowienieWiersz[0]"
TYPED = {f"{ROW}/P_7Z": "Dom", f"{ROW}/P_8BZ": "1", f"{ROW}/P_9AZ": "100 000", f"{ROW}/P_12Z": "23"}


def begun(company, owner, **fa) -> Draft:
    return draft_create(company=company, content=advance_tree(company, **fa), created_by=owner)


def test_an_order_and_a_payment_count_the_advance(company, owner, client_of):
    client = client_of(owner)
    opened = boxes(client.get(f"{new_url(company)}?rodzaj=ZAL"))
    row = {"g:Fa/Zamowienie": "1", "g:Fa/Zamowienie/ZamowienieWiersz[0]": "1", **TYPED}
    client.post(new_url(company), opened | row | {"advance_payment": "20 000", "action": "save"})
    made = only_draft().content
    assert said(made, "P_13_1", "P_14_1", "P_15") == ["16260.16", "3739.84", "20000.00"]
    assert said(made, "Zamowienie/WartoscZamowienia") == ["123000.00"]


def test_another_payment_is_shared_anew(company, owner, client_of):
    draft = begun(company, owner, payment="20000")
    edit(client_of(owner), draft, advance_payment="30 000,00")
    assert said(only_draft().content, *MIXED[:2]) == ["399.84", "91.96"]
    assert said(only_draft().content, "P_15") == ["30000.00"]


def test_totals_typed_by_hand_stay(company, owner, client_of):
    draft = begun(company, owner)
    client = client_of(owner)
    opened = boxes(client.get(f"{draft_url(draft)}?sekcje=calc"))
    client.post(draft_url(draft), opened | {"f:Fa/P_13_1": "400,00", "action": "save"})
    assert said(only_draft().content, "P_13_1") == ["400.00"]


def test_an_untouched_advance_stays_as_it_is(company, owner, client_of):
    draft = begun(company, owner)
    before = draft.content
    edit(client_of(owner), draft)
    assert only_draft().content == before


def test_a_rate_of_exchange_gives_tax_in_pln(company, owner, client_of):
    draft = begun(company, owner, KodWaluty="EUR")
    edit(client_of(owner), draft, **{"f:Fa/KursWalutyZ": "4,2512"})
    assert said(only_draft().content, "P_14_1", "P_14_1W") == ["91.96", "390.94"]


def test_several_payments_make_the_sum(company, owner, client_of):
    parts = [{"P_6Z": "2026-11-02", "P_15Z": "10000"}, {"P_6Z": "2026-11-09", "P_15Z": "20000"}]
    draft = begun(company, owner, ZaliczkaCzesciowa=parts)
    edit(client_of(owner), draft, **{"f:Fa/ZaliczkaCzesciowa[1]/P_15Z": "15 000"})
    assert said(only_draft().content, "P_15") == ["25000.00"]


def test_a_row_whose_amount_was_typed_keeps_it(company, owner, client_of):
    draft = begun(company, owner, rows=[ROWS[0] | {"P_11NettoZ": "300000.00"}])
    draft.content["Fa"]["Zamowienie"]["ZamowienieWiersz"][0]["P_11NettoZ"] = "300000.00"
    draft.save()
    edit(client_of(owner), draft, advance_payment="1 000,00")
    row = only_draft().content["Fa"]["Zamowienie"]["ZamowienieWiersz"][0]
    assert row["P_11NettoZ"] == "300000.00"


def test_pasted_lines_of_a_settlement_count_less_its_advances(company, owner, client_of):
    draft = settle(company, owner, advance(company, owner))
    address = reverse("invoice-lines", args=[company.nip, draft.pk])
    sent = {"text": "nazwa\tilość\tj.m.\tcena netto\tstawka VAT\nKomórka\t1\tszt.\t1000\t23\n"}
    client_of(owner).post(address, sent | {"action": "insert", "version": draft.version})
    made = only_draft().content
    assert len(made["Fa"]["FaWiersz"]) == 3
    assert said(made, "P_13_1", "P_14_1") == ["5100.16", "1173.04"]


def test_the_payment_of_a_corrected_advance_changes_beside_its_order(company, owner, client_of):
    first = advance(company, owner)
    draft = correction_start(original=first, wanted=Wanted("lines", lines=(0,)), user=owner)
    shown = boxes(client_of(owner).get(draft_url(draft)))
    assert shown["advance_payment"] == "0,00"
    edit(client_of(owner), draft, advance_payment="-1 000,00")
    made = only_draft().content
    assert said(made, "P_15ZK", "P_15") == [str(first.gross), "-1000.00"]
    sums = [made["Fa"].get(f"P_{name}", "0") for name in ("13_1", "14_1", "13_2", "14_2")]
    assert sum(map(Decimal, sums)) == Decimal(-1000)


def test_an_advance_without_its_payment_asks_for_it_at_its_own_box(company, owner, client_of):
    tree = advance_tree(company)
    tree["Fa"].pop("P_15")
    draft = draft_create(company=company, content=tree, created_by=owner)
    client = client_of(owner)
    found = page(client.get(edit(client, draft, "check").url))
    assert found.xpath("//a[@href='#advance-payment']/text()")
    assert found.get_element_by_id("advance-payment").get("aria-invalid") == "true"
    assert found.xpath("//*[@id='panel-calc']") == []


def test_a_row_for_several_payments_waits_until_it_is_asked_for(company, owner, client_of):
    found = page(client_of(owner).get(f"{new_url(company)}?rodzaj=ZAL"))
    assert found.xpath("//*[@value='add:Fa/ZaliczkaCzesciowa']")
    assert found.xpath("//*[contains(@name, 'ZaliczkaCzesciowa[0]')]") == []


def test_many_advances_cost_no_query_each(company, owner, client_of, django_assert_max_num_queries):
    for _place in range(6):
        draft = settle(company, owner, advance(company, owner))
        issue(company, owner, draft.content)
        advance(company, owner)
    client = client_of(owner)
    with django_assert_max_num_queries(20):
        assert client.get(settle_url(company)).status_code == 200


def test_the_list_says_what_each_document_rests_on(company, owner, client_of):
    paid = advance(company, owner)
    final = issue(company, owner, settle(company, owner, paid).content)
    wanted = Wanted("zero", reason="pomyłka")
    other = advance(company, owner)
    change = correction_start(original=other, wanted=wanted, user=owner)
    change = issue(company, owner, change.content)
    answer = client_of(owner).get(reverse("invoice-list", args=[company.nip]))
    said = {row.number: row.kind_line for row in answer.context["page"]}
    assert said[paid.number] == "zaliczka"
    assert said[final.number] == f"rozlicza {paid.number}"
    assert said[change.number] == f"do {other.number}"
