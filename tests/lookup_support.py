"""The simulator's registers in this process, as those of a company in the simulator."""

from datetime import timedelta

import httpx
import pytest

from invoices.services import lookups
from ksefapp.lib import clock
from simulator.app import Application
from tests.simulator_support import box

SIMULATED = "http://simulator.invalid"


class Registers:
    """The fakes; `calls` counts what was asked, by operation."""

    def __init__(self, sim):
        self.sim = sim

    @property
    def calls(self) -> dict[str, int]:
        return dict(self.sim.world.requests)

    def fault(self, kind: str, operation: str, **params) -> None:
        order = {"kind": kind, "operation": operation, **params}
        assert self.sim.request("POST", "/control/faults", json=order).status == 201


@pytest.fixture
def registers(tmp_path_factory, settings, monkeypatch):
    """The simulator's registers behind the application's doors."""
    settings.KSEF_SIMULATOR_URL = SIMULATED
    with box(tmp_path_factory.mktemp("registers")) as sim:
        transport = httpx.WSGITransport(Application(sim.world), raise_app_exceptions=True)
        made = lookups.Door
        monkeypatch.setattr(
            lookups, "Door", lambda *args: made(*args, http=httpx.Client(transport=transport))
        )
        yield Registers(sim)


@pytest.fixture
def clock_at(monkeypatch, tmp_path):
    """Sets the clock of both sides to a moment (an aware datetime)."""
    file = tmp_path / "clock"
    file.write_text("0")
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))

    def set_to(moment) -> None:
        file.write_text("0")
        file.write_text(str((moment - clock.now()) / timedelta(seconds=1)))

    return set_to
