"""The pages of the connection: gates, forms, findings in words."""

from datetime import timedelta

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from auth_ksef import login
from auth_ksef.credentials import binding_add, certificate_add, credential_retire, token_add
from auth_ksef.models import Binding, ConnectionCheck, Credential, SystemWarning
from ksefapp.accounts.models import Membership
from tests.auth_support import TOKEN, FakeKsef, clock_shifter, p12_file, pem_files, plug_in
from tests.cast import company_made
from tests.client_support import rsa_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch):
    monkeypatch.setattr(login, "sleep", lambda seconds: None)


@pytest.fixture(autouse=True)
def ksef(monkeypatch):
    return plug_in(monkeypatch, FakeKsef())


@pytest.fixture
def web(client_of, owner):
    return client_of(owner)


@pytest.fixture
def token(company, owner):
    return token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)


def page(name, company, *rest):
    return reverse(name, args=[company.nip, *rest])


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def file(content, name="plik.crt"):
    return SimpleUploadedFile(name, content)


def post_certificate(web, company, crt=None, key=None, **data):
    files = {}
    if crt is not None:
        files["certificate"] = file(crt)
    if key is not None:
        files["key"] = file(key, "plik.key")
    form = {"kind": "certificate", "owner": "company", "password": "", **data, **files}
    return web.post(page("connection-add", company), form, follow=True)


def post_token(web, company, token, **data):
    form = {"kind": "token", "owner": "company", "token": token, **data}
    return web.post(page("connection-add", company), form, follow=True)


def own_certificate(company, person, **options):
    crt, key = pem_files()
    return certificate_add(
        company=company,
        certificate=crt,
        key=key,
        password=None,
        owner_user=person,
        added_by=person,
        **options,
    )


# --- Gates: tests/page_rights.py; here what is behind them ---------------------------------
def test_a_credential_of_another_company_is_not_there(web, company, other_company, stranger):
    foreign = token_add(
        company=other_company, token=TOKEN.format(nip=other_company.nip), added_by=stranger
    )
    assert web.get(page("credential-retire", company, foreign.pk)).status_code == 404
    assert web.post(page("credential-retire", company, foreign.pk)).status_code == 404
    assert web.post(page("connection-use", company, foreign.pk)).status_code == 404


# --- Overview -------------------------------------------------------------------------------
def test_an_unconnected_company_is_told_the_first_step(web, company):
    text = text_of(web.get(page("connection", company)))
    assert "Firma nie jest jeszcze połączona z KSeF" in text
    assert page("connection-add", company) in text


def test_the_overview_shows_the_end_of_a_token_and_nothing_more_of_it(web, company, token):
    text = text_of(web.get(page("connection", company)))
    assert f"Token …{token.last_four}" in text
    assert token.secret[-12:] not in text


def test_a_certificate_shows_its_last_day(web, company, owner):
    crt, key = pem_files(valid_to=login.clock.now() + timedelta(days=300))
    certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
    assert "ważny do" in text_of(web.get(page("connection", company)))


@pytest.mark.parametrize(("days", "words"), [(14, "wygasa za 14 dni"), (1, "wygasa za 1 dzień")])
def test_a_certificate_near_its_end_is_a_warning(web, company, owner, days, words):
    crt, key = pem_files(valid_to=login.clock.now() + timedelta(days=days))
    certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
    assert words in text_of(web.get(page("connection", company)))


def test_an_expired_certificate_says_so(web, company, owner, monkeypatch, tmp_path):
    crt, key = pem_files(valid_to=login.clock.now() + timedelta(days=14))
    certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
    clock_shifter(monkeypatch, tmp_path)(days=15)
    web.force_login(owner)
    assert "wygasł" in text_of(web.get(page("connection", company)))


def test_credentials_of_another_environment_are_named_but_not_listed(web, company, token):
    company.environment = "test"
    company.save()
    text = text_of(web.get(page("connection", company)))
    assert "Środowiska: Symulator" in text
    assert token.label not in text


def test_a_check_of_another_environment_says_nothing_here(web, company, owner, token):
    web.post(page("connection-check", company))
    company.environment = "test"
    company.save()
    token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)
    assert "Jeszcze nie sprawdzaliśmy" in text_of(web.get(page("connection", company)))


def test_a_check_with_what_is_withdrawn_says_nothing_any_more(web, company, owner, token):
    web.post(page("connection-check", company))
    credential_retire(credential=token, retired_by=owner)
    text = text_of(web.get(page("connection", company)))
    assert "Połączenie z KSeF działa." not in text


def test_a_warning_of_ksef_is_shown_as_text(web, company, token):
    SystemWarning.objects.create(environment="simulator", text="<b>xml-001</b>")
    assert "&lt;b&gt;xml-001" in text_of(web.get(page("connection", company)))


# --- Checking -------------------------------------------------------------------------------
def test_a_good_connection_is_told_in_one_sentence(web, company, token):
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "Połączenie z KSeF działa." in text
    assert "NIP 526-587-76-35" in text


