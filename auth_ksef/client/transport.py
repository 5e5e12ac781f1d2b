"""One HTTP call to KSeF: sends it, reads a bounded answer, says which of three ways it failed."""

import copy
import hashlib
import http.cookiejar
import logging
from collections.abc import Callable, Iterable, Mapping
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
# A storage host's no to a pre-signed address; a repetition gets the same.
NO_ENTRY = frozenset({400, 401, 403, 404, 405, 409, 410, 411, 413, 415})
# Given up on its way (408), too early (425), somebody else's page (3xx): not KSeF's verdict.
NO_VERDICT = (408, 425)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A 2xx answer: its status, headers and whole body."""

    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True)
class Heard:
    """How a call went, for whoever watches calls.

    `sent`: it may have reached KSeF and be counted there; `answered`: KSeF itself said
    something, if only no; a gateway's page, a time-out, a broken connection are no answer.
    """

    sent: bool
    answered: bool
    error: KsefError | None


# Asked before a call leaves, with its bearer token; raises KsefLater to hold it back. What it
# returns is told how the call went.
Gate = Callable[[Route, str | None], Callable[[Heard], None]]


class Door:
    """Carries the calls of one KsefApi: base address, connections, warnings, time limit."""

    def __init__(
        self,
        base_url: str,
        http: httpx.Client | None,
        on_warning: Callable[[str], None] | None,
        timeout: float,
    ):
        self.base = _base(base_url)
        self._http = http or _client(timeout)
        self._on_warning = on_warning
        self._timeout = timeout
        self._gate: Gate | None = None

    def watched(self, gate: Gate) -> "Door":
        """This door, over the same connections, with a gate before each call."""
        door = copy.copy(self)
        door._gate = gate
        return door

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
            self.base + _filled(route, path or {}),
            params=query,
            headers=_headers(route, headers or {}, bearer, xml),
            json=body,
            content=xml,
        )
        tell = self._gate(route, bearer) if self._gate else None
        outcome, heard = self._outcome(route, request, bearer)
        if tell is not None:
            _quietly(lambda: tell(heard), "The outcome of a call to KSeF could not be recorded")
        if isinstance(outcome, KsefError):
            raise outcome
        return outcome

    def foreign(
        self,
        route: Route,
        url: str,
        *,
        headers: Mapping[str, str],
        content: Iterable[bytes] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """One call to another host, at a pre-signed address: no token, no redirect, no gate.

        The address is a secret, so nothing of it and of the answer stands in an error. Raises
        KsefRefused when the host says no and KsefLater for anything else: the same call may be
        made again.
        """
        request = self._http.build_request(
            route.method, url, headers=_plain_headers(headers), content=content
        )
        status, received, body, problem = self._exchange(route, request, timeout)
        if problem is not None:
            raise _failed(route, problem)
        if status in (200, 201, 202, 204):
            return Answer(status, received, body)
        kind = KsefRefused if status in NO_ENTRY else KsefLater
        wait = retry_after_seconds(received.get("retry-after"), clock.now())
        message = f"{route.name}: HTTP {status}"
        raise kind(message, operation=route.name, http_status=status, retry_after=wait)

    def _outcome(self, route: Route, request: httpx.Request, bearer: str | None):
        """The answer, or the error to raise, and what a watcher may know of it."""
        status, received, content, problem = self._exchange(route, request)
        if problem is not None:
            error = _failed(route, problem)
            return error, Heard(not issubclass(problem, NOT_SENT), False, error)
        self._warn(received)
        if status in (200, 201, 202, 204):
            return Answer(status, received, content), Heard(True, _fits(route, content), None)
        error = _verdict(route, status, received, _without(content, bearer))
        return error, Heard(True, _is_own_word(error), error)

    def _exchange(self, route: Route, request: httpx.Request, timeout: float | None = None):
        # The problem is returned, not raised from: httpx's exceptions carry the request.
        try:
            with deadline.within(timeout or self._timeout):
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
        if warning and self._on_warning is not None:
            told = clean(warning, answers.TEXT_LIMIT)
            _quietly(lambda: self._on_warning(told), "A warning of KSeF could not be recorded")


def _quietly(tell: Callable[[], None], complaint: str) -> None:
    try:
        tell()
    except Exception:
        # The answer to a send must survive whatever happens to a mere note about it.
        log.exception(complaint)


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


def _plain_headers(extra: Mapping[str, str]) -> dict[str, str]:
    return {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **extra}


def _fits(route: Route, content: bytes) -> bool:
    """Whether a 2xx answer looks like KSeF's: a captive portal says 200 to everything."""
    opening = {"json": (b"{", b"["), "xml": (b"<",), "none": (b"",)}[route.answer]
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(opening) and not start.startswith((b"<html", b"<!doctype html"))


def _is_own_word(error: KsefError) -> bool:
    """Whether KSeF spoke: it explains its errors, gateways before it send pages of their own."""
    if error.http_status in (502, 503, 504):
        return False
    return error.http_status in (401, 429) or bool(error.explained)


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
        "explained": bool(said.message) or said.code is not None,
    }
    parts = (said.message.rstrip("."), said.code, f"HTTP {status}")
    what = ", ".join(str(part) for part in parts if part)
    if status == 429:
        return KsefLater(f"{route.name}: {what}", operation=route.name, **facts)
    # A 4xx that explains nothing is some gateway's page; only 401 speaks for itself.
    explained = facts["explained"] or status == 401
    if 400 <= status < 500 and status not in NO_VERDICT and explained:
        return KsefRefused(f"{route.name}: {what}", operation=route.name, **facts)
    return _lost(route, what, **facts)


def _without(body: bytes, secret: str | None) -> bytes:
    # A server that echoes our headers must not get a token into a log or an audit row.
    return body.replace(secret.encode(), b"***") if secret else body


def _sha(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
