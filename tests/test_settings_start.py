"""Real processes that start on a database whose key is gone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SEAL = """
from auth_ksef.models import Credential
from ksefapp.accounts.models import User
user = User.objects.create_user("ola@example.com")
Credential.objects.create(
    environment="simulator", kind="token", owner_user=user, added_by=user, secret="tajne"
)
from django.conf import settings
print(settings.KEYRING.ids[0])
"""

pytestmark = pytest.mark.slow


def run(data: Path, *arguments: str):
    """A process of its own installation: SQLite in `data`, nothing given from outside."""
    ours = {"KSEF_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "ksefapp.settings"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=kept | ours,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def orphaned(tmp_path_factory) -> tuple[Path, str]:
    """A data directory with a sealed row whose key was deleted, and that key's id."""
    data = tmp_path_factory.mktemp("data")
    assert run(data, "manage.py", "migrate", "-v0").returncode == 0
    made = run(data, "manage.py", "shell", "-v0", "-c", SEAL)
    assert made.returncode == 0, made.stderr
    (data / "secret.key").unlink()
    return data, made.stdout.split()[-1]


@pytest.mark.parametrize(
    "program",
    [
        ["-c", "import ksefapp.wsgi"],
        ["-m", "celery", "-A", "ksefapp", "worker", "--pool=solo"],
    ],
    ids=["web", "worker"],
)
def test_a_start_without_the_key_stops_and_names_it(orphaned, program):
    data, key_id = orphaned
    ended = run(data, *program)
    assert ended.returncode == 3
    assert key_id in ended.stderr


def test_the_web_starts_before_the_first_migration(tmp_path):
    assert run(tmp_path, "-c", "import ksefapp.wsgi").returncode == 0


def test_the_first_start_makes_a_directory_that_only_its_owner_enters(tmp_path):
    assert run(tmp_path / "var", "manage.py", "check").returncode == 0
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
