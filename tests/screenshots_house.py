"""The house that the pictures are taken of: a set of its own, and a clock that can be put on."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import django
import httpx

READY_SECONDS = 90


class House:
    """The running set: where it answers, where it keeps its data, what time it shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        web, simulator = _free_port(), _free_port()
        self.ports = (web, simulator)
        self.web = f"http://127.0.0.1:{web}"
        self.simulator = f"http://127.0.0.1:{simulator}"

    def variables(self) -> dict[str, str]:
        """Keys from outside, so that the step to production can be shown."""
        from ksefapp.lib.keyring import key_new

        return {
            "KSEF_DATA_DIR": str(self.folder),
            "KSEF_SITE_URL": self.web,
            "KSEF_SIMULATOR_URL": self.simulator,
            "KSEF_SIMULATOR_CONTROL": "1",
            "KSEF_TEST_CLOCK": str(self.clock),
            "KSEF_SECRET_KEYS": key_new(),
            "KSEF_DJANGO_KEY": secrets.token_urlsafe(50),
            "KSEF_EMAIL_HOST": "127.0.0.1",  # nobody listens; without it every page says so
            "KSEF_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "ksefapp.settings",
            # Playwright keeps an event loop in this thread, where the ORM would refuse to work.
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        }

    def now_is(self, warsaw: str) -> None:
        """Puts the clock of all processes on `2026-11-16 08:12` in Warsaw."""
        from ksefapp.lib import clock

        wanted = datetime.fromisoformat(warsaw).replace(tzinfo=clock.WARSAW)
        self._shift(wanted - clock.now())

    def later(self, *, minutes: int) -> None:
        """Puts the clock of all processes forward."""
        self._shift(timedelta(minutes=minutes))

    def _shift(self, by: timedelta) -> None:
        from ksefapp.lib import clock

        seconds = (by + clock.offset()).total_seconds()
        self.clock.write_text(f"{seconds:.0f}", encoding="ascii")

    def fault(self, kind: str, operation: str, **more) -> None:
        """Makes the simulator fail (see docs/simulator.md)."""
        order = {"kind": kind, "operation": operation, **more}
        httpx.post(f"{self.simulator}/control/faults", json=order).raise_for_status()

    def faults_end(self) -> None:
        """All is well again."""
        httpx.delete(f"{self.simulator}/control/faults").raise_for_status()

    def outage(self, action: str, **more) -> None:
        """Announces in the simulator's Latarnia (see docs/simulator.md)."""
        order = {"action": action, **more}
        httpx.post(f"{self.simulator}/control/outages", json=order).raise_for_status()

    def seed(self, nip: str, name: str) -> tuple[str, Path, str]:
        """A subject of the simulator: its token, the folder of its certificates, the password."""
        command = [sys.executable, "-m", "simulator", "seed", "--data", f"{self.folder}/simulator"]
        command += ["--nip", nip, "--name", name, "--password", "Wierzba-2026-haslo"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        token = next(s for s in done.stdout.splitlines() if s.startswith("token: "))
        files = self.folder / "simulator" / "certificates" / nip
        return token.removeprefix("token: ").strip(), files, "Wierzba-2026-haslo"

    def start(self) -> None:
        """Starts the set and waits until it answers."""
        web, simulator = self.ports
        command = [sys.executable, "manage.py", "up", "--port", str(web)]
        command += ["--simulator-port", str(simulator)]
        log = self.folder / "up.log"
        with log.open("w") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        until(lambda: "ready" in log.read_text(), READY_SECONDS, f"the set did not start: {log}")

    def stop(self) -> None:
        """Stops the set warmly."""
        self.process.terminate()
        self.process.wait(timeout=60)

    def real_time(self) -> None:
        """Starts the set again without a test clock, which the step to TEST is refused under."""
        self.stop()
        os.environ.pop("KSEF_TEST_CLOCK")
        self.start()


@contextmanager
def running(folder: Path):
    """Starts the set, yields it, stops it."""
    house = House(folder)
    os.environ |= house.variables()
    house.now_is("2026-11-16 08:12")
    django.setup()
    try:
        house.start()
        yield house
    finally:
        house.stop()


def until(ask: Callable[[], object], seconds: float = 60, complaint: str = "took too long"):
    """Asks until the answer is true; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.2)
    return answer


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
