"""What may be sent: GET /rate-limits, /limits/context, /limits/subject, and their changes."""

from werkzeug import Response

from simulator import limits, session_limits, shapes
from simulator.web import Call, empty, json_response

# The groups that the OpenAPI lets a test change; the closes of sessions are not among them.
CHANGEABLE = [
    group
    for group in limits.GROUPS
    if group not in ("onlineSessionClose", "batchSessionClose", "anonymous", "global")
]
VALUES = shapes.record({name: shapes.integer(1, 10**9) for name in limits.NAMES})
OVERRIDE = shapes.record({"rateLimits": shapes.record(dict.fromkeys(CHANGEABLE, VALUES))})


def rate_limits(call: Call) -> Response:
    """GET /rate-limits."""
    return json_response({group: _effective(call, group) for group in limits.GROUPS})


def _effective(call: Call, group: str) -> dict[str, int]:
    values = call.world.limiter.effective(group, call.who.context.key)
    return dict(zip(limits.NAMES, values, strict=True))


def override(call: Call) -> Response:
    """POST /testdata/rate-limits: other limits for the caller's context."""
    given = shapes.json_body(call.request, OVERRIDE)["rateLimits"]
    call.world.limiter.override(call.who.context.key, given)
    return empty(200)


def restore(call: Call) -> Response:
    """DELETE /testdata/rate-limits."""
    call.world.limiter.override(call.who.context.key, None)
    return empty(200)


def production(call: Call) -> Response:
    """POST /testdata/rate-limits/production: the published limits, whatever the multiplier."""
    published = {
        group: dict(zip(limits.NAMES, limits.GROUPS[group], strict=True))
        for group in limits.GROUPS
        if group not in ("anonymous", "global")
    }
    call.world.limiter.override(call.who.context.key, published)
    return empty(200)


def context(call: Call) -> Response:
    """GET /limits/context."""
    return json_response(session_limits.effective(call.world.settings, call.who.context.key))
