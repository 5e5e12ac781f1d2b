"""Self-billing: the company issues in its supplier's name, and KSeF takes it where it may."""

from datetime import timedelta

import pytest
from django.urls import reverse

from invoices.models import Contractor, Document, Draft
from invoices.services import self_billing
from invoices.services.contractor_totals import bought
from invoices.services.drafts import draft_create
from invoices.services.issue_checks import problems_of
from invoices.services.payments import (
    FILTERS,
    PaymentRefused,
    payment_filter,
    payment_settle,
    standing_get,
    with_rest,
)
from ksefapp.lib import clock
from tests.api_support import code_of
from tests.cast import NIP
from tests.invoice_support import accepted, control, issued, submission_of, work
from tests.scenario_support import Issued, Person, by_program, item, line, sale

__all__ = ["Document"]
pytestmark = pytest.mark.django_db
SUPPLIER, ANOTHER = "7740001454", "5260250274"
TYPED = {
    "nip": "774-000-14-54",
    "name": "Tartak Bory",
    "address_l1": "ul. Tartaczna 1",
    "address_l2": "09-400 Płock",
}
SUMS = {"Fa__P_13_1": "100.00", "Fa__P_14_1": "23.00", "Fa__P_15": "123.00"}


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def address(company) -> str:
    return reverse("self-billing", args=[company.nip])


def begun(visitor, company, **changes) -> Person:
    """The form in the supplier's name."""
    person = Person(visitor, company)
    person.answer = visitor.post(address(company), TYPED | changes, follow=True)
    return person


def billed(visitor, company, **changes) -> Issued:
    """One line at 2 × 1 234.56, issued."""
    return begun(visitor, company, **changes).presses("save", line(**LINE)).issues()


LINE = {"name": "Deska dębowa", "quantity": "2", "unit": "szt.", "price": "1 234,56", "rate": "23"}


def self_billed_tree(company, seller: str = SUPPLIER, **changes) -> dict:
    """What a program sends: the supplier sells, the company buys."""
    supplier = {"NIP": seller, "Nazwa": "Tartak Bory"}
    return sale(
        company,
        Podmiot1__DaneIdentyfikacyjne=supplier,
        Podmiot2__DaneIdentyfikacyjne={"NIP": company.nip, "Nazwa": company.name},
        **{"Fa__Adnotacje__P_17": "1", "Fa__FaWiersz": [item()]} | SUMS | changes,
    )


def test_scenario_20_self_billing(visitor, company):
    issued = billed(visitor, company)
    issued.says(Adnotacje__P_17="1", P_15="3037.02")
    issued.stands(
        {
            "Podmiot1/DaneIdentyfikacyjne/NIP": SUPPLIER,
            "Podmiot1/DaneIdentyfikacyjne/Nazwa": "Tartak Bory",
            "Podmiot2/DaneIdentyfikacyjne/NIP": company.nip,
        }
    )
    assert issued.document.seller_nip == SUPPLIER
    assert issued.document.number == f"SF/1/{clock.today():%m/%Y}"


def test_scenario_20_by_a_program(program, company):
    issued = by_program(program, company, self_billed_tree(company))
    assert issued.document.seller_nip == SUPPLIER


def test_each_supplier_is_numbered_from_one(visitor, company):
    numbers = [billed(visitor, company).document.number for _ in range(2)]
    numbers.append(billed(visitor, company, nip=ANOTHER).document.number)
    assert [number.split("/")[1] for number in numbers] == ["1", "2", "1"]


def test_a_number_of_one_supplier_is_free_for_another(visitor, company):
    first, second = ({"nip": each} for each in (SUPPLIER, ANOTHER))
    for who in (first, second):
        person = begun(visitor, company, **who).presses("save", line(**LINE) | {"number": "R/7"})
        assert person.issues().document.number == "R/7"


def series_posted(client, company, pattern: str):
    where = reverse("invoice-series", args=[company.nip])
    return client.post(where, {"kind": "self-VAT", "self-VAT-pattern": pattern})


def test_the_pattern_is_a_setting(visitor, company):
    assert series_posted(visitor, company, "SAMO/{rr}/{nr:3}").status_code == 302
    assert billed(visitor, company).document.number == f"SAMO/{clock.today():%y}/001"
    assert billed(visitor, company).document.number == f"SAMO/{clock.today():%y}/002"


def test_the_settings_show_the_pattern_and_take_no_next_number(visitor, company):
    shown = visitor.get(reverse("invoice-series", args=[company.nip])).content.decode()
    assert 'name="self-VAT-pattern" value="SF/{nr}/{mm}/{rrrr}"' in shown
    assert "self-VAT-next_number" not in shown


def test_a_bad_pattern_stays_in_its_box(visitor, company):
    answer = series_posted(visitor, company, "SAMO/{mm}")
    assert answer.status_code == 422
    assert 'value="SAMO/{mm}"' in answer.content.decode()


def test_a_draft_of_a_strange_kind_is_shown(visitor, company, owner):
    tree = self_billed_tree(company, Fa__RodzajFaktury="KOREKTA-TAJNA")
    draft = draft_create(company=company, content=tree, created_by=owner)
    assert visitor.get(reverse("invoice-draft", args=[company.nip, draft.pk])).status_code == 200


def test_a_typed_number_is_counted_on_from(visitor, company):
    typed = f"SF/15/{clock.today():%m/%Y}"
    begun(visitor, company).presses("save", line(**LINE) | {"number": typed}).issues()
    assert billed(visitor, company).document.number == f"SF/16/{clock.today():%m/%Y}"


def test_the_companys_own_series_is_not_touched(visitor, company):
    billed(visitor, company)
    own = Person(visitor, company).types().issues().document
    assert own.number == f"FV/1/{clock.today():%m/%Y}"


