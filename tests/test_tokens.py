"""KSeF tokens made, followed, revoked against the simulator; answers that are lost."""

from datetime import timedelta
from uuid import uuid4

import pytest

from auth_ksef import tokens
from auth_ksef.choosing import binding_list, credential_for
from auth_ksef.client import KsefLater, KsefRefused, KsefUnknown
from auth_ksef.errors import NoCredential
from auth_ksef.identities import identity_list
from auth_ksef.login import access_get
from auth_ksef.models import Credential, KsefSnapshot, TokenCache, TokenOrder
from auth_ksef.token_orders import orders_sweep
from auth_ksef.token_words import LEAST
from auth_ksef.tokens import TokenRefused, token_check, token_end, token_order, tokens_refresh
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.token_support import (
    certificate,
    due_now,
    identity,
    ksef,
    running,
    seeded,
    signed,
    token,
)

__all__ = ["certificate", "identity", "ksef", "running", "seeded", "token"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

State = TokenOrder.State


def ordered(identity, *, purpose="here", key=None, permissions=LEAST, description="Magazyn"):
    return token_order(
        identity=identity,
        key=key or uuid4(),
        purpose=purpose,
        description=description,
        permissions=permissions,
    )


def swept(order):
    due_now()
    orders_sweep()
    order.refresh_from_db()
    return order


def in_ksef(identity):
    return {row["description"]: row["status"] for row in tokens_refresh(identity).rows}


def test_a_token_for_this_program_is_stored_and_used_once_ksef_says_it_is_active(identity, ksef):
    order, text = ordered(identity)
    assert (order.state, text) == (State.SENT, "")
    assert not binding_list(order.company).filter(credential=order.credential).exists()
    assert swept(order).state == State.DONE
    assert access_get(company=order.company, credential=order.credential).token


def test_a_pending_token_is_waited_for(identity, ksef):
    ksef.settings(token_seconds=600)
    order, _ = ordered(identity)
    assert swept(order).state == State.SENT
    assert Credential.objects.get(pk=order.credential_id).ksef_status == "Pending"
    assert credential_for(order.company) == identity.credential


def test_a_token_for_another_program_is_shown_once_and_stored_nowhere(identity):
    key = uuid4()
    order, text = ordered(identity, purpose="elsewhere", key=key)
    again, nothing = ordered(identity, purpose="elsewhere", key=key)
    assert text.startswith(order.reference)
    assert (again.pk, nothing) == (order.pk, "")
    assert order.credential is None
    assert Credential.objects.count() == 1


def test_two_clicks_make_one_token(identity):
    identity.access()
    key = uuid4()
    results = at_once(*[lambda: ordered(identity, purpose="elsewhere", key=key)] * 3)
    assert len([text for _order, text in results if text]) == 1
    assert len([name for name in in_ksef(identity) if key.hex[:8] in name]) == 1


def test_ksef_makes_no_token_for_a_login_by_token(token, company, owner):
    (identity,) = identity_list(company, owner, company_too=True)
    with pytest.raises(TokenRefused, match="makes no tokens") as refused:
        ordered(identity)
    assert refused.value.code == "by-token"
    assert not TokenOrder.objects.exists()


def test_a_right_that_nobody_here_has_is_refused_in_ksefs_words(identity):
    order, text = ordered(identity, permissions=["EnforcementOperations"])
    assert (order.state, text) == (State.REFUSED, "")
    assert "EnforcementOperations" in order.said
    assert not Credential.objects.filter(kind="token").exists()


def test_a_token_whose_answer_is_lost_is_found_by_its_description_and_revoked(identity, ksef):
    ksef.fault("drop_after", "token_create")
    order, text = ordered(identity)
    assert (order.state, text) == (State.UNKNOWN, "")
    assert swept(order).state == State.REVOKED
    assert in_ksef(identity)[order.description] == "Revoked"
    assert "nikt nie zna" in order.said


def test_a_request_that_never_arrived_is_said_to_be_so_but_not_at_once(identity, ksef, monkeypatch):
    monkeypatch.setattr(
        "auth_ksef.client.KsefApi.token_create", lambda self, **_: _raise(KsefUnknown("?"))
    )
    order, _ = ordered(identity)
    assert swept(order).state == State.UNKNOWN
    TokenOrder.objects.update(requested_at=clock.now() - timedelta(minutes=5))
    assert swept(order).state == State.REFUSED
    assert order.finished_at


def test_a_process_that_dies_before_storing_leaves_a_token_that_is_revoked(
    identity, ksef, monkeypatch
):
    monkeypatch.setattr(tokens, "_kept", lambda order, made: _raise(SystemExit()))
    with pytest.raises(SystemExit):
        ordered(identity)
    order = TokenOrder.objects.get()
    assert order.state == State.SENDING
    assert orders_sweep() == 0  # its process may still be alive
    TokenOrder.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
    assert swept(order).state == State.REVOKED
    assert in_ksef(identity)[order.description] == "Revoked"


def test_one_of_two_sweeps_asks(identity, ksef):
    order, _ = ordered(identity)
    due_now()
    assert sorted(at_once(orders_sweep, orders_sweep)) == [0, 1]
    order.refresh_from_db()
    assert order.state == State.DONE


def test_a_token_that_ksef_could_not_activate_leaves_no_secret(identity, ksef):
    ksef.fault("token_failed", "token_create")
    order, _ = ordered(identity)
    assert swept(order).state == State.REFUSED
    kept = Credential.objects.get(pk=order.credential_id)
    assert kept.retired_at
    assert kept.secret == ""


def test_ksef_away_loses_nothing(identity, ksef):
    order, _ = ordered(identity)
    ksef.fault("error_before", "token_status", status=503)
    assert swept(order).state == State.SENT
    assert order.said
    assert swept(order).state == State.DONE
    assert order.said == ""


def test_the_list_settles_what_was_open(identity, ksef):
    ksef.fault("drop_after", "token_create")
    lost, _ = ordered(identity)
    kept, _ = ordered(identity)
    tokens_refresh(identity)
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.state, kept.state) == (State.REVOKED, State.DONE)


