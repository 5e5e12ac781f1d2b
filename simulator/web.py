"""What a handler gets and gives: the call, the principal, JSON responses."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from simulator.world import World


@dataclass(frozen=True)
class Identifier:
    """A typed identifier such as (Nip, 5265877635)."""

    type: str
    value: str

    @property
    def key(self) -> str:
        """One text for both, as a key."""
        return f"{self.type}:{self.value}"

    def json(self) -> dict[str, str]:
        """The shape that all of KSeF's identifiers share."""
        return {"type": self.type, "value": self.value}


@dataclass(frozen=True)
class Principal:
    """Who calls: the authentication it comes from, its context, subject and permissions."""

    authentication: str
    kind: str
    context: Identifier
    subject: Identifier
    method: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    token: str | None = None

    def may(self, *permissions: str) -> bool:
        """Whether one of these permissions is held."""
        return not self.permissions.isdisjoint(permissions)


@dataclass
class Call:
    """One request on its way through a handler."""

    world: "World"
    request: Request
    principal: Principal | None = None

    @property
    def store(self):
        """The simulator's memory."""
        return self.world.store

    @property
    def who(self) -> Principal:
        """The principal of an operation that requires one."""
        if self.principal is None:
            raise LookupError("this operation has no principal")
        return self.principal

    @property
    def ip(self) -> str:
        """The address the connection comes from; forwarded headers are not believed."""
        return self.request.remote_addr or "127.0.0.1"


def json_response(body: Any, status: int = 200, *, problem: bool = False) -> Response:
    """JSON, or problem+json."""
    kind = "application/problem+json" if problem else "application/json"
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    return Response(text.encode("utf-8"), status, content_type=f"{kind}; charset=utf-8")


def xml_response(data: bytes, sha256_base64: str) -> Response:
    """An XML document with the header that carries its SHA-256 (Base64)."""
    response = Response(data, 200, content_type="application/xml; charset=utf-8")
    response.headers["x-ms-meta-hash"] = sha256_base64
    return response


def empty(status: int = 204) -> Response:
    """An answer without a body."""
    response = Response(b"", status)
    response.headers.pop("Content-Type", None)
    return response
