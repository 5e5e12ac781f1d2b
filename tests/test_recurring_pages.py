"""Duplicating and repeating through the pages."""

from datetime import date

import pytest
from django.urls import reverse

from invoices.models import Document, Draft, Recurring
from invoices.services.drafts import draft_create
from invoices.services.duplicate_new import CopyRefused, document_copy, draft_copy
from invoices.services.issue import invoice_issue
from invoices.services.recurring_run import recurring_run
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl
from tests.invoice_support import content, issued
from tests.offline_support import at
from tests.recurring_support import template

__all__ = ["at"]
pytestmark = pytest.mark.django_db
MONTHLY = {"name": "Czynsz", "every": "1", "unit": "month", "day": "31", "period": "previous"}
MONTHLY |= {"starts_on": "2026-11-01", "ends_on": "", "way": "drafts", "action": "save"}


def here(company, name: str, *more) -> str:
    return reverse(name, args=[company.nip, *more])


def text_of(response) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


# --- Duplicating ----------------------------------------------------------------------------
def test_an_invoice_is_duplicated_from_its_page(client_of, company, owner):
    document = issued(company, owner, number="FV/7")
    client = client_of(owner)
    assert "Powiel jako nowy szkic" in text_of(
        client.get(here(company, "invoice-detail", document.pk))
    )
    answer = client.post(here(company, "invoice-copy", document.pk))
    draft = Draft.objects.get(issued_as=None)
    assert answer.url == here(company, "invoice-draft", draft.pk)
    assert "P_2" not in draft.content["Fa"]


def test_an_invoice_is_duplicated_from_the_list(client_of, company, owner, viewer):
    address = here(company, "invoice-copy", issued(company, owner).pk)
    there = here(company, "invoice-list")
    assert f'formaction="{address}"' in client_of(owner).get(there).content.decode()
    assert address not in client_of(viewer).get(there).content.decode()


def test_what_changed_is_told(client_of, company, owner):
    period = {"P_6_Od": "2026-01-01", "P_6_Do": "2026-01-31"}
    document = issued(company, owner, OkresFa=period)
    answer = client_of(owner).post(here(company, "invoice-copy", document.pk), follow=True)
    assert "Okres sprzedaży przesunęliśmy" in text_of(answer)


def test_a_draft_is_duplicated_from_its_form(client_of, company, owner):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    address = here(company, "invoice-draft", draft.pk)
    page = client_of(owner).get(address)
    assert 'value="copy"' in page.content.decode()
    copy = draft_copy(draft=draft, user=owner)
    assert copy.draft.pk != draft.pk
    assert copy.draft.content["Podmiot2"] == draft.content["Podmiot2"]


def test_a_correction_is_not_duplicated_and_says_why(company, owner):
    tree = content(company, RodzajFaktury="KOR")
    draft = draft_create(company=company, content=tree, created_by=owner)
    with pytest.raises(CopyRefused) as refused:
        draft_copy(draft=draft, user=owner)
    assert "Zacznij od faktury, którą chcesz poprawić." in refused.value.pl


def test_a_document_of_another_environment_is_not_duplicated(company, owner):
    document = issued(company, owner)
    company.environment = "test"
    company.save()
    with pytest.raises(CopyRefused):
        document_copy(document=Document.objects.get(pk=document.pk), user=owner)


def test_facts_about_the_buyer_stay_and_the_relief_is_asked_anew(company, owner):
    options = {"contractor": 7, "outside": "relief", "technical": True, "reissues": "x"}
    draft = draft_create(
        company=company, content=content(company), created_by=owner, options=options
    )
    copy = draft_copy(draft=draft, user=owner)
    assert copy.draft.options == {"contractor": 7}
    assert "Zwolnienie z KSeF" in copy.told()


def test_another_account_is_told(company, owner):
    tree = content(company)
    tree["Fa"]["Platnosc"]["RachunekBankowy"] = [{"NrRB": "68114099990000123400567801"}]
    draft = draft_create(company=company, content=tree, created_by=owner)
    company.bank_account = "61109010140000071219812874"
    company.save()
    assert "Rachunek na fakturze jest inny" in draft_copy(draft=draft, user=owner).told()


