"""Serving: one process, a thread per connection, gone at once on SIGTERM."""

import signal
import socket
import sys
import threading
from pathlib import Path

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from simulator import shapes
from simulator.app import Application
from simulator.errors import Invalid
from simulator.fault_orders import Script
from simulator.faults import FILE
from simulator.latarnia import FEED, replace
from simulator.world import World


class Handler(WSGIRequestHandler):
    """One request per connection, with a limit of time; logs nothing but errors."""

    protocol_version = "HTTP/1.1"
    server_version = "ksef-simulator"
    sys_version = ""
    timeout = 75

    def log_request(self, code="-", size="-") -> None:
        """Requests carry tokens in their paths, so they are not logged."""

    def version_string(self) -> str:
        """Says what answers, not with which libraries."""
        return self.server_version

    def connection_dropped(self, error: BaseException, environ: dict | None = None) -> None:
        """Close without a word, be it that the caller left or that a fault withholds the answer."""
        self.close_connection = True


class Server(ThreadedWSGIServer):
    """Threads die with the process; a held answer must not keep it alive."""

    daemon_threads = True


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound


def _load(world: World, scripts: dict[str, Path | None]) -> None:
    """Take the scripts that the program was started with; ValueError names a wrong one."""
    world.faults.remove(source=FILE)
    if faults := scripts.get("faults"):
        world.script = Script(world, faults)
        world.script.load()
    if latarnia := scripts.get("latarnia"):
        try:
            replace(world, FEED(shapes.parse_json(latarnia.read_bytes()), ""))
        except Invalid as invalid:
            raise ValueError(f"{latarnia}: {' '.join(invalid.details)}") from invalid


def serve(
    folder: Path,
    host: str,
    port: int,
    *,
    public_url: str | None = None,
    storage_url: str | None = None,
    control: bool = False,
    scripts: dict[str, Path | None] | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; gives the exit status. `{port}` in an address is filled in."""
    try:
        bound = listen(host, port)
    except OSError as error:
        reason = "is taken" if error.errno == 98 else f"cannot be used: {error.strerror}"
        print(f"simulator: port {port} on {host} {reason}", file=sys.stderr)
        return 1
    port = bound.getsockname()[1]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    storage = storage_url and storage_url.replace("{port}", str(port))
    world = World(folder, public_url=public_url or address, storage_url=storage, control=control)
    application = Application(world)
    try:
        _load(world, scripts or {})
    except (OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        bound.close()
        world.close()
        return 1
    return _run(world, application, bound, f"{address}/v2{' with control' if control else ''}")


def _run(world: World, application: Application, bound: socket.socket, place: str) -> int:
    host, port = bound.getsockname()[:2]
    server = Server(host, port, application, Handler, fd=bound.fileno())
    bound.close()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"simulator: ready at {place}", flush=True)
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        world.close()
        server.server_close()
    return 0
