"""`rotate_keys`: every secret under the newest key; stopped anywhere, resumed, never too early."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command

from auth_ksef.models import Credential, TokenCache
from ksefapp.accounts import rotation
from ksefapp.accounts.adapter import MFAAdapter
from ksefapp.accounts.models import AuditEntry
from ksefapp.accounts.sealed import sealed_columns
from ksefapp.lib.keyring import Keyring, key_id_of, key_new
from tests.auth_support import TOKEN

ROOT = Path(__file__).resolve().parent.parent
OLD, NEW = key_new(), key_new()
NEWEST = Keyring([NEW]).ids[0]

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


@pytest.fixture
def ring(settings):
    """The house before the rotation: sealing with the old key."""
    settings.KEYRING = Keyring([OLD])
    return settings


def turned(ring) -> None:
    ring.KEYRING = Keyring([NEW, OLD])


def credentials_made(count: int, owner) -> list[Credential]:
    return [
        Credential.objects.create(
            environment="simulator",
            kind=Credential.Kind.TOKEN,
            owner_user=owner,
            added_by=owner,
            label="token",
            secret=f"tajne {number}",
        )
        for number in range(count)
    ]


def sealed_texts() -> list[str]:
    with closing(rotation.connection.cursor()) as cursor:
        cursor.execute(f"SELECT secret FROM {Credential._meta.db_table} ORDER BY id")
        return [text for (text,) in cursor.fetchall()]


def run(capsys, *options: str) -> str:
    call_command("rotate_keys", *options)
    return capsys.readouterr().out


def test_every_row_ends_under_the_newest_key(ring, owner, capsys):
    rows = credentials_made(3, owner)
    turned(ring)
    assert "Done." in run(capsys)
    assert {key_id_of(text) for text in sealed_texts()} == {NEWEST}
    assert Credential.objects.get(pk=rows[2].pk).secret == "tajne 2"


def test_afterwards_the_old_key_may_go(ring, owner, capsys):
    credentials_made(2, owner)
    turned(ring)
    run(capsys)
    ring.KEYRING = Keyring([NEW])
    assert [row.secret for row in Credential.objects.order_by("pk")] == ["tajne 0", "tajne 1"]


def test_more_rows_than_a_batch_holds_are_all_found(ring, owner, capsys, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    credentials_made(5, owner)
    turned(ring)
    assert "5 sealed anew" in run(capsys)


def test_a_second_run_has_nothing_to_do(ring, owner, capsys):
    credentials_made(1, owner)
    turned(ring)
    run(capsys)
    before = sealed_texts()
    run(capsys)
    assert sealed_texts() == before


def test_check_changes_nothing_and_counts(ring, owner, capsys):
    credentials_made(2, owner)
    turned(ring)
    before = sealed_texts()
    with pytest.raises(CommandError, match="NOT DONE"):
        call_command("rotate_keys", "--check")
    assert f"2 still sealed by {Keyring([OLD]).ids[0]}" in capsys.readouterr().out
    assert sealed_texts() == before


@pytest.mark.parametrize("name", ["signedlogin.refresh", "enrolment.secret", "tokencache.access"])
def test_columns_are_found_without_a_list_of_them(name):
    assert f"auth_ksef_{name}" in {f"{table}.{column}" for table, column in sealed_columns()}


def test_the_seed_of_a_second_factor_is_sealed_anew(ring, owner, capsys):
    seed = generate_totp_secret()
    made = TOTP.activate(owner, seed)
    turned(ring)
    run(capsys)
    ring.KEYRING = Keyring([NEW])
    stored = Authenticator.objects.get(pk=made.instance.pk).data["secret"]
    assert MFAAdapter().decrypt(stored) == seed


def test_a_recovery_code_crossed_off_meanwhile_stays_crossed_off(ring, owner, monkeypatch):
    made = RecoveryCodes.activate(owner)
    turned(ring)
    true_swap = rotation._anew

    def crossing_off(sealed, purpose):
        row = Authenticator.objects.get(pk=made.instance.pk)
        row.data["used_mask"] = 1
        row.save()
        return true_swap(sealed, purpose)

    monkeypatch.setattr(rotation, "_anew", crossing_off)
    rotation.rotate()
    assert Authenticator.objects.get(pk=made.instance.pk).data["used_mask"] == 1


def test_what_somebody_writes_meanwhile_stays_as_written(ring, owner, monkeypatch):
    (row,) = credentials_made(1, owner)
    turned(ring)
    true_anew = rotation._anew

    def interrupted(sealed, purpose):
        Credential.objects.filter(pk=row.pk).update(secret="nowsze")
        return true_anew(sealed, purpose)

    monkeypatch.setattr(rotation, "_anew", interrupted)
    (part,) = [part for part in rotation.rotate() if part.column.endswith("credential.secret")]
    assert (part.sealed, part.passed) == (0, 1)
    assert Credential.objects.get(pk=row.pk).secret == "nowsze"


def test_a_row_erased_meanwhile_stays_erased(ring, owner, monkeypatch):
    (row,) = credentials_made(1, owner)
    turned(ring)
    true_anew = rotation._anew

    def erased(sealed, purpose):
        Credential.objects.filter(pk=row.pk).update(secret="")
        return true_anew(sealed, purpose)

    monkeypatch.setattr(rotation, "_anew", erased)
    rotation.rotate()
    assert sealed_texts() == [""]


def test_a_row_that_no_key_opens_is_named_and_stops_nobody(ring, owner, capsys):
    ring.KEYRING = Keyring([key_new()])
    (lost,) = credentials_made(1, owner)
    ring.KEYRING = Keyring([OLD])
    credentials_made(2, owner)
    turned(ring)
    with pytest.raises(CommandError, match="NOT DONE"):
        call_command("rotate_keys")
    said = capsys.readouterr()
    assert f"row {lost.pk}: no key" in said.err
    assert "2 sealed anew" in said.out


def test_a_program_that_still_seals_with_the_old_key_is_noticed(ring, owner, monkeypatch):
    credentials_made(1, owner)
    turned(ring)
    true_rotate = rotation.rotate

    def late_writer(told):
        found = true_rotate(told)
        ring.KEYRING = Keyring([OLD])
        credentials_made(1, owner)
        turned(ring)
        return found

    monkeypatch.setattr("ksefapp.accounts.management.commands.rotate_keys.rotate", late_writer)
    with pytest.raises(CommandError, match="NOT DONE"):
        call_command("rotate_keys")


def test_an_empty_secret_stays_empty(ring, owner, company, capsys):
    (row,) = credentials_made(1, owner)
    TokenCache.objects.create(credential=row, company=company)
    turned(ring)
    run(capsys)
    assert TokenCache.objects.get().access == ""


def test_the_history_says_when_and_how_many_and_no_secret(ring, owner, capsys):
    credentials_made(2, owner)
    turned(ring)
    said = run(capsys)
    entry = AuditEntry.objects.get(action="keys.rotate")
    assert (entry.subject, entry.details) == (NEWEST, {"count": 2})
    assert "tajne" not in said
    assert not any(key in said for key in (OLD, NEW))


# --- Killed -----------------------------------------------------------------------------------
SLOW = """
import os, sys, time
sys.argv = ["manage.py", "rotate_keys"]
os.environ["DJANGO_SETTINGS_MODULE"] = "ksefapp.settings"
import django; django.setup()
from ksefapp.accounts import rotation
true = rotation._anew
def slow(sealed, purpose):
    time.sleep(0.05)
    return true(sealed, purpose)
