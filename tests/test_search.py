"""Search over everything: what is found, by which words, and never in another's company."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import Contractor, Document, Product, Proforma, Recurring
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.search import search_everything
from invoices.services.search_words import LONGEST, words_of
from ksefapp.accounts.models import Membership
from ksefapp.lib import clock
from tests.form_support import page
from tests.invoice_support import content, issued

pytestmark = pytest.mark.django_db


def found(companies, text: str) -> dict[str, int]:
    companies = companies if isinstance(companies, list) else [companies]
    return {group.kind: group.count for group in search_everything(companies, text)}


def rich(company) -> dict:
    tree = content(company, number="FV/7")
    tree["Fa"]["FaWiersz"][0] |= {"P_7": "Stół ŁÓDŹ 100%", "Indeks": "ST-100_A"}
    tree["Fa"]["DodatkowyOpis"] = [{"Klucz": "Budowa", "Wartosc": "Osiedle Jesionowe"}]
    tree["Fa"]["WarunkiTransakcji"] = {"Zamowienia": [{"NrZamowienia": "PO-4711"}]}
    tree["Stopka"] = {"Informacje": [{"StopkaFaktury": "Dziękujemy za zakupy"}]}
    return tree


def sold(company, user) -> Document:
    draft = draft_create(company=company, content=rich(company), created_by=user)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


def of_each_kind(company, user) -> None:
    sold(company, user)
    draft_create(company=company, content=rich(company), created_by=user)
    common = {"company": company, "environment": "simulator", "created_by": user}
    Recurring.objects.create(
        **common, name="Czynsz", content=rich(company), starts_on=clock.today()
    )
    Proforma.objects.create(
        **common,
        number="PRO/1",
        issued_on=clock.today(),
        content={},
        currency="PLN",
        gross="1.00",
        search="pro/1 stół",
    )
    Contractor.objects.create(company=company, name="Stół sp. z o.o.", search="stół sp. z o.o.")
    Product.objects.create(company=company, name="Stół", search="stół")


@pytest.mark.parametrize(
    "text",
    [
        "FV/7",
        "fv/7",
        "kawiarnia",
        "111-111-11-11",
        "123,00",
        "123.00",
        "łódź",
        "ŁÓDŹ",
        "st-100_a",
        "po-4711",
        "osiedle jesionowe",
        "dziękujemy",
        "rynkowa",
        "stół kawiarnia 123,00",
    ],
)
def test_a_document_is_found_by_whatever_stands_in_it(company, owner, text):
    sold(company, owner)
    assert found(company, text) == {"document": 1}


@pytest.mark.parametrize("text", ["10%0", "st-100%a", "st_100", "stół krzesło", "\\", "'", ""])
def test_signs_of_patterns_mean_themselves_and_every_word_counts(company, owner, text):
    sold(company, owner)
    assert found(company, text) == {}


def test_the_ksef_number_is_found_in_any_case(company, owner):
    document = sold(company, owner)
    Document.objects.filter(pk=document.pk).update(
        ksef_number="5265877635-20261121-0100001234AB-5F"
    )
    assert found(company, "0100001234ab-5f") == {"document": 1}


def test_all_kinds_are_looked_through(company, owner):
    of_each_kind(company, owner)
    every = ["document", "draft", "proforma", "contractor", "product", "recurring"]
    assert found(company, "STÓŁ") == dict.fromkeys(every, 1)


def test_archived_rows_of_registers_are_left_out(company, owner):
    Product.objects.create(company=company, name="Stół", search="stół", archived_at=clock.now())
    assert found(company, "stół") == {}


def test_another_environment_is_left_out(company, owner):
    sold(company, owner)
    company.environment = "test"
    company.save()
    assert found(company, "łódź") == {}


def test_nothing_of_another_company_is_ever_found(company, owner, other_company, stranger):
    of_each_kind(other_company, stranger)
    assert found(company, "stół") == {}


def test_the_page_of_a_company_shows_only_its_own(
    company, owner, other_company, stranger, client_of
):
    of_each_kind(other_company, stranger)
    sold(company, owner)
    Membership.objects.create(user=owner, company=other_company, role="viewer")
    here = rows(client_of(owner).get(reverse("search-company", args=[company.nip]), {"q": "stół"}))
    assert [link.startswith(f"/firma/{company.nip}/") for link in here] == [True]


def test_an_accountant_searches_all_companies_at_once(
    company, accountant, owner, other_company, stranger, client_of
):
    sold(company, owner)
    sold(other_company, stranger)
    seen = rows(client_of(accountant).get(reverse("search"), {"q": "stół"}))
    assert len(seen) == 1
    Membership.objects.create(user=accountant, company=other_company, role="accountant")
    assert len(rows(client_of(accountant).get(reverse("search"), {"q": "stół"}))) == 2


def rows(answer) -> list[str]:
    assert answer.status_code == 200
    return page(answer).xpath("//main//a[@class='number']/@href")


def test_every_hit_leads_to_its_page(company, owner, client_of):
    of_each_kind(company, owner)
    client = client_of(owner)
    links = rows(client.get(reverse("search-company", args=[company.nip]), {"q": "stół"}))
    assert len(links) == 6
    assert [client.get(link).status_code for link in links] == [200] * 6


def test_what_was_typed_is_shown_as_text(company, owner, client_of):
    address = reverse("search-company", args=[company.nip])
    answer = client_of(owner).get(address, {"q": "<script>\x00alert(1)"})
    assert b"<script>alert" not in answer.content
    assert "Nic nie znaleźliśmy" in answer.content.decode()


def test_more_companies_are_no_more_queries(company, owner, other_company, stranger):
    sold(company, owner)
    with CaptureQueriesContext(connection) as one:
        search_everything([company], "stół")
    sold(other_company, stranger)
    with CaptureQueriesContext(connection) as two:
        search_everything([company, other_company], "stół")
    assert len(two) == len(one)


def test_a_long_invoice_keeps_its_numbers_and_ends_within_the_limit(company):
    tree = rich(company)
    line = tree["Fa"]["FaWiersz"][0]
    tree["Fa"]["FaWiersz"] = [line | {"P_7": f"Deska {n}"} for n in range(2000)]
    words = words_of(tree)
    assert len(words) <= LONGEST
    assert "po-4711" in words
    assert "deska 7" in words


def test_a_draft_of_nonsense_is_searched_without_failing(company, owner):
    draft_create(company=company, content={"Fa": {"FaWiersz": "x"}}, created_by=owner)
    assert found(company, "stół") == {}


def test_the_list_finds_words_of_lines_too(company, owner, client_of):
    sold(company, owner)
    issued(company, owner)
    answer = client_of(owner).get(reverse("invoice-list", args=[company.nip]), {"q": "po-4711"})
    assert len(rows(answer)) == 1


@pytest.mark.parametrize("text", ["{} zł", "{} PLN", "{}\u00a0zł"])
def test_an_amount_is_found_as_people_copy_it(company, owner, text):
    gross = issued(company, owner, price="1234.50").gross
    assert found_of(company, text.format(f"{gross:,.2f}".replace(",", " ").replace(".", ",")))


def test_a_word_is_a_word_where_no_amount_stands(company, owner):
    issued(company, owner)
    assert not found_of(company, "zł")


def found_of(company, text: str) -> int:
    return sum(group.count for group in search_everything([company], text))
