"""A certificate whose key leaked: papers first, then revoked, replaced, printed anew."""

import pytest

from auth_ksef.client import KsefApi, KsefLater, KsefRefused
from auth_ksef.compromise import certificate_revoke, replacement_start, step_of, waiting_for
from auth_ksef.enrolment import EnrolmentRefused
from auth_ksef.hooks import send_now, sign_anew, signed_count, waiting_on
from auth_ksef.kod2 import Kod2Refused
from auth_ksef.models import Credential, QuotaCall
from invoices.models import DocumentPrint, HandOver, Kod2, Submission
from invoices.services import doorbell
from invoices.services.papers import kod2_make
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.certificate_support import TRADER, both, follow, signed
from tests.paper_support import fresh, numbered, paper

pytest_plugins = ["tests.certificate_support"]
pytestmark = pytest.mark.django_db

Use = Credential.Use
REVOKE = "KeyCompromise"


@pytest.fixture
def pair(ksef, company, owner):
    return both(signed(ksef, company, owner))


@pytest.fixture
def document(pair, company, owner):
    """An offline invoice on paper with a buyer, not sent yet."""
    made = paper(company, owner)
    kod2_make(made, acting=owner)
    hand_over(made, owner)
    return made


def hand_over(document, by) -> None:
    HandOver.objects.create(
        document=document, what="confirm", how="print", by=by, xml_sha256=document.sha256
    )


def revoke(pair, company, owner, use=Use.OFFLINE) -> Credential:
    QuotaCall.objects.all().delete()
    row = pair[use]
    certificate_revoke(credential=row, company=company, person=owner, reason=REVOKE)
    row.refresh_from_db()
    return row


def replaced(row, company, owner) -> Credential:
    QuotaCall.objects.all().delete()
    replacement_start(credential=row, company=company, person=owner)
    follow()
    row.refresh_from_db()
    return row.replaced_by


def drill(company, row) -> str:
    return f"/firma/{company.nip}/ksef/certyfikaty/{row.pk}/naruszenie/"


# --- what waits -------------------------------------------------------------------------
def test_documents_without_a_number_that_it_signed_are_listed(pair, document):
    (row,) = waiting_on(pair[Use.OFFLINE])
    assert (row.number, row.handed_over, row.anew) == (document.number, True, False)
    assert str(document.pk) in row.url


def test_a_number_a_withdrawal_and_another_certificate_take_them_off(pair, document):
    assert waiting_on(pair[Use.LOGIN]) == []
    numbered(document)
    assert waiting_on(pair[Use.OFFLINE]) == []


@pytest.mark.parametrize("state", ["refused", "unknown", "outside", "sent"])
def test_whatever_has_no_number_is_listed(pair, document, state):
    Submission.objects.filter(document=document).update(state=state)
    assert [row.number for row in waiting_on(pair[Use.OFFLINE])] == [document.number]


def test_a_stranger_sees_none_of_them(pair, document, stranger):
    assert waiting_for(pair[Use.OFFLINE], stranger) == []


def test_sending_makes_them_due_and_rings(pair, document, owner, monkeypatch):
    rung = []
    monkeypatch.setattr(doorbell.app, "send_task", lambda name, args, **_: rung.append(name))
    Submission.objects.update(not_before=clock.now().replace(year=2030))
    assert send_now(pair[Use.OFFLINE], owner) == 1
    assert Submission.objects.get(document=document).not_before is None
    assert rung == ["invoices.tasks.company_task"]


def test_who_may_not_issue_there_sends_nothing(pair, document, viewer, stranger):
    assert send_now(pair[Use.OFFLINE], viewer) == 0
    assert send_now(pair[Use.OFFLINE], stranger) == 0


def test_how_much_it_signed_is_counted(pair, document):
    assert signed_count(pair[Use.OFFLINE]) == 1


# --- revoking ---------------------------------------------------------------------------
def test_revoked_in_ksef_and_here(pair, company, owner, ksef):
    row = revoke(pair, company, owner)
    assert (row.ksef_status, row.revocation_reason, row.secret) == ("Revoked", REVOKE, "")
    assert row.bindings.get().ended_at
    assert ksef.calls.count(f"POST /certificates/{row.serial}/revoke") == 1
    assert AuditEntry.objects.get(action="certificate.revoke").details["reason"] == REVOKE


def test_while_ksef_is_away_nothing_changes_here(pair, company, owner, monkeypatch):
    def away(self, **_):
        raise KsefLater("away")

    monkeypatch.setattr(KsefApi, "certificate_revoke", away)
    with pytest.raises(KsefLater):
        revoke(pair, company, owner)
    row = Credential.objects.get(pk=pair[Use.OFFLINE].pk)
    assert (row.revoked_at, bool(row.secret), row.bindings.get().ended_at) == (None, True, None)


