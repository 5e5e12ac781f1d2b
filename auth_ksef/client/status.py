"""Statuses and pages: the shapes that several operations share."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from auth_ksef.client import answers

T = TypeVar("T")


@dataclass(frozen=True)
class Status:
    """KSeF's StatusInfo: 1xx under way, 200 done, everything else a verdict.

    After 440 `extensions` holds originalKsefNumber and originalSessionReferenceNumber.
    """

    code: int
    description: str
    details: tuple[str, ...] = ()
    extensions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `continuation` opens the next one, None means the list is complete."""

    items: tuple[T, ...]
    continuation: str | None


def read_status(data: dict) -> Status:
    """The `status` of an answer."""
    status = answers.mapping(data.get("status"), "status")
    return Status(
        code=answers.integer(status, "code"),
        description=answers.optional_text(status, "description") or "",
        details=answers.texts(status, "details"),
        extensions=answers.string_map(status, "extensions"),
    )
