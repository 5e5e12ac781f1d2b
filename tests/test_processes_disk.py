"""A full disk loses nothing: the page says so, the queue goes on when there is space again.

"Full" is RLIMIT_FSIZE of running processes set to nothing: every write to a file is refused.
"""

import errno
import re
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import httpx
import psycopg
import pytest

from invoices.management.commands.demo_check import INVOICE, Failed, Person
from ksefapp.lib import disk
from tests.house_support import (
    ROOT,
    assert_one_number_each,
    children,
    clean_environment,
    house,
    until,
)

pytestmark = pytest.mark.slow

FORM = "/firma/5265877635/faktury/nowa/"
LIST = "/firma/5265877635/faktury/"
MAKE_KEY = """
import sys
from pathlib import Path
from ksefapp.keys import secret_key_load
secret_key_load(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A house on SQLite and files, whichever servers there are."""
    with house(tmp_path_factory.mktemp("house")) as made:
        yield made


@contextmanager
def full_disk(home, program: str):
    """The program and all its processes can write to no file."""
    leader = home.pids()[program]
    pids = [leader, *children(leader)]
    before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
    try:
        for pid, (_, hard) in zip(pids, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        yield
    finally:
        for pid, limits in zip(pids, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def person(home):
    """The demo's person, logged in."""
    email, password = re.search(r"login +(\S+) +password (\S+)", home.said()).groups()
    address = f"http://127.0.0.1:{home.port}"
    with httpx.Client(base_url=address, timeout=30, follow_redirects=True) as browser:
        visitor = Person(browser)
        visitor.log_in(email, password)
        yield visitor


def issue(person, page) -> httpx.Response:
    return person._submit(page, "buyer_nip", INVOICE | {"action": "issue"})


def test_a_full_disk_stands_on_the_page_and_the_same_form_works_afterwards(home, person):
    page = person._open(FORM)
    with full_disk(home, "web"), pytest.raises(Failed, match=r"503: .*zabrakło miejsca"):
        issue(person, page)
    assert "FV/1/" not in person.browser.get(LIST).text
    assert "FV/1/" in issue(person, page).text


def test_a_worker_that_can_store_no_answer_sends_nothing_twice(home):
    home.settled(home.issue(1))  # nothing of the other tests is under way
    home.fault("latency", seconds=4)
    before = home.calls("invoice_send")
    ids = home.issue(1)
    until(lambda: home.calls("invoice_send") > before, "the invoice is leaving")
    with full_disk(home, "worker"):
        until(lambda: home.at_ksef(home.rows(ids)), "KSeF has taken it")
        time.sleep(2)
        assert home.rows(ids)[0]["state"] == "session_opened"
    assert_one_number_each(home, home.settled(ids))
    assert len(home.at_ksef(home.rows(ids))) == 1


def test_a_key_is_never_half_written(tmp_path):
    limited = subprocess.run(
        [sys.executable, "-c", MAKE_KEY, str(tmp_path / "data")],
        cwd=ROOT,
        env=clean_environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
    )
    assert "OSError" in limited.stderr
    assert list((tmp_path / "data").iterdir()) == []


def _caused_by(error: Exception) -> Exception:
    try:
        raise RuntimeError from error
    except RuntimeError as caused:
        return caused


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (_caused_by(psycopg.errors.DiskFull("could not extend file")), True),
        (_caused_by(OSError(errno.EDQUOT, "Disk quota exceeded")), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (_caused_by(ValueError()), False),
    ],
)
def test_every_way_to_say_that_the_disk_is_full_is_understood(error, full):
    assert disk.is_full(error) is full


def test_sqlites_own_word_for_a_full_disk_is_understood(tmp_path):
    with closing(sqlite3.connect(tmp_path / "db")) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as raised:
            connection.execute("CREATE TABLE a (b)")
    assert disk.is_full(raised.value)
