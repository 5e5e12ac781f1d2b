"""Granted permissions as they are kept: added, found, taken away, and told (OpenAPI)."""

import json
import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from simulator import clock
from simulator.permissions import ALL_PARTNERS, ENTITY, INDIRECT
from simulator.store import Row, Store, dump
from simulator.web import Identifier

SYSTEM = Identifier("System", "")
_COLUMNS = (
    "id",
    "kind",
    "context_type",
    "context",
    "given_in_type",
    "given_in",
    "holder_type",
    "holder",
    "permission",
    "target_type",
    "target",
    "delegable",
    "author_type",
    "author",
    "description",
    "details",
    "granted_at",
)


@dataclass(frozen=True)
class Grant:
    """A permission to be given: of which kind, where it works, who gave it in which context."""

    kind: str
    context: Identifier
    holder: Identifier
    permission: str
    description: str
    author: Identifier = SYSTEM
    given_in: Identifier | None = None
    target: Identifier | None = None
    delegable: bool = False
    details: dict = field(default_factory=dict)


def add(db: sqlite3.Connection, grants: Iterable[Grant]) -> int:
    """Keep the grants; one that is there already is left alone. Gives how many are new."""
    marks = ", ".join("?" for _ in _COLUMNS)
    sql = f"INSERT OR IGNORE INTO grants ({', '.join(_COLUMNS)}) VALUES ({marks})"  # noqa: S608
    return sum(db.execute(sql, _values(grant)).rowcount for grant in grants)


def _values(grant: Grant) -> tuple:
    given_in = grant.given_in or grant.context
    target = grant.target or Identifier("", "")
    return (
        str(uuid.uuid4()),
        grant.kind,
        grant.context.type,
        grant.context.value,
        given_in.type,
        given_in.value,
        grant.holder.type,
        grant.holder.value,
        grant.permission,
        target.type,
        target.value,
        grant.delegable,
        grant.author.type,
        grant.author.value,
        grant.description,
        dump(grant.details),
        clock.stamp(clock.now()),
    )


def where(store: Store, condition: str, *values: str) -> list[Row]:
    """Grants in the order of KSeF's lists; the condition comes from our own code only."""
    return store.rows(
        f"SELECT * FROM grants WHERE {condition} ORDER BY granted_at DESC, id",  # noqa: S608
        *values,
    )


def delegated(store: Store, client: Identifier, nip: str) -> set[str]:
    """What the client lets this NIP pass on."""
    rows = store.rows(
        "SELECT permission FROM grants WHERE kind = ? AND delegable = 1 AND holder = ? "
        "AND context_type = ? AND context = ?",
        ENTITY,
        nip,
        client.type,
        client.value,
    )
    return {row["permission"] for row in rows}


def is_active(store: Store, row: Row) -> bool:
    """Whether a grant works: one passed on needs the client's grant that may be passed on."""
    if row["kind"] != INDIRECT or row["target_type"] == ALL_PARTNERS:
        return True
    client = Identifier(row["target_type"], row["target"])
    return row["permission"] in delegated(store, client, row["context"])


def common(store: Store, row: Row) -> dict:
    """What most of KSeF's lists say about a grant."""
    details = json.loads(row["details"])
    return {
        "id": row["id"],
        "permissionScope": row["permission"],
        "description": row["description"],
        "subjectPersonDetails": details.get("person"),
        "subjectEntityDetails": details.get("entity"),
        "permissionState": "Active" if is_active(store, row) else "Inactive",
        "startDate": row["granted_at"],
        "canDelegate": bool(row["delegable"]),
    }


def target_of(row: Row) -> dict | None:
    """The client of an indirect grant."""
    if not row["target_type"]:
        return None
    return {"type": row["target_type"], "value": row["target"] or None}


def pair(row: Row, name: str) -> dict:
    """An identifier of the row: `context`, `holder`, `author`, `given_in`."""
    return {"type": row[f"{name}_type"], "value": row[name]}