def test_a_supplier_of_the_register_is_picked(visitor, company):
    row = Contractor.objects.create(
        company=company,
        name="Tartak Bory",
        id_number=SUPPLIER,
        address_l1="ul. Tartaczna 1",
        is_supplier=True,
    )
    visitor.post(address(company), {"supplier": row.pk})
    draft = Draft.objects.get()
    assert draft.content["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] == SUPPLIER
    assert draft.options["contractor"] == row.pk


def test_a_buyer_is_not_offered_as_a_supplier(company):
    Contractor.objects.create(company=company, name="Kawiarnia", id_number="1111111111")
    assert not self_billing.supplier_list(company).exists()


@pytest.mark.parametrize(
    ("box", "text"), [("nip", "7740001455"), ("nip", NIP), ("name", ""), ("address_l1", "")]
)
def test_what_is_missing_of_a_supplier_is_asked_for(box, text, visitor, company):
    answer = visitor.post(address(company), TYPED | {box: text})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [box]
    assert not Draft.objects.exists()


def test_another_seller_without_the_mark_is_refused(company):
    tree = self_billed_tree(company, Fa__Adnotacje__P_17="2")
    assert "APP-seller" in {p.rule for p in problems_of(tree, company=company)}


def test_the_mark_on_an_invoice_of_ones_own_is_refused(company):
    tree = sale(company, Fa__FaWiersz=[item()], Fa__Adnotacje__P_17="1", **SUMS)
    assert "ID-18" in {p.rule for p in problems_of(tree, company=company)}


def test_an_exempt_buyer_says_nothing_about_its_suppliers_rates(company):
    company.vat_exempt = True
    rules = {p.rule for p in problems_of(self_billed_tree(company), company=company)}
    assert "TX-04" not in rules


def allow(simulator, *, revoked: bool = False) -> None:
    """The supplier lets the company bill itself, or no more."""
    body = {"seller": SUPPLIER, "nip": NIP, "revoked": revoked}
    control(simulator, "POST", "/authorizations", json=body)


def test_ksef_takes_what_the_supplier_allowed(visitor, connected, simulator):
    allow(simulator)
    document = numbered_once(visitor, connected)
    work()
    assert len(accepted(simulator, document)) == 1
    document.refresh_from_db()
    assert document.ksef_number.startswith(SUPPLIER)


def test_ksef_refuses_it_without_the_permission_and_the_page_says_what_to_do(
    visitor, connected, simulator
):
    allow(simulator, revoked=True)
    document = numbered_once(visitor, connected)
    work()
    assert submission_of(document).last_code == 410
    url = reverse("invoice-detail", args=[connected.nip, document.pk])
    assert "uprawnienie podmiotowe do samofakturowania" in visitor.get(url).content.decode()


def numbered_once(visitor, company) -> Document:
    """With a number that the simulator has not seen in an earlier test."""
    number = f"SF-{clock.now().timestamp()}"
    person = begun(visitor, company).presses("save", line(**LINE) | {"number": number})
    return person.issues().document


def test_nobody_owes_us_what_we_billed_ourselves(visitor, company, owner):
    document = billed(visitor, company).document
    Document.objects.filter(pk=document.pk).update(due_on=clock.today() - timedelta(days=9))
    assert standing_get(document).state == "purchase"
    rows = with_rest(Document.objects.filter(pk=document.pk))
    assert not any(rows.filter(payment_filter(name)).exists() for name in FILTERS)
    with pytest.raises(PaymentRefused, match="your purchase"):
        payment_settle(document=document, by=owner)


def test_a_withdrawn_self_billed_invoice_is_withdrawn_first_of_all(visitor, company):
    document = billed(visitor, company).document
    Document.objects.filter(pk=document.pk).update(withdrawn_at=clock.now())
    assert standing_get(document).state == "none"


def test_the_views_of_money_leave_out_what_we_billed_ourselves(visitor, company, owner):
    ours, theirs = issued(company, owner), billed(visitor, company).document
    address = reverse("invoice-list", args=[company.nip])
    html = visitor.get(f"{address}?widok=nieoplacone").content.decode()
    assert ours.number in html
    assert theirs.number not in html
    views = {str(view["label"]): view["count"] for view in visitor.get(address).context["views"]}
    assert (views["Wszystkie"], views["Nieopłacone"]) == (2, 1)


def test_the_sum_of_the_list_leaves_it_out(visitor, company):
    numbered_once(visitor, company)
    page = visitor.get(reverse("invoice-list", args=[company.nip]))
    assert page.context["page"].paginator.count == 1
    assert page.context["sums"]["count"] == 0


def test_the_page_of_a_self_billed_invoice_takes_no_payments(visitor, company):
    document = billed(visitor, company).document
    page = visitor.get(reverse("invoice-detail", args=[company.nip, document.pk]))
    html = page.content.decode()
    assert "to\xa0Twój zakup, płacisz dostawcy" in html.replace("to Twój", "to\xa0Twój")
    assert "Oznacz jako zapłaconą" not in html


def test_a_program_is_told_that_nobody_pays_us(visitor, program, company):
    document = billed(visitor, company).document
    address = f"/api/v1/documents/{document.pk}/payments/"
    assert program.get(address).json()["state"] == "purchase"
    answer = program.post(address, {}, content_type="application/json")
    assert (answer.status_code, code_of(answer)) == (409, "self_billed")


def test_a_supplier_buys_nothing_with_what_it_sold_us(visitor, company):
    document = billed(visitor, company).document
    row = Contractor.objects.create(company=company, name="Tartak Bory", id_number=SUPPLIER)
    Document.objects.filter(pk=document.pk).update(contractor=row)
    assert bought(row) == []
