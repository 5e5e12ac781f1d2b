"""Logins to KSeF: listed, ended, our own with its copies; goodbyes that KSeF did not hear."""

from datetime import timedelta

import pytest

from auth_ksef.credentials import credential_retire
from auth_ksef.farewell import farewell_list, farewells_sweep
from auth_ksef.identities import identity_list
from auth_ksef.login import LeaseLost, access_get
from auth_ksef.logins import login_end, logins_end_all, logins_refresh, logout, own_references
from auth_ksef.models import KsefSnapshot, LoginFarewell, SignedLogin, TokenCache
from ksefapp.accounts.memberships import membership_end
from ksefapp.accounts.models import AuditEntry, Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from tests.token_support import certificate, identity, ksef, running, seeded, signed, token

__all__ = ["certificate", "identity", "ksef", "running", "seeded", "token"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def one_login(identity):
    """A list with our own login and nobody else's."""
    identity.access()
    logins_end_all(identity)
    identity.access()
    return identity


def alive(identity):
    return {row["reference"] for row in logins_refresh(identity).rows}


def late(**by):
    LoginFarewell.objects.update(next_at=clock.now(), claimed_until=None)
    return farewells_sweep()


def test_the_list_holds_our_own_login_and_knows_it(one_login, company):
    row = TokenCache.objects.get()
    assert row.logged_in_at
    assert alive(one_login) == {row.reference} == own_references(company)


def test_logging_out_ends_the_login_in_ksef_and_deletes_our_copies(one_login):
    until = TokenCache.objects.get().access_until
    done = logout(one_login)
    assert (done.confirmed, done.access_until) == (True, until)
    assert not TokenCache.objects.exists()
    assert LoginFarewell.objects.get().token == ""
    assert AuditEntry.objects.filter(action="login.leave").count() == 1


def test_whoever_is_not_logged_in_does_not_log_out(one_login):
    logout(one_login)
    assert logout(one_login) is None


def test_background_work_logs_in_again_after_logging_out(one_login, company):
    before = TokenCache.objects.get().reference
    logout(one_login)
    access_get(company=company)
    assert TokenCache.objects.get().reference != before
    assert before not in alive(one_login)


def test_our_copies_go_even_while_ksef_is_away_and_it_hears_later(one_login, ksef, company, owner):
    reference = TokenCache.objects.get().reference
    ksef.fault("error_before", "auth_session_revoke_current", status=503)
    assert logout(one_login).confirmed is False
    assert not TokenCache.objects.exists()
    assert farewell_list(company, owner, company_too=True).get().next_at
    assert reference in alive(one_login)
    assert late() == 1
    assert reference not in alive(one_login)


def test_withdrawing_a_credential_ends_its_login(one_login, company, owner, token):
    reference = TokenCache.objects.get().reference
    credential_retire(credential=one_login.credential, retired_by=owner)
    farewell = LoginFarewell.objects.get()
    assert farewell.reference == reference
    farewells_sweep()
    farewell.refresh_from_db()
    assert farewell.revoked_at
    assert farewell.token == ""


def test_a_person_who_leaves_is_logged_out(one_login, company, owner, teammate):
    Membership.objects.get_or_create(user=teammate, company=company, role=Role.ISSUER)
    login = signed(company, teammate, TokenCache.objects.get().pk)
    membership_end(membership=Membership.objects.get(user=teammate, company=company), by=owner)
    login.refresh_from_db()
    assert (login.state, login.access, login.refresh) == (SignedLogin.State.ENDED, "", "")
    farewells_sweep()
    assert LoginFarewell.objects.get().revoked_at


def test_a_goodbye_that_has_run_out_keeps_no_secret(one_login, ksef):
    ksef.fault("error_before", "auth_session_revoke_current", status=503)
    logout(one_login)
    LoginFarewell.objects.update(until=clock.now() - timedelta(seconds=1))
    farewells_sweep()
    row = LoginFarewell.objects.get()
    assert (row.token, row.next_at, row.revoked_at) == ("", None, None)


def test_one_login_is_ended_and_the_stored_list_says_so(one_login, company, owner):
    login = TokenCache.objects.get().reference
    alive(one_login)
    login_end(one_login, login)
    assert "ended_at" in KsefSnapshot.objects.get(kind="logins").rows[0]
    assert not TokenCache.objects.exists()
    assert login not in alive(one_login)


def test_all_logins_are_ended_ours_last(one_login, company):
    first = TokenCache.objects.get().reference
    TokenCache.objects.all().delete()
    access_get(company=company)
    second = TokenCache.objects.get().reference
    assert {first, second} == alive(one_login)
    assert logins_end_all(one_login).count == 2
    assert not alive(one_login) & {first, second}


def test_what_stops_half_way_is_told(one_login, company, ksef):
    TokenCache.objects.all().delete()
    access_get(company=company)
    ksef.fault("too_many", "auth_session_revoke", retry_after=60)
    done = logins_end_all(one_login)
    assert done.count == 0
    assert done.problem is not None


def test_a_fresh_login_says_goodbye_to_the_old_one(one_login, company):
    old = TokenCache.objects.get().reference
    access_get(company=company, credential=one_login.credential, fresh=True)
    farewells_sweep()
    assert old not in alive(one_login)


def test_a_login_that_ends_under_a_withdrawal_is_ended_too(
    identity, company, owner, ksef, monkeypatch
):
    redeem = "auth_ksef.client.KsefApi.redeem"
    from auth_ksef.client import KsefApi

    true = KsefApi.redeem

    def withdrawn_meanwhile(self, started):
        tokens = true(self, started)
        credential_retire(credential=identity.credential, retired_by=owner)
        return tokens

    monkeypatch.setattr(redeem, withdrawn_meanwhile)
    with pytest.raises(LeaseLost):
        identity.access()
    farewells_sweep()
    assert LoginFarewell.objects.get().revoked_at


def test_others_see_only_their_own(identity, company, teammate):
    assert identity_list(company, teammate, company_too=False) == []
    assert len(identity_list(company, teammate, company_too=True)) == 1


def test_a_signature_comes_before_a_certificate_and_that_before_a_token(
    one_login, token, company, owner
):
    signed(company, owner, TokenCache.objects.get().pk)
    found = identity_list(company, owner, company_too=True)
    assert [bool(one.login) for one in found] == [True, False, False]
    assert [one.is_token for one in found] == [False, False, True]


def test_logging_out_a_signature_ends_it(one_login, company, owner):
    signed(company, owner, TokenCache.objects.get().pk)
    TokenCache.objects.all().delete()
    by_signature = identity_list(company, owner, company_too=True)[0]
    assert logout(by_signature).confirmed is True
    assert identity_list(company, owner, company_too=True)[0].credential
