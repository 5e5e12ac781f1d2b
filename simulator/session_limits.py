"""How many invoices a session takes and how large they may be (GET /limits/context)."""

from werkzeug import Response

from simulator import shapes
from simulator.settings import Settings
from simulator.store import Row
from simulator.web import Call, empty

ONLINE, BATCH, COLLECTIVE = "onlineSession", "batchSession", "collectiveIdentifier"
MEGABYTE = 1_000_000
_COUNT = shapes.integer(0, 2**31 - 1)
_SESSION = shapes.record(
    dict.fromkeys(("maxInvoiceSizeInMB", "maxInvoiceWithAttachmentSizeInMB", "maxInvoices"), _COUNT)
)
OVERRIDE = shapes.record(
    {ONLINE: _SESSION, BATCH: _SESSION, COLLECTIVE: shapes.record({"maxInvoices": _COUNT})}
)


def effective(settings: Settings, context: str) -> dict[str, dict[str, int]]:
    """The limits in force for a context ("Nip:5265877635"): set by a test, or the published."""
    sizes = {"maxInvoiceSizeInMB": 1, "maxInvoiceWithAttachmentSizeInMB": 3}
    usual = {
        ONLINE: sizes | {"maxInvoices": 10_000},
        BATCH: sizes | {"maxInvoices": int(settings["batch_max_invoices"])},
        COLLECTIVE: {"maxInvoices": 500},
    }
    return settings["session_limits"].get(context, usual)


def of_session(settings: Settings, session: Row, kind: str) -> dict[str, int]:
    """The limits of one session; `kind` is ONLINE or BATCH."""
    return effective(settings, f"{session['context_type']}:{session['context']}")[kind]


def override(call: Call) -> Response:
    """POST /testdata/limits/context/session: other limits for the caller's context."""
    _change(call, shapes.json_body(call.request, OVERRIDE))
    return empty(200)


def restore(call: Call) -> Response:
    """DELETE /testdata/limits/context/session."""
    _change(call, None)
    return empty(200)


def _change(call: Call, given: dict | None) -> None:
    settings, context = call.world.settings, call.who.context.key
    others = {key: value for key, value in settings["session_limits"].items() if key != context}
    settings.change({"session_limits": others | ({context: given} if given else {})})
