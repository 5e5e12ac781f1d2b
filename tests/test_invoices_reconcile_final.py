"""When a session proves that an invoice is not there: kind by kind, code by code."""

from datetime import timedelta

import pytest

from auth_ksef.client import InvoiceStatus, Status
from auth_ksef.models import Credential
from invoices.models import KsefSession, Submission
from invoices.services import evidence, reconcile
from invoices.services.delivery_states import State
from invoices.services.evidence import BATCH, ONLINE, SESSION_FINAL, Looked
from ksefapp.lib import clock
from tests.invoice_support import issued

NOT_FINAL = {ONLINE: (100, 170), BATCH: (100, 150)}
CODES = [(kind, code, True) for kind, codes in SESSION_FINAL.items() for code in sorted(codes)]
CODES += [(kind, code, False) for kind, codes in NOT_FINAL.items() for code in codes]


@pytest.fixture
def unknown(company, owner) -> Submission:
    """Left in a session; nobody knows more."""
    document = issued(company, owner)
    credential = Credential.objects.create(
        kind="token", environment="simulator", owner_user=owner, added_by=owner, secret="x"
    )
    session = KsefSession.objects.create(
        company=company,
        environment="simulator",
        credential=credential,
        reference="20261121-SO-1",
        key="k",
        valid_until=clock.now() + timedelta(hours=1),
    )
    Submission.objects.update(state=State.UNKNOWN, session=session, tries=1)
    return Submission.objects.select_related("session").get(document=document)


@pytest.fixture(autouse=True)
def _nothing_leaves(monkeypatch):
    monkeypatch.setattr(reconcile, "session_close", lambda session, access: None)


def looked(monkeypatch, row, code: int, *, found=None, complete: bool = True) -> str:
    """The row's state after a look that gave this."""
    answer = Looked(code, found, complete)
    monkeypatch.setattr(evidence, "session_look", lambda access, **named: answer)
    reconcile.reconcile(row, access=None)
    return Submission.objects.get(pk=row.pk).state


@pytest.mark.parametrize(("kind", "code", "final"), CODES)
def test_only_a_final_session_whose_list_lacks_it_proves_that_it_is_not_there(
    monkeypatch, unknown, kind, code, final
):
    unknown.session.kind = kind
    state = looked(monkeypatch, unknown, code)
    assert state == (State.QUEUED if final else State.UNKNOWN)


@pytest.mark.parametrize("kind", [ONLINE, BATCH])
def test_an_incomplete_list_of_a_final_session_proves_nothing(monkeypatch, unknown, kind):
    unknown.session.kind = kind
    assert looked(monkeypatch, unknown, 200, complete=False) == State.UNKNOWN


def test_a_hash_in_the_list_with_status_500_is_there_and_is_not_sent_again(monkeypatch, unknown):
    found = entry(unknown, 500)
    monkeypatch.setattr(evidence, "metadata_by_invoice", lambda document, access: [])
    assert looked(monkeypatch, unknown, 445, found=found) == State.UNKNOWN
    row = Submission.objects.get(pk=unknown.pk)
    assert (row.last_code, row.invoice_reference) == (500, "20261121-EE-1")


@pytest.mark.parametrize("code", [405, 550])
def test_what_ksef_dropped_by_itself_goes_again(monkeypatch, unknown, code):
    assert looked(monkeypatch, unknown, 445, found=entry(unknown, code)) == State.WAITING


def test_a_lost_reference_proves_nothing_where_another_credential_sent_as_well(
    monkeypatch, unknown
):
    Submission.objects.filter(pk=unknown.pk).update(session=None)
    unknown.session = None
    monkeypatch.setattr(evidence, "sessions_listed", lambda access, **named: [])
    monkeypatch.setattr(evidence, "metadata_by_invoice", lambda document, access: [])
    other = type("Access", (), {"credential": None, "token": ""})
    reconcile.reconcile(unknown, other)
    assert Submission.objects.get(pk=unknown.pk).state == State.UNKNOWN


def entry(row: Submission, code: int) -> InvoiceStatus:
    """KSeF's line about it."""
    return InvoiceStatus(
        reference_number="20261121-EE-1",
        status=Status(code, "words"),
        ordinal_number=1,
        invoice_number=None,
        file_name=None,
        ksef_number=None,
        invoice_hash=row.document.sha256,
        invoicing_mode=None,
        invoicing_date=None,
        acquisition_date=None,
        permanent_storage_date=None,
        upo_download_url=None,
        upo_download_url_expires=None,
        raw={},
    )