def test_a_missing_right_comes_with_the_clicks(web, company, owner, ksef):
    certificate_add(
        company=company,
        **dict(zip(("certificate", "key"), pem_files(), strict=True)),
        password=None,
        added_by=owner,
    )
    Credential.objects.update(environment="test")
    Binding.objects.update(environment="test")
    company.environment = "test"
    company.save()
    check = ConnectionCheck.objects.create(
        company=company,
        credential=Credential.objects.get(),
        ok=False,
        permissions=["InvoiceRead", "Introspection"],
        steps=[
            {
                "step": "permissions",
                "state": "failed",
                "code": "missing-permission",
                "permission": "InvoiceWrite",
            }
        ],
        clock_skew_seconds=0,
    )
    text = text_of(web.get(page("connection", company)))
    assert not check.ok
    assert "Wystawianie faktur: brak" in text
    assert "Uprawnienia, Nadaj uprawnienie, Osoba, Jan Kowalski" in text


def test_two_missing_rights_are_counted(web, company, token, ksef):
    ksef.grants = [{"permissionScope": "CredentialsRead"}]
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "brakuje 2 uprawnień" in text
    assert "python -m simulator seed" in text


def test_without_introspection_it_is_said_what_stays_open(web, company, token, ksef):
    ksef.grants = [{"permissionScope": "InvoiceWrite"}, {"permissionScope": "InvoiceRead"}]
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "Połączenie z KSeF działa." in text
    assert "Bez tego prawa nie przejrzymy listy sesji" in text


def test_a_refused_login_is_told_with_its_number(web, company, token, ksef):
    ksef.verdicts = [(450, "Zły token", "Token unieważniony")]
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "KSeF nie wpuszcza tej firmy." in text
    assert "Ten token unieważniono w KSeF (450)." in text
    assert "KSeF podaje: Token unieważniony" in text


def test_a_silent_ksef_is_not_blamed_on_the_token(web, company, token, ksef):
    ksef.failures["/auth/challenge"] = httpx.ConnectError("down")
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "Nie wiemy, czy połączenie działa" in text
    assert "To nie znaczy, że token lub certyfikat jest zły" in text


@pytest.mark.parametrize(("seconds", "word"), [(90, "spieszy się"), (-90, "spóźnia się")])
def test_a_wrong_clock_is_told_with_its_direction(web, company, token, ksef, seconds, word):
    ksef.skew = timedelta(seconds=seconds)
    assert word in text_of(web.post(page("connection-check", company), follow=True))


def test_a_check_with_nothing_to_use_says_why(web, company):
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "Firma nie jest połączona z KSeF (Symulator)." in text


def test_a_reason_is_told_in_the_language_of_the_page(web, company):
    web.cookies["django_language"] = "en"
    text = text_of(web.post(page("connection-check", company), follow=True))
    assert "The company is not connected to KSeF" in text


# --- Adding ---------------------------------------------------------------------------------
def test_a_pasted_token_is_stored_and_checked(web, company):
    text = text_of(post_token(web, company, TOKEN.format(nip=company.nip)))
    assert "Połączenie z KSeF działa." in text
    assert Credential.objects.get().owner_company == company


def test_uploaded_files_are_stored_and_checked(web, company):
    crt, key = pem_files(password="Tajne-haslo-2026")
    text = text_of(post_certificate(web, company, crt, key, password="Tajne-haslo-2026"))
    assert "Połączenie z KSeF działa." in text
    assert "Jan Kowalski" in text


def test_a_name_that_ends_in_a_full_stop_gets_no_second_one(web, company, token):
    Credential.objects.update(label="Stolarnia sp. z o.o.")
    text = text_of(web.post(page("credential-retire", company, token.pk), follow=True))
    assert "Wycofaliśmy: Stolarnia sp. z o.o." in text
    assert "o.o.." not in text


def test_one_pkcs12_file_is_enough(web, company):
    text = text_of(post_certificate(web, company, p12_file("tajne"), password="tajne"))
    assert "Połączenie z KSeF działa." in text


def test_a_certificate_for_kod_ii_is_kept_and_explained(web, company, ksef):
    text = text_of(post_certificate(web, company, *pem_files(offline=True)))
    assert "Ten certyfikat służy do KODU II i tak go zapisaliśmy." in text
    assert Binding.objects.get().purpose == "kod2"
    assert ksef.calls == []


def refusal_of(response, field):
    assert response.status_code == 422
    assert not Credential.objects.exists()
    return " ".join(response.context["form"].errors[field])


def test_a_wrong_password_stands_at_the_password(web, company):
    crt, key = pem_files(password="Tajne-haslo-2026")
    response = post_certificate(web, company, crt, key, password="zgadywane-haslo")
    assert refusal_of(response, "password").startswith("To hasło nie otwiera klucza.")
    assert "zgadywane-haslo" not in text_of(response)


def test_after_an_error_the_page_says_that_files_must_be_chosen_again(web, company):
    response = post_certificate(web, company, *pem_files(password="x"), password="y")
    assert text_of(response).count("Wybierz ten plik jeszcze raz") == 2


