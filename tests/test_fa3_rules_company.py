"""Rules about the company's settings, numbers and earlier documents: one case each way."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.models import Document, RegisterAnswer
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import problems_of
from ksefapp.lib import clock
from tests.cast import NIP
from tests.fa3_support import RandomTree, needs_samples, sample_files
from tests.invoice_support import content
from tests.rule_cases import rows_of

ACCOUNT = "61109010140000071219812874"
NBP = {
    "currency": "EUR",
    "mid": "4.2000",
    "table": "225/A/NBP/2026",
    "effective_on": "2026-11-20",
}
KSEF = "5265877635-20261101-0100001AF629-AF"
CORRECTION = {"RodzajFaktury": "KOR", "PrzyczynaKorekty": "błąd", "TypKorekty": "2"}
BLOCKS = {"BlokDanych": [{"MetaDane": [{"ZKlucz": "k", "ZWartosc": "w"}]}]}


def draft_of(company, owner, *, top=None, **fa):
    made = content(company, **fa) | (top or {})
    return draft_create(company=company, content=made, created_by=owner)


def rules(draft) -> set[tuple[str, str, str]]:
    problems = problems_of(draft.content, company=draft.company, draft=draft)
    # This company has no account yet.
    return {(p.rule, p.severity, p.path) for p in problems if p.rule != "PY-03"}


def issued(company, owner, **fa) -> Document:
    draft = draft_of(company, owner, **fa)
    return invoice_issue(draft=draft, issued_by=owner, on=clock.today())


def reference(number: str, **fields: str) -> dict:
    entry = {"DataWystFaKorygowanej": "2026-11-01", "NrFaKorygowanej": number}
    return CORRECTION | {"DaneFaKorygowanej": [entry | (fields or {"NrKSeFN": "1"})]}


def outside(document: Document) -> dict:
    return reference(document.number)


def inside(document: Document) -> dict:
    return reference(document.number, NrKSeF="1", NrKSeFFaKorygowanej=KSEF)


def settling(*numbers: str) -> dict:
    rows = [{"NrKSeFZN": "1", "NrFaZaliczkowej": number} for number in numbers]
    return {"RodzajFaktury": "ROZ", "FakturaZaliczkowa": rows}


def advance(company, owner, gross: str) -> Document:
    document = issued(company, owner, P_2=f"ZAL/{gross}")
    Document.objects.filter(pk=document.pk).update(kind="ZAL", gross=Decimal(gross))
    return document


def numbered_draft(used: str, number: str, kind: str = "VAT"):
    """A draft with a number, beside an invoice with another or the same."""

    def make(company, owner):
        issued(company, owner, number=used)
        return draft_of(company, owner, number=number, RodzajFaktury=kind)

    return make


def self_billed(buyer: str | None = None):
    def make(company, owner):
        draft = draft_of(company, owner)
        trees.put(draft.content, "Fa/Adnotacje/P_17", "1")
        if buyer:
            trees.put(draft.content, "Podmiot2/DaneIdentyfikacyjne/NIP", buyer)
        return draft

    return make


def of_company(rate: str = "23", top: dict | None = None, **settings):
    def make(company, owner):
        vars(company).update(settings)
        company.save()
        draft = draft_of(company, owner, top=top)
        draft.content["Fa"]["FaWiersz"][0]["P_12"] = rate
        return draft

    return make


def euro(rate: str) -> dict:
    line = {"NrWierszaFa": "1", "P_7": "N", "P_8A": "szt.", "P_8B": "1", "P_9A": "5.00"}
    return {"KodWaluty": "EUR", "FaWiersz": [line | {"P_12": "23", "KursWaluty": rate}]}


def correction(entry, was: str = "VAT", buyer: str = "1111111111", **fa):
    """A correction of an invoice that has a KSeF number, was of a kind and rate 4.35."""

    def make(company, owner):
        original = issued(company, owner, number="A/7", **euro("4.3500"))
        Document.objects.filter(pk=original.pk).update(ksef_number=KSEF, kind=was)
        draft = draft_of(company, owner, **entry(original) | fa)
        trees.put(draft.content, "Podmiot2/DaneIdentyfikacyjne/NIP", buyer)
        return draft

    return make


def settlement(paid: str, due: str):
    def make(company, owner):
        draft = draft_of(company, owner, **settling(advance(company, owner, paid).number))
        draft.content["Fa"]["P_15"] = due
        return draft

    return make


def in_currency(code: str):
    return lambda company, owner: draft_of(company, owner, KodWaluty=code)


def with_rate(stated: str):
    """A rate on the lines, where NBP said 4.2000 for that day."""

    def make(company, owner):
        RegisterAnswer.objects.create(
            source="nbp", realm="simulator", key="EUR", day=clock.today(), is_known=True, answer=NBP
        )
        return draft_of(company, owner, **euro(stated))

    return make


def with_account(gross: str):
    """An account of which the white list said NIE."""

    def make(company, owner):
        RegisterAnswer.objects.create(
            source="account",
            realm="simulator",
            key=f"{company.nip}:{ACCOUNT}",
            day=clock.today(),
            is_known=True,
            answer={"is_assigned": False},
        )
        paid = {"RachunekBankowy": [{"NrRB": ACCOUNT}]}
        draft = draft_of(company, owner, Platnosc=paid)
        draft.content["Fa"]["P_15"] = gross
        return draft

    return make


def cash_method(*, settled: bool):
    def make(company, owner):
        company.cash_accounting = settled
        company.save()
        draft = draft_of(company, owner)
        trees.put(draft.content, "Fa/Adnotacje/P_16", "1")
        return draft

    return make


def first_of_series(nr: int):
    def make(company, owner):
        today = clock.today()
        return draft_of(company, owner, number=f"FV/{nr}/{today:%m}/{today.year}")

    return make


# Row of the table: (severity, path, what triggers it, what does not).
CASES = {
    "ID-18": ("block", "Fa/Adnotacje/P_17", self_billed(), self_billed(NIP)),
    "DT-03": ("block", "Fa/P_2", numbered_draft("A/7", "A/7"), numbered_draft("A/7", "A/8")),
    "DT-03a": ("warn", "Fa/P_2", numbered_draft("A/7", "a/7"), numbered_draft("A/7", "b/7")),
    "DT-04": ("warn", "Fa/P_2", numbered_draft("A/7", "A/7", "UPR"), numbered_draft("A/7", "A/7")),
    "DT-05": ("hint", "Fa/P_2", first_of_series(2), first_of_series(1)),
    "TX-04": ("warn", "Fa/FaWiersz[0]/P_12", of_company(vat_exempt=True),
              of_company("zw", vat_exempt=True)),
    "TF-06": ("block", "Zalacznik", of_company(top={"Zalacznik": BLOCKS}),
              of_company(top={"Zalacznik": BLOCKS}, attachments_notified_on=date(2026, 1, 1))),
    "FX-03": ("hint", "Fa/P_14_1W", in_currency("EUR"), in_currency("PLN")),
    "FX-03a": ("warn", "Fa/P_14_1W", with_rate("4.2001"), with_rate("4.2000")),
    "PY-04": ("warn", "Fa/Platnosc/RachunekBankowy[0]/NrRB", with_account("15000.01"),
              with_account("15000.00")),
    "TX-06": ("warn", "Fa/Adnotacje/P_16", cash_method(settled=False), cash_method(settled=True)),
    "FX-06": ("warn", "Fa/FaWiersz[0]/KursWaluty", correction(inside, **euro("4.40")),
              correction(inside, **euro("4.35"))),
    "KO-03": ("warn", "Fa/DaneFaKorygowanej[0]/NrKSeFN", correction(outside), correction(inside)),
    "KO-05": ("warn", "Fa/DaneFaKorygowanej[0]", correction(inside, "KOR"), correction(inside)),
    "KO-06": ("warn", "Fa/RodzajFaktury", correction(inside, "ZAL"), correction(inside, "UPR")),
    "KO-10": ("block", "Podmiot2/DaneIdentyfikacyjne/NIP",
              correction(inside, buyer="7740001454"), correction(inside)),
    "AD-08a": ("warn", "Fa/P_15", settlement("40.00", "83.06"), settlement("40.00", "83.05")),
    "AD-10a": ("warn", "Fa/FakturaZaliczkowa", settlement("123.01", "0"),
               settlement("123.00", "0")),
}  # fmt: skip


def named(draft) -> set[tuple[str, str, str]]:
    """(row of the table, severity, path) of what is found."""
    problems = problems_of(draft.content, company=draft.company, draft=draft)
    return {(row, p.severity, p.path) for p in problems for row in rows_of(p)}


@pytest.mark.parametrize("row", CASES)
def test_a_rule_fires_on_this(row, company, owner):
    severity, path, bad, _ = CASES[row]
    assert (row, severity, path) in named(bad(company, owner))


@pytest.mark.parametrize("row", CASES)
def test_a_rule_keeps_silent_on_that(row, company, owner):
    severity, path, _, good = CASES[row]
    assert (row, severity, path) not in named(good(company, owner))


def test_an_ordinary_invoice_is_left_alone(company, owner):
    assert rules(draft_of(company, owner)) == set()


def test_a_withdrawn_number_is_free_again(company, owner):
    used = issued(company, owner, number="A/7")
    Document.objects.filter(pk=used.pk).update(withdrawn_at=clock.now())
    assert rules(draft_of(company, owner, number="A/7")) == set()


@pytest.mark.parametrize(("nr", "gap"), [(1, False), (2, True), (40, True)])
def test_a_gap_in_the_series_is_a_hint(company, owner, nr, gap):
    today = clock.today()
    draft = draft_of(company, owner, number=f"FV/{nr}/{today:%m}/{today.year}")
    assert (("DT-05", "hint", "Fa/P_2") in rules(draft)) is gap


@pytest.mark.parametrize("number", ["FV/5/13/2026", "FV/x/11/2026", "FV(5/11/2026", "5"])
def test_another_form_of_number_is_no_gap(company, owner, number):
    assert rules(draft_of(company, owner, number=number)) == set()


@pytest.mark.parametrize(
    ("issued_on", "supplied", "day"),
    [
        ("2026-11-20", None, "19.11.2026"),
        ("2026-11-16", None, "13.11.2026"),  # a Monday
        ("2026-11-12", None, "10.11.2026"),  # after a holiday
        ("2026-11-20", "2026-11-16", "13.11.2026"),
    ],
)
def test_the_day_of_the_exchange_rate_is_named(company, owner, issued_on, supplied, day):
    facts = {"KodWaluty": "EUR", "P_1": issued_on} | ({"P_6": supplied} if supplied else {})
    draft = draft_of(company, owner, **facts)
    problems = problems_of(draft.content, company=company, draft=draft)
    (hint,) = [p for p in problems if p.rule == "FX-03"]
    assert day in hint.pl
    draft.content["Fa"]["KodWaluty"] = "PLN"
    assert "FX-03" not in {rule for rule, _, _ in rules(draft)}


def test_a_rebate_of_a_period_may_have_its_own_rate(company, owner):
    draft = correction(inside, OkresFaKorygowanej="2026", **euro("4.40"))(company, owner)
    assert "FX-06" not in {rule for rule, _, _ in rules(draft)}


def test_two_documents_of_one_number_settle_nothing(company, owner):
    for kind in ("ZAL", "ROZ"):
        other = issued(company, owner, number="A/7")
        Document.objects.filter(pk=other.pk).update(kind=kind)
    assert "KO-06" not in {r for r, _, _ in rules(draft_of(company, owner, **outside(other)))}


@pytest.mark.parametrize(("due", "is_wrong"), [("83.00", False), ("83.04", False), ("90.00", True)])
def test_a_settlement_leaves_out_what_was_paid(company, owner, due, is_wrong):
    paid = advance(company, owner, "40.00")
    draft = draft_of(company, owner, **settling(paid.number))
    draft.content["Fa"]["P_15"] = due
    assert (("AD-08", "warn", "Fa/P_15") in rules(draft)) is is_wrong


@pytest.mark.parametrize(("paid", "is_wrong"), [("123.00", False), ("123.01", True)])
def test_advances_do_not_exceed_the_order(company, owner, paid, is_wrong):
    document = advance(company, owner, paid)
    draft = draft_of(company, owner, **settling(document.number))
    assert (("AD-10", "warn", "Fa/FakturaZaliczkowa") in rules(draft)) is is_wrong


def test_advances_that_are_not_ours_settle_nothing(company, owner):
    paid = advance(company, owner, "40.00")
    draft = draft_of(company, owner, **settling(paid.number, "OBCA/1"))
    draft.content["Fa"]["P_15"] = "90.00"
    assert "AD-08" not in {rule for rule, _, _ in rules(draft)}


def test_a_corrected_advance_settles_nothing(company, owner):
    paid = advance(company, owner, "40.00")
    Document.objects.filter(pk=advance(company, owner, "5.00").pk).update(kind="KOR_ZAL")
    draft = draft_of(company, owner, **settling(paid.number))
    draft.content["Fa"]["P_15"] = "90.00"
    assert "AD-08" not in {rule for rule, _, _ in rules(draft)}


@pytest.mark.parametrize("kind", ["VAT", "ROZ", "KOR", "KOR_ZAL"])
@pytest.mark.parametrize("seed", range(5))
def test_any_valid_tree_can_be_held_against_the_company(company, owner, kind, seed):
    made = RandomTree(seed, 0.5).make()
    made["Fa"] |= {"RodzajFaktury": kind, "KodWaluty": "EUR"}
    company.vat_exempt = True
    assert isinstance(problems_of(made, company=company), list)


@pytest.mark.parametrize(
    "broken",
    [
        {"DaneFaKorygowanej": "x"},
        {"DaneFaKorygowanej": [None, "x", {"NrFaKorygowanej": ["A/7"]}]},
        {"FakturaZaliczkowa": {"NrFaZaliczkowej": 7}},
        {"FaWiersz": "x", "P_2": ["A/7"], "P_1": 5},
        {"P_6": "2026-99-99", "P_14_1": "x", "KodWaluty": ["EUR"]},
    ],
)
@pytest.mark.parametrize("kind", ["VAT", "ROZ", "KOR"])
def test_a_broken_tree_is_no_failure(company, broken, kind):
    made = {"Fa": {"RodzajFaktury": kind, "P_1": "2026-11-20", "P_2": "A/7"} | broken}
    assert problems_of(made, company=company)


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_an_official_sample_is_stopped_by_nothing_but_its_seller_and_day(company, path):
    problems = problems_of(parse(path.read_bytes()), company=company)
    blocked = {problem.rule for problem in problems if problem.severity == "block"}
    # The seat of a buyer abroad is a question of the form; an attachment needs its notification.
    assert blocked - {"APP-seat", "TF-06"} <= {"APP-seller", "DT-01"}
