"""Companies: adding, changing their data, the history of changes."""

from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ksefapp.accounts.audit import audit, details_of, words_of
from ksefapp.accounts.companies import company_create
from ksefapp.accounts.models import AuditEntry, Company
from ksefapp.accounts.roles import Role
from ksefapp.lib import bank
from tests.cast import NIP, OTHER_NIP, company_made

ACCOUNT = "61109010140000071219812874"
NEW = {"nip": "PL 954-274-29-32", "name": "Nowa", "address_l1": "ul. Polna 1"}


def new_company(client, **changed):
    return client.post(reverse("company-new"), NEW | changed)


def settings_data(**changed) -> dict:
    data = {"name": "Sosna", "address_l1": "ul. Leśna 4", "payment_days": "7", "krs": ""}
    return data | changed


def test_the_one_who_adds_a_company_owns_it(company, owner, client_of):
    response = new_company(client_of(owner))
    assert response.url == reverse("invoice-list", args=[OTHER_NIP])
    added = Company.objects.get(nip=OTHER_NIP)
    assert added.memberships.get().role == Role.OWNER
    assert added.environment == "simulator"


@pytest.mark.parametrize(
    "typed", ["9542742932", "954-274-29-32", "NIP: 954 274 29 32", "pl9542742932"]
)
def test_a_nip_is_taken_in_any_form(company, owner, client_of, typed):
    assert new_company(client_of(owner), nip=typed).status_code == 302


@pytest.mark.parametrize(
    "typed", ["", "954274293", "9542742933", "ABC", "０" * 10, "9542742932 i pół"]
)
def test_a_wrong_nip_is_an_error_at_its_field(company, owner, client_of, typed):
    response = new_company(client_of(owner), nip=typed)
    assert response.status_code == 422
    form = response.context["form"]
    assert form.errors["nip"]
    assert form["nip"].value() == typed
    assert form["name"].value() == "Nowa"


def test_a_taken_nip_says_whom_to_ask(company, owner, client_of):
    response = new_company(client_of(owner), nip=NIP)
    assert "zaproszenie" in response.context["form"].errors["nip"][0]


def test_a_nip_taken_between_check_and_row_is_the_same_error(
    company, owner, client_of, monkeypatch
):
    def slow(*, company, by):
        company_made(company.nip)
        return company_create(company=company, by=by)

    monkeypatch.setattr("ksefapp.accounts.views.companies.company_create", slow)
    response = new_company(client_of(owner))
    assert "zaproszenie" in response.context["form"].errors["nip"][0]


def test_an_invited_person_cannot_add_companies(company, viewer, client_of):
    assert new_company(client_of(viewer)).status_code == 403
    assert not Company.objects.filter(nip=OTHER_NIP).exists()


def test_settings_are_stored_with_before_and_after_in_the_history(company, owner, client_of):
    client = client_of(owner)
    client.post(reverse("company-settings", args=[NIP]), settings_data())
    company.refresh_from_db()
    assert company.payment_days == 7
    assert AuditEntry.objects.get().details["name"] == ["Sosna i Syn", "Sosna"]


def test_the_day_on_which_attachments_were_notified_is_stored_and_shown(company, owner, client_of):
    client, url = client_of(owner), reverse("company-settings", args=[NIP])
    client.post(url, settings_data(attachments_notified_on="2.01.2026"))
    company.refresh_from_db()
    assert company.attachments_notified_on == date(2026, 1, 2)
    assert AuditEntry.objects.get().details["attachments_notified_on"] == ["", "2026-01-02"]
    assert client.get(url).context["form"]["attachments_notified_on"].value() == date(2026, 1, 2)
    assert 'value="02.01.2026"' in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("name", ""),
        ("address_l1", ""),
        ("payment_days", "dwa tygodnie"),
        ("payment_days", "-1"),
        ("krs", "12"),
        ("regon", "1234567890"),
        ("bank_account", "moje konto"),
        ("email", "a@"),
        ("phone", "1" * 17),
        ("attachments_notified_on", "wczoraj"),
        ("attachments_notified_on", "1.1.2100"),
    ],
)
def test_wrong_settings_are_errors_at_their_fields(company, owner, client_of, name, typed):
    url = reverse("company-settings", args=[NIP])
    response = client_of(owner).post(url, settings_data(**{name: typed}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [name]
    assert response.context["form"][name].value() == typed


def test_a_wrong_form_does_not_rename_the_company_on_the_page(company, owner, client_of):
    url = reverse("company-settings", args=[NIP])
    response = client_of(owner).post(url, settings_data(name="Zła", krs="1"))
    assert response.context["company"].name == "Sosna i Syn"


def test_wrong_control_digits_of_an_account_are_a_warning_only(company, owner, client_of):
    url = reverse("company-settings", args=[NIP])
    wrong = "62" + ACCOUNT[2:]
    response = client_of(owner).post(url, settings_data(bank_account=wrong), follow=True)
    assert "Cyfry kontrolne" in response.content.decode()
    company.refresh_from_db()
    assert company.bank_account == wrong


def test_the_environment_and_nip_are_not_settings(company, owner, client_of):
    url = reverse("company-settings", args=[NIP])
    client_of(owner).post(url, settings_data(environment="production", nip=OTHER_NIP))
    company.refresh_from_db()
    assert (company.nip, company.environment) == (NIP, "simulator")


def test_an_account_is_taken_with_spaces_and_country():
    assert bank.without_prefix("PL 61 1090 1014 0000 0712 1981 2874") == ACCOUNT
    assert bank.is_valid(ACCOUNT)
    assert bank.is_valid("DE89370400440532013000")


@given(place=st.integers(0, 25), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_of_an_account_is_always_seen(place, digit):
    changed = ACCOUNT[:place] + digit + ACCOUNT[place + 1 :]
    assert bank.is_valid(changed) == (changed == ACCOUNT)


def test_the_history_is_paged_newest_first(company, owner, client_of):
    for number in range(51):
        audit("company.update", company=company, user=owner, subject=number)
    page = client_of(owner).get(reverse("audit-list", args=[NIP])).context["page"]
    assert page.paginator.num_pages == 2
    assert page[0].subject == "50"


def test_history_cannot_be_changed_or_deleted(company, owner, client_of):
    client_of(owner).post(reverse("company-settings", args=[NIP]), settings_data())
    entry = AuditEntry.objects.get()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_history_speaks_polish(company, owner):
    role = audit("member.role", company=company, user=owner, before="viewer", after="owner")
    assert details_of(role) == "podgląd → właściciel"
    data = audit("company.update", company=company, user=owner, name=["Sosna", ""])
    assert details_of(data) == "nazwa: Sosna → –"
    assert words_of(audit("invoice.whatever", subject="FV/1")) == "invoice.whatever: FV/1"


def test_an_account_is_shown_in_groups_and_stored_without(company, owner, client_of):
    url = reverse("company-settings", args=[NIP])
    client = client_of(owner)
    client.post(url, settings_data(bank_account=ACCOUNT))
    shown = client.get(url).context["form"]["bank_account"].value()
    assert shown.split() == ["61", "1090", "1014", "0000", "0712", "1981", "2874"]
    client.post(url, settings_data(bank_account=shown))
    company.refresh_from_db()
    assert company.bank_account == ACCOUNT
