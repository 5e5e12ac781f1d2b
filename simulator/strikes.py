"""Faults at the border of an operation: before it is done, and after."""

from werkzeug import Response

from simulator import keys
from simulator.errors import Problem, TooMany, phrase
from simulator.faults import ConnectionDropped, Fault
from simulator.web import Call, json_response
from simulator.world import World

# What stands between a caller and KSeF may answer in its place.
SPOILT = {
    "html": ("<html><body><h1>Przerwa techniczna</h1></body></html>", "text/html; charset=utf-8"),
    "garbage": ('{"status": ', "application/json; charset=utf-8"),
}


class Spoilt(Exception):
    """An answer that is not the operation's own."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def outage(world: World) -> None:
    """503 for everything under /v2 while an outage is ordered."""
    if fault := world.faults.take("outage", "*"):
        raise _failure(fault, 503)


def before(call: Call, operation: str) -> None:
    """Faults that keep the operation from being done."""
    faults = call.world.faults
    if fault := faults.take("latency", operation):
        call.world.stopping.wait(fault.params["seconds"])
    if faults.take("rotate_keys", operation):
        keys.rotate_all(call.store)
    if faults.take("drop_before", operation):
        raise ConnectionDropped
    if fault := faults.take("error_before", operation):
        raise _failure(fault, 500)
    if faults.take("gone", operation):
        raise Problem(410, "Zasób nie jest już dostępny.")
    if fault := faults.take("too_many", operation):
        seconds = fault.params.get("retry_after", 30)
        detail = f"Przekroczono limit żądań. Spróbuj ponownie po {seconds} sekundach."
        raise TooMany(detail, seconds)
    for kind, (body, content) in SPOILT.items():
        if fault := faults.take(kind, operation):
            text, code = fault.params.get("body", body), fault.params.get("status", 200)
            raise Spoilt(Response(text, code, content_type=content))


def after(call: Call, operation: str) -> None:
    """Faults that hide from the caller that the operation was done."""
    faults = call.world.faults
    if fault := faults.take("timeout_after", operation):
        call.world.stopping.wait(fault.params.get("seconds", 60))
        raise ConnectionDropped
    if faults.take("drop_after", operation):
        raise ConnectionDropped
    if fault := faults.take("error_after", operation):
        raise _failure(fault, 500)


def _failure(fault: Fault, status: int) -> Problem | Spoilt:
    """The answer of a failure, with Retry-After when one was ordered."""
    status = fault.params.get("status", status)
    detail = "Usługa jest chwilowo niedostępna."
    if "retry_after" not in fault.params:
        return Problem(status, detail)
    body = {"title": phrase(status), "status": status, "detail": detail}
    response = json_response(body, status, problem=True)
    response.headers["Retry-After"] = str(fault.params["retry_after"])
    return Spoilt(response)
