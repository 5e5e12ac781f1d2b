"""Settings come from the environment through these typed helpers and nowhere else."""

import os
from datetime import date
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str = "") -> str:
    """The variable's text; `NAME_FILE` names a file that holds it instead (for secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
    return os.environ.get(name, default)


def env_int(name: str, default: int) -> int:
    """The variable as a whole number."""
    text = env_str(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}") from error


def env_bool(name: str, default: bool = False) -> bool:
    """The variable as 1/true/yes/on or 0/false/no/off."""
    text = env_str(name, "1" if default else "0").lower()
    if text in TRUE | FALSE:
        return text in TRUE
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}")


def env_date(name: str, default: str, *, or_none: bool = False) -> date | None:
    """The variable as a calendar date, YYYY-MM-DD; None for an empty one where that is allowed."""
    text = env_str(name, default).strip()
    if or_none and not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a date YYYY-MM-DD, not {text!r}") from error


def env_list(name: str, default: str = "") -> list[str]:
    """The variable as a comma-separated list, blanks dropped."""
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]
