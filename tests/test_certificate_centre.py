"""The pages of certificates: what they say, for whom, and from the signature to both."""

import pytest

from auth_ksef.centre import company_past, company_rows, person_rows
from auth_ksef.credentials import binding_add
from auth_ksef.models import Credential, Enrolment, QuotaCall, SignedLogin
from ksefapp.accounts.models import Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.cast import OTHER_NIP, company_made
from tests.certificate_support import TRADER, both, follow, signed

pytest_plugins = ["tests.certificate_support"]
pytestmark = pytest.mark.django_db

Use, State = Credential.Use, Enrolment.State


@pytest.fixture
def sealed(ksef, company, owner):
    return signed(ksef, company, owner)


@pytest.fixture
def pair(sealed):
    return both(sealed)


def base(company) -> str:
    return f"/firma/{company.nip}/ksef/"


def enrol(company, login) -> str:
    return f"{base(company)}podpis/{login.pk}/certyfikaty/"


def text(answer) -> str:
    return answer.content.decode()


WANTED = {"uses": ["authentication", "offline"], "name": "Sosna", "algorithm": "ec-p256"}


# --- from the signature -----------------------------------------------------------------
def test_a_look_at_the_page_asks_ksef_nothing(sealed, company, owner, client_of, ksef):
    calls = len(ksef.calls.paths)
    assert client_of(owner).get(enrol(company, sealed)).status_code == 200
    assert len(ksef.calls.paths) == calls


def test_ksefs_data_and_limits_are_shown(sealed, company, owner, client_of):
    client = client_of(owner)
    client.post(f"{enrol(company, sealed)}dane/")
    page = text(client.get(enrol(company, sealed)))
    assert "VATPL-5265877635" in page
    assert "300" in page


def test_one_button_brings_both(sealed, company, owner, client_of):
    client = client_of(owner)
    assert client.post(enrol(company, sealed), WANTED).status_code == 302
    assert Enrolment.objects.count() == 2
    follow()
    page = text(client.get(enrol(company, sealed)))
    assert "Gotowe" in page
    assert Credential.objects.count() == 2


def test_the_state_refreshes_until_it_is_over(sealed, company, owner, client_of):
    client = client_of(owner)
    client.post(enrol(company, sealed), WANTED)
    headers = {"HX-Request": "true"}
    assert "HX-Refresh" not in client.get(f"{enrol(company, sealed)}stan/", headers=headers)
    follow()
    assert client.get(f"{enrol(company, sealed)}stan/", headers=headers)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    "changes",
    [
        {"uses": []},
        {"name": "Sosna & Syn"},
        {"name": "abc"},
        {"valid_from": "2020-01-01"},
        {"algorithm": "dsa"},
    ],
)
def test_what_ksef_would_refuse_is_not_asked_for(sealed, company, owner, client_of, changes):
    answer = client_of(owner).post(enrol(company, sealed), WANTED | changes)
    assert answer.status_code == 422
    assert not Enrolment.objects.exists()


def test_another_persons_login_is_not_there(sealed, company, accountant, client_of):
    assert client_of(accountant).get(enrol(company, sealed)).status_code == 404


def test_with_the_companys_seal_only_who_keeps_its_credentials_may_ask(
    ksef, company, teammate, client_of
):
    login = signed(ksef, company, teammate)
    assert client_of(teammate).post(enrol(company, login), WANTED).status_code == 403
    assert not Enrolment.objects.exists()


def test_an_issuer_gets_certificates_of_her_own(ksef, company, teammate, client_of):
    login = signed(ksef, company, teammate, TRADER, "person")
    client_of(teammate).post(enrol(company, login), WANTED)
    assert {row.owner_user for row in Enrolment.objects.all()} == {teammate}


def test_an_ended_login_leads_to_a_new_signature(sealed, company, owner, client_of):
    SignedLogin.objects.update(state=SignedLogin.State.ENDED)
    assert "Zaloguj się podpisem" in text(client_of(owner).get(enrol(company, sealed)))


def test_a_ksef_that_is_away_is_said(sealed, company, owner, client_of, ksef):
    ksef.fault("error_before", "certificate_limits", status=503)
    answer = client_of(owner).post(f"{enrol(company, sealed)}dane/", follow=True)
    assert "KSeF" in text(answer)
    assert 'hx-trigger="load"' not in text(answer)


