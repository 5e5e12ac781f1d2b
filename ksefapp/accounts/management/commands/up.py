import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ksefapp.accounts.sealed import keys_verify
from ksefapp.lib import clock
from ksefapp.supervisor import PortTaken, Program, answers, port_check, stop_all

HOST = "127.0.0.1"
READY_SECONDS = 180  # a small machine may be busy with other things


class Command(BaseCommand):
    """One command that runs the house: simulator, web, Celery worker, Celery beat."""

    help = "Starts and supervises simulator, web, worker and beat until SIGTERM or Ctrl+C."
    requires_system_checks = ["database", "security"]

    def add_arguments(self, parser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--simulator-port", type=int, default=8100)
        parser.add_argument("--no-simulator", action="store_true")
        parser.add_argument("--after-start", nargs="*", default=[], help="commands run when ready")

    def handle(self, *args, **options) -> None:
        self.run_dir = settings.KSEF_DATA_DIR / "run"
        self.run_dir.mkdir(parents=True, exist_ok=True)
        lock = self._lock()
        self._check_ports(options)
        call_command("migrate", verbosity=0)
        keys_verify()
        (self.run_dir / "worker.ready").unlink(missing_ok=True)
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        programs = _programs(options)
        try:
            self._run(programs, options)
        finally:
            (self.run_dir / "up.json").unlink(missing_ok=True)
            stop_all(programs)
            lock.close()
        self.stdout.write("stopped")

    def _lock(self):
        lock = (self.run_dir / "up.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(f"already running on {settings.KSEF_DATA_DIR}") from error
        return lock

    def _check_ports(self, options) -> None:
        try:
            port_check(HOST, options["port"], "web")
            if not options["no_simulator"]:
                port_check(HOST, options["simulator_port"], "simulator")
        except PortTaken as error:
            raise CommandError(
                f"port taken: {error}. Stop that program or choose --port."
            ) from error

    def _stop(self, number, frame) -> None:
        self.stopping = True

    def _run(self, programs: list[Program], options) -> None:
        for program in programs:
            program.start()
        self._wait_until_ready(programs)
        self._write_state(programs, options)
        for program in programs:
            self.stdout.write(f"{program.name:<10} pid {program.process.pid:<8} {program.log}")
        for command in options["after_start"]:
            call_command(command, stdout=self.stdout)
        self.stdout.write(f"ready      http://{HOST}:{options['port']}/")
        self.stdout.flush()
        while not self.stopping:
            for program in programs:
                if program.restart_if_dead():
                    self.stdout.write(
                        f"{program.name} ended; started again, pid {program.process.pid}"
                    )
                    self.stdout.flush()
                    self._write_state(programs, options)
            time.sleep(0.3)

    def _wait_until_ready(self, programs: list[Program]) -> None:
        deadline = clock.monotonic() + READY_SECONDS
        for program in programs:
            while not self.stopping and not program.serves():
                if not program.alive:
                    raise CommandError(f"{program.name} ended at once: {_last_line(program.log)}")
                if clock.monotonic() > deadline:
                    raise CommandError(f"{program.name} does not answer; see {program.log}")
                time.sleep(0.1)

    def _write_state(self, programs: list[Program], options) -> None:
        state = {
            "supervisor": os.getpid(),
            "web": f"http://{HOST}:{options['port']}",
            "simulator": settings.KSEF_SIMULATOR_URL,
            "pids": {program.name: program.process.pid for program in programs},
        }
        aside = self.run_dir / "up.json.new"
        aside.write_text(json.dumps(state))
        aside.rename(self.run_dir / "up.json")


def _programs(options) -> list[Program]:
    env = _environment(options)
    logs = settings.KSEF_DATA_DIR / "log"
    ready = settings.KSEF_DATA_DIR / "run" / "worker.ready"
    simulator, web = settings.KSEF_SIMULATOR_URL, f"http://{HOST}:{options['port']}"
    ours = [
        Program(
            "web", _web(options["port"]), logs / "web.log", env, lambda: answers(f"{web}/health/")
        ),
        Program("worker", _worker(), logs / "worker.log", env, ready.exists),
        Program("beat", _beat(), logs / "beat.log", env),
    ]
    if options["no_simulator"]:
        return ours
    command = _simulator(options["simulator_port"])
    log = logs / "simulator.log"
    return [Program("simulator", command, log, env, lambda: answers(f"{simulator}/health")), *ours]


def _environment(options) -> dict[str, str]:
    """What the children see; links and the simulator's address follow the chosen ports."""
    addresses = {
        "KSEF_SITE_URL": f"http://{HOST}:{options['port']}",
        "KSEF_SIMULATOR_URL": f"http://{HOST}:{options['simulator_port']}",
    }
    for name, address in addresses.items():
        os.environ.setdefault(name, address)
        setattr(settings, name, os.environ[name])
    return os.environ | {"PYTHONUNBUFFERED": "1"}


def _web(port: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "ksefapp.wsgi:application"]
    command += ["--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "4"]
    command += ["--worker-class", "gthread", "--timeout", "90", "--graceful-timeout", "20"]
    return [*command, "--no-control-socket"]


def _worker() -> list[str]:
    command = [sys.executable, "-m", "celery", "-A", "ksefapp", "worker", "--concurrency", "2"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [*command, "--loglevel=INFO"]


def _beat() -> list[str]:
    pidfile = settings.KSEF_DATA_DIR / "run" / "beat.pid"
    command = [sys.executable, "-m", "celery", "-A", "ksefapp", "beat", "--loglevel=WARNING"]
    return [*command, f"--pidfile={pidfile}"]


def _simulator(port: int) -> list[str]:
    data = str(settings.KSEF_DATA_DIR / "simulator")
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--data", data]
    is_controlled = os.environ.get("KSEF_SIMULATOR_CONTROL") == "1"
    return [*command, "--control"] if is_controlled else command


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"nothing in {log}"
