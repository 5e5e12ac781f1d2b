"""Contractors: what they may say, their pages, and what an invoice takes from one."""

from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from invoices.fa3 import tree as trees
from invoices.models import Contractor, Document
from invoices.services.contractors import (
    contractor_of,
    defaults_apply,
    duplicates_of,
    options_apply,
    texts_of_buyer,
)
from invoices.services.contractors_read import contractor_read
from invoices.services.drafts import draft_create
from invoices.services.handover import language_for
from invoices.services.issue import invoice_issue
from invoices.services.registers import RegisterConflict, row_archive, row_save, search_text
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import AuditEntry, Company
from ksefapp.lib import clock
from tests.form_support import errors, page
from tests.invoice_support import content, issued

TODAY = date(2026, 11, 23)
HOTEL = {"name": "Hotel Bursztyn sp. z o.o.", "id_kind": "nip", "id_number": "5859990128"}


def contractor_made(company, **fields) -> Contractor:
    """A contractor of the company, searchable as a saved one is."""
    row = Contractor(company=company, **(HOTEL | {"address_l1": "ul. Morska 3"} | fields))
    row.search = search_text(row)
    row.save()
    return row


def read(company=None, **given):
    """What becomes of these texts."""
    return contractor_read(HOTEL | given, company or Company(environment="test"))


# --- Reading -------------------------------------------------------------------------------------
def test_a_nip_loses_its_dashes(db):
    assert read(id_number="PL 585-999-01-28").values["id_number"] == "5859990128"


def test_a_nip_of_nine_digits_is_refused(db):
    assert "id_number" in read(id_number="585999012").errors


def test_a_wrong_checksum_warns_outside_production(db):
    found = read(id_number="5859990129")
    assert "id_number" in found.warnings
    assert not found.errors


def test_a_wrong_checksum_is_refused_on_production(db):
    found = read(Company(environment="production"), id_number="5859990129")
    assert "id_number" in found.errors


@pytest.mark.parametrize(
    ("number", "given", "lives"),
    [("DE811234567", "", "DE"), ("EL123456789", "", "GR"), ("DE811234567", "PL", "PL")],
)
def test_an_eu_company_lives_where_its_number_is_unless_it_says_otherwise(db, number, given, lives):
    assert read(id_kind="eu", id_number=number, country=given).values["country"] == lives


@pytest.mark.parametrize(
    ("country", "number", "wanted"),
    [
        ("DE", "DE 811-234-567", ("DE", "811234567")),
        ("", "DE811234567", ("DE", "811234567")),
        ("GR", "123456789", ("EL", "123456789")),
        ("GB", "123456789", ("XI", "123456789")),
        ("FR", "FR345678901", ("FR", "FR345678901")),
    ],
)
def test_an_eu_number_stands_without_its_country(db, country, number, wanted):
    found = read(id_kind="eu", id_country=country, id_number=number)
    assert not found.errors
    assert (found.values["id_country"], found.values["id_number"]) == wanted


@pytest.mark.parametrize(
    ("given", "box"),
    [
        ({"id_kind": "eu", "id_country": "PL", "id_number": "5859990128"}, "id_country"),
        ({"id_kind": "eu", "id_country": "US", "id_number": "12"}, "id_country"),
        ({"id_kind": "other", "id_country": "", "id_number": "5265877635"}, "id_number"),
        ({"id_kind": "martian"}, "id_kind"),
        ({"name": " "}, "name"),
        ({"country": "XX1"}, "country"),
        ({"email": "biuro@"}, "email"),
        ({"payment_days": "dwa"}, "payment_days"),
        ({"payment_days": "9999"}, "payment_days"),
        ({"currency": "ZŁ"}, "currency"),
        ({"language": "de"}, "language"),
        ({"phone": "1" * 17}, "phone"),
        ({"mail_when_numbered": "1"}, "email"),
        ({"jst": ["1"]}, "jst"),
    ],
)
def test_what_is_wrong_is_said_at_its_box(db, given, box):
    assert box in read(**given).errors


