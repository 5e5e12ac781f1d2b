"""Questions that this room asks without knowing who answers.

Rooms above append their callables in `AppConfig.ready`. A callable takes the company and
returns None, or the reason for a refusal as text for a person. It runs inside the asking
transaction, with the company's row locked.
"""

from collections.abc import Callable

from ksefapp.accounts.models import Company

Hook = Callable[[Company], str | None]

# May the company leave the environment that it is in now?
environment_hooks: list[Hook] = []
# What should a person know who takes the company out of the environment that it is in now?
leaving_hooks: list[Hook] = []
# May the company be left without an owner (has it documents)?
ownerless_hooks: list[Hook] = []


def refusals(hooks: list[Hook], company: Company) -> list[str]:
    """The reasons of all hooks that have one."""
    return [reason for hook in hooks if (reason := hook(company))]
