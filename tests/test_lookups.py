"""Asking registers: once a day for the same thing, within limits, and never another realm."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from invoices.models import DocumentProof, RegisterAnswer
from invoices.registers import Unknown
from invoices.services import exchange, lookups
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import problems_of
from invoices.services.lookups_fill import party_of, with_rate
from invoices.services.seller import invoice_start
from ksefapp.lib import clock
from simulator.registers import mid_text
from tests.api_support import API
from tests.cast import NIP
from tests.invoice_support import content

pytest_plugins = ["tests.lookup_support"]
HOTEL, ABSENT = "9990582186", "1111111111"
ACCOUNT, STRANGE = "61109010140000071219812874", "27114020040000300201355387"
WEEK = datetime(2026, 11, 19, 12, tzinfo=UTC)  # a Thursday, 13:00 in Warsaw


def at_day(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


# --- One question a day ----------------------------------------------------------------------


def test_a_nip_is_looked_up(company, registers):
    row = lookups.nip_lookup(company, HOTEL)
    assert row.answer["subject"]["status"] == "Czynny"
    assert row.request_id.startswith("WL")
    assert "accounts" not in row.answer["subject"]
    party = party_of(row)
    assert (party.address_l1, party.address_l2) == ("NADBRZEŻNA 2", "05-500 PIASECZNO")


def test_no_entry_is_an_answer(company, registers):
    assert lookups.nip_lookup(company, ABSENT).answer == {"subject": None}


def test_the_second_question_of_a_day_asks_nobody(company, registers):
    first, second = (lookups.nip_lookup(company, HOTEL) for _ in range(2))
    assert first.pk == second.pk
    assert registers.calls["whitelist_search"] == 1


def test_the_next_day_asks_again(company, registers, clock_at):
    clock_at(WEEK)
    lookups.nip_lookup(company, HOTEL)
    clock_at(WEEK + timedelta(days=1))
    lookups.nip_lookup(company, HOTEL)
    assert registers.calls["whitelist_search"] == 2


def test_a_day_ends_at_midnight_in_warsaw(company, registers, clock_at):
    clock_at(datetime(2026, 11, 19, 22, 30, tzinfo=UTC))
    lookups.nip_lookup(company, HOTEL)
    clock_at(datetime(2026, 11, 19, 23, 30, tzinfo=UTC))
    assert lookups.nip_lookup(company, HOTEL).day == date(2026, 11, 20)
    assert registers.calls["whitelist_search"] == 2


def test_a_failure_is_not_kept_but_counts(company, registers):
    registers.fault("html", "whitelist_search")
    with pytest.raises(Unknown):
        lookups.nip_lookup(company, HOTEL)
    row = RegisterAnswer.objects.get()
    assert (row.is_known, row.answer) == (False, {})
    assert "Wykaz podatników VAT" in row.problem
    assert lookups.nip_lookup(company, HOTEL).is_known


@pytest.mark.parametrize("kind", ["html", "garbage", "error_before", "too_many"])
def test_a_fault_of_the_register_is_unknown(company, registers, kind):
    registers.fault(kind, "whitelist_search")
    with pytest.raises(Unknown):
        lookups.nip_lookup(company, HOTEL)


def test_the_registers_own_limit_is_unknown(company, registers):
    body = '{"code": "WL-191", "message": "x"}'
    registers.fault("garbage", "whitelist_search", status=400, body=body)
    with pytest.raises(Unknown) as caught:
        lookups.nip_lookup(company, HOTEL)
    assert caught.value.reason == "limit"


def test_our_own_limit_comes_before_theirs(company, registers, settings):
    settings.KSEF_WHITELIST_PER_DAY = 2
    lookups.nip_lookup(company, HOTEL)
    lookups.nip_lookup(company, ABSENT)
    with pytest.raises(Unknown) as caught:
        lookups.nip_lookup(company, NIP)
    assert caught.value.reason == "limit"
    assert registers.calls["whitelist_search"] == 2
    assert lookups.nip_lookup(company, HOTEL).is_known  # what is kept costs nothing


def test_a_limit_is_of_one_day_and_one_register(company, registers, settings, clock_at):
    settings.KSEF_WHITELIST_PER_DAY = 1
    clock_at(WEEK)
    lookups.nip_lookup(company, HOTEL)
    assert lookups.account_lookup(company, NIP, ACCOUNT).is_known
    clock_at(WEEK + timedelta(days=1))
    assert lookups.nip_lookup(company, ABSENT).is_known


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_two_calls_at_most(company, registers):
    def ask(_):
        try:
            return lookups.nip_lookup(company, HOTEL).is_known
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, range(2))) == [True, True]
    assert registers.calls["whitelist_search"] in (1, 2)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_the_limit(company, registers, settings):
    settings.KSEF_WHITELIST_PER_DAY = 3

    def ask(number):
        try:
            return lookups.nip_lookup(company, number).is_known
        except Unknown:
            return False
        finally:
            connection.close()

    numbers = [HOTEL, ABSENT, NIP, "9994122174", "9992332186", "9997612186"]
    with ThreadPoolExecutor(6) as pool:
        known = list(pool.map(ask, numbers))
    assert sum(known) <= 3
    assert registers.calls.get("whitelist_search", 0) <= 3


def test_a_real_company_never_gets_the_simulators_answer(company, registers):
    lookups.nip_lookup(company, HOTEL)
    company.environment = "production"
    with pytest.raises(Unknown) as caught:
        lookups.nip_lookup(company, HOTEL)
    assert caught.value.reason == "off"  # tests know no real register
    assert lookups.known_latest("production", "whitelist", HOTEL) is None


def test_a_real_company_asks_the_configured_address(company, registers, settings):
    settings.KSEF_WHITELIST_URL = "http://127.0.0.1/registers/whitelist"
    company.environment = "test"
    assert lookups.nip_lookup(company, HOTEL).realm == "real"


def test_answers_are_forgotten_after_90_days(company, registers, clock_at):
    clock_at(WEEK)
    lookups.nip_lookup(company, HOTEL)
    clock_at(WEEK + timedelta(days=89))
    lookups.nip_lookup(company, ABSENT)
    assert lookups.answers_forget() == 0
    lookups.cache.clear()
    clock_at(WEEK + timedelta(days=91))
    assert lookups.answers_forget() == 1
    assert RegisterAnswer.objects.get().key == ABSENT


def test_forgetting_is_done_once_an_hour(company, db):
    lookups.answers_forget()
    RegisterAnswer.objects.create(
        source="nbp",
        realm="real",
        key="EUR",
        day=date(2020, 1, 1),
        asked_at=datetime(2020, 1, 1, tzinfo=UTC),
        is_known=True,
    )
    assert lookups.answers_forget() == 0


# --- VIES and accounts -----------------------------------------------------------------------


def test_vies_gives_a_proof_to_a_company_it_knows(company, registers):
    row = lookups.eu_lookup(company, "FR", "12345678100")
    assert row.answer["is_valid"] is True
    assert row.request_id
    assert row.key == f"FR12345678100:{NIP}"


@pytest.mark.parametrize(
    ("end", "reason"), [("301", "country"), ("201", "number"), ("400", "limit")]
)
def test_an_error_of_vies_is_unknown(company, registers, end, reason):
    with pytest.raises(Unknown) as caught:
        lookups.eu_lookup(company, "DE", f"123456{end}")
    assert caught.value.reason == reason


@pytest.mark.parametrize(("account", "said"), [(ACCOUNT, True), (STRANGE, False)])
def test_an_account_is_checked_with_its_nip(company, registers, account, said):
    row = lookups.account_lookup(company, NIP, f"PL {account}")
    assert row.answer == {"is_assigned": said}
    assert row.key == f"{NIP}:{account}"


# --- Rates -----------------------------------------------------------------------------------

VECTORS = [
    (date(2026, 12, 28), date(2026, 12, 23)),
    (date(2026, 4, 7), date(2026, 4, 3)),
    (date(2027, 1, 4), date(2026, 12, 31)),
    (date(2026, 11, 16), date(2026, 11, 13)),
    (date(2026, 11, 12), date(2026, 11, 10)),
]


@pytest.mark.parametrize(("tax_point", "effective"), VECTORS)
def test_the_rate_is_from_the_last_table_before(company, registers, clock_at, tax_point, effective):
    clock_at(at_day(tax_point))
    rate = exchange.rate_for(company, "EUR", tax_point, tax_point)
    assert rate.effective_on == effective
    assert rate.mid == Decimal(mid_text("A", "EUR", effective))


def test_the_earlier_of_tax_point_and_issue_counts(company, registers, clock_at):
    clock_at(WEEK)
    early, late = date(2026, 11, 10), date(2026, 11, 18)
    for tax_point, issued_on in ((early, late), (late, early)):
        rate = exchange.rate_for(company, "EUR", tax_point, issued_on)
        assert rate.effective_on == date(2026, 11, 9)
    assert registers.calls["nbp_rates"] == 1


def test_a_day_that_all_lines_share_is_the_tax_point():
    lines = [{"P_6A": "2026-11-10"}, {"P_6A": "2026-11-10"}]
    tree = {"Fa": {"P_1": "2026-11-18", "FaWiersz": lines}}
    assert exchange.rate_day(tree) == date(2026, 11, 10)
    lines[1]["P_6A"] = "2026-11-12"
    assert exchange.rate_day(tree) == date(2026, 11, 18)


def test_a_table_that_is_not_out_yet_is_unknown(company, registers, clock_at):
    clock_at(at_day(date(2026, 11, 19), 8))
    with pytest.raises(Unknown) as caught:
        exchange.rate_for(company, "EUR", date(2026, 11, 20), date(2026, 11, 20))
    assert caught.value.reason == "too-early"
    clock_at(WEEK)
    rate = exchange.rate_for(company, "EUR", date(2026, 11, 20), date(2026, 11, 20))
    assert rate.effective_on == date(2026, 11, 19)


def test_a_day_far_ahead_is_not_asked(company, registers, clock_at):
    clock_at(WEEK)
    with pytest.raises(Unknown):
        exchange.rate_for(company, "EUR", date(2026, 12, 1), date(2026, 12, 1))
    assert "nbp_rates" not in registers.calls


def test_an_exotic_currency_is_in_table_b(company, registers, clock_at):
    clock_at(WEEK)
    rate = exchange.rate_for(company, "AED", None, date(2026, 11, 19))
    assert (rate.effective_on, rate.table[4]) == (date(2026, 11, 18), "B")


def test_an_unknown_currency_is_unknown(company, registers, clock_at):
    clock_at(WEEK)
    with pytest.raises(Unknown) as caught:
        exchange.rate_for(company, "XAU", None, date(2026, 11, 19))
    assert caught.value.reason == "no-table"


def test_a_rate_with_more_places_than_fa3_takes_is_not_written(company):
    rate = exchange.Rate("IDR", Decimal("0.00022679"), "1/A/NBP/2026", clock.today(), clock.today())
    assert with_rate(content(company, KodWaluty="IDR"), rate) is None


# --- Proofs ----------------------------------------------------------------------------------


def issue(company, owner, *, begun=None, **fa):
    made = content(company, **fa)
    made["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] = HOTEL
    draft = draft_create(company=company, content=made, created_by=owner)
    return invoice_issue(draft=draft, issued_by=owner, on=clock.today())


def euro(rate: Decimal) -> dict:
    row = {"NrWierszaFa": "1", "P_7": "Blat", "P_8A": "szt.", "P_8B": "1", "P_9A": "100.00"}
    return {
        "KodWaluty": "EUR",
        "FaWiersz": [row | {"P_12": "23", "KursWaluty": f"{rate:f}"}],
        "P_14_1W": f"{(23 * rate):.2f}",
    }


def test_what_was_asked_stays_with_the_invoice(company, owner, registers):
    lookups.nip_lookup(company, HOTEL)
    lookups.nip_lookup(company, ABSENT)
    document = issue(company, owner)
    (proof,) = document.proofs.all()
    assert (proof.source, proof.key) == ("whitelist", HOTEL)
    assert proof.request_id == RegisterAnswer.objects.get(key=HOTEL).request_id


def test_nothing_asked_is_nothing_proved(company, owner):
    assert not issue(company, owner).proofs.exists()


def test_what_is_not_known_proves_nothing(company, owner, registers):
    registers.fault("html", "whitelist_search")
    with pytest.raises(Unknown):
        lookups.nip_lookup(company, HOTEL)
    assert not issue(company, owner).proofs.exists()


def test_an_answer_from_long_before_the_draft_proves_nothing(company, owner, registers, clock_at):
    clock_at(WEEK - timedelta(days=3))
    lookups.nip_lookup(company, HOTEL)
    clock_at(WEEK)
    assert not issue(company, owner).proofs.exists()


def test_account_and_rate_are_proved_too(company, owner, registers, clock_at):
    clock_at(WEEK)
    company.bank_account = ACCOUNT
    company.save()
    lookups.account_lookup(company, NIP, ACCOUNT)
    rate = exchange.rate_for(company, "EUR", None, clock.today())
    document = issue(company, owner, **euro(rate.mid))
    assert {p.source for p in document.proofs.all()} == {"account", "nbp"}


def test_another_rate_is_not_proved_by_nbp(company, owner, registers, clock_at):
    clock_at(WEEK)
    exchange.rate_for(company, "EUR", None, clock.today())
    assert not issue(company, owner, **euro(Decimal("4.1"))).proofs.exists()


def test_a_proof_outlives_the_answer(company, owner, registers, clock_at):
    clock_at(WEEK)
    lookups.nip_lookup(company, HOTEL)
    document = issue(company, owner)
    clock_at(WEEK + timedelta(days=91))
    lookups.cache.clear()
    assert lookups.answers_forget() == 1
    assert DocumentProof.objects.get().document == document


# --- No check asks anybody -------------------------------------------------------------------


def test_a_check_asks_nobody(company, owner, registers):
    company.bank_account = ACCOUNT
    company.save()
    problems_of(content(company, price="20000.00", **{"KodWaluty": "EUR"}), company=company)
    assert registers.calls == {}


def test_a_rate_as_nbp_has_it_needs_no_hint(company, owner, registers, clock_at):
    clock_at(WEEK)
    rate = exchange.rate_for(company, "EUR", None, clock.today())
    tree = with_rate(content(company, KodWaluty="EUR"), rate)
    assert "FX-03" not in {p.rule for p in problems_of(tree, company=company)}


def test_a_company_on_the_cash_method_says_so(company):
    assert invoice_start(company, today=clock.today())["Fa"]["Adnotacje"]["P_16"] == "2"
    company.cash_accounting = True
    assert invoice_start(company, today=clock.today())["Fa"]["Adnotacje"]["P_16"] == "1"


# --- API -------------------------------------------------------------------------------------


def asked(program, company, what: str, **query):
    return program.get(f"{API}/companies/{company.nip}/lookups/{what}/", query)


def test_a_program_looks_a_nip_up(program, company, registers):
    body = asked(program, company, "nip", of=HOTEL).json()
    assert body["known"] is True
    assert body["answer"]["subject"]["nip"] == HOTEL
    assert body["request_id"]


def test_a_program_is_told_why_it_is_unknown(program, company, registers):
    registers.fault("html", "whitelist_search")
    answer = asked(program, company, "nip", of=HOTEL)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["known"], body["reason"], body["answer"]) == (False, "strange", None)
    assert body["message"]


def test_a_program_gets_rate_account_and_eu_number(program, company, registers):
    rate = asked(program, company, "rate", currency="EUR", issued_on="2026-11-20").json()
    assert rate["answer"]["effective_on"] == "2026-11-19"
    assert asked(program, company, "account", account=ACCOUNT).json()["answer"]["is_assigned"]
    eu = asked(program, company, "eu", country="FR", number="12345678100").json()
    assert eu["answer"]["is_valid"] is True


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("nip", {}),
        ("nip", {"of": "123"}),
        ("eu", {"country": "GR", "number": "123456100"}),
        ("eu", {"country": "DE", "number": "żółw"}),
        ("account", {"account": "123"}),
        ("account", {"account": ACCOUNT, "of": "1"}),
        ("rate", {"currency": "euro"}),
        ("rate", {"currency": "EUR", "issued_on": "20.11.2026"}),
        ("rate", {"currency": "EUR", "tax_point": "1999-01-01"}),
    ],
)
def test_a_wrong_question_is_400(program, company, what, query):
    assert asked(program, company, what, **query).status_code == 400


def test_a_document_carries_its_proofs(program, company, owner, registers):
    lookups.nip_lookup(company, HOTEL)
    document = issue(company, owner)
    (proof,) = program.get(f"{API}/documents/{document.pk}/").json()["proofs"]
    assert (proof["source"], proof["key"]) == ("whitelist", HOTEL)