BOXES = ["id_kind", "id_country", "id_number", "email", "payment_days", "currency", "jst"]


@given(texts=st.fixed_dictionaries({}, optional=dict.fromkeys(BOXES, st.text())))
def test_no_text_breaks_the_reading(texts):
    found = contractor_read({"name": "A"} | texts, Company(environment="test"))
    assert found.values["name"] == "A"


def test_a_price_list_of_another_company_is_none_of_ours(company, other_company):
    row = other_company.price_lists.create(name="Hurt")
    assert "price_list" in read(company, price_list="Hurt").errors
    assert "price_list" in read(company, price_list=str(row.pk)).errors


def test_the_same_number_is_found_again(company):
    first = contractor_made(company)
    assert duplicates_of(company, HOTEL | {"id_country": ""}) == [first]


# --- Saving --------------------------------------------------------------------------------------
def test_a_change_is_in_the_history(company, owner):
    row = contractor_made(company)
    row_save(row=row, values={"name": "Hotel Jantar"}, by=owner)
    assert AuditEntry.objects.get(action="contractor.change").details["fields"] == ["name"]


def test_a_change_of_nothing_is_not(company, owner):
    row_save(row=contractor_made(company), values=HOTEL, by=owner)
    assert not AuditEntry.objects.exists()


def test_a_change_of_what_somebody_changed_is_refused(company, owner):
    row = contractor_made(company)
    seen = row.changed_at
    row_save(row=row, values={"name": "Hotel Jantar"}, by=owner)
    with pytest.raises(RegisterConflict):
        row_save(row=row, values={"name": "Hotel Perła"}, by=owner, seen=seen)


# --- Pages ---------------------------------------------------------------------------------------
def url(name: str, company, *args) -> str:
    return reverse(name, args=[company.nip, *args])


def test_a_contractor_is_added_on_its_page(company, owner, client_of):
    sent = HOTEL | {"country": "PL", "id_number": "585-999-01-28"}
    response = client_of(owner).post(url("contractor-new", company), sent)
    row = company.contractors.get()
    assert response.url == url("contractor", company, row.pk)
    assert row.id_number == "5859990128"


def test_a_wrong_email_stands_at_its_box(company, owner, client_of):
    response = client_of(owner).post(url("contractor-new", company), HOTEL | {"email": "x"})
    assert response.status_code == 422
    assert "e-mail" in errors(response)["email"]


def test_a_page_sent_untouched_changes_nothing(company, owner, client_of):
    row = contractor_made(company, payment_days=30, jst=True, language="en", currency="EUR")
    client = client_of(owner)
    form = page(client.get(url("contractor", company, row.pk))).forms[-1]
    client.post(url("contractor-edit", company, row.pk), dict(form.form_values()))
    assert Contractor.objects.get(pk=row.pk).changed_at == row.changed_at


def test_a_page_that_is_old_is_not_saved_over_a_newer_one(company, owner, client_of):
    row = contractor_made(company)
    sent = HOTEL | {"seen": "2020-01-01T00:00:00+00:00", "name": "Hotel Perła"}
    response = client_of(owner).post(url("contractor-edit", company, row.pk), sent)
    assert response.status_code == 409
    assert Contractor.objects.get().name == HOTEL["name"]


def test_a_second_one_with_the_number_is_kept_and_said(company, owner, client_of):
    contractor_made(company)
    sent = HOTEL | {"name": "Hotel Bursztyn, oddział"}
    response = client_of(owner).post(url("contractor-new", company), sent, follow=True)
    assert company.contractors.count() == 2
    assert "Ten sam numer" in response.content.decode()


