"""When the step for a wrong NIP makes nothing, and where its two documents go."""

import pytest

from invoices.fa3.correcting import CannotCorrect
from invoices.models import Document, Submission
from invoices.services import relief
from invoices.services.correct_buyer import wrong_buyer_plan, wrong_buyer_settle
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from tests.correct_support import RIGHT_NIP, numbered, original_made
from tests.invoice_support import content
from tests.test_advances import advance, settle

RIGHT = {
    "DaneIdentyfikacyjne": {"NIP": RIGHT_NIP, "Nazwa": "Właściwy nabywca"},
    "Adres": {"KodKraju": "PL", "AdresL1": "ul. Prosta 1"},
}


def refusals(original: Document, user) -> set[str]:
    """The codes with which looking at both documents, and issuing them, are refused."""
    found = set()
    for ask in (
        lambda: wrong_buyer_plan(original=original, buyer=RIGHT),
        lambda: wrong_buyer_settle(original=original, buyer=RIGHT, user=user),
    ):
        with pytest.raises(CannotCorrect) as refusal:
            ask()
        found.add(refusal.value.code)
    return found


@pytest.fixture
def original(company, owner) -> Document:
    return original_made(company, owner)


def test_what_ksef_refused_is_not_taken_back(original, owner):
    Submission.objects.filter(document=original).update(state=Submission.State.REFUSED)
    original.submission.refresh_from_db()
    assert refusals(original, owner) == {"refused"}
    assert Document.objects.count() == 1


def test_a_withdrawn_invoice_is_not_taken_back(original, owner):
    Document.objects.filter(pk=original.pk).update(withdrawn_at=clock.now())
    original.refresh_from_db()
    assert refusals(original, owner) == {"withdrawn"}


def test_an_invoice_of_another_environment_is_not_taken_back(original, owner):
    Company.objects.filter(pk=original.company_id).update(environment="demo")
    original = Document.objects.get(pk=original.pk)
    assert refusals(original, owner) == {"other-environment"}


def test_once_the_relief_is_lost_both_documents_go_to_ksef(company, owner):
    draft = draft_create(
        company=company, content=content(company), created_by=owner, options={"outside": "relief"}
    )
    kept = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    relief.loss_declare(company=company, lost_on=clock.today(), by=owner)
    made = wrong_buyer_settle(original=kept, buyer=RIGHT, user=owner)
    modes = {row.submission.mode for row in (made.correction, made.invoice)}
    assert modes == {Submission.Mode.ONLINE}


def test_a_settlement_issued_anew_settles_nothing_twice(company, owner):
    settled = settle(company, owner, advance(company, owner))
    original = numbered(invoice_issue(draft=settled, issued_by=owner, on=clock.today()))
    plan = wrong_buyer_plan(original=original, buyer=RIGHT)
    assert [p.rule for p in plan.problems if p.severity != "hint"] == []
    made = wrong_buyer_settle(original=original, buyer=RIGHT, user=owner)
    assert (made.correction.gross, made.invoice.gross) == (-original.gross, original.gross)
