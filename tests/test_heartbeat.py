"""A health check believes only a fresh mark of a living process."""

import os
import subprocess

import pytest

from ksefapp import heartbeat
from ksefapp.lib import clock


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.KSEF_DATA_DIR = tmp_path
    return tmp_path / "run"


def write(folder, pid: int, at: float) -> None:
    folder.mkdir()
    (folder / "worker.alive").write_text(f"{pid} {at}")


def test_a_program_that_has_just_marked_is_at_work():
    heartbeat.mark("worker")
    assert heartbeat.main("worker") == 0


def test_a_program_without_a_mark_is_not(capsys):
    assert heartbeat.main("beat") == 1
    assert "no mark" in capsys.readouterr().out


def test_a_mark_of_a_dead_process_is_not_believed(folder):
    ended = subprocess.Popen(["true"])
    ended.wait()
    write(folder, ended.pid, clock.monotonic())
    assert "is gone" in heartbeat.complaint("worker")


def test_an_old_mark_says_that_the_program_hangs(folder):
    write(folder, os.getpid(), clock.monotonic() - heartbeat.OLD_SECONDS - 1)
    assert "31 s old" in heartbeat.complaint("worker")


def test_a_mark_from_before_a_reboot_is_not_believed(folder):
    write(folder, os.getpid(), clock.monotonic() + 100)
    assert "old" in heartbeat.complaint("worker")


def test_a_rare_sweep_is_no_reason_to_complain(folder, settings):
    settings.KSEF_SWEEP_SECONDS = 60
    write(folder, os.getpid(), clock.monotonic() - 100)
    assert heartbeat.complaint("worker") == ""


def test_an_address_that_does_not_answer_is_not_at_work():
    assert heartbeat.main("http://127.0.0.1:1/health/") == 1
