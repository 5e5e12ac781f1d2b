"""Routing: from a WSGI request to a handler, through faults, limits and permissions."""

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from simulator import authentication, batch, errors, operations, packages, strikes
from simulator.errors import Problem, Refusal
from simulator.faults import ConnectionDropped
from simulator.routes import ROUTES, Route
from simulator.web import Call, json_response
from simulator.world import World

DRAIN = 1 << 18
log = logging.getLogger("simulator")


@dataclass
class Application:
    """The WSGI application of one world."""

    world: World

    def __post_init__(self) -> None:
        routes = [route for route in ROUTES if self.world.control or not route.control]
        self._routes = {route.name: route for route in routes}
        known = {route.name for route in routes if route.api or route.outside}
        self.world.operations = frozenset(known | {packages.INVOICE})
        rules = [Rule(r.path, methods=[r.method], endpoint=r.name) for r in routes]
        self._map = Map(rules, strict_slashes=False, merge_slashes=False)

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self.respond(request)
        except ConnectionDropped:
            return _drop(environ)
        return response(environ, start_response)

    def respond(self, request: Request) -> Response:
        """The response to a request; raises ConnectionDropped when a fault withholds it."""
        try:
            response = self._dispatch(request)
        except Refusal as refusal:
            _drain(request)
            response = errors.render(refusal, request)
        except HTTPException as error:
            response = _plain(error, request)
        except strikes.Spoilt as spoilt:
            response = spoilt.response
        except ConnectionDropped:
            raise
        except Exception:
            trace = secrets.token_hex(16)
            log.exception("trace %s: %s %s", trace, request.method, request.path)
            body = {"title": "Internal Server Error", "status": 500, "traceId": trace}
            response = json_response(body, 500, problem=True)
        return _finish(request, response)

    def _dispatch(self, request: Request) -> Response:
        if self.world.script:
            self.world.script.refresh()
        if request.path.startswith("/v2/"):
            strikes.outage(self.world)
        # Rights granted or withdrawn count from the moment their operation fell due.
        operations.settle(self.world.store)
        name, arguments = self._map.bind_to_environ(request.environ).match()
        route = self._routes[name]
        call = Call(self.world, request)
        if route.control and "Origin" in request.headers:
            raise Problem(403, "Interfejs sterujący nie przyjmuje żądań z innych stron.")
        if not (route.api or route.outside):
            return route.handler(call, **arguments)
        self.world.note(route.name)
        strikes.before(call, route.name)
        if route.api:
            self._admit(call, route)
        response = route.handler(call, **arguments)
        strikes.after(call, route.name)
        return response

    def _admit(self, call: Call, route: Route) -> None:
        """Limits and rights, in the order in which KSeF's gateway meets them."""
        limiter = self.world.limiter
        limiter.count("global", "", call.ip)
        if route.group == "anonymous":
            limiter.count("anonymous", "", call.ip)
        if not route.tokens:
            return
        call.principal = authentication.principal(self.world, call.request, route.tokens, call.ip)
        if route.group != "anonymous":
            limiter.count(route.group, call.who.context.key, call.ip)
        if route.permissions and not call.who.may(*route.permissions):
            raise errors.missing_permissions(route.permissions, sorted(call.who.permissions))


def _plain(error: HTTPException, request: Request) -> Response:
    # A path of KSeF that we have under another method only is an operation we do not have.
    if error.code in (404, 405) and request.path.startswith("/v2/"):
        return errors.render(Problem(404, "Symulator nie realizuje tej operacji."), request)
    return errors.render(Problem(error.code or 500, error.description or ""), request)


def _drain(request: Request) -> None:
    """Read what a refused upload still sends: else the caller sees a reset, not the reason."""
    if request.method != "PUT":
        return
    try:
        for _ in range(1 + batch.MAX_PART // DRAIN):
            if not request.stream.read(DRAIN):
                break
    except (HTTPException, OSError):
        return


def _finish(request: Request, response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    warning = request.headers.get("X-Test-System-Warning")
    if warning and request.path.startswith("/v2/"):
        response.headers["X-System-Warning"] = "".join(c for c in warning if 31 < ord(c) < 127)
    return response


def _drop(environ: dict) -> Iterable[bytes]:
    """Close the connection without an answer; in a test client the exception goes through."""
    connection = environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionDropped
    raise ConnectionAbortedError
