"""Coming in: registration, invitations, the second factor, a lost password, the language."""

import re
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

from ksefapp import celery_app
from ksefapp.accounts.invitations import invitation_accept, invitation_create, invitation_revoke
from ksefapp.accounts.models import Invitation, User
from ksefapp.accounts.roles import Role
from ksefapp.accounts.tasks import sessions_clear_task
from ksefapp.lib import clock
from tests.cast import logged_in

PASSWORD = "długie-hasło-777"


def registration(email: str, **changed) -> dict:
    data = {"full_name": "Nowa Osoba", "email": email, "password1": PASSWORD}
    return data | {"password2": PASSWORD} | changed


def register(client, email: str, **changed):
    return client.post(reverse("account_signup"), registration(email, **changed))


@pytest.fixture
def link(company, owner) -> str:
    """The path of an invitation of nowa@example.com as issuer."""
    _, url = invitation_create(
        company=company, email="Nowa@Example.com", role=Role.ISSUER, invited_by=owner
    )
    return urlsplit(url).path


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def test_an_empty_installation_leads_to_registration(client, db):
    assert client.get("/").url == reverse("account_signup")


def test_the_first_person_registers_and_is_led_to_a_new_company(client, db):
    register(client, "pierwsza@example.com")
    assert User.objects.get().full_name == "Nowa Osoba"
    assert client.get("/").url == reverse("company-new")


def test_registration_is_closed_after_the_first_person(client, owner):
    register(client, "druga@example.com")
    assert not User.objects.filter(email="druga@example.com").exists()


def test_a_password_of_eleven_characters_is_too_short(client, db):
    response = register(client, "a@example.com", password1="krótkie-123", password2="krótkie-123")
    assert response.context["form"].errors["password1"]
    assert response.context["form"]["full_name"].value() == "Nowa Osoba"


def test_home_leads_a_member_of_one_company_to_its_invoices(company, viewer, client_of):
    assert client_of(viewer).get("/").url == reverse("invoice-list", args=[company.nip])


def test_home_leads_a_person_without_a_company_to_the_explanation(company, stranger, client_of):
    assert client_of(stranger).get("/").url == reverse("company-list")


def test_an_invited_person_registers_and_belongs_to_the_company(company, link, client):
    assert reverse("account_signup") in client.get(link).content.decode()
    register(client, "nowa@example.com")
    row = company.memberships.get(user__email="nowa@example.com")
    assert row.role == Role.ISSUER


def test_an_invited_person_cannot_register_another_address(company, link, client):
    client.get(link)
    response = register(client, "inna@example.com")
    assert "nowa@example.com" in response.context["form"].errors["email"][0]
    assert not User.objects.filter(email="inna@example.com").exists()


def test_an_invited_person_with_an_account_joins_by_one_button(company, link):
    user = User.objects.create_user("nowa@example.com", PASSWORD)
    response = logged_in(user).post(link)
    assert response.url == reverse("invoice-list", args=[company.nip])
    assert company.members.filter(pk=user.pk).exists()


def test_an_invitation_does_not_work_for_another_account(company, link, stranger, client_of):
    client = client_of(stranger)
    assert client.get(link).context["mismatch"]
    client.post(link)
    assert not company.members.filter(pk=stranger.pk).exists()


def test_accepting_needs_a_login(company, link, client):
    assert client.post(link).url.startswith(reverse("account_login"))


def test_an_invitation_works_once(company, link):
    user = User.objects.create_user("nowa@example.com", PASSWORD)
    assert invitation_accept(token=token_of(link), user=user) == company
    assert invitation_accept(token=token_of(link), user=user) is None


def test_a_revoked_invitation_is_gone(company, link, owner, client):
    invitation_revoke(invitation=Invitation.objects.get(), by=owner)
    assert client.get(link).status_code == 404


def test_an_invitation_ends_after_seven_days(company, link, client):
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 404


def test_a_newer_invitation_ends_the_older_one(company, link, owner, client):
    invitation_create(company=company, email="nowa@example.com", role=Role.VIEWER, invited_by=owner)
    assert client.get(link).status_code == 404


