"""The 10,000 PLN relief: what counts, what fits, and that it is lost for good (art. 145m)."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.models import Document, ReliefLoss
from invoices.relief_rules import Month, gross_pln, is_open
from invoices.services import relief
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from invoices.services.relief import ReliefRefused, entry_add, loss_declare, month_get
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.invoice_support import content, issued, shifted_clock
from tests.outside_support import gross, outside_draft, outside_issued

pytestmark = pytest.mark.django_db
NOVEMBER, UNTIL = date(2026, 11, 1), date(2026, 12, 31)
DAY = 86_400


def rules(caught) -> list[str]:
    return [problem.rule for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (date(2026, 3, 31), False),
        (date(2026, 4, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_the_relief_covers_days_of_issue_from_april_to_december(day, covered):
    assert is_open(day, until=UNTIL) is covered


def test_the_limit_itself_may_be_reached():
    month = Month(NOVEMBER, issued=Decimal("6000.00"))
    assert month.fits(Decimal("4000.00"))
    assert not month.fits(Decimal("4000.01"))
    assert month.left == Decimal("4000.00")


def test_the_vector_of_the_rules_fills_the_month_and_then_loses_the_relief(company, owner):
    gross(company, owner, "6000.00")
    gross(company, owner, "3999.99")
    with pytest.raises(IssueRefused) as caught:
        gross(company, owner, "0.02")
    assert "TL-02" in rules(caught)
    last = gross(company, owner, "0.02", accept=["TL-02"])
    assert last.submission.mode == "online"
    assert last.submission.state == "queued"
    lost = ReliefLoss.objects.get(company=company)
    assert (lost.why, lost.document) == ("limit", last)


def test_after_the_loss_nothing_is_issued_under_the_relief(company, owner):
    loss_declare(company=company, lost_on=clock.today(), by=owner)
    with pytest.raises(IssueRefused) as caught:
        gross(company, owner, "0.01", accept=["TL-02"])
    assert "APP-relief-lost" in rules(caught)


def test_the_loss_holds_in_later_months_too(company, owner, monkeypatch, tmp_path):
    gross(company, owner, "10000.01", accept=["TL-02"])
    with (
        shifted_clock(monkeypatch, tmp_path, 10 * DAY),
        pytest.raises(IssueRefused) as caught,
    ):
        gross(company, owner, "1.00")
    assert "APP-relief-lost" in rules(caught)


def test_the_refused_invoice_leaves_no_trace(company, owner):
    with pytest.raises(IssueRefused):
        gross(company, owner, "10000.01")
    assert not Document.objects.exists()
    assert not ReliefLoss.objects.exists()


def test_the_next_month_starts_anew(company, owner, monkeypatch, tmp_path):
    gross(company, owner, "10000.00")
    with shifted_clock(monkeypatch, tmp_path, 10 * DAY):
        later = gross(company, owner, "10000.00")
        assert later.submission.mode == "poza"


def test_in_january_the_relief_is_over(company, owner, monkeypatch, tmp_path):
    with (
        shifted_clock(monkeypatch, tmp_path, 50 * DAY),
        pytest.raises(IssueRefused) as caught,
    ):
        gross(company, owner, "1.00")
    assert "TL-01" in rules(caught)


def test_a_december_date_does_not_help_in_january(company, owner, monkeypatch, tmp_path):
    with (
        shifted_clock(monkeypatch, tmp_path, 50 * DAY),
        pytest.raises(IssueRefused) as caught,
    ):
        gross(company, owner, "1.00", P_1="2026-12-31", accept=["DT-02"])
    assert "TL-01" in rules(caught)


def test_an_earlier_date_is_asked_about_in_the_words_of_the_relief(company, owner):
    with pytest.raises(IssueRefused) as caught:
        gross(company, owner, "1.00", P_1="2026-10-30")
    asked = next(problem for problem in caught.value.problems if problem.rule == "DT-02")
    assert "10.2026" in asked.pl
    assert "2026-10" in asked.en
    assert "offline" not in asked.pl + asked.en


def test_an_earlier_date_counts_in_its_own_month(company, owner):
    gross(company, owner, "9000.00", P_1="2026-10-30", accept=["DT-02"])
    assert month_get(company, date(2026, 10, 1)).used == Decimal("9000.00")
    gross(company, owner, "9000.00")
    with pytest.raises(IssueRefused) as caught:
        gross(company, owner, "1000.01", P_1="2026-10-31", accept=["DT-02"])
    assert "TL-02" in rules(caught)


def test_a_consumer_s_earlier_date_says_nothing_of_a_limit(company, owner):
    with pytest.raises(IssueRefused) as caught:
        outside_issued(company, owner, "consumer", P_1="2026-10-30")
    asked = next(problem for problem in caught.value.problems if problem.rule == "DT-02")
    assert "Poza KSeF" in asked.pl
    assert "limit" not in asked.pl


def test_the_last_day_is_a_setting(company, owner, settings):
    settings.KSEF_RELIEF_UNTIL = date(2026, 10, 31)
    with pytest.raises(IssueRefused) as caught:
        gross(company, owner, "1.00")
    assert "TL-01" in rules(caught)


def test_consumers_and_invoices_in_ksef_do_not_count(company, owner):
    outside_issued(company, owner, "consumer", price="9000.00")
    issued(company, owner, price="9000.00")
    assert month_get(company, clock.today()).used == 0


def test_a_correction_in_minus_gives_no_room_back():
    month = Month(NOVEMBER, issued=Decimal("9000.00"))
    assert month.fits(Decimal("-500.00"))
    assert not Month(NOVEMBER, issued=Decimal("10000.00")).fits(Decimal("0.01"))


def test_a_minus_in_the_books_counts_as_nothing(company, owner):
    document = gross(company, owner, "100.00")
    facts = document.submission
    type(facts).objects.filter(pk=facts.pk).update(facts={relief.GROSS: "-100.00"})
    assert month_get(company, clock.today()).used == 0


def test_foreign_currency_counts_by_the_rate_on_the_invoice(company):
    tree = content(company, price="1000.00", KodWaluty="EUR")
    assert gross_pln(tree) is None
    tree["Fa"]["FaWiersz"][0]["KursWaluty"] = "4.2512"
    assert gross_pln(tree) == Decimal("5228.98")  # 1230.00 EUR


def test_several_rates_convert_each_line_by_its_own(company):
    tree = content(company, price="100.00", KodWaluty="EUR")
    first = tree["Fa"]["FaWiersz"][0] | {"P_11": "100.00", "KursWaluty": "4.00"}
    tree["Fa"]["FaWiersz"] = [first, first | {"NrWierszaFa": "2", "KursWaluty": "5.00"}]
    assert gross_pln(tree) == Decimal("1107.00")  # 123 × 4 + 123 × 5


def test_foreign_currency_without_a_rate_is_not_issued_under_the_relief(company, owner):
    with pytest.raises(IssueRefused) as caught:
        outside_issued(company, owner, "relief", KodWaluty="EUR")
    assert "APP-outside" in rules(caught)


def test_what_other_programs_issued_takes_of_the_limit(company, owner):
    entry_add(company=company, month=NOVEMBER, amount=Decimal("9000.00"), by=owner)
    assert month_get(company, NOVEMBER).left == Decimal("1000.00")
    with pytest.raises(IssueRefused):
        gross(company, owner, "1000.01")


def test_an_entry_is_taken_back_by_a_negative_one(company, owner):
    entry_add(company=company, month=NOVEMBER, amount=Decimal("900.00"), by=owner)
    entry_add(company=company, month=NOVEMBER, amount=Decimal("-900.00"), by=owner)
    assert month_get(company, NOVEMBER).used == 0


@pytest.mark.parametrize(
    ("month", "amount"),
    [
        (NOVEMBER, "0"),
        (NOVEMBER, "1.005"),
        (NOVEMBER, "NaN"),
        (NOVEMBER, "-0.01"),
        (NOVEMBER, "10000.01"),
        (date(2026, 3, 1), "1.00"),
        (date(2026, 12, 1), "1.00"),
    ],
)
def test_an_entry_that_cannot_be_true_is_refused(company, owner, month, amount):
    with pytest.raises(ReliefRefused):
        entry_add(company=company, month=month, amount=Decimal(amount), by=owner)


def test_the_loss_is_recorded_once(company, owner):
    loss_declare(company=company, lost_on=clock.today(), by=owner)
    with pytest.raises(ReliefRefused):
        loss_declare(company=company, lost_on=clock.today(), by=owner)


def test_the_loss_cannot_be_dated_in_the_future(company, owner):
    with pytest.raises(ReliefRefused):
        loss_declare(company=company, lost_on=date(2026, 12, 24), by=owner)


def test_environments_have_their_own_ledgers(company, owner):
    gross(company, owner, "5000.00")
    company.environment = "test"
    assert month_get(company, clock.today()).used == 0


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_six_issuers_at_once_as_many_fit_as_there_is_room(company, owner):
    drafts = [outside_draft(company, owner, "relief", price="2500.00") for _ in range(6)]
    found = at_once(*[issuing(draft, owner) for draft in drafts])
    assert sum(isinstance(each, Document) for each in found) == 3
    assert sum(isinstance(each, IssueRefused) for each in found) == 3
    assert month_get(company, clock.today()).used == Decimal("9225.00")


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_an_entry_and_an_invoice_at_once_never_both_fit(company, owner):
    draft, month = outside_draft(company, owner, "relief", price="5000.00"), clock.today()
    entered = {"company": company, "month": month, "amount": Decimal("6000.00"), "by": owner}
    found = at_once(issuing(draft, owner), lambda: entry_add(**entered))
    assert sum(isinstance(each, IssueRefused | ReliefRefused) for each in found) == 1
    assert month_get(company, month).used <= Decimal("10000.00")


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_who_lose_the_relief_at_once_lose_it_once(company, owner):
    drafts = [outside_draft(company, owner, "relief", price="9000.00") for _ in range(2)]
    found = at_once(*[issuing(draft, owner, accept=frozenset({"TL-02"})) for draft in drafts])
    lost = ReliefLoss.objects.get(company=company)
    assert lost.document in found
    assert Document.objects.count() == 1


def issuing(draft, owner, **options):
    return lambda: invoice_issue(draft=draft, issued_by=owner, on=clock.today(), **options)
