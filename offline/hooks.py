"""Questions about invoices that this room asks without knowing who answers.

The room of invoices appends its callables in `AppConfig.ready`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from ksefapp.accounts.models import Company


@dataclass(frozen=True)
class Waiting:
    """Invoices of a company that are not in KSeF yet, though they must get there."""

    count: int = 0
    nearest: date | None = None  # the earliest deadline, a Warsaw day
    open: int = 0  # of them without a date yet: their outage goes on
    late: int = 0  # of them past their deadline


@dataclass(frozen=True)
class Effect:
    """What an outage did: invoices whose deadline rests on it, and how far they are."""

    count: int = 0
    waiting: int = 0
    nearest: date | None = None
    outside: int = 0  # of them no longer to be sent at all


# What waits in the company's present environment?
waiting_hooks: list[Callable[[Company], Waiting]] = []
# Which invoices rest on these outages (ids)? {outage id: Effect}
effect_hooks: list[Callable[[Company, Collection[int]], dict[int, Effect]]] = []


def waiting_get(company: Company) -> Waiting:
    """The first answer; nothing waits where nobody answers."""
    return next((hook(company) for hook in waiting_hooks), Waiting())


def effects_get(company: Company, outages: Collection[int]) -> dict[int, Effect]:
    """The first answer; no effects where nobody answers."""
    return next((hook(company, outages) for hook in effect_hooks), {})
