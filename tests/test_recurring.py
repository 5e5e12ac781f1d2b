"""Templates that repeat: what is made on a due day, what is missed, who is told."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.fa3.parse import parse
from invoices.models import Document, Draft, Recurring, RecurringRun
from invoices.services import exchange, recurring
from invoices.services.duplicate_new import Source
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from invoices.services.recurring import RecurringRefused
from invoices.services.recurring_run import recurring_due, recurring_run
from ksefapp.accounts.models import Membership
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.invoice_support import content
from tests.offline_support import at
from tests.payment_support import refused_and_repaired
from tests.recurring_support import START, due_days, link, linked, plan, template

__all__ = ["at", "linked"]


def notices() -> list[str]:
    return list(Notice.objects.filter(over=False).order_by("pk").values_list("pl", flat=True))


@pytest.mark.django_db
def test_nothing_is_made_before_its_day(company, owner, at):
    at(START)
    template(company, owner)
    at("2026-08-14 23:59")
    assert not recurring_due()
    assert recurring_run() == 0


@pytest.mark.django_db
def test_on_the_due_day_one_draft_is_made(company, owner, at):
    at(START)
    row = template(company, owner)
    at("2026-08-15 00:01")
    assert recurring_due()
    recurring_run()
    recurring_run()
    assert Draft.objects.get().content["Fa"]["P_1"] == "2026-08-15"
    assert due_days(row) == ["2026-08-15"]
    row.refresh_from_db()
    assert row.next_on == date(2026, 9, 15)


@pytest.mark.django_db
def test_a_draft_that_waits_is_told(company, owner, at):
    at(START)
    template(company, owner)
    at("2026-08-15 06:00")
    recurring_run()
    text = "Szkic faktury cyklicznej „Czynsz” z 15.08.2026 jest gotowy. Sprawdź go i wystaw."
    assert notices() == [text]
    invoice_issue(draft=Draft.objects.get(), issued_by=owner, on=clock.today())
    assert notices() == []
    assert RecurringRun.objects.get().document == Document.objects.get()


@pytest.mark.django_db
def test_a_template_that_issues_issues(linked, owner, at):
    at(START)
    row = template(linked, owner, issues_itself=True)
    at("2026-08-15 06:00")
    recurring_run()
    document = Document.objects.get()
    assert (str(document.issued_on), document.issued_by) == ("2026-08-15", owner)
    assert row.runs.get().document == document
    assert document.submission.state == "queued"


@pytest.mark.django_db
def test_what_was_refused_and_issued_anew_is_that_days_invoice(linked, owner, at):
    at(START)
    row = template(linked, owner, issues_itself=True, mails_itself=True)
    at("2026-08-15 06:00")
    recurring_run()
    later = refused_and_repaired(row.runs.get().document, owner)
    assert row.runs.get().document == later
    assert later.recurring_run.recurring.mails_itself


@pytest.mark.django_db
def test_three_missed_months_are_made_in_order_and_told(linked, owner, at):
    at(START)
    row = template(linked, owner, issues_itself=True, period="this")
    at("2026-11-10 09:00")
    recurring_run()
    assert due_days(row) == ["2026-08-15", "2026-09-15", "2026-10-15"]
    made = [run.document for run in row.runs.order_by("due_on")]
    assert [str(document.issued_on) for document in made] == ["2026-11-10"] * 3
    numbers = [int(document.number.split("/")[1]) for document in made]
    assert numbers == [1, 2, 3]
    late = "Zaległe faktury cykliczne „Czynsz”: 15.08.2026, 15.09.2026, 15.10.2026."
    assert [text[: len(late)] for text in notices()] == [late]


@pytest.mark.django_db
def test_that_it_is_late_is_noted_and_stops_nothing(linked, owner, at):
    at(START)
    row = template(linked, owner, issues_itself=True)
    at("2026-11-10 09:00")
    recurring_run()
    accepted = row.runs.get(due_on=date(2026, 8, 15)).document.accepted.values()
    told = [(entry["rule"], entry["note"]) for entry in accepted]
    assert told == [("DT-09", "Zaległa faktura cykliczna, termin 15.08.2026")]


@pytest.mark.django_db
def test_the_period_is_that_of_the_due_day(company, owner, at):
    at(START)
    row = template(company, owner, period="previous")
    at("2026-11-10 09:00")
    recurring_run()
    periods = [run.draft.content["Fa"]["OkresFa"] for run in row.runs.order_by("due_on")]
    assert [period["P_6_Od"] for period in periods] == ["2026-07-01", "2026-08-01", "2026-09-01"]
    assert periods[0]["P_6_Do"] == "2026-07-31"


@pytest.mark.django_db
def test_what_was_due_earlier_was_also_sold_then(company, owner, at):
    at(START)
    row = template(company, owner)
    at("2026-08-20 09:00")
    recurring_run()
    assert row.runs.get().draft.content["Fa"]["P_6"] == "2026-08-15"


@pytest.mark.django_db
def test_words_in_braces_are_those_of_the_due_day(company, owner, at):
    at(START)
    tree = content(company)
    tree["Fa"]["FaWiersz"][0]["P_7"] = "Czynsz za {miesiac} {rok}"
    row = template(company, owner, tree=tree)
    at("2026-10-01 09:00")
    recurring_run()
    names = [run.draft.content["Fa"]["FaWiersz"][0]["P_7"] for run in row.runs.order_by("due_on")]
    assert names == ["Czynsz za sierpień 2026", "Czynsz za wrzesień 2026"]


@pytest.mark.django_db
def test_the_term_of_payment_is_counted_from_the_day_of_issue(company, owner, at):
    at(START)
    row = template(company, owner)
    at("2026-08-15 09:00")
    recurring_run()
    fa = row.runs.get().draft.content["Fa"]
    assert fa["Platnosc"]["TerminPlatnosci"] == [{"Termin": "2026-08-29"}]


@pytest.mark.django_db
def test_an_unknown_placeholder_stops_the_issue(linked, owner, at):
    at(START)
    tree = content(linked)
    tree["Fa"]["FaWiersz"][0]["P_7"] = "Czynsz za {miesącu}"
    row = template(linked, owner, tree=tree, issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    assert not Document.objects.exists()
    assert "{miesącu}" in row.runs.get().problem


@pytest.mark.django_db
def test_without_a_way_into_ksef_it_stays_a_draft_and_says_why(company, owner, at):
    at(START)
    row = template(company, owner, issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    row.refresh_from_db()
    assert not Document.objects.exists()
    assert "nie jest połączona z KSeF" in row.said
    assert "została szkicem" in notices()[0]
    assert recurring_run() == 0


def in_euro(company) -> dict:
    tree = content(company)
    tree["Fa"]["KodWaluty"] = "EUR"
    return tree


@pytest.mark.django_db
def test_a_foreign_currency_gets_the_rate_of_the_day_of_issue(linked, owner, at, monkeypatch):
    at(START)
    asked = []

    def rate_for(company, currency, tax_point, issued_on):
        asked.append((currency, str(tax_point)))
        day = date(2026, 8, 14)
        return exchange.Rate(currency, Decimal("4.25"), "157/A/NBP/2026", day, issued_on)

    monkeypatch.setattr(exchange, "rate_for", rate_for)
    row = template(linked, owner, tree=in_euro(linked), issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    fa = parse(bytes(row.runs.get().document.file.content))["Fa"]
    assert asked == [("EUR", "2026-08-15")]
    assert (fa["FaWiersz"][0]["KursWaluty"], fa["P_14_1W"]) == ("4.25", "97.75")


@pytest.mark.django_db
def test_without_a_rate_it_stays_a_draft(linked, owner, at):
    at(START)
    row = template(linked, owner, tree=in_euro(linked), issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    assert not Document.objects.exists()
    assert "Uzupełnij kurs w szkicu." in row.runs.get().problem


@pytest.mark.django_db
def test_whoever_may_issue_no_more_issues_nothing(linked, teammate, at):
    at(START)
    row = template(linked, teammate, issues_itself=True)
    Membership.objects.filter(user=teammate).update(role="viewer")
    at("2026-08-15 09:00")
    recurring_run()
    assert not Document.objects.exists()
    assert "Zapisz szablon jako osoba, która może." in row.runs.get().problem


@pytest.mark.django_db
def test_what_blocks_an_invoice_blocks_it_here_too(linked, owner, at):
    at(START)
    tree = content(linked)
    tree["Podmiot2"]["DaneIdentyfikacyjne"]["NIP"] = "1234567890"
    row = template(linked, owner, tree=tree, issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    assert not Document.objects.exists()
    assert row.runs.get().problem
    row.refresh_from_db()
    assert row.problem == row.runs.get().problem


@pytest.mark.django_db
def test_once_a_person_has_issued_it_nothing_is_wrong_any_more(company, owner, at):
    at(START)
    row = template(company, owner, issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    invoice_issue(draft=Draft.objects.get(), issued_by=owner, on=clock.today())
    row.refresh_from_db()
    assert (row.problem, row.runs.get().problem, notices()) == ("", "", [])


def made_and_not_issued(row: Recurring) -> RecurringRun:
    """As a process leaves it that dies between the two transactions."""
    recurring_run()
    run = row.runs.get()
    run.problem = ""
    run.save()
    return run


@pytest.mark.django_db
def test_what_was_made_is_issued_later_under_that_days_date(company, owner, at):
    at(START)
    row = template(company, owner, issues_itself=True)
    at("2026-08-15 09:00")
    made_and_not_issued(row)
    link(company, owner)
    at("2026-08-18 09:00")
    recurring_run()
    assert [str(document.issued_on) for document in Document.objects.all()] == ["2026-08-18"]
    assert str(Document.objects.get().due_on) == "2026-09-01"


@pytest.mark.django_db
def test_a_draft_that_a_person_changed_is_that_persons(company, owner, at):
    at(START)
    row = template(company, owner, issues_itself=True)
    at("2026-08-15 09:00")
    run = made_and_not_issued(row)
    link(company, owner)
    Draft.objects.filter(pk=run.draft_id).update(version=2)
    recurring_run()
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_a_draft_that_a_person_deleted_does_not_come_back(company, owner, at):
    at(START)
    row = template(company, owner, issues_itself=True)
    at("2026-08-15 09:00")
    recurring_run()
    Draft.objects.all().delete()
    recurring_run()
    assert (Draft.objects.count(), row.runs.get().problem, notices()) == (0, "", [])


@pytest.mark.django_db
def test_nothing_is_made_while_paused_nor_afterwards(company, owner, at):
    at(START)
    row = template(company, owner)
    recurring.recurring_pause(row=row, user=owner)
    at("2026-10-20 09:00")
    assert recurring_run() == 0
    row.refresh_from_db()
    missed = [str(day) for day in recurring.missed_while_paused(row)]
    assert missed == ["2026-08-15", "2026-09-15", "2026-10-15"]
    row = recurring.recurring_resume(row=row, user=owner)
    assert (recurring_run(), row.next_on) == (0, date(2026, 11, 15))


@pytest.mark.django_db
def test_a_pause_stops_what_was_made_and_not_issued(company, owner, at):
    at(START)
    row = template(company, owner, issues_itself=True)
    at("2026-08-15 09:00")
    made_and_not_issued(row)
    link(company, owner)
    recurring.recurring_pause(row=row, user=owner)
    recurring.recurring_resume(row=row, user=owner)
    assert recurring_run() == 0


@pytest.mark.django_db
def test_what_ended_makes_nothing(company, owner, at):
    at(START)
    row = template(company, owner)
    recurring.recurring_archive(row=row, user=owner)
    at("2026-10-20 09:00")
    assert recurring_run() == 0
    with pytest.raises(RecurringRefused):
        recurring.recurring_resume(row=row, user=owner)


@pytest.mark.django_db
def test_after_the_last_day_it_is_over(company, owner, at):
    at(START)
    row = template(company, owner, ends_on=date(2026, 9, 14))
    at("2026-12-01 09:00")
    recurring_run()
    row.refresh_from_db()
    assert (due_days(row), row.next_on) == (["2026-08-15"], None)


@pytest.mark.django_db
def test_another_rhythm_makes_no_day_twice(company, owner, at):
    at(START)
    row = template(company, owner)
    at("2026-08-15 09:00")
    recurring_run()
    changed = plan(unit="week", starts_on=date(2026, 8, 15))
    row = recurring.recurring_change(row=row, plan=changed, user=owner)
    assert row.next_on == date(2026, 8, 22)


@pytest.mark.django_db
def test_a_change_does_not_forget_what_is_due(company, owner, at):
    at(START)
    row = template(company, owner)
    at("2026-08-20 09:00")
    row = recurring.recurring_change(row=row, plan=plan(name="Nowa nazwa"), user=owner)
    assert row.next_on == date(2026, 8, 15)


@pytest.mark.django_db
def test_the_past_is_not_made_when_a_template_is_new(company, owner, at):
    at("2026-11-22 09:00")
    assert template(company, owner, starts_on=date(2020, 1, 1)).next_on == date(2026, 12, 15)


@pytest.mark.django_db
def test_a_template_of_another_environment_rests(company, owner, at):
    at(START)
    template(company, owner)
    company.environment = "test"
    company.save()
    at("2026-08-15 09:00")
    assert (recurring_due(), recurring_run()) == (False, 0)


@pytest.mark.django_db
def test_the_content_is_written_in_a_draft_that_is_never_issued(company, owner, at):
    at(START)
    row = template(company, owner)
    draft = recurring.recurring_draft(row=row, user=owner)
    assert recurring.recurring_draft(row=row, user=owner) == draft
    with pytest.raises(IssueRefused) as refused:
        invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert refused.value.problems[0].rule == "APP-template"


@pytest.mark.django_db
def test_a_saved_content_is_what_the_next_day_makes(company, owner, teammate, at):
    at(START)
    row = template(company, owner)
    draft = recurring.recurring_draft(row=row, user=owner)
    draft.content["Fa"]["FaWiersz"][0]["P_7"] = "Czynsz i woda"
    row = recurring.recurring_content_save(draft=draft, user=teammate)
    assert not Draft.objects.exists()
    at("2026-08-15 09:00")
    recurring_run()
    assert Draft.objects.get().content["Fa"]["FaWiersz"][0]["P_7"] == "Czynsz i woda"
    assert row.created_by == teammate


@pytest.mark.django_db
def test_who_may_not_issue_makes_no_template_that_does(company, owner):
    source = Source(company, content(company), {}, {})
    given = {"source": source, "plan": plan(issues_itself=True), "user": owner}
    with pytest.raises(RecurringRefused) as refused:
        recurring.recurring_create(may_issue=False, **given)
    assert refused.value.field == "issues_itself"


@pytest.mark.django_db
def test_a_failure_of_one_template_does_not_stop_the_others(company, owner, at, monkeypatch):
    at(START)
    broken, sound = template(company, owner, name="A"), template(company, owner, name="B")
    Recurring.objects.filter(pk=broken.pk).update(content=["?"])
    at("2026-08-15 09:00")
    recurring_run()
    assert (broken.runs.count(), sound.runs.count()) == (0, 1)
    assert any("nie powstała" in text for text in notices())
    assert not recurring_due()