def test_an_archived_one_leaves_the_list_and_can_come_back(company, owner, client_of):
    row, client = contractor_made(company), client_of(owner)
    client.post(url("contractor-archive", company, row.pk))
    assert HOTEL["name"] not in client.get(url("contractor-list", company)).content.decode()
    client.post(url("contractor-archive", company, row.pk), {"action": "restore"})
    assert HOTEL["name"] in client.get(url("contractor-list", company)).content.decode()


@pytest.mark.parametrize("words", ["585-999-01-28", "bursztyn", "MORSKA", "hotel 5859990128"])
def test_a_contractor_is_found(company, viewer, client_of, words):
    contractor_made(company)
    found = client_of(viewer).get(url("contractor-list", company), {"q": words})
    assert [row.name for row in found.context["page"]] == [HOTEL["name"]]


def test_five_thousand_contractors_cost_no_more_queries(
    company, owner, client_of, django_assert_max_num_queries
):
    names = [f"Firma {at}" for at in range(5000)]
    rows = [Contractor(company=company, name=name, search=name.lower()) for name in names]
    Contractor.objects.bulk_create(rows)
    client = client_of(owner)
    with django_assert_max_num_queries(20):
        response = client.get(url("contractor-list", company), {"q": "firma 4999"})
    assert response.context["page"].paginator.count == 1


def test_a_viewer_sees_the_data_without_a_form(company, viewer, client_of):
    row = contractor_made(company)
    text = client_of(viewer).get(url("contractor", company, row.pk)).content.decode()
    assert "ul. Morska 3" in text
    assert url("contractor-edit", company, row.pk) not in text


# --- From an invoice to its contractor -----------------------------------------------------------
def tree_for(nip: str = "5859990128", name: str = "Hotel Bursztyn") -> dict:
    return {"Podmiot2": {"DaneIdentyfikacyjne": {"NIP": nip, "Nazwa": name}}}


def test_a_buyer_is_known_by_its_number(company):
    row = contractor_made(company)
    assert contractor_of(company, tree_for(), {}) == row


def test_the_chosen_one_of_two_counts(company):
    contractor_made(company)
    second = contractor_made(company, name="Oddział")
    assert contractor_of(company, tree_for(), {"contractor": second.pk}) == second


def test_a_choice_that_the_number_contradicts_does_not_count(company):
    row = contractor_made(company)
    assert contractor_of(company, tree_for("5265877635"), {"contractor": row.pk}) is None


def test_a_strangers_contractor_is_nobody(company, other_company):
    row = contractor_made(other_company)
    assert contractor_of(company, tree_for(), {"contractor": row.pk}) is None


def test_in_self_billing_the_supplier_is_the_contractor(company):
    row = contractor_made(company)
    tree = {"Podmiot1": tree_for()["Podmiot2"]} | tree_for(company.nip)
    assert contractor_of(company, tree, {}) == row


def test_an_issued_invoice_names_its_contractor(company, owner):
    row = contractor_made(company, id_number="1111111111", name="Kawiarnia")
    issued(company, owner)
    assert Document.objects.get().contractor == row


# --- From a contractor to its invoice ------------------------------------------------------------
def applied(company, **fields) -> dict:
    tree = invoice_start(company, today=TODAY)
    return defaults_apply(tree, contractor_made(company, **fields), company, TODAY)


def test_its_invoice_has_its_data(company):
    tree = applied(company, client_number="K-7", address_l2="81-764 Sopot")
    assert tree["Podmiot2"]["DaneIdentyfikacyjne"] == {"NIP": "5859990128", "Nazwa": HOTEL["name"]}
    assert tree["Podmiot2"]["Adres"]["AdresL2"] == "81-764 Sopot"
    assert trees.text(tree, "Podmiot2/NrKlienta") == "K-7"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (
            {"id_kind": "eu", "id_country": "DE", "id_number": "811234567"},
            {"KodUE": "DE", "NrVatUE": "811234567"},
        ),
        (
            {"id_kind": "other", "id_country": "US", "id_number": "12-34"},
            {"KodKraju": "US", "NrID": "12-34"},
        ),
        ({"id_kind": "none", "id_number": ""}, {"BrakID": "1"}),
    ],
)
def test_its_number_stands_where_its_kind_says(company, fields, wanted):
    holder = applied(company, **fields)["Podmiot2"]["DaneIdentyfikacyjne"]
    assert holder == wanted | {"Nazwa": HOTEL["name"]}


