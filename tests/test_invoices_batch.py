"""Batch sessions against a running simulator: whatever breaks, one number for each invoice."""


import pytest

from invoices.models import KsefSession, SessionUpo, Submission, Upo
from invoices.services.packaging import _root
from invoices.services.sweep import drain_all
from tests.invoice_support import accepted, issued, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MANY = 5


@pytest.fixture
def many(connected, owner, settings):
    """As many invoices as make a package."""
    settings.KSEF_BATCH_FROM = MANY
    return [issued(connected, owner) for _ in range(MANY)]


def all_have_one_number(simulator, documents) -> bool:
    """Each document was taken once, and we know its number."""
    for document in documents:
        document.refresh_from_db()
    numbers = [[row["ksefNumber"] for row in accepted(simulator, one)] for one in documents]
    return numbers == [[document.ksef_number] for document in documents]


def test_many_invoices_leave_in_one_package(many, simulator):
    work()
    assert all_have_one_number(simulator, many)
    session = KsefSession.objects.get()
    assert (session.kind, session.final_code, session.accepted) == ("batch", 200, MANY)


def test_the_package_is_gone_when_the_session_is_settled(many, simulator):
    work()
    assert list(_root().iterdir()) == []
    assert KsefSession.objects.get().upload == f'{{"rows": {MANY}}}'


def test_one_page_of_the_collective_upo_is_the_receipt_of_all(many, simulator):
    work()
    page = SessionUpo.objects.get()
    assert Upo.objects.filter(page=page).count() == MANY
    found = [reloaded(one) for one in many]
    assert all(one.ksef_number.encode() in one.upo.xml for one in found)


def reloaded(document):
    return type(document).objects.get(pk=document.pk)


def test_a_row_is_sent_at_the_opening_which_is_what_counts(many, simulator):
    drain_all(rounds=1)
    session = KsefSession.objects.get()
    assert {row.sent_at for row in Submission.objects.all()} == {session.opened_at}