def test_the_button_of_the_form_saves_and_duplicates(client_of, company, owner):
    draft = draft_create(company=company, content=content(company), created_by=owner)
    client, address = client_of(owner), here(company, "invoice-draft", draft.pk)
    posted = {"action": "copy", "version": str(draft.version), **_unchanged(client, address)}
    answer = client.post(address, posted)
    copy = Draft.objects.exclude(pk=draft.pk).get()
    assert answer.url == here(company, "invoice-draft", copy.pk)


# --- Repeating ------------------------------------------------------------------------------
def test_a_template_is_made_of_an_invoice(client_of, company, owner, at):
    at("2026-11-22 12:00")
    document = issued(company, owner)
    address = f"{here(company, 'recurring-new')}?faktura={document.pk}"
    client = client_of(owner)
    assert client.get(address).status_code == 200
    answer = client.post(address, MONTHLY)
    row = Recurring.objects.get()
    assert answer.url == here(company, "recurring-detail", row.pk)
    assert (row.next_on, row.period, row.issues_itself) == (date(2026, 11, 30), "previous", False)


def test_the_next_six_days_are_shown_before_saving(client_of, company, owner, at):
    at("2026-11-22 12:00")
    document = issued(company, owner)
    address = f"{here(company, 'recurring-new')}?faktura={document.pk}"
    page = text_of(client_of(owner).post(address, MONTHLY | {"action": "dates"}))
    for day in ("30.11.2026", "31.12.2026", "31.01.2027", "28.02.2027", "31.03.2027", "30.04.2027"):
        assert day in page
    assert not Recurring.objects.exists()


