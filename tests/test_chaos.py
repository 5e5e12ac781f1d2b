"""A few trials of benchmarks/chaos.py; hundreds are run by hand."""

import pytest

from benchmarks import chaos
from benchmarks.chaos import compare, foreign, plan_make
from tests.servers import CannotRun, running

pytestmark = pytest.mark.slow

ROW = {"number": "1", "id": "0" * 8, "sha256": "00", "ksef_number": "K", "state": "accepted"}
ROW |= {"code": 200, "text": "", "upo": True, "chores": []}
ENTRY = {"sha256": "AA==", "ksefNumber": "K", "code": 200, "invoiceNumber": "1"}


def test_whatever_dies_each_invoice_ends_with_one_number(capfd):
    status = chaos.main(["--trials", "4", "--seed", "11"])
    assert status == 0, capfd.readouterr().out


def test_whatever_dies_each_invoice_ends_with_one_number_on_servers(capfd):
    try:
        with running():
            pass
    except CannotRun as reason:
        pytest.skip(f"not run: chaos on PostgreSQL and Redis: {reason}")
    status = chaos.main(["--trials", "2", "--seed", "12", "--servers"])
    assert status == 0, capfd.readouterr().out


def test_a_trial_can_be_repeated_alone():
    assert plan_make("7:42", servers=True) == plan_make("7:42", servers=True)
    assert plan_make("7:42", servers=True) != plan_make("7:43", servers=True)


@pytest.mark.parametrize(
    ("row", "entries", "problem"),
    [
        ({}, [], "0 times"),
        ({}, [ENTRY, ENTRY], "2 times"),
        ({}, [ENTRY, ENTRY | {"code": 440}], "second time"),
        ({"ksef_number": "L"}, [ENTRY], "another number"),
        ({"state": "unknown"}, [ENTRY], "stuck"),
        ({"upo": False}, [ENTRY], "no UPO"),
    ],
)
def test_every_difference_of_the_ledgers_is_seen(row, entries, problem):
    assert any(problem in told for told in compare([ROW | row], entries))


def test_equal_ledgers_differ_in_nothing():
    assert not compare([ROW], [ENTRY])
    assert not foreign([ENTRY], {"00"})
    assert foreign([ENTRY], {"01"})