def test_an_old_invitation_does_not_lower_a_members_role(company, owner, viewer):
    _, url = invitation_create(
        company=company, email=owner.email, role=Role.VIEWER, invited_by=owner
    )
    invitation_accept(token=token_of(url), user=owner)
    assert company.memberships.get(user=owner).role == Role.OWNER


def test_only_the_hash_of_an_invitation_is_stored(link):
    row = Invitation.objects.values().get()
    assert token_of(link) not in str(row)


def test_login_asks_for_the_second_factor_when_there_is_one(owner, client):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(owner, secret)
    login = {"login": owner.email, "password": "hasło-ola-12"}
    response = client.post(reverse("account_login"), login)
    assert response.url == reverse("mfa_authenticate")
    assert client.get("/").url == reverse("account_login")
    code = format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("profile")).status_code == 200


def log_in(client, email: str, password: str):
    return client.post(reverse("account_login"), {"login": email, "password": password})


@pytest.fixture
def counters():
    cache.clear()
    yield
    cache.clear()


def test_after_five_wrong_passwords_the_right_one_waits_too(owner, client, counters):
    owner.set_password(PASSWORD)
    owner.save()
    for _ in range(5):
        log_in(client, owner.email, "nie-to-hasło")
    response = log_in(client, owner.email, PASSWORD)
    assert "Zbyt wiele nieudanych prób" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_are_counted_by_all_processes_together(settings):
    # Several web processes serve people; a memory of each would multiply the limit.
    assert "locmem" not in settings.CACHES["default"]["BACKEND"]
    assert settings.CACHES["default"]["LOCATION"].startswith(str(settings.KSEF_DATA_DIR))


def test_too_many_logins_are_told_in_polish(client, db, counters):
    answers = [log_in(client, f"osoba{n}@example.com", "x") for n in range(31)]
    assert answers[-1].status_code == 429
    assert "Poczekaj minutę" in answers[-1].content.decode()


def test_the_admin_page_does_not_go_around_the_second_factor(client, db):
    assert client.get("/admin/login/?next=/admin/").url.startswith(reverse("account_login"))


def reset_link(email: str) -> str:
    out = StringIO()
    call_command("reset_link", email, stdout=out)
    return urlsplit(out.getvalue().strip()).path


def test_the_reset_link_sets_a_new_password_once(owner, client):
    path = reset_link("OLA@example.com")
    form = client.get(path).url
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    again = client.get(path)
    assert again.status_code == 200
    assert "password1" not in again.content.decode()


def test_the_reset_link_refuses_an_unknown_address(db):
    with pytest.raises(CommandError, match=re.escape("nikt@example.com")):
        reset_link("nikt@example.com")


def test_a_password_is_reset_by_mail_where_mail_is_set(owner, client, mailoutbox, settings):
    settings.EMAIL_HOST = "mail.example.com"
    client.post(reverse("account_reset_password"), {"email": owner.email})
    path = re.search(r"https?://\S+", mailoutbox[0].body)[0]
    assert client.get(urlsplit(path).path).status_code == 302


def test_pages_are_polish_whatever_the_browser_prefers(client, owner):
    response = client.get(reverse("account_login"), headers={"Accept-Language": "en"})
    assert response.headers["Content-Language"] == "pl"
    assert '<html lang="pl"' in response.content.decode()


def test_the_language_switch_is_remembered(client, owner):
    client.post(reverse("ui:language"), {"language": "en"})
    assert '<html lang="en"' in client.get(reverse("account_login")).content.decode()


def test_members_see_that_mail_is_missing_only_if_they_invite_people(company, owner, viewer):
    page = reverse("member-list", args=[company.nip])
    assert logged_in(owner).get(page).context["mail_missing"]
    assert not logged_in(viewer).get(reverse("company-list")).context["mail_missing"]


def test_ended_sessions_are_deleted(owner, viewer):
    logged_in(owner)
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    logged_in(viewer)
    sessions_clear_task()
    assert Session.objects.count() == 1


def test_the_timetable_names_tasks_that_exist(settings):
    celery_app.loader.import_default_modules()
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert names <= set(celery_app.tasks)