def test_the_invoice_that_was_issued_is_not_offered_again_at_once(client_of, company, owner, at):
    at("2026-11-22 12:00")
    document = issued(company, owner)
    page = client_of(owner).get(f"{here(company, 'recurring-new')}?faktura={document.pk}")
    assert page.context["dates"][0] == date(2026, 12, 22)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("every", "0"),
        ("every", "53"),
        ("unit", "day"),
        ("day", "32"),
        ("starts_on", "?"),
        ("starts_on", "0001-01-01"),
        ("ends_on", "2026-10-01"),
        ("ends_on", "9999-12-31"),
        ("way", "mails"),
        ("name", ""),
    ],
)
def test_a_wrong_rhythm_is_shown_at_its_field(client_of, company, owner, at, field, value):
    at("2026-11-22 12:00")
    document = issued(company, owner)
    address = f"{here(company, 'recurring-new')}?faktura={document.pk}"
    answer = client_of(owner).post(address, MONTHLY | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Recurring.objects.exists()


def test_where_to_begin_is_chosen_from_invoices_and_drafts(client_of, company, owner):
    document = issued(company, owner)
    draft = draft_create(company=company, content=content(company), created_by=owner)
    page = client_of(owner).get(here(company, "recurring-new")).content.decode()
    assert f"?faktura={document.pk}" in page
    assert f"?szkic={draft.pk}" in page


def test_a_correction_becomes_no_template(client_of, company, owner):
    tree = content(company, RodzajFaktury="KOR")
    draft = draft_create(company=company, content=tree, created_by=owner)
    answer = client_of(owner).get(f"{here(company, 'recurring-new')}?szkic={draft.pk}", follow=True)
    assert "Korekty się nie powiela" in text_of(answer)


def test_an_invoice_of_a_stranger_is_not_found(client_of, company, owner, other_company, stranger):
    document = issued(company, owner)
    address = f"{here(other_company, 'recurring-new')}?faktura={document.pk}"
    assert client_of(stranger).get(address).status_code == 404


def test_the_list_shows_what_is_next_and_what_is_wrong(client_of, company, owner, at):
    at("2026-08-10 08:00")
    template(company, owner, issues_itself=True)
    at("2026-08-15 08:00")
    recurring_run()
    page = text_of(client_of(owner).get(here(company, "recurring-list")))
    assert "Wymaga Ciebie" in page
    assert "15.09.2026" in page


def test_the_page_of_a_template_shows_what_it_made(client_of, company, owner, at):
    at("2026-08-10 08:00")
    row = template(company, owner)
    at("2026-08-15 08:00")
    recurring_run()
    page = client_of(owner).get(here(company, "recurring-detail", row.pk)).content.decode()
    assert here(company, "invoice-draft", row.runs.get().draft_id) in page


def test_a_template_is_changed_in_its_form(client_of, company, owner):
    row = template(company, owner)
    address = here(company, "recurring-edit", row.pk)
    assert client_of(owner).get(address).status_code == 200
    start = clock.today().isoformat()
    changed = MONTHLY | {"unit": "week", "every": "2", "starts_on": start}
    client_of(owner).post(address, changed)
    row.refresh_from_db()
    assert (row.unit, row.every, row.next_on) == ("week", 2, clock.today())


def test_the_content_is_changed_in_the_form_of_invoices(client_of, company, owner):
    row, client = template(company, owner), client_of(owner)
    there = client.post(here(company, "recurring-content", row.pk)).url
    page = client.get(there)
    assert "Wzór faktury cyklicznej" in text_of(page)
    assert 'value="save-template"' in page.content.decode()
    assert 'value="issue:online"' not in page.content.decode()


def test_among_drafts_the_content_of_a_template_is_called_so(client_of, company, owner):
    row, client = template(company, owner), client_of(owner)
    client.post(here(company, "recurring-content", row.pk))
    page = client.get(f"{here(company, 'invoice-list')}?widok=szkice")
    assert "Wzór faktury cyklicznej" in text_of(page)


def test_saving_the_content_leads_back_to_the_template(client_of, company, owner):
    row, client = template(company, owner), client_of(owner)
    there = client.post(here(company, "recurring-content", row.pk)).url
    version = Draft.objects.get().version
    posted = {"action": "save-template", "version": str(version), **_unchanged(client, there)}
    answer = client.post(there, posted)
    assert answer.url == here(company, "recurring-detail", row.pk)
    assert not Draft.objects.exists()


def _unchanged(client, there: str) -> dict:
    """The sealed tree alone: a form without boxes says what it was drawn from."""
    context = client.get(there).context
    return {"base": context["base"]}


def test_what_is_skipped_is_said_before_resuming(client_of, company, owner, at):
    at("2026-08-10 08:00")
    row, client = template(company, owner), client_of(owner)
    client.post(here(company, "recurring-pause", row.pk))
    at("2026-10-01 08:00")
    page = text_of(client.get(here(company, "recurring-resume", row.pk)))
    assert "15.08.2026, 15.09.2026." in page
    assert date_pl(date(2026, 10, 15)) in page
    client.post(here(company, "recurring-resume", row.pk))
    row.refresh_from_db()
    assert (row.paused_at, row.next_on) == (None, date(2026, 10, 15))


def test_a_template_ends(client_of, company, owner):
    row, client = template(company, owner), client_of(owner)
    assert "nie da się go wznowić" in text_of(
        client.get(here(company, "recurring-archive", row.pk))
    )
    client.post(here(company, "recurring-archive", row.pk))
    assert "Nie masz faktur cyklicznych" in text_of(client.get(here(company, "recurring-list")))


def test_templates_left_in_another_environment_are_mentioned(client_of, company, owner):
    template(company, owner)
    company.environment = "test"
    company.save()
    page = text_of(client_of(owner).get(here(company, "recurring-list")))
    assert "Szablony z innych środowisk KSeF: 1." in page


def test_a_list_of_many_templates_asks_few_questions(
    client_of, company, owner, at, django_assert_max_num_queries
):
    at("2026-08-10 08:00")
    for number in range(12):
        template(company, owner, name=f"Szablon {number}")
    at("2026-08-15 08:00")
    recurring_run()
    client = client_of(owner)
    with django_assert_max_num_queries(18):
        client.get(here(company, "recurring-list"))


def test_an_issued_run_is_linked(client_of, company, owner, at):
    at("2026-08-10 08:00")
    row = template(company, owner)
    at("2026-08-15 08:00")
    recurring_run()
    document = invoice_issue(draft=Draft.objects.get(), issued_by=owner, on=clock.today())
    page = client_of(owner).get(here(company, "recurring-detail", row.pk)).content.decode()
    assert document.number in page
