"""Pre-signed addresses that KSeF gives out: parts of a package go there, UPOs come from there.

They lie on a storage host of KSeF's choice. Whoever knows one may use it, so it is kept like a
secret; the access token never goes there and redirects are not followed.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import httpx

from auth_ksef.client import answers
from auth_ksef.client.errors import KsefLater, KsefRefused
from auth_ksef.client.routes import UPO_LIMIT, Route
from auth_ksef.client.sessions import Upo

PUT_PART = Route("part_upload", "PUT", "", "", auth=False, answer="none", limit=64 * 1024)
POST_PART = Route("part_upload", "POST", "", "", auth=False, answer="none", limit=64 * 1024)
DOWNLOAD = Route("presigned_get", "GET", "", "", auth=False, answer="xml")
# KSeF gives 20 minutes for each part of a package.
UPLOAD_TIMEOUT = 20 * 60.0
DOWNLOAD_TIMEOUT = 120.0
CHUNK = 64 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# What the connection itself decides, whatever the instruction says.
OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer"}
    | {"upgrade", "authorization", "proxy-authorization", "cookie"}
)
HEADER_NAME = re.compile(r"[0-9A-Za-z!#$%&'*+.^_`|~-]{1,128}")
HEADER_TEXT = re.compile(r"[\x20-\x7e]{0,4096}")


@dataclass(frozen=True)
class PartUpload:
    """How one part of a batch package is uploaded (`PartUploadRequest`); the address is secret."""

    ordinal: int
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


class PresignedApi:
    """Part of KsefApi: what goes to, and comes from, pre-signed addresses."""

    def part_upload(
        self,
        *,
        upload: PartUpload,
        file: BinaryIO,
        size: int,
        timeout: float = UPLOAD_TIMEOUT,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Uploads one encrypted part of exactly `size` bytes, streaming it from its beginning.

        `progress` is told after each 64 KiB how many bytes have left. Raises KsefRefused when
        the address takes nothing (expired: open a new session) and KsefLater otherwise; a second
        upload of the same part replaces the first, so it may simply be repeated.
        """
        route = POST_PART if upload.method == "POST" else PUT_PART
        self._admit(route, upload.url)
        file.seek(0, os.SEEK_END)
        if file.tell() != size:
            message = f"{route.name}: the file has another size, nothing was sent"
            raise KsefRefused(message, operation=route.name)
        file.seek(0)
        self._door.foreign(
            route,
            upload.url,
            headers={**upload.headers, "Content-Length": str(size)},
            content=_pieces(file, progress),
            timeout=timeout,
        )

    def presigned_get(self, url: str, limit: int = UPO_LIMIT) -> bytes:
        """The bytes behind a pre-signed address, at most `limit` of them.

        Checked against `x-ms-meta-hash` where the host sends it. Raises KsefRefused when the
        address has expired (ask for the status again: it makes a new one), else KsefLater.
        """
        return self._downloaded(url, limit)[0]

    def upo_by_link(self, url: str) -> Upo:
        """A UPO from `upo_download_url` or `UpoPage.download_url`, outside all limits."""
        xml, checked = self._downloaded(url, UPO_LIMIT)
        start = xml[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if not start.startswith(b"<") or start.startswith((b"<html", b"<!doctype html")):
            message = "upo_by_link: the answer is not an XML document"
            raise KsefLater(message, operation="upo_by_link")
        return Upo(xml, hashlib.sha256(xml).hexdigest(), checked)

    def _downloaded(self, url: str, limit: int) -> tuple[bytes, bool]:
        route = Route(**{**vars(DOWNLOAD), "limit": limit})
        self._admit(route, url)
        answer = self._door.foreign(route, url, headers={}, timeout=DOWNLOAD_TIMEOUT)
        given = answer.headers.get("x-ms-meta-hash")
        if given is None:
            return answer.body, False
        digest = self._door.read(route, lambda: answers.sha256_hex({"hash": given}, "hash"))
        if digest != hashlib.sha256(answer.body).hexdigest():
            message = f"{route.name}: the document differs from the hash sent with it"
            raise KsefLater(message, operation=route.name)
        return answer.body, True

    def _admit(self, route: Route, url: str) -> None:
        if not is_allowed(url, self._door.base):
            message = f"{route.name}: the address is not one that we may call, nothing was sent"
            raise KsefRefused(message, operation=route.name)


def is_allowed(url: str, base: str) -> bool:
    """Whether a pre-signed address may be called by who talks to KSeF at `base`.

    Only https; plain http only where KSeF itself is reached by it (the simulator), on the same
    host or on loopback. Never an address with a name and password in it.
    """
    try:
        parsed, home = httpx.URL(url), httpx.URL(base)
    except (httpx.InvalidURL, TypeError):
        return False
    if not answers.LINK.fullmatch(url) or not parsed.host or parsed.userinfo:
        return False
    if parsed.scheme == "https":
        return True
    near = parsed.host == home.host or parsed.host in LOOPBACK
    return parsed.scheme == "http" and home.scheme == "http" and near


def read_upload(data: dict) -> PartUpload:
    """The instruction of one part; raises Malformed."""
    method = answers.text(data, "method").upper()
    if method not in ("PUT", "POST"):
        raise answers.Malformed("method")
    return PartUpload(
        ordinal=answers.integer(data, "ordinalNumber"),
        method=method,
        url=answers.link(data, "url"),
        headers=_instructed(data.get("headers")),
    )


def _instructed(given: object) -> dict[str, str]:
    """The headers to send with a part; those of the connection and of a login are left out."""
    pairs = answers.mapping(given or {}, "headers").items()
    found = {name: value for name, value in pairs if value is not None}
    for name, value in found.items():
        text = value if isinstance(value, str) else "\n"
        if not HEADER_NAME.fullmatch(name) or not HEADER_TEXT.fullmatch(text):
            raise answers.Malformed("headers")
    return {name: value for name, value in found.items() if name.lower() not in OURS}


def _pieces(file: BinaryIO, progress: Callable[[int], None] | None) -> Iterator[bytes]:
    sent = 0
    while chunk := file.read(CHUNK):
        yield chunk
        sent += len(chunk)
        if progress is not None:
            progress(sent)