def test_its_invoice_is_due_by_its_habit(company):
    tree = applied(company, payment_days=45, payment_method="1", currency="EUR")
    assert trees.text(tree, "Fa/Platnosc/TerminPlatnosci[0]/Termin") == "2027-01-07"
    assert trees.text(tree, "Fa/Platnosc/FormaPlatnosci") == "1"
    assert trees.text(tree, "Fa/KodWaluty") == "EUR"


def test_without_habits_those_of_the_company_stay(company):
    before = invoice_start(company, today=TODAY)["Fa"]["Platnosc"]
    assert applied(company)["Fa"]["Platnosc"] == before


def test_a_local_government_brings_its_recipient(company):
    tree = applied(company, jst=True)
    assert trees.text(tree, "Podmiot2/JST") == "1"
    assert [party["Rola"] for party in tree["Podmiot3"]] == ["8"]


def test_the_next_contractor_takes_the_empty_recipient_away(company):
    tree = applied(company, jst=True)
    other = contractor_made(company, name="Inna")
    assert "Podmiot3" not in defaults_apply(tree, other, company, TODAY)


def test_the_seat_is_answered_where_it_is_asked(company):
    row = contractor_made(company, country="DE", without_seat="yes")
    tree = defaults_apply(invoice_start(company, today=TODAY), row, company, TODAY)
    wanted = {"contractor": row.pk, "buyer_without_seat": "yes"}
    assert options_apply({}, row, tree) == wanted


def test_a_buyer_becomes_the_contractor_that_gives_the_same_buyer(company):
    tree = applied(company, jst=True, address_l2="81-764 Sopot", client_number="K-7")
    found = contractor_read(texts_of_buyer(tree, {}), company)
    again = Contractor(company=company, **found.values)
    start = invoice_start(company, today=TODAY)
    assert defaults_apply(start, again, company, TODAY)["Podmiot2"] == tree["Podmiot2"]


def test_an_archived_contractor_keeps_its_invoices(company, owner):
    row = contractor_made(company, id_number="1111111111")
    document = issued(company, owner)
    row_archive(row=row, by=owner)
    assert contractor_of(company, content(company), {}) == row
    assert document.contractor == row
    assert clock.today() == document.issued_on


def test_the_list_of_invoices_shows_those_of_one_contractor(company, owner, client_of):
    row = contractor_made(company, id_number="1111111111")
    document = issued(company, owner)
    other = content(company)
    other["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] = "5859990128"
    draft = draft_create(company=company, content=other, created_by=owner)
    invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    listed = client_of(owner).get(url("invoice-list", company), {"kontrahent": row.pk})
    assert list(listed.context["page"]) == [document]


def test_a_strangers_contractor_filters_nothing(company, other_company, owner, client_of):
    row = contractor_made(other_company)
    address = url("invoice-list", company)
    assert client_of(owner).get(address, {"kontrahent": row.pk}).status_code == 404


def test_a_contractors_papers_are_in_its_language(company, owner):
    contractor_made(company, id_number="1111111111", language="pl-en")
    assert language_for(issued(company, owner)) == "pl-en"


def test_its_page_adds_up_its_invoices(company, owner, client_of):
    row = contractor_made(company, id_number="1111111111")
    issued(company, owner)
    issued(company, owner)
    [sums] = client_of(owner).get(url("contractor", company, row.pk)).context["bought"]
    assert (sums.currency, sums.count, sums.gross) == ("PLN", 2, 246)
