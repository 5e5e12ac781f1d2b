"""The sweeper's round: each of its steps serves other rows."""

import pytest

from invoices import tasks


def test_a_failing_step_stops_no_other_and_is_reported(monkeypatch, caplog):
    done = []

    def broken():
        raise ValueError("half a row")

    def after():
        done.append("after")

    monkeypatch.setattr(tasks, "SWEEPS", (broken, after))
    with pytest.raises(RuntimeError, match="broken"):
        tasks.sweep_task()
    assert done == ["after"]
    assert "half a row" in caplog.text
