"""What the buyer may get in every mode (art. 106gb, 106nda, 106nf, 106ng, 106nh)."""

import hashlib

import pytest

from auth_ksef.kod2 import Kod2Refused
from auth_ksef.models import Credential
from invoices.models import Chore, Document, HandOver, Kod2, Submission
from invoices.services import handover, papers, prints
from invoices.services.handover import HandOverRefused, handover_due, handover_record
from invoices.services.papers import duty_of, kod2_make, kod2_refusal, may_hand_over
from invoices.services.prints import PrintRefused, print_order, print_state, states_allowed
from ksefapp.accounts.models import AuditEntry
from ksefapp.notify.models import Notice
from tests.at_once import at_once
from tests.paper_support import certified, fresh, numbered, paper, tree_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(company, owner):
    """The company with a certificate that signs KOD II."""
    certified(company, owner)
    return company


# --- Duty ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("buyer", "duty"),
    [("domestic", ""), ("eu", "eu"), ("foreign", "foreign"), ("consumer", "no_nip")],
)
def test_the_buyers_identifier_decides_the_duty(company, buyer, duty):
    assert duty_of(tree_for(company, buyer), {}) == duty


@pytest.mark.parametrize("rate", ["np I", "np II"])
def test_a_supply_abroad_makes_the_duty_for_a_nip_buyer_too(company, rate):
    tree = tree_for(company, "domestic")
    tree["Fa"]["FaWiersz"][0]["P_12"] = rate
    assert duty_of(tree, {}) == "abroad"


def test_an_oss_rate_is_a_supply_abroad(company):
    tree = tree_for(company, "domestic")
    tree["Fa"]["FaWiersz"][0] |= {"P_12_XII": "19"}
    assert duty_of(tree, {}) == "abroad"


@pytest.mark.parametrize(("answer", "duty"), [("yes", "marked"), ("no", ""), (None, "")])
def test_a_buyer_without_a_seat_here_is_a_matter_of_the_answer(company, answer, duty):
    assert duty_of(tree_for(company, "domestic"), {"buyer_without_seat": answer}) == duty


def test_every_duty_has_words():
    assert set(papers.DUTIES) == {"no_nip", "eu", "foreign", "abroad", "marked"}


# --- What may be given -----------------------------------------------------------------------
RULES = [
    # mode, buyer, invoice, confirmation, prints
    ("online", "domestic", False, True, ("waiting", "confirm")),
    ("online", "consumer", False, False, ("waiting",)),
    ("online", "eu", False, False, ("waiting",)),
    ("offline24", "domestic", False, True, ("confirm",)),
    ("offline24", "consumer", True, False, ("offline",)),
    ("offline24", "eu", True, False, ("offline",)),
    ("niedost", "domestic", False, True, ("confirm",)),
    ("niedost", "foreign", True, False, ("offline",)),
    ("awaria", "domestic", True, False, ("offline",)),
    ("awaria", "eu", True, False, ("offline",)),
    ("calkowita", "domestic", True, False, ("total",)),
    ("calkowita", "consumer", True, False, ("total",)),
]


@pytest.mark.parametrize(("mode", "buyer", "invoice", "confirmation", "states"), RULES)
def test_mode_and_buyer_decide(ready, owner, mode, buyer, invoice, confirmation, states):
    document = paper(ready, owner, mode=mode, buyer=buyer)
    allowed = may_hand_over(document)
    assert (allowed.invoice, allowed.confirmation) == (invoice, confirmation)
    assert states_allowed(document) == states


@pytest.mark.parametrize(("mode", "buyer"), sorted({rule[:2] for rule in RULES}))
def test_without_a_certificate_nothing_with_codes_may_be_given(company, owner, mode, buyer):
    document = paper(company, owner, mode=mode, buyer=buyer)
    allowed = may_hand_over(document)
    if mode == "calkowita":
        assert allowed.invoice
        return
    assert not (allowed.invoice)
    assert not (allowed.confirmation)
    assert set(states_allowed(document)) <= {"waiting"}


@pytest.mark.parametrize("mode", ["online", "offline24", "awaria"])
@pytest.mark.parametrize("buyer", ["domestic", "eu"])
def test_with_its_number_everybody_may_get_the_invoice(company, owner, mode, buyer):
    document = numbered(paper(company, owner, mode=mode, buyer=buyer))
    assert may_hand_over(document).invoice
    assert not may_hand_over(document).confirmation
    assert states_allowed(document) == ("numbered",)


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_what_ksef_refused_or_a_person_withdrew_is_not_given(ready, owner, state):
    allowed = may_hand_over(paper(ready, owner, state=state))
    assert not (allowed.invoice)
    assert not (allowed.confirmation)
    assert allowed.why[0]
    assert allowed.why[1]


