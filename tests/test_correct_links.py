"""Which document rests on which, also once one of them was refused and issued again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.fa3.correcting import Wanted
from invoices.models import Document, DocumentLink, Draft, Submission
from invoices.services import earlier, links
from invoices.services.correct import correction_start, original_of
from invoices.services.correct_buyer import wrong_buyer_settle
from invoices.services.issue import invoice_issue
from invoices.services.withdraw import document_repair
from ksefapp.lib import clock
from tests.correct_support import RIGHT_NIP, original_made
from tests.invoice_support import issued

BUYER = {
    "DaneIdentyfikacyjne": {"NIP": RIGHT_NIP, "Nazwa": "Inna firma"},
    "Adres": {"KodKraju": "PL", "AdresL1": "ul. Nowa 1"},
}


@pytest.fixture
def original(company, owner) -> Document:
    return original_made(company, owner)


def corrected(original: Document, owner, method="zero") -> Document:
    draft = correction_start(original=original, wanted=Wanted(method), user=owner)
    return invoice_issue(draft=draft, issued_by=owner, on=clock.today())


def repaired(document: Document, owner) -> Document:
    """Refused by KSeF, mended, issued again."""
    Submission.objects.filter(document=document).update(state=Submission.State.REFUSED)
    draft = document_repair(document=Document.objects.get(pk=document.pk), user=owner)
    return invoice_issue(draft=draft, issued_by=owner, on=clock.today())


def test_what_takes_the_place_of_a_refused_correction_corrects_the_same(original, owner):
    again = repaired(corrected(original, owner), owner)
    assert list(links.corrections_of(original)) == [again]


def test_what_takes_the_place_of_a_new_invoice_is_issued_for_the_same(original, owner):
    made = wrong_buyer_settle(original=original, buyer=BUYER, user=owner)
    again = repaired(made.invoice, owner)
    found = DocumentLink.objects.get(document=again)
    assert (found.other, found.what) == (original, "reissues")


def test_a_correction_follows_its_original_to_what_replaced_it(company, owner):
    refused = issued(company, owner)
    draft = correction_start(original=refused, wanted=Wanted("zero"), user=owner)
    accept = frozenset({"KOR-OFF-1"})
    made = invoice_issue(draft=draft, issued_by=owner, on=clock.today(), accept=accept)
    again = repaired(refused, owner)
    assert original_of(made) == again
    assert list(links.corrections_of(again)) == [made]


def test_the_amount_after_corrections_is_a_sum(original, owner):
    assert links.after_corrections(original) is None
    corrected(original, owner)
    assert links.after_corrections(original) == 0


def test_a_withdrawn_document_is_no_relation(original, owner):
    made = corrected(original, owner)
    Document.objects.filter(pk=made.pk).update(withdrawn_at=clock.now())
    assert list(links.related(original, is_back=True)) == []


def test_what_a_rebate_names_after_hundreds_of_others_is_linked(original, owner, company):
    rebate, others = issued(company, owner), (f"OBCA/{nr}" for nr in range(401))
    names = [{"NrFaKorygowanej": number} for number in (*others, original.number)]
    tree = {"Fa": {"DaneFaKorygowanej": names}}
    draft = Draft(company=company, environment=company.environment)
    with CaptureQueriesContext(connection) as queries:
        links.links_write(rebate, tree, draft, owner)
    assert list(rebate.links.values_list("other", "what")) == [(original.pk, "corrects")]
    assert len(queries) < 10


def test_rules_look_at_the_first_of_very_many(original, company):
    others = [{"NrFaKorygowanej": f"OBCA/{nr}"} for nr in range(earlier.MOST)]
    tree = {"Fa": {"DaneFaKorygowanej": [*others, {"NrFaKorygowanej": original.number}]}}
    draft = Draft(company=company, environment=company.environment)
    assert list(earlier.corrected(tree, draft)) == []
