"""Faults at the border of an operation: before it is done, and after."""

from simulator.errors import Problem, TooMany
from simulator.faults import ConnectionDropped
from simulator.web import Call
from simulator.world import World


def outage(world: World) -> None:
    """503 for everything under /v2 while an outage is ordered."""
    if fault := world.faults.take("outage", "*"):
        raise _failure(fault.params.get("status", 503))


def before(call: Call, operation: str) -> None:
    """Faults that keep the operation from being done."""
    faults = call.world.faults
    if fault := faults.take("latency", operation):
        call.world.stopping.wait(fault.params["seconds"])
    if faults.take("drop_before", operation):
        raise ConnectionDropped
    if fault := faults.take("error_before", operation):
        raise _failure(fault.params.get("status", 500))
    if fault := faults.take("too_many", operation):
        seconds = fault.params.get("retry_after", 30)
        detail = f"Przekroczono limit żądań. Spróbuj ponownie po {seconds} sekundach."
        raise TooMany(detail, seconds)


def after(call: Call, operation: str) -> None:
    """Faults that hide from the caller that the operation was done."""
    faults = call.world.faults
    if fault := faults.take("timeout_after", operation):
        call.world.stopping.wait(fault.params.get("seconds", 60))
        raise ConnectionDropped
    if faults.take("drop_after", operation):
        raise ConnectionDropped
    if fault := faults.take("error_after", operation):
        raise _failure(fault.params.get("status", 500))


def _failure(status: int) -> Problem:
    return Problem(status, "Usługa jest chwilowo niedostępna.")
