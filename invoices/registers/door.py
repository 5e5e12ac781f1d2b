"""One bounded HTTP call to a register; whatever goes wrong on the way is Unknown."""

import http.cookiejar
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from auth_ksef.client import answers, deadline
from invoices.registers.unknown import Pair, Unknown

USER_AGENT = "ksefapp/0.1 (self-hosted FA(3) invoicing)"
# A big company's entry lists thousands of accounts; nothing is longer than this.
MOST_BYTES = 2 * 1024 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """A register's own answer: its HTTP status, and its JSON, None where it sent none."""

    status: int
    data: Any


@dataclass(frozen=True)
class Door:
    """Where a register is and how long it may take; an empty `base` is a register switched off.

    `http` is given by tests; otherwise each call has a connection of its own.
    """

    register: Pair
    base: str
    timeout: float = 5.0
    http: httpx.Client | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
    ) -> Reply:
        """Makes the call. Raises Unknown without an answer, for redirects and for 403, 429, 5xx."""
        if not self.base:
            raise self.unknown("off")
        status, content = self._exchange(method, self.base.rstrip("/") + path, query, body)
        data = _parsed(content)
        if status == 429:
            raise self.unknown("limit")
        # VIES explains its faults in a 500; a firewall's page explains nothing.
        if not isinstance(data, dict) and status not in (400, 404):
            raise self.unknown("silent" if status >= 500 else "strange")
        return Reply(status, data)

    def unknown(self, reason: str) -> Unknown:
        """The exception that says so of this register."""
        return Unknown(reason, self.register)

    def _exchange(self, method: str, url: str, query, body) -> tuple[int, bytes]:
        client = self.http or _client(self.timeout)
        try:
            with deadline.within(self.timeout):
                request = client.build_request(
                    method, url, params=query, json=body, headers=_HEADERS
                )
                return _received(client, request)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
            log.info("%s: %s", self.register[1], type(error).__name__)
        finally:
            if self.http is None:
                client.close()
        raise self.unknown("silent")


_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    # An answer that is compressed could unpack to any size.
    "Accept-Encoding": "identity",
}


def _client(timeout: float) -> httpx.Client:
    no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return deadline.bind(httpx.Client(timeout=timeout, cookies=no_cookies))


def _received(client: httpx.Client, request: httpx.Request) -> tuple[int, bytes]:
    response = client.send(request, stream=True, follow_redirects=False, auth=None)
    try:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise httpx.DecodingError("compressed although not asked to be")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            deadline.check()
            if len(body) > MOST_BYTES:
                raise httpx.ReadError("the answer is too large")
        return response.status_code, bytes(body)
    finally:
        response.close()


def _parsed(content: bytes) -> Any:
    try:
        return answers.parse(content)
    except answers.Malformed:
        return None
