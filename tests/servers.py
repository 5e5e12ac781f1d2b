"""A real PostgreSQL and a real Redis on free ports, for one run of the tests and then gone.

`python -m tests.servers COMMAND…` runs the command with DB_* and REDIS_URL pointing at them.
"""

import itertools
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
import redis

from ksefapp.supervisor import die_with_parent

HOST = "127.0.0.1"
USER = "ksefapp"
START_SECONDS = 60
MARK = "TESTS_SERVERS"

_redis_databases = itertools.cycle(range(1, 16))


class CannotRun(Exception):
    """A server is not installed; the text says which."""


@dataclass(frozen=True)
class Servers:
    """Where the two servers listen."""

    database_port: int
    redis_port: int
    password: str

    def environment(self, database: str = USER, redis_database: int = 0) -> dict[str, str]:
        """The variables of docs/configuration.md that lead to them."""
        return {
            "DB_ENGINE": "postgresql",
            "DB_HOST": HOST,
            "DB_PORT": str(self.database_port),
            "DB_USER": USER,
            "DB_PASSWORD": self.password,
            "DB_NAME": database,
            "REDIS_URL": f"redis://{HOST}:{self.redis_port}/{redis_database}",
        }

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection outside any transaction."""
        return psycopg.connect(
            host=HOST,
            port=self.database_port,
            user=USER,
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def database_create(self) -> str:
        """A new empty database; returns its name."""
        name = f"ksefapp_{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name

    def own(self) -> dict[str, str]:
        """`environment` of a new empty database and of one of Redis's sixteen, emptied."""
        env = self.environment(self.database_create(), next(_redis_databases))
        with redis.Redis.from_url(env["REDIS_URL"]) as broker:
            broker.flushdb()
        return env


def given() -> Servers | None:
    """The servers of this run, when `main` started it."""
    text = os.environ.get(MARK)
    return Servers(**json.loads(text)) if text else None


def free_port() -> int:
    """A port on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@contextmanager
def running() -> Iterator[Servers]:
    """Starts both servers in a temporary directory. Raises CannotRun."""
    password = secrets.token_hex(16)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(_folder()))
        database = stack.enter_context(_postgresql(folder, password))
        yield Servers(database, stack.enter_context(_redis(folder)), password)


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="ksefapp-servers-")
    if os.geteuid() == 0:
        shutil.chown(folder, *_unprivileged())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> tuple[int, int]:
    """initdb refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise CannotRun("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _identity() -> dict:
    if os.geteuid() != 0:
        return {}
    uid, gid = _unprivileged()
    return {"user": uid, "group": gid, "extra_groups": []}


def _program(name: str) -> str:
    """The path of a server's program; Debian keeps PostgreSQL's outside PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        raise CannotRun(f"{name} is not installed")
    return found


def _version(path: Path) -> float:
    return float(path.parent.parent.name)


@contextmanager
def _postgresql(folder: Path, password: str) -> Iterator[int]:
    data, port = folder / "postgresql", free_port()
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)
    options = [f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync"]
    _run([_program("initdb"), f"--pgdata={data}", "--encoding=UTF8", "--no-locale", *options])
    command = [_program("postgres"), "-D", str(data), "-p", str(port), "-h", HOST, "-k", ""]
    # Not synchronous_commit=off: what was committed must survive a SIGQUIT, as on any server.
    for setting in ("fsync=off", "full_page_writes=off"):
        command += ["-c", setting]
    with _server(command, folder) as process:
        servers = Servers(port, 0, password)
        _wait(process, lambda: servers.connect().close(), psycopg.OperationalError)
        with servers.connect() as connection:
            connection.execute(f"CREATE DATABASE {USER}")
        yield port


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [_program("redis-server"), "--bind", HOST, "--port", str(port), "--save", ""]
    with _server([*command, "--dir", str(folder)], folder) as process:
        _wait(process, lambda: socket.create_connection((HOST, port), 1).close(), OSError)
        yield port


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **_identity())
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")


@contextmanager
def _server(command: list[str], folder: Path) -> Iterator[subprocess.Popen]:
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            cwd="/",
            preexec_fn=die_with_parent(os.getpid()),
            **_identity(),
        )
    try:
        yield process
    except RuntimeError as error:
        raise RuntimeError(f"{error}\n{log.read_text()}") from error
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown, clients or not
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen, try_it, not_yet: type[Exception]) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return try_it()
        except not_yet as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{process.args[0]} does not answer: {error}") from error
            time.sleep(0.05)


def main(command: list[str]) -> int:
    """Runs the command on the servers; 0 with a line "not run" where they are not installed."""
    try:
        with running() as servers:
            env = os.environ | servers.environment() | {MARK: json.dumps(asdict(servers))}
            return subprocess.run(command, env=env).returncode
    except CannotRun as reason:
        print(f"not run: the tests marked servers on PostgreSQL and Redis: {reason}")
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
