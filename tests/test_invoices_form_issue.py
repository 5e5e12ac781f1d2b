"""What the form can say, issued: every rate, buyer, price and payment passes schema and rules."""

import pytest

from invoices.fa3.parse import parse
from invoices.fa3.problems import blocking
from invoices.fa3.validate import validate
from invoices.models import Document, Submission
from invoices.services.delivery_states import State
from invoices.services.issue_checks import problems_of
from tests.form_support import (
    boxes,
    edit,
    errors,
    fill,
    listed,
    new_url,
    only_document,
    only_draft,
    page,
)
from tests.invoice_support import accepted, submission_of, work

EU = {"buyer_kind": "eu", "buyer_eu_country": "DE", "buyer_eu_number": "811 234 567"}
EU |= {"buyer_country": "DE", "buyer_nip": ""}
OTHER = {"buyer_kind": "other", "buyer_id_country": "US", "buyer_id": "12-3456789"}
OTHER |= {"buyer_country": "US", "buyer_nip": ""}
NONE = {"buyer_kind": "none", "buyer_nip": "", "buyer_name": "Anna Nowak"}
RATES = {
    "23": {},
    "8": {},
    "5": {},
    "4": {},
    "3": {},
    "0 KR": {},
    "0 WDT": EU,
    "0 EX": OTHER,
    "zw": {"exempt_kind": "P_19A", "exempt_basis": "art. 43 ust. 1 pkt 29"},
    "oo": {},
    "np I": OTHER,
    "np II": EU | {"reverse_charge": "1"},
}
# Rates of the years before 2011: a late invoice may still need them.
OLD_RATES = ("22", "7")
EXEMPTIONS = ("P_19A", "P_19B", "P_19C")
BUYERS = {
    "nip": {},
    "eu": EU,
    "other": OTHER,
    "other without a country": OTHER | {"buyer_id_country": ""},
    "none": NONE,
}
ACCOUNT = "61 1090 1014 0000 0712 1981 2874"
PAYMENTS = {
    "transfer": {"payment_method": "6", "account": ACCOUNT, "due_on": "31.12.2026"},
    "cash": {"payment_method": "1", "account": "", "due_on": ""},
    "card": {"payment_method": "2"},
    "paid": {"payment_method": "6", "account": ACCOUNT, "paid": "1", "paid_on": "20.11.2026"},
    "split payment": {"payment_method": "6", "account": ACCOUNT, "split_payment": "1"},
    "nothing said": {"payment_method": "", "account": "", "due_on": ""},
    "notes": {"notes": "Dziękujemy za współpracę.\r\nPozdrawiamy <serdecznie> & do zobaczenia"},
}


def issued_by_form(client, company, **texts) -> Document:
    """Filled in, issued; the schema and the rules have nothing against it."""
    answer = fill(client, company, "issue", **texts)
    assert answer.status_code == 302, (errors(answer), listed(answer))
    document = only_document()
    content = bytes(document.file.content)
    assert validate(content) == []
    again = blocking(problems_of(parse(content), company=company))
    assert [problem.rule for problem in again] == ["DT-03"]  # its number is its own now
    return document


def warned(document) -> set[str]:
    content = parse(bytes(document.file.content))
    found = problems_of(content, company=document.company)
    return {p.rule for p in found if p.severity == "warn" and not p.rule.startswith(("DT", "PY"))}


def accept_first(client, refused) -> None:
    """Ticks the only warning of the page and issues."""
    (key,) = page(refused).xpath("//input[@name='warning-0']/@value")
    edit(client, only_draft(), "issue", **{"warning-0": key, "warning-0-ok": "1"})


@pytest.mark.parametrize("mode", ["net", "gross"])
@pytest.mark.parametrize("rate", RATES)
def test_every_rate_is_issued(company, owner, client_of, rate, mode):
    texts = RATES[rate] | {"price_mode": mode, "line__0__rate": rate}
    document = issued_by_form(client_of(owner), company, **texts)
    line = parse(bytes(document.file.content))["Fa"]["FaWiersz"][0]
    assert line["P_12"] == rate
    assert ("P_9B" in line) == (mode == "gross")
    assert warned(document) == set()


@pytest.mark.parametrize("rate", OLD_RATES)
def test_an_old_rate_is_issued_with_a_warning(company, owner, client_of, rate):
    client = client_of(owner)
    accept_first(client, fill(client, company, "issue", line__0__rate=rate))
    assert warned(only_document()) == {"TX-16"}


