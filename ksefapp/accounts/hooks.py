"""Questions that this room asks without knowing who answers.

Rooms above append their callables in `AppConfig.ready`. A callable takes the company and
returns None, or the reason for a refusal as text for a person. It runs inside the asking
transaction, with the company's row locked.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ksefapp.accounts.models import Company

Hook = Callable[[Company], str | None]

# May the company leave the environment that it is in now?
environment_hooks: list[Hook] = []
# What should a person know who takes the company out of the environment that it is in now?
leaving_hooks: list[Hook] = []
# May the company be left without an owner (has it documents)?
ownerless_hooks: list[Hook] = []


@dataclass(frozen=True)
class Concern:
    """Something in a company that wants a person's eye, in a few words.

    `weight`: 1 is the most urgent. `glyph` and `kind` as the tag `glyph` takes them.
    """

    weight: int
    glyph: str
    kind: str
    text: str
    url: str


# What wants a person's eye in these companies? {company's pk: concerns}; a fixed number of
# queries for any number of companies.
concern_hooks: list[Callable[[Collection[Company]], dict[int, list[Concern]]]] = []


def concerns_of(companies: Collection[Company]) -> dict[int, list[Concern]]:
    """What all rooms answer, the most urgent first."""
    found: dict[int, list[Concern]] = {company.pk: [] for company in companies}
    for hook in concern_hooks:
        for company, concerns in hook(companies).items():
            found[company] += concerns
    return {pk: sorted(rows, key=lambda row: row.weight) for pk, rows in found.items()}


def refusals(hooks: list[Hook], company: Company) -> list[str]:
    """The reasons of all hooks that have one."""
    return [reason for hook in hooks if (reason := hook(company))]
