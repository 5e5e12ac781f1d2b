"""Where an installation's two keys come from."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ksefapp.checks import clock_is_real, keys_come_from_outside
from ksefapp.keys import Key, django_key_load, keyring_of, secret_key_load
from ksefapp.lib.keyring import Keyring, key_new

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch):
    for name in ("KSEF_SECRET_KEYS", "KSEF_DJANGO_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.mark.parametrize(
    ("load", "name"), [(secret_key_load, "secret.key"), (django_key_load, "django.key")]
)
def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path, load, name):
    key = load(tmp_path)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert not key.from_outside
    assert load(tmp_path) == key


def test_two_installations_have_two_keys(tmp_path):
    assert secret_key_load(tmp_path / "a").text != secret_key_load(tmp_path / "b").text


def test_processes_that_start_at_once_get_the_same_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        starts = [
            pool.submit(
                subprocess.run,
                [sys.executable, "-c", SCRIPT, str(tmp_path)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            for _ in range(4)
        ]
    assert len({start.result().stdout for start in starts}) == 1


SCRIPT = """
import sys
from pathlib import Path
from ksefapp.keys import secret_key_load
print(secret_key_load(Path(sys.argv[1])).text)
"""


def test_a_key_from_the_environment_counts_as_outside(tmp_path, monkeypatch):
    monkeypatch.setenv("KSEF_SECRET_KEYS", key_new())
    assert secret_key_load(tmp_path).from_outside
    assert not (tmp_path / "secret.key").exists()


def test_a_key_from_a_file_elsewhere_counts_as_outside(tmp_path, monkeypatch):
    file = tmp_path / "keys"
    file.write_text(f"{key_new()},{key_new()}\n")
    monkeypatch.setenv("KSEF_SECRET_KEYS_FILE", str(file))
    key = secret_key_load(tmp_path / "var")
    assert key.from_outside
    assert len(Keyring(key.text.split(",")).ids) == 2


def test_a_file_inside_the_data_directory_is_not_outside(tmp_path, monkeypatch):
    (tmp_path / "keys").write_text(key_new())
    monkeypatch.setenv("KSEF_SECRET_KEYS_FILE", str(tmp_path / "sub" / ".." / "keys"))
    (tmp_path / "sub").mkdir()
    assert not secret_key_load(tmp_path).from_outside


def test_a_key_file_that_is_not_there_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("KSEF_DJANGO_KEY_FILE", str(tmp_path / "nie-ma"))
    with pytest.raises(ImproperlyConfigured, match="KSEF_DJANGO_KEY_FILE"):
        django_key_load(tmp_path)


@pytest.mark.parametrize("text", ["abc", "", ",", f"{key_new()},AAAA", key_new()[:-2], "ł" * 44])
def test_a_keyring_that_cannot_be_read_names_its_variable_and_no_key(text):
    with pytest.raises(ImproperlyConfigured, match="KSEF_SECRET_KEYS") as failure:
        keyring_of(Key(text, from_outside=True))
    assert not text or text not in str(failure.value)


def test_the_check_of_keys_has_an_id_and_a_hint(settings):
    settings.KSEF_KEYS_FROM_OUTSIDE = False
    (warning,) = keys_come_from_outside(None)
    assert warning.id == "ksef.W002"
    assert "KSEF_SECRET_KEYS_FILE" in warning.hint
    settings.KSEF_KEYS_FROM_OUTSIDE = True
    assert keys_come_from_outside(None) == []


def test_the_check_of_the_clock_has_an_id(monkeypatch, tmp_path):
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(tmp_path / "offset"))
    assert [found.id for found in clock_is_real(None)] == ["ksef.E003"]


def test_no_key_is_in_the_repository():
    keys = [path.relative_to(ROOT) for path in ROOT.rglob("*.key")]
    # `var/` is where the first start puts them, and git passes it over.
    assert [path for path in keys if path.parts[0] not in ("var", ".venv")] == []
    assert "var/" in (ROOT / ".gitignore").read_text().split()