def test_a_process_that_dies_behind_ksefs_yes_may_ask_again(pair, company, owner, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("auth_ksef.compromise.credential_retire", _die)
        with pytest.raises(RuntimeError):
            revoke(pair, company, owner)
    assert Credential.objects.get(pk=pair[Use.OFFLINE].pk).revoked_at is None
    assert revoke(pair, company, owner).revoked_at


def _die(**_):
    raise RuntimeError("killed")


def test_one_that_ksef_blocked_is_not_taken_for_revoked(pair, company, owner, ksef):
    with ksef.world.store.write() as db:
        db.execute("UPDATE certificates SET status = 'Blocked'")
    with pytest.raises(KsefRefused):
        revoke(pair, company, owner)
    assert Credential.objects.get(pk=pair[Use.OFFLINE].pk).revoked_at is None


def test_its_kod_ii_is_dead(pair, company, owner, document):
    revoke(pair, company, owner)
    with pytest.raises(Kod2Refused) as refused:
        kod2_make(fresh(document), acting=owner)
    assert refused.value.code == "status"


# --- replacing --------------------------------------------------------------------------
def test_the_type_1_asks_for_the_new_one_and_it_is_bound_as_the_old_was(pair, company, owner):
    new = replaced(revoke(pair, company, owner), company, owner)
    binding = new.bindings.get()
    assert (binding.company, binding.purpose) == (company, "kod2")


def test_a_persons_consents_go_over(ksef, company, owner):
    pair = both(signed(ksef, company, owner, TRADER, "person"))
    new = replaced(revoke(pair, company, owner), company, owner)
    assert (new.owner_user, bool(new.bindings.get().consented_at)) == (owner, True)


def test_without_a_type_1_a_signature_is_needed(pair, company, owner):
    row = revoke(pair, company, owner, Use.LOGIN)
    with pytest.raises(EnrolmentRefused) as refused:
        replacement_start(credential=row, company=company, person=owner)
    assert refused.value.code == "no-login"


# --- printing anew ----------------------------------------------------------------------
def test_what_remains_is_signed_and_printed_anew(pair, company, owner, document):
    old_link = Kod2.objects.get(document=document).link
    DocumentPrint.objects.create(
        document=document, state="confirm", language="pl", template_version=1, content=b"%PDF"
    )
    row = revoke(pair, company, owner)
    new = replaced(row, company, owner)
    assert sign_anew(row, owner) == 1
    code = Kod2.objects.get(document=document)
    assert (code.credential, code.link != old_link) == (new, True)
    assert not DocumentPrint.objects.filter(document=document, content=b"%PDF").exists()
    assert AuditEntry.objects.get(action="invoice.kod2_anew").details["link"] == old_link


def test_until_the_buyer_has_the_new_paper_it_is_listed(pair, company, owner, document):
    row = revoke(pair, company, owner)
    replaced(row, company, owner)
    sign_anew(row, owner)
    assert [line.anew for line in waiting_on(row)] == [True]
    hand_over(document, owner)
    assert waiting_on(row) == []


def test_without_a_new_certificate_the_old_code_stays_in_the_books(pair, company, owner, document):
    row = revoke(pair, company, owner)
    with pytest.raises(Kod2Refused):
        sign_anew(row, owner)
    assert Kod2.objects.get(document=document).credential == row


# --- the drill --------------------------------------------------------------------------
def test_the_steps_follow_the_facts(pair, company, owner, document):
    row = pair[Use.OFFLINE]
    seen = [step_of(row)]
    row = revoke(pair, company, owner)
    seen.append(step_of(row))
    replaced(row, company, owner)
    seen.append(step_of(row))
    sign_anew(row, owner)
    seen.append(step_of(row))
    assert seen == [1, 3, 4, 5]


def test_with_nothing_waiting_it_begins_at_the_revocation(pair):
    assert step_of(pair[Use.OFFLINE]) == 2


def test_the_page_walks_through(pair, company, owner, document, client_of):
    client, url = client_of(owner), drill(company, pair[Use.OFFLINE])
    assert document.number in client.get(url).content.decode()
    client.post(url, {"action": "revoke"})
    assert Credential.objects.get(pk=pair[Use.OFFLINE].pk).revoked_at is None
    QuotaCall.objects.all().delete()
    client.post(url, {"action": "revoke", "anyway": "on"})
    assert Credential.objects.get(pk=pair[Use.OFFLINE].pk).revoked_at
    QuotaCall.objects.all().delete()
    client.post(url, {"action": "replace"})
    follow()
    client.post(url, {"action": "anew"})
    page = client.get(url).content.decode()
    assert "Wydaj nabywcom nowy wydruk" in page
    assert document.number in page


def test_revoking_says_what_dies_first(pair, company, owner, document, client_of):
    url = f"/firma/{company.nip}/ksef/certyfikaty/{pair[Use.OFFLINE].pk}/uniewaznij/"
    page = client_of(owner).get(url).content.decode()
    assert "Te faktury stracą KOD II" in page
    assert document.number in page


def test_revoking_needs_a_reason_and_a_confirmation(pair, company, owner, client_of):
    url = f"/firma/{company.nip}/ksef/certyfikaty/{pair[Use.OFFLINE].pk}/uniewaznij/"
    assert client_of(owner).post(url, {"reason": "Superseded"}).status_code == 422
    assert Credential.objects.get(pk=pair[Use.OFFLINE].pk).revoked_at is None
    QuotaCall.objects.all().delete()
    client_of(owner).post(url, {"reason": "Superseded", "understood": "on"})
    assert Credential.objects.get(pk=pair[Use.OFFLINE].pk).revocation_reason == "Superseded"


def test_another_persons_certificate_is_not_ones_to_revoke(
    ksef, company, teammate, owner, client_of
):
    pair = both(signed(ksef, company, teammate, TRADER, "person"))
    assert client_of(owner).post(drill(company, pair[Use.OFFLINE])).status_code == 403
