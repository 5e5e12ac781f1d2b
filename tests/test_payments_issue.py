"""Payments that a document brings with it: stated in it, or made for the one it replaces."""

from decimal import Decimal

import pytest

from invoices.models import Document, Payment
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.invoice_support import content, issued
from tests.payment_support import paid, refused_and_repaired, stands

pytestmark = pytest.mark.django_db

TODAY = clock.today().isoformat()
PARTS = {
    "ZnacznikZaplatyCzesciowej": "1",
    "ZaplataCzesciowa": [{"KwotaZaplatyCzesciowej": "23.00", "DataZaplatyCzesciowej": TODAY}],
}


def in_parts(company, user, **payment) -> Document:
    tree = content(company)
    tree["Fa"]["Platnosc"] = tree["Fa"].get("Platnosc", {}) | PARTS | payment
    draft = draft_create(company=company, content=tree, created_by=user)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today())


def test_parts_that_the_invoice_says_were_paid_are_entries(company, owner):
    document = in_parts(company, owner)
    assert stands(document) == ("partly", Decimal("100.00"))
    assert Payment.objects.get().received_on == clock.today()


def test_an_invoice_paid_in_all_its_parts_owes_nothing(company, owner):
    document = in_parts(company, owner, ZnacznikZaplatyCzesciowej="2")
    assert stands(document) == ("paid", Decimal(0))
    assert not Payment.objects.exists()


def test_money_for_a_refused_invoice_goes_over_to_its_replacement(company, owner):
    old = issued(company, owner)
    paid(old, owner, "23.00", note="przelew")
    new = refused_and_repaired(old, owner)
    assert stands(new) == ("partly", Decimal("100.00"))
    assert new.payments.get().note == "przelew"
    assert stands(old) == ("none", Decimal(0))


def test_what_the_replacement_states_itself_is_not_counted_twice(company, owner):
    old = in_parts(company, owner)
    paid(old, owner, "10.00")
    new = refused_and_repaired(old, owner)
    assert stands(new) == ("partly", Decimal("90.00"))


def test_a_cancelled_entry_stays_where_it_was(company, owner):
    old = issued(company, owner)
    row = paid(old, owner, "23.00")
    Payment.objects.filter(pk=row.pk).update(cancelled_at=clock.now(), cancelled_by=owner)
    assert stands(refused_and_repaired(old, owner)) == ("unpaid", Decimal("123.00"))
