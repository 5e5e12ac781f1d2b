"""`manage.py deadline --cases FILE`: what it prints and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parent.parent
FRIDAY = {"id": "A", "p1": "2026-02-06", "mode": "offline24", "events": []}


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the command on these cases: exit status, lines of output, lines of errors."""

    def ended(cases, *options: str) -> tuple[int, list[str], list[str]]:
        path = tmp_path / "cases.json"
        path.write_text(cases if isinstance(cases, str) else json.dumps(cases))
        status = 0
        try:
            call_command("deadline", "--cases", str(path), *options)
        except SystemExit as end:
            status = end.code
        except CommandError as error:
            status = error.returncode
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err.splitlines()

    return ended


def test_it_prints_the_date_and_the_law(run):
    status, out, _ = run([FRIDAY])
    assert status == 0
    assert out[0].startswith("A  2026-02-09")
    assert "next working day after the date of issue (art. 106nda(2)" in out[0]


def test_open_and_none_are_said_and_the_events_named(run):
    outage = {"category": "FAILURE", "start": "2026-02-06T08:00:00+01:00", "end": None, "id": "X"}
    total = {"category": "TOTAL_FAILURE", "start": "2026-02-09", "end": None}
    _, out, _ = run([FRIDAY | {"events": [outage]}, FRIDAY | {"events": [total]}])
    assert [line.split()[1] for line in out[:2]] == ["OPEN", "NONE"]
    assert "events X" in out[0]


def test_a_difference_ends_with_1_after_all_are_printed(run):
    wrong = FRIDAY | {"id": "B", "expected": "2026-02-10"}
    status, out, _ = run([wrong, FRIDAY | {"expected": "2026-02-09"}])
    assert status == 1
    assert "DIFFERS from 2026-02-10" in out[0]
    assert "as expected" in out[1]


def test_a_difference_of_the_stricter_reading_is_a_warning_only(run):
    status, out, _ = run([FRIDAY | {"expected_if_saturday_counts": "2026-02-08"}])
    assert status == 0
    assert out[1].strip() == "warning: if Saturday counts 2026-02-07, not 2026-02-08"


def test_with_saturdays_the_other_column_is_compared(run):
    case = FRIDAY | {"expected": "2026-02-09", "expected_if_saturday_counts": "2026-02-07"}
    status, out, _ = run([case], "--saturday")
    assert (status, out[0].split()[1]) == (0, "2026-02-07")
    assert run([case | {"expected_if_saturday_counts": "2026-02-09"}], "--saturday")[0] == 1


BAD = [
    {"p1": "2026-02-30", "mode": "offline24", "events": []},
    {"p1": None, "mode": "offline24", "events": []},
    {"p1": "2026-02-06", "mode": "offline25", "events": []},
    {"p1": "2026-02-06", "mode": ["offline24"], "events": []},
    {"p1": "2026-02-06", "mode": "offline24", "events": {"a": 1}},
    {"p1": "2026-02-06", "mode": "offline24", "events": [7]},
    {"p1": "2026-02-06", "mode": "awaria", "events": [{"category": "FAILURE"}]},
    {
        **{"p1": "2026-02-06", "mode": "awaria"},
        "events": [{"category": "FAILURE", "start": "2026-02-06", "end": "2026-02-05"}],
    },
    {"p1": "9999-12-31", "mode": "offline24", "events": []},
    "T01",
]


@pytest.mark.parametrize("case", BAD, ids=str)
def test_an_unreadable_case_is_named_and_the_others_still_printed(run, case):
    status, out, err = run([case, FRIDAY])
    assert status == 2
    assert "1: cannot be read" in err[0]
    assert out[0].startswith("A  2026-02-09")


@pytest.mark.parametrize("text", ["", "{}", "[", "null"])
def test_an_unreadable_file_ends_with_2(run, text):
    assert run(text)[0] == 2


def test_a_missing_file_ends_with_2():
    with pytest.raises(CommandError) as missing:
        call_command("deadline", "--cases", "no-such-file.json")
    assert missing.value.returncode == 2


def test_a_day_stands_for_the_first_instant_that_the_outage_covers(run):
    outage = {"category": "FAILURE", "start": "2026-11-12T20:00", "end": "2026-11-13T06:00"}
    status, out, _ = run(
        [{"p1": "2026-11-12", "mode": "awaria", "events": [outage], "expected": "2026-11-24"}]
    )
    assert status == 0, out


@pytest.mark.slow
def test_it_runs_on_a_fresh_copy_without_a_database(tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([FRIDAY | {"expected": "2026-02-10"}]))
    environment = {"PATH": os.environ["PATH"], "KSEF_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "manage.py", "deadline", "--cases", str(path)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1, ended.stderr
    assert "A  2026-02-09" in ended.stdout
    assert not (tmp_path / "data" / "db.sqlite3").exists()


# KSEF_SAMPLES names the folder of the official invoices; the cases lie beside it.
CASES = Path(os.environ.get("KSEF_SAMPLES", ""), "..", "deadline-cases.json")


@pytest.mark.skipif(
    not (os.environ.get("KSEF_SAMPLES") and CASES.exists()),
    reason="no deadline-cases.json beside the folder that KSEF_SAMPLES names",
)
def test_the_published_cases_agree(run):
    status, out, _ = run(CASES.read_text())
    assert status == 0
    assert not [line for line in out if "DIFFERS" in line or "warning" in line]
