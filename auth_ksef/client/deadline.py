"""One deadline for a whole call.

httpx limits each read and each write, so an answer that trickles one byte at a time never
ends. Here every wait on the socket is also bounded by what is left of the call.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import httpx

from ksefapp.lib import clock

_current = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bounds all network waits of this thread, taken together, to so many seconds."""
    _current.end = clock.monotonic() + seconds
    try:
        yield
    finally:
        _current.end = None


def check() -> None:
    """Raises httpx.ReadTimeout once the deadline has passed."""
    end = getattr(_current, "end", None)
    if end is not None and clock.monotonic() >= end:
        raise httpx.ReadTimeout("the call took too long")


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    end = getattr(_current, "end", None)
    if end is None:
        return timeout
    left = end - clock.monotonic()
    if left <= 0:
        raise error("the call took too long")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream):
        self._inner = inner

    def read(self, max_bytes, timeout=None):
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer, timeout=None):
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self):
        self._inner.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info):
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self):
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


def bind(client: httpx.Client) -> httpx.Client:
    """Makes the client's connections, direct and through proxies, obey `within`."""
    # httpx has no public door to the network backend; a test with a trickling server holds it.
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:
            transport._pool._network_backend = _Backend()
    return client
