"""The pages of tokens and of logins: what they say, what they ask, what they never show."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.urls import reverse

from auth_ksef.choosing import credential_for
from auth_ksef.models import ConnectionCheck, Credential, LoginFarewell, TokenCache, TokenOrder
from auth_ksef.token_orders import orders_sweep
from ksefapp.accounts.models import Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from simulator.seed import seed
from tests.cast import OTHER_NIP, company_made
from tests.token_support import (
    PASSWORD,
    certificate,
    certified,
    due_now,
    identity,
    ksef,
    running,
    seeded,
    token,
)

__all__ = ["certificate", "identity", "ksef", "running", "seeded", "token"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(client_of, owner):
    return client_of(owner)


def page(name, company, *rest):
    return reverse(name, args=[company.nip, *rest])


def text_of(response):
    return response.content.decode().replace("\xa0", " ")


def asked(ksef):
    return httpx.get(f"{ksef.url}/control/requests", timeout=10).json()


def form(**changes):
    return {
        "key": str(uuid4()),
        "purpose": "elsewhere",
        "description": "Program magazynowy",
        "permissions": ["InvoiceRead", "InvoiceWrite"],
    } | changes


def test_a_look_asks_ksef_nothing(web, company, certificate, ksef):
    before = asked(ksef)
    for name in ("connection-tokens", "connection-tokens-new", "connection-tokens-leave"):
        assert web.get(page(name, company)).status_code == 200
    assert web.get(page("connection-logins", company)).status_code == 200
    assert asked(ksef) == before


def test_refreshing_shows_ksefs_list_with_its_time(web, company, certificate, token):
    web.post(page("connection-tokens-refresh", company))
    text = text_of(web.get(page("connection-tokens", company)))
    assert "Lista z KSeF, stan" in text
    assert f"używa go ten program: {token.label}" in text


def test_a_token_for_another_program_is_on_one_page_only(web, company, certificate):
    data = form()
    made = web.post(page("connection-tokens-new", company), data)
    order = TokenOrder.objects.get()
    assert f"{order.reference}|nip-{company.nip}|" in text_of(made)
    assert "no-store" in made["Cache-Control"]
    again = web.post(page("connection-tokens-new", company), data, follow=True)
    assert "|nip-" not in text_of(again)
    assert TokenOrder.objects.count() == 1


def test_a_token_for_this_program_is_followed_to_its_use(web, company, certificate):
    made = web.post(page("connection-tokens-new", company), form(purpose="here"), follow=True)
    assert "KSeF przygotowuje token" in text_of(made)
    assert "|nip-" not in text_of(made)
    due_now()
    orders_sweep()
    order = TokenOrder.objects.get()
    assert "Token działa" in text_of(web.get(page("connection-tokens-order", company, order.pk)))


def test_the_state_alone_is_sent_to_a_page_that_follows(web, company, certificate):
    web.post(page("connection-tokens-new", company), form(purpose="here"))
    order = TokenOrder.objects.get()
    part = web.get(
        page("connection-tokens-order", company, order.pk), headers={"HX-Request": "true"}
    )
    assert b"<html" not in part.content
    assert b"every 2s" in part.content


def test_an_unanswered_request_says_what_is_not_known(web, company, certificate, ksef):
    ksef.fault("drop_after", "token_create")
    made = web.post(page("connection-tokens-new", company), form(), follow=True)
    assert "Nie wiemy, czy KSeF utworzył token" in text_of(made)
    assert "Nie twórz drugiego" in text_of(made)


def test_what_is_missing_is_said_at_its_field(web, company, certificate):
    answer = web.post(page("connection-tokens-new", company), form(description="a", permissions=[]))
    assert answer.status_code == 422
    assert "co najmniej 5 znaków" in text_of(answer)
    assert "co najmniej jedno uprawnienie" in text_of(answer)


def test_the_least_rights_are_chosen_beforehand(web, company, certificate):
    text = text_of(web.get(page("connection-tokens-new", company)))
    assert text.count(' value="Invoice') == 2
    assert text.count("checked") == 4  # the purpose and three rights


def test_a_login_by_token_is_told_that_ksef_makes_none(web, company, token):
    text = text_of(web.get(page("connection-tokens-new", company)))
    assert "KSeF nie tworzy tokenów komuś, kto zalogował się tokenem" in text
    assert "Utwórz token w KSeF" not in text
    web.post(page("connection-tokens-new", company), form())
    assert not TokenOrder.objects.exists()


def test_revoking_asks_first_and_names_this_program(web, company, certificate, token):
    address = page("connection-tokens-revoke", company, token.reference)
    assert "Tym tokenem loguje się też ten program" in text_of(web.get(address))
    assert Credential.objects.get(pk=token.pk).retired_at is None
    web.post(address)
    assert Credential.objects.get(pk=token.pk).retired_at


def test_a_token_that_no_list_shows_is_not_revoked(web, company, certificate):
    strange = "20261121-EC-20F5EE4000-DA48AE4124-46"
    assert web.post(page("connection-tokens-revoke", company, strange)).status_code == 404


def test_a_token_answers_for_itself(web, company, token):
    answer = web.post(page("connection-tokens-check", company, token.pk), follow=True)
    assert "działa" in text_of(answer)


def test_ksef_away_is_said_and_the_old_list_stays(web, company, certificate, ksef):
    web.post(page("connection-tokens-refresh", company))
    ksef.fault("error_before", "token_list", status=503)
    web.post(page("connection-tokens-refresh", company))
    text = text_of(web.get(page("connection-tokens", company)))
    assert "Ostatnia próba się nie udała" in text
    assert "Token z symulatora" in text


def test_without_a_way_in_nothing_is_asked_and_the_page_says_what_to_do(web, company):
    web.post(page("connection-tokens-refresh", company))
    assert "Nie masz tu jeszcze niczego" in text_of(web.get(page("connection-tokens", company)))


def test_the_three_steps_know_what_is_done(web, company, token, seeded, owner, request):
    address = page("connection-tokens-leave", company)
    before = text_of(web.get(address))
    assert "Najpierw certyfikat" in before
    request.getfixturevalue("certificate")
    assert "Certyfikat czeka na sprawdzenie" in text_of(web.get(address))
    web.post(address)
    assert ConnectionCheck.objects.get().ok
    assert "Certyfikat sprawdzony" in text_of(web.get(address))
    web.post(page("connection-tokens-revoke", company, token.reference))
    after = text_of(web.get(address))
    assert "Firma łączy się z KSeF certyfikatem" in after
    assert credential_for(company).kind == "certificate"


def test_ones_own_certificate_without_consent_is_warned_of(web, company, certificate, owner):
    Credential.objects.update(owner_user=owner, owner_company=None)
    text = text_of(web.get(page("connection-tokens-leave", company)))
    assert "Certyfikat nie działa w tle" in text


def test_the_date_stands_on_pages_that_use_tokens(web, company, token, settings):
    settings.KSEF_TOKEN_SUNSET = clock.today() + timedelta(days=1)
    for name in ("connection", "connection-add", "connection-tokens", "connection-tokens-new"):
        assert "Został 1 dzień" in text_of(web.get(page(name, company))), name


def test_a_company_without_a_token_is_spared_the_date(web, company, certificate):
    assert "Tokeny KSeF mają działać" not in text_of(web.get(page("connection", company)))


def test_logging_out_says_until_when_the_access_lives(web, company, certificate, identity):
    identity.access()
    done = web.post(page("connection-logins-leave", company), follow=True)
    text = text_of(done)
    assert "Wylogowaliśmy" in text
    assert text.count("honoruje jeszcze do") == 2  # the answer, and the page as long as it lives
    assert "program zaloguje się znowu sam" in text
    assert not TokenCache.objects.exists()


def test_after_a_login_that_ended_the_page_shows_the_next_one(web, company, certificate):
    text = text_of(web.get(page("connection-logins", company) + "?jako=podpis999"))
    assert "Nie masz tu czym zalogować się" not in text
    assert str(certificate) in text


def test_logging_out_while_ksef_is_away_says_what_goes_on(web, company, identity, ksef):
    identity.access()
    ksef.fault("error_before", "auth_session_revoke_current", status=503)
    done = web.post(page("connection-logins-leave", company), follow=True)
    assert "KSeF jeszcze tego nie potwierdził" in text_of(done)
    assert LoginFarewell.objects.get().next_at


def test_ending_one_login_asks_first(web, company, identity):
    web.post(page("connection-logins-refresh", company))
    reference = TokenCache.objects.get().reference
    address = page("connection-logins-end", company, reference)
    assert "Zakończyć tę sesję" in text_of(web.get(address))
    assert "KSeF zakończył tę sesję" in text_of(web.post(address, follow=True))
    assert "zakończona:" in text_of(web.get(page("connection-logins", company)))


def test_ending_all_counts_them(client_of, ksef, owner):
    company = company_made(OTHER_NIP)
    Membership.objects.create(user=owner, company=company, role=Role.OWNER)
    certified(seed(ksef.folder, OTHER_NIP, password=PASSWORD), company, owner)
    web = client_of(owner)
    web.post(page("connection-logins-refresh", company))
    done = web.post(page("connection-logins-end-all", company), follow=True)
    assert "KSeF zakończył 1 sesję." in text_of(done)
    assert not TokenCache.objects.exists()


def test_somebody_who_may_only_issue_does_not_end_the_companys_logins(
    client_of, company, teammate, identity
):
    Membership.objects.update_or_create(
        user=teammate, company=company, defaults={"role": Role.ISSUER}
    )
    identity.access()
    other = client_of(teammate)
    assert "Nie masz tu czym" in text_of(other.get(page("connection-logins", company)))
    other.post(page("connection-logins-leave", company), {"jako": identity.key})
    assert TokenCache.objects.exists()


def test_no_page_shows_a_stored_token(web, company, token, certificate):
    web.post(page("connection-tokens-refresh", company))
    secret = Credential.objects.get(pk=token.pk).secret.rpartition("|")[2]
    for name in ("connection-tokens", "connection-tokens-leave", "connection-logins"):
        assert secret not in text_of(web.get(page(name, company)))
