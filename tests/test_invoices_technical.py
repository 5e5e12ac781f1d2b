"""A refused offline invoice is sent again with the same content; corrections wait for originals."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.models import Document, Draft, Submission
from invoices.services import corrections
from invoices.services.corrections import (
    NothingToWaitFor,
    correction_wait,
    corrections_issue,
)
from invoices.services.delivery_states import IllegalMove
from invoices.services.drafts import draft_save
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from invoices.services.technical import (
    allowed,
    changeable,
    content_of,
    named_elements,
    technical_correction,
    with_changes,
)
from invoices.services.withdraw import document_repair
from ksefapp.accounts.models import Membership
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.cast import logged_in
from tests.invoice_support import content
from tests.offline_support import (
    FRIDAY,
    NUMBER,
    SCHEMA,
    at,
    certified,
    correction,
    issue,
    numbered,
    refused,
    row_of,
)

__all__ = ["at"]
pytestmark = pytest.mark.django_db


def sent_again(draft, user, *accept) -> Document:
    return invoice_issue(draft=draft, issued_by=user, on=clock.today(), accept=frozenset(accept))


def changed(draft: Draft, **changes) -> Draft:
    paths = {
        path.replace("__", "/").replace("FaWiersz", "FaWiersz[0]"): text
        for path, text in changes.items()
    }
    tree = with_changes(draft.content, paths)
    return draft_save(draft=draft, content=tree, version=draft.version)


# --- Technical correction -----------------------------------------------------------------------
def test_the_same_content_in_the_same_second_is_another_file(company, owner, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    old = refused(issue(company, owner, mode="offline24"), 430)
    new = sent_again(technical_correction(document=old, user=owner), owner)
    assert new.sha256 != old.sha256


def test_the_same_content_goes_again_with_the_refused_hash_and_the_old_deadline(company, owner, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 450)
    at("2026-11-23 10:00")
    new = sent_again(technical_correction(document=old, user=owner), owner)
    row = row_of(new)
    assert (new.number, new.issued_on, new.replaces) == (old.number, old.issued_on, old)
    assert (row.mode, row.deadline_on) == ("offline24", date(2026, 11, 23))
    assert row.corrected_sha256 == old.sha256
    assert new.sha256 != old.sha256


def test_a_second_technical_correction_names_the_file_refused_last(company, owner, at):
    at(FRIDAY)
    first = refused(issue(company, owner, mode="offline24"), 450)
    second = refused(sent_again(technical_correction(document=first, user=owner), owner), 450)
    third = sent_again(technical_correction(document=second, user=owner), owner)
    assert row_of(third).corrected_sha256 == second.sha256
    assert row_of(third).deadline_on == date(2026, 11, 23)


@pytest.mark.parametrize("code", [440, 450, 430])
def test_other_content_is_no_technical_correction(company, owner, at, code):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), code, "nic nie nazwano")
    draft = changed(technical_correction(document=old, user=owner), Fa__P_15="1.00")
    with pytest.raises(IssueRefused) as refusal:
        sent_again(draft, owner, "APP-technical")
    assert refusal.value.problems[0].path == "Fa/P_15"
    assert refusal.value.problems[0].severity == "block"


def test_after_440_another_number_is_confirmed_first(company, owner, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 440)
    draft = changed(technical_correction(document=old, user=owner), Fa__P_2="FV/NOWY")
    with pytest.raises(IssueRefused) as refusal:
        sent_again(draft, owner)
    assert [(p.path, p.severity) for p in refusal.value.problems] == [("Fa/P_2", "warn")]
    assert sent_again(draft, owner, "APP-technical").number == "FV/NOWY"


def test_after_450_only_the_named_elements_may_differ(company, owner, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 450, SCHEMA)
    assert changeable(old) == ["Fa/FaWiersz[0]/P_8A"]
    draft = changed(technical_correction(document=old, user=owner), Fa__FaWiersz__P_8A="kpl.")
    new = sent_again(draft, owner, "APP-technical")
    tree = parse(bytes(new.file.content))
    assert trees.text(tree, "Fa/FaWiersz[0]/P_8A") == "kpl."


def test_named_elements_are_read_from_ksefs_words():
    assert named_elements(SCHEMA) == {"P_8A"}
    assert named_elements("Pole P_1 i NrRB są błędne, Fa też") == {"P_1", "NrRB"}
    assert named_elements("Błąd weryfikacji semantyki") == frozenset()


def test_the_stamp_of_the_issue_always_differs_and_nothing_else_is_said():
    old = {"Naglowek": {"DataWytworzeniaFa": "a", "SystemInfo": "b"}, "Fa": {"P_2": "1"}}
    new = {"Naglowek": {"DataWytworzeniaFa": "c", "SystemInfo": "d"}, "Fa": {"P_2": "1"}}
    assert allowed(old, new, None, frozenset()) == ([], [])


@pytest.mark.parametrize("code", [410, 415])
def test_missing_rights_are_not_cured_by_a_file(company, owner, at, code):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), code)
    with pytest.raises(IllegalMove):
        technical_correction(document=old, user=owner)


def test_an_online_invoice_has_no_technical_correction(company, owner, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="online"), 450)
    with pytest.raises(IllegalMove):
        technical_correction(document=old, user=owner)


def test_asking_twice_opens_the_same_draft_with_the_refused_content(company, owner, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 450)
    other = changed(document_repair(document=old, user=owner), Fa__P_15="1.00")
    draft = technical_correction(document=old, user=owner)
    assert draft.pk == other.pk
    assert draft.content == content_of(old)


def test_a_plain_repair_after_missing_rights_keeps_mode_and_deadline(company, owner, at):
    at(FRIDAY)
    old = refused(issue(company, owner, mode="offline24"), 410)
    at("2026-11-23 10:00")
    row = row_of(sent_again(document_repair(document=old, user=owner), owner))
    assert (row.mode, row.deadline_on) == ("offline24", date(2026, 11, 23))
    assert row.corrected_sha256 == ""


def test_the_answer_about_the_buyers_seat_goes_along(company, owner, at):
    at(FRIDAY)
    tree = content(company)
    tree["Podmiot2"]["Adres"] = {"KodKraju": "DE", "AdresL1": "Hauptstr. 1, Berlin"}
    certified(company, owner)
    options = {"buyer_without_seat": "yes"}
    old = issue(company, owner, mode="offline24", tree=tree, options=options)
    draft = technical_correction(document=refused(old, 430), user=owner)
    assert sent_again(draft, owner).hand_over_why == "marked"


# --- Corrections of waiting invoices ---------------------------------------------------------
def test_a_correction_of_a_waiting_invoice_is_not_issued_yet(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number, NrKSeF="1", NrKSeFFaKorygowanej=NUMBER)
    with pytest.raises(IssueRefused) as refusal:
        sent_again(draft, owner, "KOR-OFF-1")
    assert ("KOR-OFF-1", "block") in {(p.rule, p.severity) for p in refusal.value.problems}


def test_one_that_says_the_original_has_no_number_waits_in_the_queue(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    with pytest.raises(IssueRefused):
        sent_again(draft, owner)
    assert row_of(sent_again(draft, owner, "KOR-OFF-1")).waits_for == original


def test_it_issues_itself_once_the_original_has_its_number(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    assert correction_wait(draft=draft, user=owner) == original
    assert corrections_issue() == 0
    at("2026-11-24 09:00")
    numbered(original)
    assert corrections_issue() == 1
    draft.refresh_from_db()
    made = draft.issued_as
    tree = parse(bytes(made.file.content))
    assert made.issued_on == date(2026, 11, 24)
    assert trees.text(tree, "Fa/DaneFaKorygowanej[0]/NrKSeFFaKorygowanej") == NUMBER
    assert trees.get(tree, "Fa/DaneFaKorygowanej[0]/NrKSeFN") is None
    assert corrections_issue() == 0


def test_two_corrections_of_one_original_go_in_the_order_of_asking(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    drafts = [correction(company, owner, original.number) for _ in range(2)]
    at("2026-11-20 19:10")
    correction_wait(draft=drafts[1], user=owner)
    at("2026-11-20 19:11")
    correction_wait(draft=drafts[0], user=owner)
    numbered(original)
    assert corrections_issue() == 2
    first, second = (Draft.objects.get(pk=draft.pk).issued_as for draft in reversed(drafts))
    assert row_of(first).waits_for is None
    assert row_of(second).waits_for == first


def test_a_correction_of_two_invoices_waits_for_both(company, owner, at):
    at(FRIDAY)
    originals = [issue(company, owner) for _ in range(2)]
    draft = correction(company, owner, *(original.number for original in originals))
    correction_wait(draft=draft, user=owner)
    numbered(originals[0])
    assert corrections_issue() == 0
    assert Draft.objects.get(pk=draft.pk).waits_for == originals[1]
    numbered(originals[1], NUMBER.replace("5F", "60"))
    assert corrections_issue() == 1


def test_what_cannot_be_issued_is_told_once(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    correction_wait(draft=draft, user=owner)
    draft.content["Fa"]["KodWaluty"] = "???"
    draft.save()
    numbered(original)
    assert corrections_issue() == corrections_issue() == 0
    draft.refresh_from_db()
    assert draft.wait_problem
    assert draft.content["Fa"]["DaneFaKorygowanej"][0].get("NrKSeFN") == "1"  # nothing half done
    assert Notice.objects.get().key == f"correction:{draft.pk}"


def test_one_that_nobody_foresaw_stops_no_other(company, owner, at, monkeypatch):
    at(FRIDAY)
    originals = [issue(company, owner) for _ in range(2)]
    drafts = [correction(company, owner, original.number) for original in originals]
    for draft, original in zip(drafts, originals, strict=True):
        correction_wait(draft=draft, user=owner)
        numbered(original, f"{NUMBER[:-1]}{original.number[3]}")
    real = corrections._fill
    monkeypatch.setattr(corrections, "_fill", lambda d: 1 / 0 if d == drafts[0] else real(d))
    assert corrections_issue() == 1
    assert "w dzienniku serwera" in Draft.objects.get(pk=drafts[0].pk).wait_problem


def test_one_who_may_not_issue_any_more_issues_nothing(company, owner, teammate, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    correction_wait(draft=draft, user=teammate)
    Membership.objects.filter(user=teammate).update(role="viewer")
    numbered(original)
    assert corrections_issue() == 0
    assert Draft.objects.get(pk=draft.pk).wait_problem


def test_changing_the_draft_takes_the_wish_back(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    correction_wait(draft=draft, user=owner)
    changed(draft, Fa__PrzyczynaKorekty="ilość")
    numbered(original)
    assert corrections_issue() == 0
    assert Draft.objects.get(pk=draft.pk).asked_at is None


def test_a_sent_in_correction_follows_what_replaces_its_original(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    later = sent_again(correction(company, owner, original.number), owner, "KOR-OFF-1")
    repaired = sent_again(document_repair(document=refused(original, 430), user=owner), owner)
    assert row_of(later).waits_for == repaired


def test_a_draft_that_waits_follows_it_too(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    correction_wait(draft=draft, user=owner)
    repaired = sent_again(document_repair(document=refused(original, 430), user=owner), owner)
    numbered(repaired)
    assert corrections_issue() == 1


def test_a_draft_whose_original_never_gets_a_number_is_told(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    draft = correction(company, owner, original.number)
    correction_wait(draft=draft, user=owner)
    Submission.objects.filter(document=original).update(state="outside")
    assert corrections_issue() == corrections_issue() == 0
    assert original.number in Draft.objects.get(pk=draft.pk).wait_problem
    assert Notice.objects.get().key == f"correction:{draft.pk}"


def test_a_repair_in_hand_is_waited_for(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    correction_wait(draft=correction(company, owner, original.number), user=owner)
    document_repair(document=refused(original, 430), user=owner)
    Submission.objects.filter(document=original).update(state="withdrawn")
    corrections_issue()
    assert not Notice.objects.exists()


def test_an_issued_correction_whose_original_never_gets_a_number_is_held_and_told(
    company, owner, at
):
    at(FRIDAY)
    original = issue(company, owner)
    later = sent_again(correction(company, owner, original.number), owner, "KOR-OFF-1")
    Submission.objects.filter(document=original).update(state="outside")
    corrections_issue()
    assert row_of(later).waits_for == original
    assert Notice.objects.get().key == f"correction-held:{later.pk}"
    page = logged_in(owner).get(f"/firma/{company.nip}/faktury/{later.pk}/").content.decode()
    assert "nie dostanie numeru KSeF" in page


def test_one_that_only_kept_its_place_goes_on(company, owner, at):
    at(FRIDAY)
    original = issue(company, owner)
    first, second = (
        sent_again(correction(company, owner, original.number), owner, "KOR-OFF-1")
        for _ in range(2)
    )
    Submission.objects.filter(document=first).update(state="withdrawn", waits_for=None)
    Submission.objects.filter(document=second).update(waits_for=first)
    corrections_issue()
    assert row_of(second).waits_for is None


def test_there_must_be_something_to_wait_for(company, owner, at):
    at(FRIDAY)
    with pytest.raises(NothingToWaitFor):
        correction_wait(draft=correction(company, owner, "OBCA/1"), user=owner)


# --- What may differ, whatever the invoice ----------------------------------------------------
LEAVES = st.dictionaries(
    st.sampled_from(["P_1", "P_2", "P_15", "KodWaluty", "P_1M"]), st.text("ab1", min_size=1)
)
CODES = st.sampled_from([None, 430, 440, 450, 410])


@given(LEAVES, CODES, st.sets(st.sampled_from(["P_2", "P_15"])))
def test_the_same_content_may_always_go_again(fa, code, named):
    assert allowed({"Fa": fa}, {"Fa": dict(fa)}, code, frozenset(named)) == ([], [])


@given(LEAVES, LEAVES, CODES, st.sets(st.sampled_from(["P_2", "P_15"])))
def test_each_difference_is_judged_and_only_named_ones_pass(old, new, code, named):
    may, may_not = allowed({"Fa": old}, {"Fa": new}, code, frozenset(named))
    differ = {name for name in {**old, **new} if old.get(name) != new.get(name)}
    assert {d.path.removeprefix("Fa/") for d in may + may_not} == differ
    passed = {d.path.removeprefix("Fa/") for d in may}
    assert passed <= ({"P_2"} if code == 440 else named if code == 450 else set())
