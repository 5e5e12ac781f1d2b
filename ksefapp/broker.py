"""kombu's filesystem transport without its data race.

The stock channel opens the message's file before it writes into it and the reader does not
lock, so a reader can take a half-written or empty file: the message is lost and the worker
dies of the JSON error. Here a message is written under another name and renamed into place,
taken by a rename, and a file that is no message is put aside. Losing a message is harmless
all the same: rows are the queue, the sweeper finds them.
"""

import itertools
import json
import logging
import os
import uuid
from pathlib import Path
from queue import Empty

from kombu.transport import filesystem, virtual

from ksefapp.lib import clock

log = logging.getLogger(__name__)
_put_before = itertools.count()

# What reading a file and making kombu's message of it may raise; each would end the worker.
UNREADABLE = (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError)


class Channel(filesystem.Channel):
    """Messages as files, each seen whole or not at all."""

    supports_fanout = False
    # Bindings live in memory: every producer and consumer declares its queue, and the stock
    # table in a shared file has the same race as the messages.
    get_table = virtual.Channel.get_table
    _delete = virtual.Channel._delete

    def _queue_bind(self, *args) -> None:
        """The stock channel writes the shared file here."""

    @property
    def _folder(self) -> Path:
        folder = Path(self.data_folder_in)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _put(self, queue, payload, **kwargs) -> None:
        name = f"{_order()}_{uuid.uuid4()}.{queue}.msg"
        aside = self._folder / f".{name}"
        try:
            aside.write_text(json.dumps(payload), encoding="utf-8")
            aside.rename(self._folder / name)
        except OSError:  # the disk is full
            aside.unlink(missing_ok=True)
            raise

    def _get(self, queue):
        for name in self._names(queue):
            payload = self._take(name)
            if payload is not None:
                return payload
        raise Empty

    def _size(self, queue) -> int:
        return len(self._names(queue))

    def _purge(self, queue) -> int:
        names = self._names(queue)
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
        return len(names)

    def _names(self, queue) -> list[str]:
        parts = ((name, *name.partition(".")) for name in os.listdir(self._folder))
        return sorted(name for name, head, _, rest in parts if head and rest == f"{queue}.msg")

    def _take(self, name: str) -> dict | None:
        taken = self._folder / f".taken-{os.getpid()}-{name}"
        try:
            (self._folder / name).rename(taken)
        except FileNotFoundError:  # another worker was faster
            return None
        try:
            payload = json.loads(taken.read_text(encoding="utf-8"))
            self.Message(payload, channel=self)
        except UNREADABLE:
            log.warning("put aside a broker file that is no message: %s", name)
            taken.rename(self._folder / f".broken-{name}")
            return None
        taken.unlink()
        return payload


def _order() -> str:
    """Sorts by time; what one process puts within one microsecond sorts by its count."""
    micros = int(clock.now().timestamp() * 1_000_000)
    return f"{micros:017d}-{next(_put_before):09d}"


class Transport(filesystem.Transport):
    """`atomicfs://` in Celery's broker URL."""

    Channel = Channel
    driver_type = driver_name = "atomicfs"
