"""The services of docker-compose.yml as processes, on the servers of `tests.servers`."""

import os
import subprocess
import sys
from pathlib import Path

from ksefapp.supervisor import die_with_parent
from tests.compose_support import ROOT, SITE, environment, secrets_make, service
from tests.house_support import Inside, clean_environment, until
from tests.servers import HOST, Servers, free_port

SERVERS = ("DB_HOST", "DB_PORT", "DB_NAME", "REDIS_URL")
SECONDS = 120


class Stack:
    """Each service as the file describes it: only hosts, ports and folders are replaced."""

    def __init__(self, folder: Path, servers: Servers, simulator_url: str) -> None:
        self.folder, self.simulator_url, self.port = folder, simulator_url, free_port()
        self.files = secrets_make(folder / "secrets")
        (self.files / "db_password").write_text(servers.password)
        own = servers.own()
        self.processes: dict[str, subprocess.Popen] = {}
        self.servers = {name: own[name] for name in SERVERS}

    def environment(self, name: str) -> dict[str, str]:
        """What the service sees; the file gives each a data directory of its own."""
        described = environment(
            "migrate" if name == "seed" else name, self.files, KSEF_SITE_URL=SITE
        )
        folders = {"KSEF_DATA_DIR": str(self.folder / name)}
        replaced = self.servers | folders
        assert replaced.keys() <= described.keys()
        simulator = {"KSEF_SIMULATOR_URL": self.simulator_url}
        return clean_environment(**(described | replaced | simulator))

    def command(self, words: list[str]) -> list[str]:
        """A command of the file, on our port."""
        address = f"{HOST}:{self.port}"
        placed = [
            word.replace("0.0.0.0:8000", address).replace("127.0.0.1:8000", address)
            for word in words
        ]
        return [sys.executable if word == "python" else word for word in placed]

    def run(self, name: str, words: list[str]) -> subprocess.CompletedProcess:
        """One command of the file to its end."""
        return subprocess.run(
            self.command(words),
            cwd=ROOT,
            env=self.environment(name),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def check(self, name: str) -> int:
        """The exit status of the service's health check."""
        return self.run(name, service(name)["healthcheck"]["test"][1:]).returncode

    def start(self, name: str) -> None:
        """Starts the service's own command and waits until it is healthy."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.command(service(name)["command"]),
                cwd=ROOT,
                env=self.environment(name),
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(os.getpid()),
            )
        until(lambda: self.check(name) == 0, f"{name} is healthy", SECONDS)

    def kill(self, name: str) -> None:
        """SIGKILL to the service's leader."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self) -> None:
        """Ends warmly what still runs."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(SECONDS)

    def inside(self) -> Inside:
        """A process with the worker's settings that issues invoices and reads rows."""
        return Inside(self.environment("worker"), self.folder / "inside.log")
