"""Keeps a set of processes running: started together, restarted alone, stopped warmly.

Each child is its own session and dies with us (PR_SET_PDEATHSIG), so that not even SIGKILL of
the supervisor leaves orphans.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ksefapp.lib import clock

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
GRACE_SECONDS = 30
LEAST_GRACE_SECONDS = 2
STEADY_SECONDS = 10
LONGEST_PAUSE = 30


class PortTaken(Exception):
    """Another program listens on a port that we need; the text names it."""


@dataclass
class Program:
    """One process of the set: its command, its log, and how to know that it serves."""

    name: str
    command: list[str]
    log: Path
    env: dict[str, str]
    serves: Callable[[], bool] = lambda: True
    process: subprocess.Popen | None = None
    started: float = 0.0
    pause: float = 0.0
    restarts: int = field(default=0)

    def start(self) -> None:
        """Starts it, its output appended to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.env,
                preexec_fn=die_with_parent(os.getpid()),
                start_new_session=True,
            )
        self.started = clock.monotonic()

    @property
    def alive(self) -> bool:
        """Whether its leader runs."""
        return self.process is not None and self.process.poll() is None

    def restart_if_dead(self) -> bool:
        """Starts it again, at once the first time, with growing pauses if it keeps dying."""
        if self.alive:
            return False
        lived = clock.monotonic() - self.started
        self.pause = 0.0 if lived > STEADY_SECONDS else min(LONGEST_PAUSE, self.pause * 2 or 0.5)
        if lived < self.pause:
            return False
        _signal_group(self.process, signal.SIGKILL)  # what a killed leader left behind
        self.restarts += 1
        self.start()
        return True


def port_check(host: str, port: int, use: str) -> None:
    """Raises PortTaken if nobody can listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"{host}:{port} ({use}): {error.strerror}") from error


def answers(url: str) -> bool:
    """Whether an HTTP GET gives 200 within a second."""
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 our own address
            return response.status == 200
    except (OSError, urllib.error.URLError):
        return False


def stop_all(programs: list[Program]) -> None:
    """Stops the set warmly, the first program last: the others may be in a call to it."""
    deadline = clock.monotonic() + GRACE_SECONDS
    for wave in (programs[1:], programs[:1]):
        for program in wave:
            if program.alive:
                program.process.terminate()
        for program in wave:
            _await_end(program, deadline)


def _await_end(program: Program, deadline: float) -> None:
    """SIGTERM went to the leader, which ends its children; SIGKILL to what stays."""
    if program.process is None:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.process.wait(max(LEAST_GRACE_SECONDS, deadline - clock.monotonic()))
    _signal_group(program.process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen | None, number: int) -> None:
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def die_with_parent(parent: int) -> Callable[[], None]:
    """A `preexec_fn` for a child that is to get SIGTERM when the process `parent` dies."""

    def prepare() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return prepare
