"""A whole house as processes: `manage.py up` on free ports with a data directory of its own.

On the second run of `bin/test` the same houses stand on PostgreSQL and Redis.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import redis

from tests.servers import free_port, given

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
QUICK = {
    "KSEF_SWEEP_SECONDS": "1",
    "KSEF_LEASE_SECONDS": "8",
    "KSEF_TIMEOUT_SECONDS": "5",
    "KSEF_SIMULATOR_CONTROL": "1",
}


def until(ask: Callable[[], Any], what: str, seconds: float = 90) -> Any:
    """Asks until the answer is true; the deadline is generous: others share the cores."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)
    return answer


def clean_environment(**changes: str) -> dict[str, str]:
    """This process's environment without any setting of ours, then the changes."""
    ours = ("KSEF_", "DB_", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | changes


def manage(*arguments: str, env: dict[str, str], timeout: float = 120):
    """One `manage.py` command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def children(pid: int) -> list[int]:
    """All living descendants of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found + [deeper for child in found for deeper in children(child)]


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


class Inside:
    """A process with the house's settings that issues invoices and reads rows."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.house_inside"],
                cwd=ROOT,
                env=env | {"DJANGO_SETTINGS_MODULE": "ksefapp.settings"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self.answer(self.ask(name, *arguments))

    def ask(self, name: str, *arguments: Any) -> "Inside":
        """Sends a command and does not wait."""
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        return self

    def answer(self, asked: "Inside | None" = None) -> Any:
        """The answer to the last command."""
        line = self._process.stdout.readline()
        assert line, f"the helper died:\n{self._log.read_text()[-3000:]}"
        return json.loads(line)

    def close(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


class House:
    """One installation; may be started, stopped, killed and started again on the same data."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = Path(folder, "data")
        self.port, self.simulator_port = free_port(), free_port()
        self.output = Path(folder, "up.log")
        servers = given()
        stored = servers.own() if servers else {}
        self.env = clean_environment(KSEF_DATA_DIR=str(self.data), **(QUICK | stored | settings))
        self.up: subprocess.Popen | None = None
        self.inside: Inside | None = None

    def start(self, *, wait: bool = True) -> "House":
        """Starts everything; waits until it is ready."""
        command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
        command += ["--simulator-port", str(self.simulator_port), "--after-start", "demo_seed"]
        self.output.touch()
        self.began = self.output.stat().st_size
        with self.output.open("ab") as output:
            self.up = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=output, stderr=subprocess.STDOUT
            )
        if wait:
            until(self._ready, "the house is ready", START_SECONDS)
        return self

    def _ready(self) -> bool:
        assert self.up.poll() is None, self.said()
        return "ready " in self.said()

    def said(self) -> str:
        """What this start has printed so far."""
        return self.output.read_text()[self.began :]

    def log(self, program: str) -> str:
        """A program's log."""
        return (self.data / "log" / f"{program}.log").read_text()

    def pids(self) -> dict[str, int]:
        """The leaders' process ids by program."""
        state = json.loads((self.data / "run" / "up.json").read_text())
        return state["pids"]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signals the supervisor and waits for its end; gives its exit status."""
        self.up.send_signal(number)
        return self.up.wait(60)

    def kill(self, program: str) -> int:
        """SIGKILL to a program and all that it started; gives the leader's process id."""
        leader = self.pids()[program]
        for pid in [leader, *children(leader)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return leader

    def await_new(self, program: str, old: int) -> int:
        """Waits until the supervisor has started the program again."""
        until(lambda: self.pids()[program] != old, f"{program} is started again")
        return self.pids()[program]

    def helper(self) -> Inside:
        """One more process inside."""
        addresses = {
            "KSEF_SITE_URL": f"http://127.0.0.1:{self.port}",
            "KSEF_SIMULATOR_URL": f"http://127.0.0.1:{self.simulator_port}",
        }
        return Inside(self.env | addresses, self.output.with_name("inside.log"))

    def issue(self, count: int) -> list[str]:
        """Issues invoices; returns the ids of the documents."""
        self.inside = self.inside or self.helper()
        return self.inside.issue(count)

    def rows(self, ids: list[str]) -> list[dict]:
        """What became of the documents."""
        self.inside = self.inside or self.helper()
        return self.inside.rows(ids)

    def broker_wipe(self) -> int:
        """Deletes every message that the broker holds; gives their number."""
        if url := self.env.get("REDIS_URL"):
            with redis.Redis.from_url(url) as broker:
                count = broker.llen("celery")
                broker.flushdb()
            return count
        files = list((self.data / "broker").glob("*.msg"))
        shutil.rmtree(self.data / "broker")
        return len(files)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Speaks to the simulator's control interface."""
        url = f"http://127.0.0.1:{self.simulator_port}/control{path}"
        answer = httpx.request(method, url, json=body, timeout=20)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def fault(self, kind: str, operation: str = "invoice_send", **options: Any) -> None:
        """Orders a fault."""
        self.control("POST", "/faults", {"kind": kind, "operation": operation} | options)

    def calls(self, operation: str) -> int:
        """How often KSeF's operation was called since the simulator's start or reset."""
        return self.control("GET", "/requests").get(operation, 0)

    def at_ksef(self, rows: list[dict]) -> list[dict]:
        """The simulator's entries for these documents, by SHA-256."""
        hashes = {_base64(row["sha256"]) for row in rows}
        found = self.control("GET", "/invoices")["invoices"]
        return [entry for entry in found if entry["sha256"] in hashes]

    def settled(self, ids: list[str], seconds: float = 120) -> list[dict]:
        """Waits until every document has its number."""

        def all_accepted() -> list[dict] | None:
            rows = self.rows(ids)
            return rows if all(row["state"] == "accepted" for row in rows) else None

        try:
            return until(all_accepted, "every document is accepted", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{json.dumps(self.rows(ids), indent=1)}") from None

    def close(self) -> None:
        """Ends what still runs."""
        if self.inside:
            self.inside.close()
        if self.up and self.up.poll() is None:
            self.stop()


@contextlib.contextmanager
def house(folder: Path, **settings: str) -> Iterator[House]:
    """A running house."""
    made = House(folder, **settings)
    try:
        yield made.start()
    finally:
        made.close()


def assert_one_number_each(made: House, rows: list[dict]) -> None:
    """Each document has one KSeF number, and KSeF has accepted its bytes once."""
    entries = [entry for entry in made.at_ksef(rows) if entry["code"] == 200]
    accepted = sorted((entry["sha256"], entry["ksefNumber"]) for entry in entries)
    ours = sorted(
        (base64.b64encode(bytes.fromhex(row["sha256"])).decode(), row["ksef_number"])
        for row in rows
    )
    assert accepted == ours
