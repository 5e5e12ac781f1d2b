"""Which of our invoices a correction names, and which of them KSeF has not numbered yet."""

import pytest

from invoices.models import Document, Draft, Submission
from invoices.services.links import What
from invoices.services.originals import own_originals, waiting_originals
from invoices.services.rebate import earlier_rebates
from tests.correct_support import numbered, original_made
from tests.invoice_support import issued


def entry(number: str, ksef_number: str = "") -> dict:
    named = {"DataWystFaKorygowanej": "2026-11-22", "NrFaKorygowanej": number}
    if ksef_number:
        return named | {"NrKSeF": "1", "NrKSeFFaKorygowanej": ksef_number}
    return named | {"NrKSeFN": "1"}


def naming(company, *entries: dict) -> tuple[dict, Draft]:
    tree = {"Fa": {"RodzajFaktury": "KOR", "DaneFaKorygowanej": list(entries)}}
    return tree, Draft(company=company, environment=company.environment, content=tree)


def test_what_has_no_number_is_waited_for(company, owner):
    here, gone = issued(company, owner), numbered(issued(company, owner))
    tree, draft = naming(company, entry(gone.number), entry(here.number))
    assert list(waiting_originals(tree, draft)) == [(1, here, True)]


def test_what_is_not_ours_is_waited_for_by_nobody(company, owner):
    tree, draft = naming(company, entry("OBCA/1"), {"NrKSeFN": "1"})
    assert list(own_originals(tree, draft)) == []


def test_a_correction_of_the_same_number_is_not_taken_for_the_invoice(company, owner):
    invoice = numbered(issued(company, owner))
    other = issued(company, owner)
    Document.objects.filter(pk=other.pk).update(kind="KOR", number=invoice.number)
    tree, draft = naming(company, entry(invoice.number, invoice.ksef_number))
    assert list(waiting_originals(tree, draft)) == []


def test_what_stays_outside_ksef_is_waited_for_by_nobody(company, owner):
    kept = issued(company, owner)
    Submission.objects.filter(document=kept).update(state=Submission.State.OUTSIDE)
    tree, draft = naming(company, entry(kept.number))
    assert list(waiting_originals(tree, draft)) == []


def test_thousands_of_invoices_take_few_queries(company, owner, django_assert_max_num_queries):
    here = issued(company, owner)
    tree, draft = naming(company, *(entry(f"X/{at}") for at in range(999)), entry(here.number))
    with django_assert_max_num_queries(5):
        assert list(waiting_originals(tree, draft)) == [(999, here, True)]


@pytest.mark.parametrize("count", [2, 6])
def test_a_rebate_is_read_once_for_all_its_invoices(
    count, company, owner, django_assert_num_queries
):
    rows = [original_made(company, owner) for _ in range(count)]
    rebate = issued(company, owner)
    Document.objects.filter(pk=rebate.pk).update(kind="KOR")
    for row in rows:
        rebate.links.create(other=row, what=What.CORRECTS)
    with django_assert_num_queries(3):  # links, documents, whether it corrects several
        assert earlier_rebates(rows) == [rebate]
