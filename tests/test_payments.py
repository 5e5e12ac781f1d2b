"""Payments: what is owed after corrections, what came, and that nothing is lost or doubled."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.models import Document, Payment
from invoices.services.payments import (
    FILTERS,
    PaymentRefused,
    payment_cancel,
    payment_filter,
    payment_settle,
    standing,
    standing_get,
    with_rest,
)
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.payment_support import corrected, paid, sold, stands

pytestmark = pytest.mark.django_db


def kept(name: str) -> set:
    rows = with_rest(Document.objects.all()).filter(payment_filter(name))
    return set(rows.values_list("pk", flat=True))


def test_an_invoice_that_nobody_paid_owes_all_of_it(company, owner):
    assert stands(sold(company, owner)) == ("unpaid", Decimal("123.00"))


def test_a_part_leaves_the_rest(company, owner):
    document = sold(company, owner)
    paid(document, owner, "23.01")
    assert stands(document) == ("partly", Decimal("99.99"))


def test_several_payments_make_it_paid_to_the_grosz(company, owner):
    document = sold(company, owner, gross="0.30")
    for _ in range(3):
        paid(document, owner, "0.10")
    assert stands(document) == ("paid", Decimal("0.00"))
    assert kept("paid") == {document.pk}


def test_too_much_is_to_be_given_back(company, owner):
    document = sold(company, owner)
    paid(document, owner, "200.00")
    assert stands(document) == ("overpaid", Decimal("-77.00"))


def test_what_was_given_back_is_owed_again(company, owner):
    document = sold(company, owner)
    payment_settle(document=document, by=owner)
    paid(document, owner, "-23.00")
    assert stands(document) == ("partly", Decimal("23.00"))


def test_a_cancelled_entry_stays_and_counts_no_more(company, owner):
    document = sold(company, owner)
    row = payment_cancel(payment=paid(document, owner, "23.00"), by=owner)
    assert stands(document) == ("unpaid", Decimal("123.00"))
    assert (row.cancelled_by, Payment.objects.count()) == (owner, 1)


def test_an_entry_is_cancelled_once(company, owner):
    row = paid(sold(company, owner), owner, "23.00")
    payment_cancel(payment=row, by=owner)
    with pytest.raises(PaymentRefused):
        payment_cancel(payment=row, by=owner)


def test_the_rest_is_settled_once(company, owner):
    document = sold(company, owner)
    payment_settle(document=document, by=owner)
    with pytest.raises(PaymentRefused):
        payment_settle(document=document, by=owner)
    assert stands(document) == ("paid", Decimal(0))


def test_a_form_that_is_sent_twice_adds_nothing_the_second_time(company, owner):
    document = sold(company, owner)
    paid(document, owner, "50.00", seen=Decimal("123.00"))
    with pytest.raises(PaymentRefused):
        paid(document, owner, "50.00", seen=Decimal("123.00"))
    assert Payment.objects.count() == 1


def test_it_was_paid_when_it_was_issued(company, owner):
    document = sold(company, owner, paid=True)
    assert stands(document) == ("paid", Decimal(0))
    assert standing_get(document).paid_at_issue


def test_an_accepted_correction_lowers_the_rest(company, owner):
    document = sold(company, owner)
    correction = corrected(company, owner, document, gross="-23.00")
    assert stands(document) == ("unpaid", Decimal("100.00"))
    assert stands(correction) == ("with", Decimal(0))


@pytest.mark.parametrize("state", ["queued", "sent", "unknown", "refused"])
def test_a_correction_counts_once_it_is_accepted(company, owner, state):
    document = sold(company, owner)
    corrected(company, owner, document, gross="-23.00", state=state)
    assert stands(document) == ("unpaid", Decimal("123.00"))


def test_a_correction_of_a_paid_invoice_is_to_be_given_back(company, owner):
    document = sold(company, owner, paid=True)
    corrected(company, owner, document, gross="-23.00")
    assert stands(document) == ("overpaid", Decimal("-23.00"))


def test_a_correction_to_zero_leaves_nothing_due_and_nothing_late(company, owner):
    document = sold(company, owner, due_on=clock.today() - timedelta(days=9))
    corrected(company, owner, document, gross="-123.00")
    assert stands(document) == ("paid", Decimal(0))
    rows = with_rest(Document.objects.filter(pk=document.pk))
    assert not rows.filter(payment_filter("overdue")).exists()


def test_a_correction_that_says_it_is_paid_owes_nothing(company, owner):
    document = sold(company, owner, paid=True)
    refund = corrected(company, owner, document, gross="-23.00")
    Document.objects.filter(pk=refund.pk).update(paid=True)
    assert stands(document) == ("paid", Decimal(0))


@pytest.mark.parametrize(("term", "late"), [(-1, 1), (0, 0), (5, 0), (None, 0)])
def test_of_a_paid_invoice_the_correction_in_plus_is_late_by_its_own_term(
    company, owner, term, late
):
    today = clock.today()
    document = sold(company, owner, due_on=today - timedelta(days=60), paid=True)
    due_on = None if term is None else today + timedelta(days=term)
    more = corrected(company, owner, document, gross="50.00")
    Document.objects.filter(pk=more.pk).update(due_on=due_on)
    now = standing_get(document)
    assert (now.rest, now.due_on, now.overdue_days) == (Decimal("50.00"), due_on, late)


def test_what_the_invoice_itself_still_owes_is_late_by_its_term(company, owner):
    document = sold(company, owner, due_on=clock.today() - timedelta(days=3))
    corrected(company, owner, document, gross="50.00")
    paid(document, owner, "100.00")
    assert standing_get(document).overdue_days == 3


def test_a_correction_of_several_invoices_stands_for_itself(company, owner):
    first, second = sold(company, owner), sold(company, owner)
    rebate = corrected(company, owner, first, second, gross="-20.00")
    assert stands(first) == stands(second) == ("unpaid", Decimal("123.00"))
    assert stands(rebate) == ("overpaid", Decimal("-20.00"))


def test_a_correction_of_what_is_not_ours_stands_for_itself(company, owner):
    assert stands(corrected(company, owner, gross="30.00")) == ("unpaid", Decimal("30.00"))


def test_a_withdrawn_invoice_owes_nothing_and_takes_nothing(company, owner):
    document = sold(company, owner, withdrawn_at=clock.now())
    assert stands(document) == ("none", Decimal(0))
    with pytest.raises(PaymentRefused):
        paid(document, owner, "1.00")


def test_money_for_a_correction_goes_to_its_invoice(company, owner):
    correction = corrected(company, owner, sold(company, owner), gross="10.00")
    with pytest.raises(PaymentRefused):
        paid(correction, owner, "10.00")


@pytest.mark.parametrize("amount", ["0", "0.001", "NaN", "Infinity", "1E+16"])
def test_only_money_is_recorded(company, owner, amount):
    document = sold(company, owner)
    with pytest.raises(PaymentRefused):
        paid(document, owner, amount)
    assert not Payment.objects.exists()


def test_money_comes_today_at_the_latest(company, owner):
    tomorrow = clock.today() + timedelta(days=1)
    with pytest.raises(PaymentRefused):
        paid(sold(company, owner), owner, "1.00", received_on=tomorrow)


@pytest.mark.parametrize(("days", "overdue"), [(0, 0), (1, 1), (12, 12), (-3, 0)])
def test_overdue_begins_the_day_after_the_term(company, owner, days, overdue):
    document = sold(company, owner, due_on=clock.today() - timedelta(days=days))
    assert standing_get(document).overdue_days == overdue
    assert kept("overdue") == ({document.pk} if overdue else set())


def test_what_is_paid_is_never_overdue(company, owner):
    document = sold(company, owner, due_on=date(2026, 1, 5))
    payment_settle(document=document, by=owner)
    assert standing_get(document).overdue_days == 0
    assert kept("overdue") == set()


def test_filters_part_the_documents(company, owner):
    open_one, part, done = (sold(company, owner) for _ in range(3))
    corrected(company, owner, done, gross="-3.00")
    paid(part, owner, "1.00")
    paid(done, owner, "120.00")
    found = [kept(name) for name in FILTERS]
    assert found == [{open_one.pk, part.pk}, {part.pk}, set(), {done.pk}]


def test_who_recorded_and_cancelled_what_is_in_the_history(company, owner):
    payment_cancel(payment=paid(sold(company, owner), owner, "23.00"), by=owner)
    rows = AuditEntry.objects.filter(action__startswith="payment.").order_by("pk")
    assert [row.action for row in rows] == ["payment.add", "payment.cancel"]
    assert rows[0].details["amount"] == "23.00 PLN"


def test_the_document_itself_is_untouched(company, owner):
    document = sold(company, owner)
    before = Document.objects.filter(pk=document.pk).values().get()
    payment_settle(document=document, by=owner)
    assert Document.objects.filter(pk=document.pk).values().get() == before


def test_many_documents_are_asked_about_at_once(company, owner):
    rows = [sold(company, owner) for _ in range(3)]
    paid(rows[0], owner, "5.00")
    corrected(company, owner, rows[1], gross="-5.00")
    with CaptureQueriesContext(connection) as asked:
        assert len([standing(row) for row in with_rest(Document.objects.all())]) == 4
    assert len(asked) == 1


grosze = st.integers(-10_000_000, 10_000_000).filter(bool).map(lambda n: Decimal(n) / 100)


@given(
    gross=st.integers(1, 10_000_000).map(lambda n: Decimal(n) / 100),
    parts=st.lists(grosze, max_size=6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_rest_is_the_amount_less_all_that_came(company, owner, gross, parts):
    document = sold(company, owner, gross=str(gross))
    for part in parts:
        paid(document, owner, str(part))
    assert standing_get(document).rest == gross - sum(parts, Decimal(0))
