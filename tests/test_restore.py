"""The backup of docs/operations.md can be restored, and the drill finds what is wrong."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.house_support import ROOT, Inside, clean_environment
from tests.test_processes_issuing import SEED
from tests.test_settings_start import SEAL

pytestmark = pytest.mark.slow


def commands(name: str) -> str:
    """The lines of the document's block of that name."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    block = text.split(f"<!-- {name} -->\n\n")[1].split("\n\n")[0]
    assert block.startswith("    .venv/bin/python ")
    return re.sub(r"^    \.venv/bin/python", sys.executable, block, flags=re.MULTILINE)


def shell(script: str, data: Path, **more: str) -> subprocess.CompletedProcess:
    """Runs the lines as a person would paste them."""
    env = clean_environment(KSEF_DATA_DIR=str(data), **more)
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
    )


def manage(data: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment(KSEF_DATA_DIR=str(data)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def backup(tmp_path_factory) -> Path:
    """A folder with the backup and the keys, taken while somebody held the database open."""
    data, kept = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("kept")
    manage(data, "migrate", "-v0")
    manage(data, "shell", "-v0", "-c", SEED)
    manage(data, "shell", "-v0", "-c", SEAL)
    inside = Inside(clean_environment(KSEF_DATA_DIR=str(data)), kept / "inside.log")
    inside.issue(3)
    done = shell(commands("backup"), data, BACKUP=str(kept / "db.sqlite3"))
    inside.close()
    assert done.returncode == 0, done.stderr
    for name in ("secret.key", "django.key"):
        shutil.copy(data / name, kept)
    return kept


@pytest.fixture
def restored(backup, tmp_path) -> Path:
    """A new data directory with what was kept."""
    for name in ("db.sqlite3", "secret.key", "django.key"):
        shutil.copy(backup / name, tmp_path)
    return tmp_path


def test_a_restored_backup_passes_the_drill(restored):
    done = shell(commands("drill"), restored)
    assert done.returncode == 0, done.stderr
    assert "broken: [] of 3" in done.stdout


def test_the_drill_names_a_key_that_is_missing(restored):
    (restored / "secret.key").unlink()
    done = shell(commands("drill"), restored)
    assert done.returncode != 0
    assert "ksef.E004" in done.stderr


def test_the_drill_names_an_invoice_whose_bytes_changed(restored):
    with closing(sqlite3.connect(restored / "db.sqlite3")) as database, database:
        database.execute(
            "UPDATE invoices_documentxml SET content = x'20' WHERE document_id ="
            " (SELECT id FROM invoices_document WHERE number LIKE 'FV/2/%')"
        )
    assert re.search(r"broken: \['FV/2/\d+/\d+'\] of 3", shell(commands("drill"), restored).stdout)
