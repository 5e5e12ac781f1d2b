"""A warning stops a person once; accepted with a note, it stays with the invoice."""

import pytest
from django.urls import reverse

from invoices.fa3.problems import Problem
from invoices.models import Document
from invoices.services import accepting
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.form_support import edit, fill, only_document, only_draft, page
from tests.invoice_support import content

OLD_RATE = {"line__0__rate": "22"}


def draft_of(company, owner, **fa):
    return draft_create(company=company, content=content(company, **fa), created_by=owner)


@pytest.fixture
def warned(company, owner):
    """A draft that one rule warns about: it is due before it is issued."""
    terms = {"TerminPlatnosci": [{"Termin": "2020-01-01"}]}
    return draft_of(company, owner, Platnosc=terms)


def issue(draft, user, **options) -> Document:
    return invoice_issue(draft=draft, issued_by=user, on=clock.today(), **options)


def refused(draft, user, **options) -> list[Problem]:
    with pytest.raises(IssueRefused) as refusal:
        issue(draft, user, **options)
    return refusal.value.problems


def test_a_warning_stops_the_issue_where_a_person_is_asked(warned, owner):
    (problem,) = refused(warned, owner, ask_warnings=True)
    assert (problem.rule, problem.severity) == ("DT-12", "warn")


def test_a_program_is_not_asked(warned, owner):
    assert issue(warned, owner).accepted == {}


def test_an_accepted_warning_goes_with_the_document(warned, owner):
    (problem,) = refused(warned, owner, ask_warnings=True)
    accepting.warning_accept(warned, owner, problem.key, "umowa ramowa")
    document = issue(warned, owner, ask_warnings=True)
    entry = document.accepted[problem.key]
    assert (entry["rule"], entry["note"], entry["by"]) == ("DT-12", "umowa ramowa", owner.pk)
    assert entry["pl"] == problem.pl


def test_the_audit_says_what_was_accepted_and_why(warned, owner):
    (problem,) = refused(warned, owner, ask_warnings=True)
    accepting.warning_accept(warned, owner, problem.key, "umowa ramowa")
    issue(warned, owner, ask_warnings=True)
    details = AuditEntry.objects.get(action="invoice.issue").details
    assert (details["accepted"], details["notes"]) == (["DT-12"], {"DT-12": "umowa ramowa"})


def test_a_program_may_name_the_rule_with_a_note(warned, owner):
    accept, notes = frozenset({"DT-12"}), {"DT-12": "tak ma być"}
    document = issue(warned, owner, accept=accept, notes=notes, ask_warnings=True)
    assert [each["note"] for each in document.accepted.values()] == ["tak ma być"]


def test_hints_never_stop(company, owner):
    draft = draft_of(company, owner, P_6=clock.today().isoformat())
    assert issue(draft, owner, ask_warnings=True).accepted == {}


def test_a_warning_comes_back_when_its_numbers_change(company, owner):
    draft, keys = draft_of(company, owner), set()
    for due in ("500.00", "600.00"):
        draft.content["Fa"]["P_15"] = due
        draft.save()
        (problem,) = refused(draft, owner, ask_warnings=True)
        accepting.warning_accept(draft, owner, problem.key)
        keys.add(problem.key)
    assert len(keys) == 2


def test_what_blocks_cannot_be_accepted(company, owner):
    draft = draft_of(company, owner, FaWiersz=[])
    problems = [p for p in refused(draft, owner) if p.severity == "block"]
    accepted = {problem.key: {} for problem in problems}
    assert accepting.split(problems, accepted) == (problems, [])


def test_split_parts_the_open_from_the_accepted():
    first, second = (Problem("Fa/P_15", "AM-01", "warn", text, text) for text in "ab")
    assert accepting.split([first, second], {second.key: {}}) == ([first], [second])


def test_the_one_who_accepted_first_stays(warned, owner, teammate):
    accepting.warning_accept(warned, owner, "k", "powód")
    accepting.warning_accept(warned, teammate, "k", "powód")
    assert warned.accepted["k"]["by"] == owner.pk


def test_notes_are_one_line_of_bounded_length(warned, owner):
    accepting.warning_accept(warned, owner, "k", "a\n\0b" + "x" * 2000)
    note = warned.accepted["k"]["note"]
    assert note.startswith("a bx")
    assert len(note) == accepting.LONGEST_NOTE


def test_a_long_key_is_not_kept(warned, owner):
    accepting.warning_accept(warned, owner, "k" * 5000)
    assert warned.accepted == {}


def test_the_form_asks_once_with_a_tick_and_a_box_for_the_reason(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", **OLD_RATE)
    assert answer.status_code == 422
    assert page(answer).xpath("//input[@type='checkbox'][@name='warning-0-ok']")
    assert page(answer).xpath("//input[@name='warning-0-note'][@form='invoice-form']")


def ticked(answer, **more) -> dict[str, str]:
    (key,) = page(answer).xpath("//input[@name='warning-0']/@value")
    return {"warning-0": key} | more


def test_a_ticked_warning_is_issued_and_shown_with_the_document(company, owner, client_of):
    client = client_of(owner)
    answer = fill(client, company, "issue", **OLD_RATE)
    boxes = ticked(answer, **{"warning-0-ok": "1", "warning-0-note": "stara umowa"})
    assert edit(client, only_draft(), "issue", **boxes).status_code == 302
    document = only_document()
    shown = client.get(reverse("invoice-detail", args=[company.nip, document.pk]))
    (part,) = page(shown).xpath("//*[@id='accepted']")
    assert "stara umowa" in part.text_content()
    assert str(owner) in part.text_content()


def test_an_unticked_warning_stops_again(company, owner, client_of):
    client = client_of(owner)
    answer = fill(client, company, "issue", **OLD_RATE)
    assert edit(client, only_draft(), "issue", **ticked(answer)).status_code == 422


def test_a_reason_alone_is_enough(company, owner, client_of):
    client = client_of(owner)
    answer = fill(client, company, "issue", **OLD_RATE)
    boxes = ticked(answer, **{"warning-0-note": "faktura do starej umowy"})
    assert edit(client, only_draft(), "issue", **boxes).status_code == 302


def test_a_tick_taken_away_is_taken_back(company, owner, client_of):
    client = client_of(owner)
    answer = fill(client, company, "issue", **OLD_RATE)
    edit(client, only_draft(), "save", **ticked(answer, **{"warning-0-ok": "1"}))
    assert only_draft().accepted
    edit(client, only_draft(), "save", **ticked(answer))
    assert only_draft().accepted == {}


def test_an_ordinary_invoice_is_not_asked_about(company, owner, client_of):
    assert fill(client_of(owner), company, "issue").status_code == 302


def test_a_warning_links_to_the_box_it_is_about(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", **OLD_RATE)
    links = page(answer).xpath("//*[contains(@class, 'note-warn')]//a/@href")
    found = [link for link in links if link.startswith("#")]
    assert found
    assert all(page(answer).xpath(f"//*[@id='{link[1:]}']") for link in found)
