"""Moving a company from one KSeF environment to another.

Simulator, TEST and DEMO: free, unless a hook objects. To production: a guided step that needs
keys from outside the data directory, a true clock and the NIP typed by hand. From production:
never again once a document was issued there (a hook of the room that owns documents says so).
Nothing is carried over: every credential, series and document carries its own environment.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ksefapp.accounts.audit import audit
from ksefapp.accounts.hooks import environment_hooks, refusals
from ksefapp.accounts.models import Company, Environment, User
from ksefapp.lib import clock


class MoveRefused(Exception):
    """The company may not be moved now; `.reasons` are sentences for a person."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Move:
    """One environment as the page offers it."""

    value: str
    label: str
    current: bool
    reasons: list[str]


def move_list(company: Company) -> list[Move]:
    """All environments, with what stands in the way of each."""
    return [
        Move(value, label, value == company.environment, move_reasons(company, value))
        for value, label in Environment.choices
    ]


def move_reasons(company: Company, environment: str) -> list[str]:
    """Why the company may not be moved there now; empty when it may."""
    if environment == company.environment:
        return []
    reasons = refusals(environment_hooks, company)
    if environment != Environment.SIMULATOR and clock.is_shifted():
        reasons.append(
            _("Zegar jest przesunięty (ksef.E003). Wyłącz KSEF_TEST_CLOCK i uruchom ponownie.")
        )
    if environment == Environment.PRODUCTION and not settings.KSEF_KEYS_FROM_OUTSIDE:
        reasons.append(
            _(
                "Klucze szyfrujące leżą w katalogu danych, obok bazy (ksef.W002). Podaj "
                "KSEF_SECRET_KEYS_FILE i KSEF_DJANGO_KEY_FILE spoza tego katalogu."
            )
        )
    return reasons


def environment_move(*, company: Company, environment: str, by: User) -> Company:
    """Moves the company and returns its fresh row. Raises MoveRefused."""
    with transaction.atomic():
        # Issuing locks the same row, so no document slips in between the question and the move.
        row = Company.objects.select_for_update().get(pk=company.pk)
        if row.environment == environment:
            return row
        if reasons := move_reasons(row, Environment(environment)):
            raise MoveRefused(reasons)
        before, row.environment = row.environment, Environment(environment)
        row.save(update_fields=["environment"])
        audit("environment.move", company=row, user=by, before=before, after=environment)
    return row