rotation._anew = slow
from django.core.management import call_command
print("started", flush=True)
call_command("rotate_keys")
"""
FILL = """
from auth_ksef.models import Credential
from ksefapp.accounts.models import User
user = User.objects.create_user("ola@example.com", "haslo-ola-12")
Credential.objects.bulk_create(
    [Credential(environment="simulator", kind="token", owner_user=user, added_by=user,
                label="t", secret=f"{token} {number}") for number in range(60)])
"""


def keys_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as base:
        rows = base.execute("SELECT secret FROM auth_ksef_credential ORDER BY id").fetchall()
    return [key_id_of(text) for (text,) in rows]


@pytest.fixture
def house(tmp_path):
    """A database of its own with 60 secrets under the old key, and how to run programs on it."""
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    base |= {"KSEF_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def program(*command: str, keys: str, **options) -> subprocess.Popen:
        env = base | {"KSEF_SECRET_KEYS": keys}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            **options,
        )

    program.file = tmp_path / "db.sqlite3"
    assert program("manage.py", "migrate", "-v0", keys=OLD).wait(120) == 0
    fill = FILL.replace("{token}", TOKEN[:20])
    assert program("manage.py", "shell", "-v0", "-c", fill, keys=OLD).wait(60) == 0
    return program


@pytest.mark.slow
def test_a_killed_run_is_resumed_by_the_next(house):
    both = f"{NEW},{OLD}"
    killed = house("-c", SLOW, keys=both)
    assert killed.stdout.readline() == "started\n"
    while not 5 < keys_in(house.file).count(NEWEST) < 50:
        assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    assert len(set(keys_in(house.file))) == 2
    ended = house("manage.py", "rotate_keys", keys=both)
    assert "Done." in ended.communicate(timeout=60)[0]
    assert set(keys_in(house.file)) == {NEWEST}
