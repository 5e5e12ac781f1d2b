"""Issuing: number, frozen bytes, queue, all or nothing."""

import hashlib
from datetime import timedelta

import pytest

from invoices.fa3.parse import parse
from invoices.models import Document, Draft, Submission
from invoices.services.delivery_states import IllegalMove, State, move
from invoices.services.drafts import DraftConflict, DraftIssued, draft_create, draft_save
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from invoices.services.withdraw import document_repair, document_withdraw
from ksefapp.lib import clock
from tests.invoice_support import content, issued

YESTERDAY = timedelta(days=1)


def refused(submission):
    for state in (State.CLAIMED, State.SESSION_OPENED, State.REFUSED):
        move(submission, state)


def test_an_issued_invoice_is_queued_with_the_hash_of_its_bytes(company, owner):
    document = issued(company, owner)
    assert document.sha256 == hashlib.sha256(bytes(document.file.content)).hexdigest()
    assert document.submission.state == State.QUEUED


def test_the_number_comes_from_the_series(company, owner):
    today = clock.today()
    assert issued(company, owner).number == f"FV/1/{today:%m}/{today:%Y}"
    assert issued(company, owner).number == f"FV/2/{today:%m}/{today:%Y}"


def test_a_given_number_is_used_as_it_is_and_skipped_by_the_series(company, owner):
    today = clock.today()
    issued(company, owner, number=f"FV/1/{today:%m}/{today:%Y}")
    assert issued(company, owner).number == f"FV/2/{today:%m}/{today:%Y}"


def test_the_same_number_twice_is_refused_with_dt_03(company, owner):
    issued(company, owner, number="A/1")
    with pytest.raises(IssueRefused) as refusal:
        issued(company, owner, number="A/1")
    assert [p.rule for p in refusal.value.problems] == ["DT-03"]


@pytest.mark.parametrize(
    ("given", "number"),
    [("  A/\t1\n", "A/ 1"), ("\xa0A/1", "\xa0A/1"), ("A\u2003/1", "A\u2003/1")],
)
def test_a_number_is_read_as_the_schema_reads_it(company, owner, given, number):
    # KSeF compares numbers so; a no-break space is none of XML's blanks.
    assert issued(company, owner, number=given).number == number


def test_a_refused_issue_takes_no_number_from_the_series(company, owner):
    with pytest.raises(IssueRefused):
        issued(company, owner, KodWaluty="???")
    assert issued(company, owner).number.startswith("FV/1/")


def test_issuing_changes_nothing_but_date_number_and_stamp(company, owner):
    tree = content(company)
    draft = draft_create(company=company, content=tree, created_by=owner)
    document = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    stored = parse(bytes(document.file.content))
    stored["Fa"].pop("P_2")
    assert stored["Fa"] == tree["Fa"]
    assert stored["Podmiot1"] == tree["Podmiot1"]


def test_a_second_issue_names_the_document(company, owner):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    document = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    with pytest.raises(DraftIssued) as again:
        invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert again.value.document == document


def test_an_old_version_of_a_draft_is_not_issued(company, owner):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    draft_save(draft=draft, content=content(company, price="5.00"), version=1)
    with pytest.raises(DraftConflict):
        invoice_issue(draft=draft, issued_by=owner, on=clock.today(), version=1)


def test_a_document_never_changes_and_is_never_deleted(company, owner):
    document = issued(company, owner)
    for forbidden in (document.save, document.delete, document.file.save, document.file.delete):
        with pytest.raises(TypeError):
            forbidden()


def test_yesterday_is_refused_with_dt_02(company, owner):
    yesterday = (clock.today() - YESTERDAY).isoformat()
    with pytest.raises(IssueRefused) as refusal:
        issued(company, owner, P_1=yesterday)
    assert [p.rule for p in refusal.value.problems] == ["DT-02"]


def test_yesterday_accepted_is_offline24_with_a_deadline(company, owner):
    day = clock.today() - YESTERDAY
    document = issued(company, owner, P_1=day.isoformat(), accept=frozenset({"DT-02"}))
    assert document.submission.mode == Submission.Mode.OFFLINE24
    assert document.submission.deadline_on > day


def test_tomorrow_cannot_be_issued(company, owner):
    tomorrow = (clock.today() + YESTERDAY).isoformat()
    with pytest.raises(IssueRefused) as refusal:
        issued(company, owner, P_1=tomorrow, accept=frozenset({"DT-01", "DT-02"}))
    assert "DT-01" in [p.rule for p in refusal.value.problems]


def test_another_taxpayers_invoice_is_refused(company, owner):
    tree = content(company)
    tree["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] = "9542742932"
    draft = draft_create(company=company, content=tree, created_by=owner)
    with pytest.raises(IssueRefused) as refusal:
        invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert refusal.value.problems[0].rule == "APP-seller"


def test_a_draft_of_another_environment_is_not_issued(company, owner):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    company.environment = "test"
    company.save()
    draft = Draft.objects.get(pk=draft.pk)
    with pytest.raises(IssueRefused) as refusal:
        invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert refusal.value.problems[0].rule == "APP-environment"


def test_a_refused_document_is_repaired_under_its_own_number(company, owner):
    document = issued(company, owner)
    refused(document.submission)
    draft = document_repair(document=document, user=owner)
    replacement = invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert replacement.number == document.number
    assert replacement.replaces == document
    assert Document.objects.get(pk=document.pk).withdrawn_at


def test_repairing_twice_opens_the_same_draft(company, owner):
    document = issued(company, owner)
    refused(document.submission)
    first = document_repair(document=document, user=owner)
    assert document_repair(document=document, user=owner) == first


@pytest.mark.parametrize("state", [State.QUEUED, State.SENT, State.UNKNOWN, State.ACCEPTED])
def test_only_what_ksef_refused_is_repaired(company, owner, state):
    document = issued(company, owner)
    Submission.objects.filter(document=document).update(state=state)
    document.submission.refresh_from_db()
    with pytest.raises(IllegalMove):
        document_repair(document=document, user=owner)


@pytest.mark.parametrize("state", [State.SENT, State.UNKNOWN, State.ACCEPTED])
def test_what_ksef_has_or_may_have_is_never_withdrawn(company, owner, state):
    document = issued(company, owner)
    Submission.objects.filter(document=document).update(state=state)
    with pytest.raises(IllegalMove):
        document_withdraw(document=document)
