"""Registers as CSV: out and back without loss, a plan before anything is done, refused rows."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from invoices.forms.csv_lines import SheetRefused, decoded, safe, unsafe
from invoices.models import Contractor, Price, Product
from invoices.services.register_csv import plan_do, plan_of, table_out
from invoices.services.register_csv_kinds import Contractors, Products
from invoices.services.register_csv_prices import Prices
from tests.test_contractors import HOTEL, contractor_made, url
from tests.test_products import product_made

HEADS = "Nazwa;NIP;Numer VAT-UE;E-mail"
ROW = "Hotel Bursztyn sp. z o.o.;585-999-01-28;;biuro@hotel.example"


def plan(company, *rows: str, heads: str = HEADS):
    return plan_of("\n".join([heads, *rows]), Contractors(company))


def done(company, by, *rows: str, heads: str = HEADS):
    return plan_do("\n".join([heads, *rows]), Contractors(company), company, by)


def test_a_new_row_becomes_a_contractor(company, owner):
    done(company, owner, ROW)
    row = Contractor.objects.get()
    assert (row.id_number, row.email) == ("5859990128", "biuro@hotel.example")
    assert "bursztyn" in row.search


def test_a_plan_writes_nothing(company):
    assert plan(company, ROW).counts == {"new": 1, "changed": 0, "same": 0, "refused": 0}
    assert not Contractor.objects.exists()


def test_a_known_number_changes_its_row(company, owner):
    row = contractor_made(company, payment_days=30)
    done(company, owner, ROW)
    row.refresh_from_db()
    assert (row.email, row.payment_days) == ("biuro@hotel.example", 30)


def test_an_empty_cell_empties_the_field(company, owner):
    row = contractor_made(company, email="stary@hotel.example")
    done(company, owner, "Hotel;5859990128;;")
    row.refresh_from_db()
    assert (row.name, row.email) == ("Hotel", "")


def test_a_column_that_is_missing_changes_nothing(company, owner):
    row = contractor_made(company, email="stary@hotel.example")
    done(company, owner, "5859990128;14", heads="NIP;Termin płatności")
    row.refresh_from_db()
    assert (row.name, row.email, row.payment_days) == (HOTEL["name"], "stary@hotel.example", 14)


@pytest.mark.parametrize(
    ("heads", "row"),
    [
        ("Name,Polish tax number", "Hotel,5859990128"),
        ("nazwa kontrahenta\tNumer NIP", "Hotel\t5859990128"),
        ("FIRMA;nip;nikt tego nie zna", "Hotel;5859990128;x"),
    ],
)
def test_people_name_columns_in_their_ways(company, heads, row):
    [entry] = plan(company, row, heads=heads).entries
    assert (entry.values["name"], entry.values["id_number"]) == ("Hotel", "5859990128")


def test_windows_1250_is_read(company):
    text = decoded("Nazwa;NIP\nŻółć;5859990128".encode("cp1250"))
    assert plan_of(text, Contractors(company)).entries[0].values["name"] == "Żółć"


def test_a_foreign_number_in_the_nip_column_is_an_eu_number(company):
    [entry] = plan(company, "Müller GmbH;DE811234567;;").entries
    assert (entry.values["id_kind"], entry.values["id_number"]) == ("eu", "811234567")


def test_postcode_and_city_become_one_line(company):
    heads = "Nazwa;Kod pocztowy;Miejscowość"
    [entry] = plan(company, "Hotel;81-764;Sopot", heads=heads).entries
    assert entry.values["address_l2"] == "81-764 Sopot"


def test_a_refused_row_says_why_and_the_others_go_in(company, owner):
    found = done(company, owner, "Zły NIP;123;;", ROW, "Zły adres;1111111111;;x@")
    assert Contractor.objects.get().id_number == "5859990128"
    assert [entry.number for entry in found.of("refused")] == [2, 4]
    assert all("NIP" in e.reasons[0] or "e-mail" in e.reasons[0] for e in found.of("refused"))


def test_the_same_number_twice_in_a_file_is_refused_once(company):
    found = plan(company, ROW, ROW)
    assert (found.counts["new"], found.counts["refused"]) == (1, 1)


def test_one_number_of_two_contractors_is_told_apart_by_name(company, owner):
    contractor_made(company)
    branch = contractor_made(company, name="Oddział")
    found = done(company, owner, "Oddział;5859990128;;oddzial@hotel.example", "Inny;5859990128;;")
    branch.refresh_from_db()
    assert branch.email == "oddzial@hotel.example"
    assert found.counts["refused"] == 1


def test_without_numbers_a_name_names_its_row(company, owner):
    row = contractor_made(company)
    done(company, owner, f"{HOTEL['name']};jan@hotel.example", heads="Nazwa;E-mail")
    row.refresh_from_db()
    assert (row.email, Contractor.objects.count()) == ("jan@hotel.example", 1)


@pytest.mark.parametrize("text", ["", "a;b;c\n1;2;3", "Kod\n1"])
def test_a_table_of_something_else_is_refused(company, text):
    with pytest.raises(SheetRefused):
        plan_of(text, Contractors(company))


def test_what_goes_out_comes_back_the_same(company, owner):
    prices = company.price_lists.create(name="Hurt")
    contractor_made(company, payment_days=0, jst=True, note="=1+1", price_list=prices)
    contractor_made(company, id_kind="eu", id_country="EL", id_number="094014201", country="GR")
    contractor_made(company, id_kind="other", id_country="US", id_number="12 34", without_seat="no")
    contractor_made(company, id_kind="none", id_number="", name="Jan Kowalski", phone="+48 600")
    found = plan_of(decoded(table_out(Contractors(company))), Contractors(company))
    assert found.counts == {"new": 0, "changed": 0, "same": 4, "refused": 0}


def test_no_cell_of_a_file_is_a_formula(company):
    contractor_made(company, name="=HYPERLINK(1)", note="@x")
    text = decoded(table_out(Contractors(company)))
    assert "'=HYPERLINK(1)" in text
    assert ";'@x" in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "\t=", "'="])
def test_no_start_of_a_formula_goes_out_bare_and_each_comes_back(start):
    text = f"{start}SUM(A1)"
    assert safe(text).startswith("'")
    assert unsafe(safe(text)) == text


def test_a_row_of_thousands_has_no_query_of_its_own(company, owner, django_assert_max_num_queries):
    rows = [f"Firma {at};;DE{at:09};f{at}@example.com" for at in range(2000)]
    with django_assert_max_num_queries(100):
        done(company, owner, *rows)
    assert Contractor.objects.count() == 2000


# --- Products and prices -------------------------------------------------------------------------
def test_products_go_out_and_come_back_the_same(company):
    product_made(company, price="0.12345678", currency="EUR", is_gross=True, gtu="GTU_05")
    product_made(company, name="Usługa", symbol="", price=None, rate="zw", annex_15=True)
    found = plan_of(decoded(table_out(Products(company))), Products(company))
    assert found.counts == {"new": 0, "changed": 0, "same": 2, "refused": 0}


def test_a_symbol_names_its_product(company, owner):
    row = product_made(company)
    text = "Symbol;Nazwa;Cena\nST-1;Stół bukowy;3 999,99 zł\nST-2;Krzesło;x"
    found = plan_do(text, Products(company), company, owner)
    row.refresh_from_db()
    assert (row.name, str(row.price), Product.objects.count()) == (
        "Stół bukowy",
        "3999.99000000",
        1,
    )
    assert found.of("refused")[0].reasons[0].startswith("Cena: ")


def test_a_symbol_in_the_archive_is_not_taken_again(company):
    product_made(company, archived_at="2026-01-01T00:00:00Z")
    found = plan_of("Symbol;Nazwa\nST-1;Nowy", Products(company))
    assert found.counts["refused"] == 1


def test_prices_of_a_list_come_from_a_file(company, owner):
    product, row = product_made(company), company.price_lists.create(name="Hurt")
    text = "Symbol;Cena\nST-1;12,5\nX;1"
    found = plan_do(text, Prices(row), company, owner)
    assert str(Price.objects.get(product=product).price) == "12.50000000"
    assert found.counts["refused"] == 1


# --- Pages ---------------------------------------------------------------------------------------
def sent(client, company, text: str, action: str):
    return client.post(url("contractor-import", company), {"text": text, "action": action})


def test_the_page_shows_before_it_does(company, accountant, client_of):
    client = client_of(accountant)
    file = SimpleUploadedFile("a.csv", f"{HEADS}\n{ROW}".encode())
    shown = client.post(url("contractor-import", company), {"file": file, "action": "preview"})
    assert "Wczytaj wiersze: 1" in shown.content.decode()
    assert not Contractor.objects.exists()
    taken = sent(client, company, shown.context["text"], "take")
    assert taken.url == url("contractor-list", company)
    assert Contractor.objects.exists()


def test_refused_rows_can_be_had_with_their_reason(company, accountant, client_of):
    client = client_of(accountant)
    text = f"{HEADS};Powód odrzucenia\nZły;123;;;bo tak\n{ROW}"
    answer = sent(client, company, text, "refused")
    lines = decoded(answer.content).splitlines()
    assert lines[0] == f"{HEADS};Powód odrzucenia"
    assert lines[1].startswith("Zły;123;;;")
    assert "10 cyfr" in lines[1]
    assert len(lines) == 2


def test_a_file_that_is_no_table_is_said_to_be_none(company, accountant, client_of):
    response = sent(client_of(accountant), company, "ala\nma kota", "preview")
    assert response.status_code == 422
    assert "musi nazywać kolumny" in response.content.decode()


def test_a_viewer_has_the_file_too(company, viewer, client_of):
    contractor_made(company)
    response = client_of(viewer).get(reverse("contractor-csv", args=[company.nip]))
    assert HOTEL["name"] in decoded(response.content)


# --- What Excel and other programs write ----------------------------------------------------
def read(company, *rows: str, heads: str) -> tuple[dict, list[str]]:
    """(values, reasons) of the first row."""
    entry = plan(company, *rows, heads=heads).entries[0]
    return entry.values, entry.reasons


@pytest.mark.parametrize(
    "heads", ["sep=;\r\nNazwa;NIP", '"sep=;"\nNazwa;NIP', "SEP=;\rNazwa;NIP", "Nazwa;NIP;;"]
)
def test_a_line_that_names_the_separator_is_no_heading(company, heads):
    assert read(company, 'Hotel;="5859990128"', heads=heads)[0]["id_number"] == "5859990128"


@pytest.mark.parametrize("number", ["5,85999E+09", "5.85999E+09", "5E+09"])
def test_a_number_that_excel_shortened_is_refused_in_words(company, number):
    _values, reasons = read(company, f"Hotel;{number}", heads="Nazwa;NIP")
    assert "Excel" in reasons[0]


def test_a_symbol_with_an_e_in_it_is_no_shortened_number(company):
    entry = plan_of("Nazwa;Symbol\nŚruba;12E3", Products(company)).entries[0]
    assert entry.values["symbol"] == "12E3"


@pytest.mark.parametrize(
    ("said", "code"), [("Polska", "PL"), ("NIEMCY", "DE"), ("Greece", "GR"), ("de", "DE")]
)
def test_a_country_may_be_named(company, said, code):
    assert read(company, f"Hotel;{said}", heads="Nazwa;Kraj")[0]["country"] == code


@pytest.mark.parametrize(("said", "code"), [("Przelew", "6"), ("gotówka", "1"), ("cash", "1")])
def test_a_way_of_payment_may_be_named(company, said, code):
    assert read(company, f"Hotel;{said}", heads="Nazwa;Sposób zapłaty")[0]["payment_method"] == code


@pytest.mark.parametrize("number", ["GR123456789", "EL123456789", "EL 123 456 789"])
def test_a_greek_number_has_its_prefix_once_and_lives_in_greece(company, number):
    found, reasons = read(company, f"Taverna;{number}", heads="Nazwa;Numer VAT-UE")
    assert reasons == []
    told = (found["id_country"], found["id_number"], found["country"])
    assert told == ("EL", "123456789", "GR")


def test_a_country_in_the_file_counts_more_than_the_number(company):
    found, _reasons = read(company, "X;DE811234567;Polska", heads="Nazwa;Numer VAT-UE;Kraj")
    assert (found["id_country"], found["country"]) == ("DE", "PL")


@pytest.mark.parametrize("said", ["23,00", "23.00%", "0,23", "23 %", "23"])
def test_a_rate_is_read_as_spreadsheets_write_it(company, said):
    entry = plan_of(f"Nazwa;Stawka VAT\nDeska;{said}", Products(company)).entries[0]
    assert entry.values["rate"] == "23"


@pytest.mark.parametrize(("said", "code"), [("0,08", "8"), ("0,05", "5"), ("0", "0 KR")])
def test_so_are_the_lower_ones(company, said, code):
    entry = plan_of(f"Nazwa;Stawka VAT\nDeska;{said}", Products(company)).entries[0]
    assert entry.values["rate"] == code