@pytest.mark.parametrize("kind", EXEMPTIONS)
def test_every_legal_basis_of_an_exemption_is_issued(company, owner, client_of, kind):
    texts = {"line__0__rate": "zw", "exempt_kind": kind, "exempt_basis": "art. 43 ust. 1 pkt 2"}
    document = issued_by_form(client_of(owner), company, **texts)
    notes = parse(bytes(document.file.content))["Fa"]["Adnotacje"]
    assert notes["Zwolnienie"] == {"P_19": "1", kind: "art. 43 ust. 1 pkt 2"}


def test_an_exemption_without_its_basis_is_asked_for_at_its_box(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", line__0__rate="zw")
    assert (answer.status_code, list(errors(answer))) == (422, ["exempt_basis"])
    again = edit(client_of(owner), only_draft(), "issue", exempt_basis="art. 113 ust. 1")
    assert again.status_code == 302


@pytest.mark.parametrize("buyer", BUYERS)
def test_every_kind_of_buyer_is_issued(company, owner, client_of, buyer):
    issued_by_form(client_of(owner), company, **BUYERS[buyer])


@pytest.mark.parametrize("payment", PAYMENTS)
def test_every_way_to_pay_is_issued(company, owner, client_of, payment):
    issued_by_form(client_of(owner), company, **PAYMENTS[payment])


def test_all_rates_fit_on_one_invoice(company, owner, client_of):
    rates = [rate for rate in RATES if rate not in ("0 EX", "0 WDT", "np I", "np II")]
    texts = {"exempt_basis": "art. 43 ust. 1 pkt 29"}
    for place, rate in enumerate(rates):
        texts |= {
            f"line__{place}__{name}": text
            for name, text in {
                "name": f"Pozycja {rate}",
                "quantity": "3",
                "unit": "godz.",
                "price": "33,33",
                "rate": rate,
                "position": "",
            }.items()
        }
    document = issued_by_form(client_of(owner), company, **texts)
    assert len(parse(bytes(document.file.content))["Fa"]["FaWiersz"]) == len(rates)


def test_five_hundred_lines_are_issued(company, owner, client_of):
    row = {"name": "Śruba", "quantity": "1", "unit": "szt.", "price": "0,01", "rate": "23"}
    texts = {f"line__{n}__{name}": text for n in range(500) for name, text in row.items()}
    document = issued_by_form(client_of(owner), company, **texts)
    assert document.net == 5


TO_KSEF = {
    "domestic": {},
    "gross with an exemption": RATES["zw"] | {"line__0__rate": "zw", "price_mode": "gross"},
    "intra-EU supply": EU | {"line__0__rate": "0 WDT"},
    "export": OTHER | {"line__0__rate": "0 EX"},
    "reverse charge": {"line__0__rate": "oo"},
    "a consumer who paid": NONE | PAYMENTS["paid"],
    "split payment with notes": PAYMENTS["split payment"] | PAYMENTS["notes"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", TO_KSEF)
def test_ksef_accepts_what_the_form_issued(connected, owner, client_of, simulator, case):
    document = issued_by_form(client_of(owner), connected, **TO_KSEF[case])
    work()
    assert submission_of(document).state == State.ACCEPTED
    assert len(accepted(simulator, document)) == 1


def test_ones_own_number_and_dates_are_used(company, owner, client_of):
    document = issued_by_form(client_of(owner), company, number=" FA 7 ", sale_on="15.11.2026")
    assert document.number == "FA 7"
    assert document.submission.mode == Submission.Mode.ONLINE


@pytest.fixture
def exempt(company):
    company.vat_exempt = True
    company.save()
    return company


def test_an_exempt_company_starts_with_zw_and_art_113(exempt, owner, client_of):
    shown = boxes(client_of(owner).get(new_url(exempt)))
    assert shown["line-0-rate"] == "zw"
    assert shown["exempt_basis"] == "art. 113 ust. 1 ustawy o VAT"
    document = issued_by_form(client_of(owner), exempt, line__0__rate="zw")
    assert document.vat == 0


def test_an_exempt_company_that_taxes_its_first_line_has_no_exemption(exempt, owner, client_of):
    client = client_of(owner)
    accept_first(client, fill(client, exempt, "issue", line__0__rate="23"))
    document = only_document()
    assert warned(document) == {"TX-04"}
    notes = parse(bytes(document.file.content))["Fa"]["Adnotacje"]
    assert notes["Zwolnienie"] == {"P_19N": "1"}
