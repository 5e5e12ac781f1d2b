"""The processes of a chaos trial: simulator, workers, beat, desk; killed and started again."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis

from ksefapp.supervisor import die_with_parent
from simulator.seed import seed
from tests.servers import Servers, _identity, _program, free_port

ROOT = Path(__file__).resolve().parent.parent
NIPS = ("5265877635", "9542742932", "1111111111")
SETTINGS = {
    "KSEF_SWEEP_SECONDS": "1",
    "KSEF_LEASE_SECONDS": "5",
    "KSEF_TIMEOUT_SECONDS": "3",
    "KSEF_BATCH_FROM": "3",
    "DJANGO_SETTINGS_MODULE": "ksefapp.settings",
}
FAST = {
    "authentication_seconds": 0,
    "processing_seconds": 0.1,
    "closing_seconds": 0.1,
    "storage_seconds": 0,
    "limits_multiplier": 1000,
}
START_SECONDS = 120


def until(ask: Callable[[], Any], what: str, seconds: float = START_SECONDS) -> Any:
    """Asks until the answer is true. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)
    return answer


class Desk:
    """The process that issues. What it was told may never be done: it may be killed before."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process, self._count = process, 0

    def tell(self, name: str, *arguments: Any) -> int:
        """Sends a command and does not wait; its number."""
        self._count += 1
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps([self._count, name, arguments]) + "\n")
            self._process.stdin.flush()
        return self._count

    def ask(self, name: str, *arguments: Any) -> list:
        """One command to its end: [answer], or [] when the process died meanwhile."""
        number = self.tell(name, *arguments)
        for line in self._process.stdout:
            answered, value = json.loads(line)
            if answered == number:
                return [value]
        return []


class ChaosHouse:
    """One installation whose processes are ours to kill."""

    def __init__(self, folder: Path, servers: Servers | None = None) -> None:
        self.folder, self.servers = folder, servers
        self.data, self.clock = folder / "data", folder / "clock"
        self.port = free_port()
        self.offset = 0.0
        stored = servers.own() if servers else {}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KSEF_", "DB_"))}
        kept.pop("REDIS_URL", None)
        self.env = kept | SETTINGS | stored
        self.env |= {
            "KSEF_DATA_DIR": str(self.data),
            "KSEF_TEST_CLOCK": str(self.clock),
            "KSEF_SIMULATOR_URL": f"http://127.0.0.1:{self.port}",
            "PYTHONUNBUFFERED": "1",
        }
        self.processes: dict[str, subprocess.Popen] = {}
        self.desk: Desk | None = None
        self._read: dict[str, int] = {}
        self._http = httpx.Client(timeout=20)
        self._lock = threading.RLock()

    def start(self) -> "ChaosHouse":
        """Migrates, makes the companies, starts everything."""
        self.data.mkdir(parents=True)
        self.clock_set(0)
        manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(manage, cwd=ROOT, env=self.env, check=True)
        tokens = {nip: seed(self.data / "simulator", nip).token for nip in NIPS}
        for name in self.commands():
            self.run(name)
        self.await_simulator()
        self.ask("setup", tokens)
        until((self.data / "run" / "worker.ready").exists, "a worker is ready")
        return self

    def commands(self) -> dict[str, list[str]]:
        """What runs, by name."""
        python = sys.executable
        celery = [python, "-m", "celery", "-A", "ksefapp"]
        worker = [*celery, "worker", "--concurrency=2", "--without-gossip", "--without-mingle"]
        worker += ["--without-heartbeat", "--loglevel=WARNING", "--hostname"]
        return {
            "simulator": [
                *(python, "-m", "simulator", "--control", "--port", str(self.port)),
                *("--data", str(self.data / "simulator")),
            ],
            "worker1": [*worker, "one@%h"],
            "worker2": [*worker, "two@%h"],
            "beat": [*celery, "beat", "--loglevel=WARNING", "--pidfile="],
            "desk": [python, "benchmarks/chaos_desk.py"],
        }

    def run(self, name: str) -> None:
        """Starts a program; it dies with us."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} if name == "desk" else {}
        if name == "beat":  # killed in a write, it may leave a schedule that nobody can read
            for file in self.data.glob("beat.db*"):
                file.unlink()
        with (self.folder / f"{name}.log").open("ab") as log:
            made = subprocess.Popen(
                self.commands()[name],
                cwd=ROOT,
                env=self.env,
                stderr=log,
                text=True,
                preexec_fn=die_with_parent(os.getpid()),
                **({"stdout": log, "stdin": subprocess.DEVNULL} | pipes),
            )
        self.processes[name] = made
        if name == "desk":
            self.desk = Desk(made)

    def kill(self, name: str) -> None:
        """SIGKILL, then the program is started again at once."""
        with self._lock:
            process = self.processes[name]
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.run(name)

    def ask(self, name: str, *arguments: Any) -> Any:
        """The desk's answer, whichever process it is by then."""
        return until(lambda: self._asked(name, *arguments), f"the desk answers {name}")[0]

    def _asked(self, name: str, *arguments: Any) -> list:
        if self.processes["desk"].poll() is not None:
            self.run("desk")
        return self.desk.ask(name, *arguments)

    def await_simulator(self) -> None:
        """Waits until the simulator answers."""
        until(self._simulator_answers, "the simulator answers")

    def _simulator_answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self._http.get(f"http://127.0.0.1:{self.port}/health").is_success
        return False

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Speaks to the simulator's control interface."""
        url = f"http://127.0.0.1:{self.port}/control{path}"
        for attempt in range(100):
            try:
                answer = self._http.request(method, url, json=body)
            except httpx.HTTPError:  # it was killed a moment ago
                if attempt == 99:
                    raise
                time.sleep(0.1)
                continue
            answer.raise_for_status()
            return answer.json() if answer.content else None
        return None

    def clock_set(self, ahead: float) -> None:
        """Moves the common clock forward."""
        self.offset += ahead
        aside = self.folder / "clock.new"
        aside.write_text(f"{self.offset:.3f}", encoding="ascii")
        aside.rename(self.clock)

    def broker_wipe(self) -> None:
        """Every message of the broker is lost."""
        if url := self.env.get("REDIS_URL"):
            with redis.Redis.from_url(url) as broker:
                broker.flushall()
            return
        shutil.rmtree(self.data / "broker", ignore_errors=True)

    def database_restart(self) -> None:
        """PostgreSQL goes down without a word to anybody and comes back; SQLite cannot."""
        if self.servers is None:
            return
        with self.servers.connect() as connection:
            folder = connection.execute("SHOW data_directory").fetchone()[0]
        pid = int(Path(folder, "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)  # it was started by this process: nobody else collects it
        address = ["-h", "127.0.0.1", "-p", str(self.servers.database_port), "-k", ""]
        options = ["-c", "fsync=off", "-c", "full_page_writes=off"]
        with (self.folder / "postgres.log").open("ab") as log:
            self.processes["database"] = subprocess.Popen(
                [_program("postgres"), "-D", folder, *address, *options],
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=die_with_parent(os.getpid()),
                **_identity(),
            )
        until(self._database_answers, "the database answers")

    def _database_answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self.servers.connect().close()
            return True
        return False

    def crashes(self) -> list[str]:
        """What the workers' tasks have raised since the last question: bugs, though no loss."""
        found = []
        for name in ("worker1", "worker2"):
            with (self.folder / f"{name}.log").open(errors="replace") as log:
                log.seek(self._read.get(name, 0))
                found += [line.strip() for line in log if "raised unexpected" in line]
                self._read[name] = log.tell()
        return [line.partition("raised unexpected: ")[2][:200] for line in found]

    def close(self) -> None:
        """Ends everything."""
        for process in self.processes.values():
            process.kill()
            process.wait()
        self._http.close()
