"""Roles of a subject, which follow from what /testdata says of it (OpenAPI "roles")."""

from dataclasses import dataclass

from werkzeug import Response

from simulator import numbers, pages_of, shapes
from simulator.store import Row, Store
from simulator.web import Call, json_response

BAILIFF = "CourtBailiff"
ENFORCEMENT = "EnforcementAuthority"
# The kind of a subject in /testdata/subject, its own role and that of its members.
PARENTS = {
    "JST": ("LocalGovernmentUnit", "LocalGovernmentSubUnit"),
    "VatGroup": ("VatGroupUnit", "VatGroupSubUnit"),
}
SUBORDINATES = shapes.record(
    {},
    {
        "subordinateEntityIdentifier": shapes.identifier(
            "Nip", value=shapes.text(10, 10, numbers.NIP.pattern)
        )
    },
)


@dataclass(frozen=True)
class Role:
    """One role; `parent` is the NIP of the subject above, if the role has one."""

    name: str
    nip: str
    description: str
    since: str
    parent: str | None = None


def of(store: Store, nip: str) -> list[Role]:
    """All roles of the subject with this NIP, the youngest first."""
    found = [Role(BAILIFF, nip, *_told(row)) for row in _bailiffs(store, nip)]
    found += [role for row in _subjects(store, "nip", nip) for role in _role(store, row)]
    return sorted(found, key=lambda role: role.since, reverse=True)


def enforces(store: Store, nip: str) -> bool:
    """Whether the subject is a bailiff or an enforcement authority."""
    return any(role.name in (BAILIFF, ENFORCEMENT) for role in of(store, nip))


def is_parent(store: Store, nip: str) -> bool:
    """Whether the subject may have members: a local government or a VAT group."""
    names = {own for own, _ in PARENTS.values()}
    return any(role.name in names for role in of(store, nip))


def members(store: Store, nip: str) -> list[Role]:
    """The members of a local government or a VAT group, the youngest first."""
    rows = _subjects(store, "parent", nip)
    return [role for row in rows for role in _role(store, row)]


def _bailiffs(store: Store, nip: str) -> list[Row]:
    return store.rows("SELECT * FROM persons WHERE nip = ? AND bailiff = 1", nip)


def _subjects(store: Store, column: str, nip: str) -> list[Row]:
    return store.rows(
        f"SELECT nip, name AS description, kind, parent, created_at FROM subjects "  # noqa: S608
        f"WHERE {column} = ? ORDER BY created_at DESC, nip",
        nip,
    )


def _told(row: Row) -> tuple[str, str]:
    return row["description"], row["created_at"]


def _role(store: Store, row: Row) -> list[Role]:
    if row["kind"] == ENFORCEMENT:
        return [Role(ENFORCEMENT, row["nip"], *_told(row))]
    if row["kind"] in PARENTS:
        return [Role(PARENTS[row["kind"]][0], row["nip"], *_told(row))]
    above = store.row("SELECT kind FROM subjects WHERE nip = ?", row["parent"])
    if above is None or above["kind"] not in PARENTS:
        return []
    return [Role(PARENTS[above["kind"]][1], row["nip"], *_told(row), row["parent"])]


def own(call: Call) -> Response:
    """GET /permissions/query/entities/roles."""
    context = call.who.context
    found = of(call.store, context.value) if context.type == "Nip" else []
    page, more = pages_of.numbered(call.request, found)
    return json_response({"roles": [_described(role) for role in page], "hasMore": more})


def _described(role: Role) -> dict:
    parent = {"type": "Nip", "value": role.parent} if role.parent else None
    return {
        "parentEntityIdentifier": parent,
        "role": role.name,
        "description": role.description,
        "startDate": role.since,
    }


def subordinates(call: Call) -> Response:
    """POST /permissions/query/subordinate-entities/roles."""
    body = shapes.json_body(call.request, SUBORDINATES, optional=True)
    wanted = body["subordinateEntityIdentifier"]
    context = call.who.context
    found = members(call.store, context.value) if context.type == "Nip" else []
    if wanted:
        found = [role for role in found if role.nip == wanted["value"]]
    page, more = pages_of.numbered(call.request, found)
    items = [
        {
            "subordinateEntityIdentifier": {"type": "Nip", "value": role.nip},
            "role": role.name,
            "description": role.description,
            "startDate": role.since,
        }
        for role in page
    ]
    return json_response({"roles": items, "hasMore": more})