def test_a_key_of_another_certificate_stands_at_the_key(web, company):
    response = post_certificate(web, company, pem_files()[0], pem_files(key=rsa_key())[1])
    assert refusal_of(response, "key").startswith("Ten klucz nie należy do tego certyfikatu.")


def test_an_expired_certificate_stands_at_the_certificate(web, company):
    dates = {"valid_from": login.clock.now() - timedelta(days=9)}
    files = pem_files(**dates, valid_to=login.clock.now() - timedelta(days=2))
    response = post_certificate(web, company, *files)
    assert "wygasł" in refusal_of(response, "certificate")


def test_a_missing_certificate_stands_at_its_field(web, company):
    response = post_certificate(web, company, key=pem_files()[1])
    assert refusal_of(response, "certificate").startswith("Wybierz plik certyfikatu")


def test_a_missing_key_stands_at_its_field(web, company):
    response = post_certificate(web, company, pem_files()[0])
    assert refusal_of(response, "key").startswith("Brakuje pliku klucza")


@pytest.mark.parametrize("content", [b"", b"x" * (64 * 1024 + 1)])
def test_an_empty_or_large_file_is_refused(web, company, content):
    response = post_certificate(web, company, content, pem_files()[1])
    assert "plik" in refusal_of(response, "certificate")


@pytest.mark.parametrize("text", ["", "Ala ma kota", "x" * 5000])
def test_what_is_no_token_stands_at_the_token(web, company, text):
    assert refusal_of(post_token(web, company, text), "token")


def test_a_refused_token_is_not_written_back(web, company):
    token = TOKEN.format(nip="7740001454")
    response = post_token(web, company, token)
    assert "7740001454" in refusal_of(response, "token")
    assert token[-40:] not in text_of(response)


def test_a_token_that_ksef_refuses_stays_and_can_be_withdrawn(web, company, ksef):
    ksef.verdicts = [(450, "Zły token")]
    text = text_of(post_token(web, company, TOKEN.format(nip=company.nip)))
    assert "KSeF nie wpuszcza tej firmy." in text
    assert page("credential-retire", company, Credential.objects.get().pk) in text


@pytest.mark.parametrize("data", [{"kind": "x"}, {"owner": "x"}, {"kind": ""}])
def test_a_forged_choice_is_refused_in_words(web, company, data):
    form = {"kind": "token", "owner": "company", "token": "x", **data}
    response = web.post(page("connection-add", company), form)
    assert response.status_code == 422


# --- One's own ------------------------------------------------------------------------------
def test_an_own_certificate_is_stored_with_the_consent_given(web, company, owner):
    post_certificate(web, company, *pem_files(), owner="mine", consent="on")
    binding = Binding.objects.get()
    assert binding.credential.owner_user == owner
    assert binding.consented_at is not None


def test_without_consent_the_page_says_what_will_not_happen(web, company):
    text = text_of(post_certificate(web, company, *pem_files(), owner="mine"))
    assert "Bez zgody na użycie w tle" in text


def test_an_own_certificate_is_offered_in_the_next_company(web, company, owner):
    second = company_made("7740001454")
    Membership.objects.create(user=owner, company=second, role="owner")
    row = own_certificate(company, owner, consent=True)
    assert page("connection-use", second, row.pk) in text_of(
        web.get(page("connection-add", second))
    )
    web.post(page("connection-use", second, row.pk), {"consent": "on"})
    assert Binding.objects.get(company=second).consented_at is not None


def test_somebody_elses_certificate_is_not_offered(web, company, teammate):
    Membership.objects.filter(user=teammate).update(role="owner")
    row = own_certificate(company, teammate, consent=True)
    second = company_made("7740001454")
    for person in (teammate, web.get("/").wsgi_request.user):
        Membership.objects.create(user=person, company=second, role="owner")
    assert web.post(page("connection-use", second, row.pk)).status_code == 404


# --- Withdrawing ----------------------------------------------------------------------------
def test_withdrawing_asks_first(web, company, token):
    text = text_of(web.get(page("credential-retire", company, token.pk)))
    assert f"Wycofać „{token.label}”?" in text
    assert not Credential.objects.get().retired_at


def test_a_confirmed_withdrawal_erases_the_secret(web, company, token):
    web.post(page("credential-retire", company, token.pk))
    row = Credential.objects.get()
    assert (row.secret, bool(row.retired_at)) == ("", True)


def test_a_persons_credential_only_leaves_the_company(web, company, owner):
    second = company_made("7740001454")
    Membership.objects.create(user=owner, company=second, role="owner")
    row = own_certificate(company, owner, consent=True)
    binding_add(credential=row, company=second, bound_by=owner)
    web.post(page("credential-retire", company, row.pk))
    assert Credential.objects.get().retired_at is None
    assert Binding.objects.get(ended_at=None).company == second


def test_what_is_withdrawn_is_gone_from_the_page(web, company, owner, token):
    credential_retire(credential=token, retired_by=owner)
    assert web.get(page("credential-retire", company, token.pk)).status_code == 404
    assert token.label not in text_of(web.get(page("connection", company)))
