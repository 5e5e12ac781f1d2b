"""The mark of an invoice in JPK_V7, for every way of issuing, with a number and without."""

from datetime import timedelta

import pytest

from invoices.models import Document, Submission
from invoices.services.jpk_mark import changes_later, mark_of
from ksefapp.lib import clock

M, S = Submission.Mode, Submission.State
# (mode, reason) → the mark without a number; with one it is always NrKSeF.
MATRIX = {
    (M.ONLINE, "", S.QUEUED): "DI",
    (M.OFFLINE24, "", S.WAITING): "DI",
    (M.UNAVAILABLE, "", S.WAITING): "DI",
    (M.FAILURE, "", S.WAITING): "OFF",
    (M.TOTAL, "", S.OUTSIDE): "BFK",
    (M.OUTSIDE, "consumer", S.OUTSIDE): "BFK",
    (M.OUTSIDE, "relief", S.OUTSIDE): "BFK",
    (M.OFFLINE24, "", S.REFUSED): "DI",
    (M.FAILURE, "", S.REFUSED): "OFF",
    (M.ONLINE, "", S.REFUSED): "",
    # The duty to send ended with an announced total failure.
    (M.OFFLINE24, "", S.OUTSIDE): "BFK",
    (M.FAILURE, "", S.OUTSIDE): "OFF",
}


def made(mode, why, state, **facts) -> Document:
    document = Document(**facts)
    document.submission = Submission(mode=mode, outside_why=why, state=state)
    return document


@pytest.mark.parametrize("case", MATRIX)
def test_without_a_number_the_mode_decides(case):
    assert mark_of(made(*case), clock.today()) == MATRIX[case]


@pytest.mark.parametrize("case", MATRIX)
def test_with_a_number_it_is_the_number_whatever_the_mode(case):
    document = made(*case, ksef_number="5265877635-20250826-0100001AF629-AF")
    document.ksef_number_at = clock.now()
    assert mark_of(document, clock.today()) == "NrKSeF"


def test_a_number_that_came_after_filing_was_not_known_then():
    document = made(M.OFFLINE24, "", S.ACCEPTED, ksef_number="x", ksef_number_at=clock.now())
    assert mark_of(document, clock.today() - timedelta(days=1)) == "DI"
    assert changes_later(document, clock.today() - timedelta(days=1))


def test_an_invoice_of_a_failure_stays_off_after_filing():
    document = made(M.FAILURE, "", S.ACCEPTED, ksef_number="x", ksef_number_at=clock.now())
    assert not changes_later(document, clock.today() - timedelta(days=1))


def test_what_is_withdrawn_stands_in_no_register():
    assert mark_of(made(M.ONLINE, "", S.WITHDRAWN, withdrawn_at=clock.now()), clock.today()) == ""