def test_a_refused_request_is_asked_for_anew_by_a_button(sealed, company, owner, client_of, ksef):
    ksef.fault("enrolment_verdict", "certificate_enroll", code=550)
    client = client_of(owner)
    client.post(enrol(company, sealed), WANTED | {"uses": ["offline"]})
    follow()
    row = Enrolment.objects.get()
    assert "Wyślij nowy wniosek" in text(client.get(enrol(company, sealed)))
    client.post(f"{base(company)}certyfikaty/wniosek/{row.pk}/nowy/")
    follow()
    assert list(Enrolment.objects.order_by("pk").values_list("state", flat=True)) == [
        State.REFUSED,
        State.STORED,
    ]


# --- the centre -------------------------------------------------------------------------
def test_the_company_lists_what_serves_it(pair, company, owner, client_of):
    assert {row.credential for row in company_rows(company)} == set(pair.values())
    page = text(client_of(owner).get(f"{base(company)}certyfikaty/"))
    assert all(row.serial in page for row in pair.values())


def test_what_serves_no_more_stays_listed_apart(pair, company, owner):
    pair[Use.OFFLINE].bindings.update(ended_at=clock.now())
    assert [row.credential for row in company_past(company)] == [pair[Use.OFFLINE]]


def test_a_persons_page_has_all_companies(ksef, company, owner, client_of):
    pair = both(signed(ksef, company, owner, TRADER, "person"))
    second = company_made(OTHER_NIP, name="Druga firma")
    Membership.objects.create(user=owner, company=second, role=Role.ISSUER)
    binding_add(credential=pair[Use.LOGIN], company=second, bound_by=owner, consent=True)
    by_use = {row.credential.use: row for row in person_rows(owner)}
    assert [one.name for one in by_use[Use.LOGIN].companies] == ["Druga firma", "Sosna i Syn"]
    page = text(client_of(owner).get("/konto/certyfikaty/"))
    assert "Druga firma, Sosna i Syn" in page


def test_a_person_sees_no_one_elses(pair, stranger, client_of):
    page = text(client_of(stranger).get("/konto/certyfikaty/"))
    assert all(row.serial not in page for row in pair.values())


def test_companies_that_one_does_not_belong_to_are_counted_only(
    ksef, company, owner, teammate, client_of
):
    pair = both(signed(ksef, company, teammate, TRADER, "person"))
    second = company_made(OTHER_NIP, name="Tajny klient")
    Membership.objects.create(user=teammate, company=second, role=Role.ISSUER)
    binding_add(credential=pair[Use.LOGIN], company=second, bound_by=teammate, consent=True)
    url = f"{base(company)}certyfikaty/{pair[Use.LOGIN].pk}/"
    page = text(client_of(owner).get(url))
    assert "Tajny klient" not in page
    assert "do których nie należysz: 1" in page


def test_buttons_are_for_whoever_may_use_them(pair, company, owner, accountant, client_of):
    url = f"{base(company)}certyfikaty/{pair[Use.LOGIN].pk}/"
    assert "Klucz zginął" in text(client_of(owner).get(url))
    assert "Klucz zginął" not in text(client_of(accountant).get(url))


def test_the_status_is_asked_for_by_a_button(pair, company, owner, client_of):
    Credential.objects.update(ksef_status="", ksef_status_at=None)
    QuotaCall.objects.all().delete()
    client_of(owner).post(f"{base(company)}certyfikaty/{pair[Use.LOGIN].pk}/odswiez/")
    assert set(Credential.objects.values_list("ksef_status", flat=True)) == {"Active"}


def test_the_mode_of_renewal_is_chosen_and_written_down(pair, company, owner, client_of):
    row = pair[Use.LOGIN]
    url = f"{base(company)}certyfikaty/{row.pk}/odnawianie/"
    client_of(owner).post(url, {"renewal": "ask"})
    row.refresh_from_db()
    assert row.renewal == "ask"


def test_it_can_be_renewed_today(pair, company, owner, client_of):
    QuotaCall.objects.all().delete()
    row = pair[Use.LOGIN]
    client = client_of(owner)
    client.post(f"{base(company)}certyfikaty/{row.pk}/odnow/")
    assert "Odnów teraz" not in text(client.get(f"{base(company)}certyfikaty/{row.pk}/"))
    follow()
    row.refresh_from_db()
    assert row.replaced_by.use == Use.LOGIN
    page = text(client_of(owner).get(f"{base(company)}certyfikaty/{row.pk}/"))
    assert "ma następcę" in page


def test_no_page_has_a_key(pair, sealed, company, owner, client_of):
    client = client_of(owner)
    urls = [enrol(company, sealed), f"{base(company)}certyfikaty/", "/konto/certyfikaty/"]
    urls += [f"{base(company)}certyfikaty/{row.pk}/" for row in pair.values()]
    assert not any("PRIVATE KEY" in text(client.get(url)) for url in urls)
