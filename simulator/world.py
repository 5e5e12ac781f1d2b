"""Everything a running simulator holds together."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import keys
from simulator.faults import Faults
from simulator.limits import Limiter
from simulator.settings import Settings
from simulator.store import Store

if TYPE_CHECKING:
    from simulator.fault_orders import Script


class World:
    """One simulator: memory, settings, faults, limits, and where the public finds it."""

    def __init__(
        self,
        folder: Path,
        *,
        public_url: str = "http://127.0.0.1:8100",
        storage_url: str | None = None,
        control: bool = False,
    ) -> None:
        self.store = Store(folder)
        keys.ensure(self.store)
        self.settings = Settings(self.store)
        self.faults = Faults(self.store)
        self.limiter = Limiter(self.settings)
        self.public_url = public_url.rstrip("/")
        # KSeF's pre-signed addresses lie on another host than its API.
        self.storage_url = (storage_url or public_url).rstrip("/")
        self.control = control
        self.requests: Counter[str] = Counter()
        self._counting = threading.Lock()
        self.operations: frozenset[str] = frozenset()
        # A script of faults, when the program was started with one.
        self.script: Script | None = None
        self.stopping = threading.Event()
        # Few long-lived threads check invoices, because a compiled schema belongs to its
        # thread and every connection of the server has a thread of its own.
        self.checkers = ThreadPoolExecutor(2, thread_name_prefix="check")
        self.settling = threading.Lock()
        self.packers = ThreadPoolExecutor(1, thread_name_prefix="package")
        self.packing: dict[str, Future] = {}
        self.packing_lock = threading.Lock()

    def note(self, operation: str) -> None:
        """Count a call of an operation, for the control interface."""
        with self._counting:
            self.requests[operation] += 1

    def background(self, name: str, work: Callable, *arguments: object) -> Future | None:
        """The running or a new job of this name on the thread of packages; None at the end."""
        with self.packing_lock:
            if self.stopping.is_set():
                return None
            self.packing = {n: job for n, job in self.packing.items() if not job.done()}
            if name not in self.packing:
                self.packing[name] = self.packers.submit(work, self, *arguments)
            return self.packing[name]

    def close(self) -> None:
        """Let waiting answers go and close the files."""
        self.stopping.set()
        self.checkers.shutdown(wait=True, cancel_futures=True)
        self.packers.shutdown(wait=True, cancel_futures=True)
        self.store.close()
