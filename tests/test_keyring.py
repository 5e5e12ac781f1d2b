"""Secrets at rest: several keys, the newest seals, all of them open."""

import base64

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef.models import Credential
from ksefapp.accounts.adapter import MFAAdapter
from ksefapp.accounts.sealed import keys_verify, missing_key_ids
from ksefapp.checks import secrets_have_their_keys
from ksefapp.lib.keyring import KeyMissing, Keyring, SealBroken, key_id_of, key_new
from tests.cast import user_made

OLD, NEW = key_new(), key_new()


def credential_made() -> Credential:
    user = user_made("wojtek")
    return Credential.objects.create(
        environment="simulator",
        kind=Credential.Kind.TOKEN,
        owner_user=user,
        added_by=user,
        label="token",
        secret="bardzo tajne",
    )


@given(st.text())
def test_what_is_sealed_opens_again(text):
    ring = Keyring([NEW])
    assert ring.open(ring.seal(text, purpose="a.b"), purpose="a.b") == text


def test_the_newest_key_seals_and_older_ones_open():
    old = Keyring([OLD]).seal("tajne", purpose="a.b")
    both = Keyring([NEW, OLD])
    assert both.open(old, purpose="a.b") == "tajne"
    assert key_id_of(both.seal("tajne", purpose="a.b")) == Keyring([NEW]).ids[0]


def test_a_missing_key_is_named_by_its_id():
    sealed = Keyring([OLD]).seal("tajne", purpose="a.b")
    with pytest.raises(KeyMissing, match=Keyring([OLD]).ids[0]):
        Keyring([NEW]).open(sealed, purpose="a.b")


def test_a_value_moved_to_another_column_does_not_open():
    ring = Keyring([NEW])
    with pytest.raises(SealBroken):
        ring.open(ring.seal("tajne", purpose="a.b"), purpose="a.c")


@given(place=st.integers(0, 200), sign=st.sampled_from("AZaz09-_"))
def test_a_changed_value_does_not_open(place, sign):
    ring = Keyring([NEW])
    sealed = ring.seal("tajne" * 20, purpose="a.b")
    place = 12 + place % (len(sealed) - 12)
    changed = sealed[:place] + sign + sealed[place + 1 :]
    # The last signs of Base64 may hold bits that mean nothing: same bytes, same value.
    if base64.urlsafe_b64decode(changed[12:]) != base64.urlsafe_b64decode(sealed[12:]):
        with pytest.raises(SealBroken):
            ring.open(changed, purpose="a.b")


@pytest.mark.parametrize("text", ["", "tajne", "k1.abc", "k2.00000000.AAAA", "k1.a.b.c"])
def test_what_is_no_sealed_value_says_so(text):
    with pytest.raises(SealBroken):
        Keyring([NEW]).open(text, purpose="a.b")


@pytest.mark.parametrize("key", ["", "za krótki", "A" * 43])
def test_a_key_that_is_no_key_stops(key):
    with pytest.raises(ValueError, match="key"):
        Keyring([key])


@pytest.mark.django_db
def test_a_field_is_stored_sealed_and_read_open():
    from django.db import connection

    row = credential_made()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT secret FROM {Credential._meta.db_table}")
        stored = cursor.fetchone()[0]
    assert stored.startswith("k1.")
    assert "tajne" not in stored
    assert Credential.objects.get(pk=row.pk).secret == "bardzo tajne"


@pytest.mark.django_db
def test_a_rotated_keyring_misses_nothing(settings):
    settings.KEYRING = Keyring([OLD])
    credential_made()
    settings.KEYRING = Keyring([NEW, OLD])
    assert missing_key_ids() == []
    keys_verify()


@pytest.mark.django_db
def test_a_start_without_the_key_stops_and_names_it(settings, capsys):
    settings.KEYRING = Keyring([OLD])
    credential_made()
    settings.KEYRING = Keyring([NEW])
    with pytest.raises(SystemExit) as stopped:
        keys_verify()
    assert stopped.value.code == 3
    assert Keyring([OLD]).ids[0] in capsys.readouterr().err


@pytest.mark.django_db
def test_the_system_check_names_the_missing_key(settings):
    settings.KEYRING = Keyring([OLD])
    credential_made()
    settings.KEYRING = Keyring([NEW])
    (error,) = secrets_have_their_keys(None, databases=["default"])
    assert error.id == "ksef.E004"
    assert Keyring([OLD]).ids[0] in error.msg


@pytest.mark.django_db
def test_a_sealed_field_cannot_be_searched():
    with pytest.raises(TypeError):
        Credential.objects.filter(secret="bardzo tajne").exists()


@pytest.mark.django_db
def test_the_seed_of_a_second_factor_is_sealed_in_the_database():
    seed = generate_totp_secret()
    made = TOTP.activate(user_made("wojtek"), seed)
    stored = Authenticator.objects.get(pk=made.instance.pk).data["secret"]
    assert seed not in stored
    assert MFAAdapter().decrypt(stored) == seed


@pytest.mark.django_db
def test_the_key_of_a_second_factor_is_missed_like_every_other(settings):
    TOTP.activate(user_made("wojtek"), generate_totp_secret())
    lost = settings.KEYRING.ids[0]
    settings.KEYRING = Keyring([key_new()])
    assert missing_key_ids() == [lost]
