"""How a person likes the pages. What is not listed here is never stored."""

import re
from collections.abc import Callable

from django.db import transaction

from ksefapp.accounts.models import User

MOST_COLUMNS = 20
ELEMENT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")


class PreferenceRefused(ValueError):
    """An unknown key, or a value that this key cannot have."""


def _columns(value: object) -> bool:
    is_list = isinstance(value, list) and len(value) <= MOST_COLUMNS
    return is_list and all(isinstance(name, str) and ELEMENT.fullmatch(name) for name in value)


KNOWN: dict[str, Callable[[object], bool]] = {
    "expert": lambda value: isinstance(value, bool),  # all sections open, field codes shown
    "line_columns": _columns,  # pinned columns of the line grid, by element name
    "density": lambda value: value in ("dense", ""),
}


def preference_get(user: User, key: str, default: object = None) -> object:
    """What the person chose; `default` while nothing was chosen, or for nobody logged in."""
    return getattr(user, "preferences", {}).get(key, default)


def preference_set(user: User, key: str, value: object) -> None:
    """Stores one choice and leaves all others as they are. Raises PreferenceRefused.

    The row is locked meanwhile: two pages that save two choices at once keep both.
    """
    if key not in KNOWN or not KNOWN[key](value):
        raise PreferenceRefused(key)
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        row.preferences |= {key: value}
        row.save(update_fields=["preferences"])
    user.preferences = row.preferences


def preference_read(key: str, texts: list[str]) -> object:
    """The value of a posted choice: "1" or "" for a switch, names for a list, else a text.

    Raises PreferenceRefused for an unknown key.
    """
    if key not in KNOWN:
        raise PreferenceRefused(key)
    if key == "expert":
        return texts[-1:] == ["1"]
    if key == "line_columns":
        names = [name.strip() for text in texts for name in text.split(",")]
        return list(dict.fromkeys(name for name in names if name))
    return texts[-1] if texts else ""
