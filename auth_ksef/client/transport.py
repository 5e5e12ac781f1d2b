"""One HTTP call to KSeF: sends it, reads a bounded answer, says which of three ways it failed."""

import hashlib
import http.cookiejar
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from auth_ksef.client import answers, deadline
from auth_ksef.client.errors import (
    RAW_LIMIT,
    KsefError,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    clean,
    explain,
    retry_after_seconds,
)
from auth_ksef.client.routes import Route
from ksefapp.lib import clock

USER_AGENT = "ksefapp/0.1 (self-hosted FA(3) invoicing)"
TIMEOUT = 60.0
CONNECT_TIMEOUT = 10.0
SILENCE_TIMEOUT = 30.0
ERROR_LIMIT = 1024 * 1024

# Nothing of the request can have reached KSeF when one of these is raised.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
# Given up on its way (408), too early (425), somebody else's page (3xx): not KSeF's verdict.
NO_VERDICT = (408, 425)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A 2xx answer: its status, headers and whole body."""

    status: int
    headers: httpx.Headers
    body: bytes


class Door:
    """Carries the calls of one KsefApi: base address, connections, warnings, time limit."""

    def __init__(
        self,
        base_url: str,
        http: httpx.Client | None,
        on_warning: Callable[[str], None] | None,
        timeout: float,
    ):
        self._base = _base(base_url)
        self._http = http or _client(timeout)
        self._on_warning = on_warning
        self._timeout = timeout

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def json(self, route: Route, **request: Any) -> Any:
        """Makes the call and parses its answer; see `call`."""
        answer = self.call(route, **request)
        return self.read(route, lambda: answers.mapping(answers.parse(answer.body)))

    def read(self, route: Route, reader: Callable[[], Any]) -> Any:
        """What the reader makes of an answer that came; a malformed one fails like a lost one."""
        try:
            return reader()
        except answers.Malformed as error:
            problem = str(error)
        raise _lost(route, f"KSeF's answer cannot be understood ({problem})")

    def document(self, route: Route, **request: Any) -> tuple[bytes, bool]:
        """An XML document's bytes and whether KSeF's hash header was there to confirm them."""
        answer = self.call(route, **request)
        start = answer.body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if not start.startswith(b"<") or start.startswith((b"<html", b"<!doctype html")):
            raise _lost(route, "KSeF's answer is not an XML document")
        given = answer.headers.get("x-ms-meta-hash")
        if given is None:
            return answer.body, False
        if self.read(route, lambda: answers.octets({"hash": given}, "hash")) != _sha(answer.body):
            raise _lost(route, "the document differs from the hash that KSeF sent with it")
        return answer.body, True

    def call(
        self,
        route: Route,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        xml: bytes | None = None,
        bearer: str | None = None,
    ) -> Answer:
        """Makes one call and returns a 2xx answer; anything else raises one of the three errors.

        Nothing is repeated and no redirect is followed, so a token never reaches another host.
        """
        request = self._http.build_request(
            route.method,
            self._base + _filled(route, path or {}),
            params=query,
            headers=_headers(route, headers or {}, bearer, xml),
            json=body,
            content=xml,
        )
        status, received, content, problem = self._exchange(route, request)
        if problem is not None:
            raise _failed(route, problem)
        self._warn(received)
        if status in (200, 201, 202, 204):
            return Answer(status, received, content)
        raise _verdict(route, status, received, _without(content, bearer))

    def _exchange(self, route: Route, request: httpx.Request):
        # The problem is returned, not raised from: httpx's exceptions carry the request.
        try:
            with deadline.within(self._timeout):
                return (*self._stream(route, request), None)
        except httpx.HTTPError as error:
            return 0, None, b"", type(error)
        except (httpx.InvalidURL, httpx.StreamError):
            return 0, None, b"", httpx.LocalProtocolError

    def _stream(self, route: Route, request: httpx.Request):
        response = self._http.send(request, stream=True, follow_redirects=False, auth=None)
        try:
            return response.status_code, response.headers, _bounded(route, response)
        finally:
            response.close()

    def _warn(self, headers: httpx.Headers) -> None:
        warning = headers.get("x-system-warning")
        if not warning or self._on_warning is None:
            return
        try:
            self._on_warning(clean(warning, answers.TEXT_LIMIT))
        except Exception:
            # The answer to a send must survive whatever happens to a mere warning.
            log.exception("A system warning of KSeF could not be recorded")


def _base(url: str) -> str:
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("The base address of KSeF must be an http or https URL")
    return str(parsed).rstrip("/")


def _client(timeout: float) -> httpx.Client:
    limits = httpx.Timeout(
        min(SILENCE_TIMEOUT, timeout), connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT
    )
    # One door serves many companies: no cookie of one may travel with another.
    no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return deadline.bind(httpx.Client(timeout=limits, cookies=no_cookies))


def _filled(route: Route, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        if not answers.REFERENCE.fullmatch(value):
            message = f"{route.name}: the {name} is malformed, nothing was sent"
            raise KsefRefused(message, operation=route.name)
    return route.path.format_map(values)


def _headers(route: Route, extra: Mapping[str, str], bearer: str | None, xml: bytes | None):
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "application/json, application/xml, application/problem+json",
        # An answer that is compressed could unpack to any size.
        "Accept-Encoding": "identity",
        "X-Error-Format": "problem-details",
        **extra,
    }
    if xml is not None:
        headers["Content-Type"] = "application/xml"
    if route.auth:
        if not isinstance(bearer, str) or not answers.HEADER_VALUE.fullmatch(bearer):
            message = f"{route.name}: the access token is malformed, nothing was sent"
            raise KsefRefused(message, operation=route.name)
        headers["Authorization"] = f"Bearer {bearer}"
    return headers


def _bounded(route: Route, response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise httpx.DecodingError("compressed although not asked to be")
    limit = route.limit if response.is_success else ERROR_LIMIT
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        deadline.check()
        if len(body) > limit:
            raise httpx.ReadError("the answer is too large")
    return bytes(body)


def _failed(route: Route, problem: type[Exception]) -> KsefError:
    if issubclass(problem, NOT_SENT):
        message = f"{route.name}: no connection to KSeF ({problem.__name__}), nothing was sent"
        return KsefLater(message, operation=route.name)
    return _lost(route, f"no complete answer from KSeF ({problem.__name__})")


def _lost(route: Route, what: str, **facts: Any) -> KsefError:
    kind = KsefUnknown if route.effect else KsefLater
    return kind(f"{route.name}: {what}", operation=route.name, **facts)


def _verdict(route: Route, status: int, headers: httpx.Headers, body: bytes) -> KsefError:
    said = explain(body)
    facts = {
        "code": said.code,
        "http_status": status,
        "details": said.details,
        "reason_code": said.reason_code,
        "retry_after": retry_after_seconds(headers.get("retry-after"), clock.now()),
        "raw": body[:RAW_LIMIT],
    }
    what = ", ".join(str(part) for part in (said.message, said.code, f"HTTP {status}") if part)
    if status == 429:
        return KsefLater(f"{route.name}: {what}", operation=route.name, **facts)
    # A 4xx that explains nothing is some gateway's page; only 401 speaks for itself.
    explained = said.message or said.code is not None or status == 401
    if 400 <= status < 500 and status not in NO_VERDICT and explained:
        return KsefRefused(f"{route.name}: {what}", operation=route.name, **facts)
    return _lost(route, what, **facts)


def _without(body: bytes, secret: str | None) -> bytes:
    # A server that echoes our headers must not get a token into a log or an audit row.
    return body.replace(secret.encode(), b"***") if secret else body


def _sha(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
