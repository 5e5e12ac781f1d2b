"""Where each KSeF environment lives: API, verification pages behind QR codes, Latarnia."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Environment:
    """Base addresses without a closing slash; `lighthouse` is None where there is no Latarnia."""

    name: str
    api: str
    qr: str
    lighthouse: str | None


PRODUCTION = Environment(
    "production",
    api="https://api.ksef.mf.gov.pl/v2",
    qr="https://qr.ksef.mf.gov.pl",
    lighthouse="https://api-latarnia.ksef.mf.gov.pl",
)
DEMO = Environment(
    "demo",
    api="https://api-demo.ksef.mf.gov.pl/v2",
    qr="https://qr-demo.ksef.mf.gov.pl",
    lighthouse=None,
)
TEST = Environment(
    "test",
    api="https://api-test.ksef.mf.gov.pl/v2",
    qr="https://qr-test.ksef.mf.gov.pl",
    lighthouse="https://api-latarnia-test.ksef.mf.gov.pl",
)


def environment(name: str, *, simulator_base: str | None = None) -> Environment:
    """The environment called "simulator", "test", "demo" or "production".

    `simulator_base` is the simulator's address without `/v2`. Raises ValueError for another
    name and for the simulator without its address.
    """
    known = {item.name: item for item in (PRODUCTION, DEMO, TEST)}
    if name in known:
        return known[name]
    if name != "simulator" or not simulator_base:
        raise ValueError(f"No such KSeF environment: {name!r}")
    base = simulator_base.rstrip("/")
    return Environment("simulator", api=f"{base}/v2", qr=base, lighthouse=f"{base}/latarnia")
