"""Whatever dies, and however many work at once: each due day makes one invoice."""

import json
import signal
import subprocess
import sys
from datetime import date, timedelta

import pytest

from invoices.models import Document, Draft, RecurringRun
from invoices.services.recurring_run import recurring_run
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.house_support import ROOT, clean_environment, manage
from tests.offline_support import at, warsaw
from tests.recurring_support import START, due_days, link, template
from tests.servers import given

__all__ = ["at"]
WEEKS = 6
KILLED_AT = (1, 4, 8, 13, 22, 31, 40, 59, 70, 84)


class House:
    """One database, and processes that die over it."""

    def __init__(self, folder) -> None:
        servers = given()
        self.clock = folder / "clock"
        self.clock.write_text("0")
        stored = servers.own() if servers else {}
        where = {"KSEF_DATA_DIR": str(folder / "data"), "KSEF_TEST_CLOCK": str(self.clock)}
        settings = {"DJANGO_SETTINGS_MODULE": "ksefapp.settings"}
        self.env = clean_environment(**settings, **where, **stored)
        assert manage("migrate", "--verbosity=0", env=self.env).returncode == 0

    def at(self, text: str) -> None:
        """The house lives at this Warsaw time."""
        self.clock.write_text(str((warsaw(text) - clock.now()).total_seconds()))

    def start(self, *arguments: str) -> subprocess.Popen:
        """A process that does this."""
        command = [sys.executable, "-m", "tests.recurring_process", *arguments]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: str) -> int:
        """The same to its end; its return code."""
        process = self.start(*arguments)
        process.communicate(timeout=120)
        return process.returncode

    def told(self) -> dict:
        """What there is in the database."""
        out, err = self.start("told").communicate(timeout=120)
        assert out, err.decode()[-2000:]
        return json.loads(out)


@pytest.fixture
def home(tmp_path) -> House:
    made = House(tmp_path)
    made.at("2026-08-10 08:00")
    assert made.run("seed") == 0
    made.at("2026-11-10 09:00")
    return made


def assert_each_week_once(told: dict) -> None:
    weeks = [date(2026, 8, 10) + timedelta(weeks=number) for number in range(WEEKS)]
    assert told["due"] == [week.isoformat() for week in weeks]
    assert len(set(told["numbers"])) == told["documents"] == told["queued"] == WEEKS
    assert (told["drafts"], told["is_due"]) == (WEEKS, False)


@pytest.mark.slow
@pytest.mark.servers
def test_processes_killed_at_any_statement_make_each_week_once(home):
    killed = [home.run("run", str(statement)) for statement in KILLED_AT]
    assert killed.count(-signal.SIGKILL) >= len(KILLED_AT) - 2
    assert home.run("run") == 0
    assert_each_week_once(home.told())


@pytest.mark.slow
@pytest.mark.servers
def test_processes_that_work_at_once_make_each_week_once(home):
    processes = [home.start("run") for _ in range(3)]
    for process in processes:
        process.communicate(timeout=240)
    assert home.run("run") == 0
    assert_each_week_once(home.told())


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_make_each_day_once(company, owner, at):
    at(START)
    link(company, owner)
    row = template(company, owner, issues_itself=True)
    at("2026-11-10 09:00")
    at_once(recurring_run, recurring_run, recurring_run)
    recurring_run()
    assert due_days(row) == ["2026-08-15", "2026-09-15", "2026-10-15"]
    assert Draft.objects.count() == Document.objects.count() == 3
    assert not RecurringRun.objects.filter(document=None).exists()