def test_when_the_duty_to_send_is_gone_the_domestic_buyer_gets_the_invoice(ready, owner):
    document = paper(ready, owner, mode="offline24", state="outside")
    assert may_hand_over(document).invoice
    assert print_state(document) == "offline"


# --- KOD II of a document --------------------------------------------------------------------
def test_the_code_is_signed_once_and_orders_its_print(ready, owner):
    document = paper(ready, owner)
    first, second = kod2_make(document), kod2_make(document)
    assert first.link == second.link
    assert Kod2.objects.count() == 1
    assert Chore.objects.filter(document=document, kind="print").exists()


def test_the_code_names_the_hash_of_the_issued_bytes(ready, owner):
    document = paper(ready, owner)
    digest = prints.links.sha256_b64url(document.sha256)
    assert f"/{document.seller_nip}/0123456789ABCDEF/{digest}/" in kod2_make(document).link


def test_a_code_is_never_changed(ready, owner):
    row = kod2_make(paper(ready, owner))
    row.link = "https://example.com"
    with pytest.raises(TypeError):
        row.save()


def test_a_code_whose_certificate_was_revoked_is_not_printed_again(ready, owner):
    document = paper(ready, owner)
    kod2_make(document)
    Credential.objects.update(ksef_status="Revoked")
    assert kod2_refusal(document).code == "status"
    assert not may_hand_over(document).confirmation


def test_a_stored_link_of_another_document_is_refused(ready, owner):
    document, other = paper(ready, owner), paper(ready, owner)
    link = kod2_make(other).link
    kod2_make(document)
    Kod2.objects.filter(document=document).update(link=link)
    assert kod2_refusal(document).code == "unverified"


def test_a_persons_code_needs_the_person_at_the_keyboard(company, owner):
    certified(company, owner, person=owner)
    document = paper(company, owner)
    with pytest.raises(Kod2Refused):
        kod2_make(document)
    assert kod2_make(document, acting=owner)
    assert may_hand_over(document).confirmation


# --- Orders of prints ------------------------------------------------------------------------
def test_an_offline_print_without_a_certificate_is_refused_with_the_reason(company, owner):
    document = paper(company, owner)
    with pytest.raises(PrintRefused) as caught:
        print_order(document=document, language="pl")
    assert caught.value.code == "kod2"
    assert "Połączenie z KSeF" in caught.value.message("pl")
    assert not Chore.objects.filter(document=document, kind="print").exists()


def test_the_invoice_of_a_domestic_buyer_is_not_printed_in_offline24(ready, owner):
    with pytest.raises(PrintRefused) as caught:
        print_order(document=paper(ready, owner), language="pl", state="offline")
    assert caught.value.code == "state"


def test_a_preview_is_not_made_of_an_offline_invoice(ready, owner):
    with pytest.raises(PrintRefused):
        print_order(document=paper(ready, owner), language="pl", state="waiting")


def test_the_order_of_a_confirmation_signs(ready, owner):
    document = paper(ready, owner, mode="online")
    print_order(document=document, language="pl", state="confirm", acting=owner)
    assert Kod2.objects.filter(document=document).exists()


# --- Rows of what was given ------------------------------------------------------------------
def test_a_hand_over_keeps_who_how_and_the_hash(ready, owner):
    document = paper(ready, owner, mode="awaria")
    row = handover_record(document=document, what="invoice", how="other", by=owner, note="pocztą")
    assert (row.by, row.how, row.note, row.xml_sha256) == (
        owner,
        "other",
        "pocztą",
        document.sha256,
    )
    assert AuditEntry.objects.filter(action="invoice.hand_over").exists()


def test_what_the_law_forbids_is_not_recorded(ready, owner):
    with pytest.raises(HandOverRefused, match="NIP"):
        handover_record(document=paper(ready, owner), what="invoice", how="other", by=owner)
    assert not HandOver.objects.exists()


def test_a_print_is_recorded_only_with_its_paper(ready, owner):
    with pytest.raises(HandOverRefused):
        handover_record(
            document=paper(ready, owner, mode="awaria"), what="invoice", how="print", by=owner
        )