def test_a_list_of_somebody_who_sees_less_proves_nothing(identity, token, company, owner, ksef):
    order, _ = ordered(identity)
    TokenOrder.objects.update(
        state=State.UNKNOWN, reference="", requested_at=clock.now() - timedelta(days=1)
    )
    Credential.objects.filter(pk=order.credential_id).update(reference="")
    by_token = identity_list(company, owner, company_too=True)[-1]
    assert by_token.is_token
    tokens_refresh(by_token)
    order.refresh_from_db()
    assert order.state == State.UNKNOWN


def test_revoking_a_token_that_is_stored_here_withdraws_it_here(identity, token):
    token_end(identity, token.reference)
    token.refresh_from_db()
    assert (token.secret, token.ksef_status) == ("", "Revoked")
    assert token.revoked_at
    assert token.retired_at
    rows = tokens_refresh(identity).rows
    assert [row["status"] for row in rows if row["reference"] == token.reference] == ["Revoked"]
    assert AuditEntry.objects.filter(action="token.revoke").exists()


def test_a_revocation_without_an_answer_may_be_repeated(identity, token, ksef):
    ksef.fault("drop_after", "token_revoke")
    with pytest.raises((KsefUnknown, KsefLater)):
        token_end(identity, token.reference)
    token.refresh_from_db()
    assert token.retired_at is None
    token_end(identity, token.reference)
    token.refresh_from_db()
    assert token.retired_at


def test_a_list_that_fails_leaves_the_old_one_with_its_time(identity, ksef):
    before = tokens_refresh(identity)
    ksef.fault("error_before", "token_list", status=500)
    with pytest.raises((KsefLater, KsefRefused)):
        tokens_refresh(identity)
    after = KsefSnapshot.objects.get()
    assert (after.rows, after.fetched_at) == (before.rows, before.fetched_at)
    assert after.failed_at
    assert after.failure


def test_a_token_tells_its_own_status(token, company, owner):
    (identity,) = identity_list(company, owner, company_too=True)
    assert token_check(identity) == "Active"
    token.refresh_from_db()
    assert token.ksef_status == "Active"


def test_a_pasted_token_knows_its_number(token):
    assert token.reference == token.secret.partition("|")[0]


def test_a_signature_makes_a_token_and_follows_it(identity, company, owner):
    identity.access()
    signed(company, owner, TokenCache.objects.get().pk)
    by_signature = identity_list(company, owner, company_too=True)[0]
    order, _ = ordered(by_signature)
    assert (order.by_credential, order.signed_login) == (None, by_signature.login)
    assert swept(order).state == State.DONE


def test_a_signature_of_yesterday_cannot_follow_and_says_so(identity, ksef):
    order, _ = ordered(identity)
    TokenOrder.objects.update(by_credential=None)
    assert swept(order).state == State.SENT
    assert "podpisem" in order.said


def test_nothing_is_asked_for_without_a_way_in(identity, monkeypatch):
    monkeypatch.setattr(
        type(identity), "access", lambda self: _raise(NoCredential("signature-over"))
    )
    with pytest.raises(NoCredential):
        ordered(identity)
    assert not TokenOrder.objects.exists()


def test_the_text_of_a_token_stands_in_no_log_and_no_history(identity, caplog):
    caplog.set_level("DEBUG")
    _order, text = ordered(identity, purpose="elsewhere")
    stored = "".join(str(entry.details) + entry.subject for entry in AuditEntry.objects.all())
    assert text not in caplog.text + stored
    assert text.rpartition("|")[2] not in caplog.text + stored


def test_an_order_of_another_environment_waits(identity, ksef, company):
    order, _ = ordered(identity)
    company.environment = "test"
    company.save()
    assert swept(order).state == State.SENT


def _raise(error):
    raise error