def test_a_hand_over_is_never_changed_nor_deleted(ready, owner):
    document = paper(ready, owner, mode="awaria")
    row = handover_record(document=document, what="invoice", how="other", by=owner)
    for change in (row.save, row.delete):
        with pytest.raises(TypeError):
            change()


# --- Who still waits -------------------------------------------------------------------------
def test_the_list_has_those_who_must_get_the_invoice_and_did_not(ready, owner):
    due = [paper(ready, owner, buyer="eu"), paper(ready, owner, mode="online", buyer="consumer")]
    paper(ready, owner, buyer="domestic")
    assert list(handover_due(ready)) == due
    handover_record(document=due[0], what="invoice", how="other", by=owner)
    assert list(handover_due(ready)) == due[1:]


def test_a_confirmation_does_not_fulfil_the_duty(ready, owner):
    document = paper(ready, owner, buyer="eu")
    HandOver.objects.create(
        document=document, what="confirm", how="other", xml_sha256=document.sha256
    )
    assert list(handover_due(ready)) == [document]


def test_what_never_gets_to_ksef_must_be_handed_to_everybody(ready, owner):
    total = paper(ready, owner, mode="calkowita")
    outside = paper(ready, owner, mode="awaria", state="outside")
    assert set(handover_due(ready)) == {total, outside}


def test_refused_withdrawn_and_foreign_rows_are_not_on_the_list(ready, owner, other_company):
    paper(ready, owner, buyer="eu", state="refused")
    gone = paper(ready, owner, buyer="eu", state="withdrawn")
    Document.objects.filter(pk=gone.pk).update(withdrawn_at=gone.issued_at)
    assert not handover_due(ready).exists()
    assert not handover_due(other_company).exists()


# --- Paper and KSeF --------------------------------------------------------------------------
def repaired(company, owner, **options):
    """An old document that a newer one with other bytes replaced."""
    old = paper(company, owner, state="withdrawn", **options)
    new = paper(company, owner, **options)
    Document.objects.filter(pk=new.pk).update(replaces=old)
    return old, numbered(new)


def test_a_paper_with_another_hash_is_an_alarm(ready, owner):
    old, new = repaired(ready, owner, mode="awaria")
    HandOver.objects.create(document=old, what="invoice", how="other", xml_sha256=old.sha256)
    handover.paper_check(new)
    notice = Notice.objects.get(key=f"paper:{new.pk}")
    assert notice.kind == "bad"
    assert new.number in notice.pl
    handover.paper_check(new)
    assert Notice.objects.filter(key=f"paper:{new.pk}").count() == 1


def test_a_print_that_may_have_been_given_is_a_warning(ready, owner):
    old, new = repaired(ready, owner, mode="awaria")
    old.prints.create(state="offline", language="pl", template_version=1, content=b"x")
    handover.paper_check(new)
    assert Notice.objects.get(key=f"paper:{new.pk}").kind == "warn"


def test_a_paper_with_the_same_hash_is_no_alarm(ready, owner):
    document = paper(ready, owner, mode="awaria")
    handover_record(document=document, what="invoice", how="other", by=owner)
    handover.paper_check(numbered(document))
    assert not Notice.objects.filter(key__startswith="paper:").exists()


def test_the_open_state_of_a_submission_does_not_hide_the_rule(ready, owner):
    for state in ("queued", "claimed", "sent", "unknown"):
        document = paper(ready, owner, mode="awaria", state=state)
        assert may_hand_over(document).invoice
        Submission.objects.filter(document=document).update(mode="online")
        assert not may_hand_over(fresh(document)).invoice


def test_a_key_too_long_for_paper_signs_nothing(ready, owner, monkeypatch):
    monkeypatch.setattr(papers.qr, "MOST_SIDE_MM", 10.0)
    with pytest.raises(Kod2Refused) as caught:
        kod2_make(paper(ready, owner))
    assert caught.value.code == "dense"
    assert not Kod2.objects.exists()


def test_a_print_without_a_stored_hash_is_hashed_when_it_is_given(ready, owner):
    document = paper(ready, owner, mode="awaria")
    old = document.prints.create(state="offline", language="pl", template_version=1, content=b"x")
    row = handover_record(document=document, what="invoice", how="print", by=owner, paper=old)
    assert row.print_sha256 == hashlib.sha256(b"x").hexdigest()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_code(ready, owner):
    """A signature is new each time: what is on one paper must be on every other."""
    document = paper(ready, owner)
    rows = at_once(*[lambda: kod2_make(fresh(document))] * 4)
    links = {row.link for row in rows}
    assert links == {Kod2.objects.get(document=document).link}
