"""What the caller itself may do in the present context, and why (personal grants)."""

import json

from werkzeug import Response

from simulator import grants, grants_query, pages_of, permissions, shapes
from simulator.store import Row
from simulator.web import Call, json_response

QUERY = shapes.record(
    {},
    {
        "contextIdentifier": shapes.identifier("Nip", "InternalId", value=shapes.text(10, 16)),
        "targetIdentifier": grants_query.TARGET,
        "permissionTypes": shapes.array(shapes.choice(*permissions.ALL, "VatUeManage"), 20),
        "permissionState": grants_query.STATE,
    },
)


def personal(call: Call) -> Response:
    """POST /permissions/query/personal/grants."""
    body = shapes.json_body(call.request, QUERY, optional=True)
    items = _of_token(call) if call.who.token else [_told(call, row) for row in _rows(call)]
    items = grants_query.filtered(items, body, "contextIdentifier", "targetIdentifier")
    page, more = pages_of.numbered(call.request, items)
    return json_response({"permissions": page, "ownerPermissions": _owned(call), "hasMore": more})


def _owned(call: Call) -> list[str] | None:
    if call.who.token:
        return None
    return list(permissions.owner_permissions(call.store, call.who.subject, call.who.context))


def _of_token(call: Call) -> list[dict]:
    token = call.store.row("SELECT * FROM tokens WHERE reference = ?", call.who.token)
    held = [name for name in json.loads(token["permissions"]) if name in call.who.permissions]
    return [
        {
            "id": f"{token['reference'][:-2]}{n:02d}",
            "contextIdentifier": None,
            "authorizedIdentifier": None,
            "targetIdentifier": None,
            "permissionScope": name,
            "description": token["description"],
            "subjectPersonDetails": None,
            "subjectEntityDetails": None,
            "permissionState": "Active",
            "startDate": token["created_at"],
            "canDelegate": False,
        }
        for n, name in enumerate(held)
    ]


def _rows(call: Call) -> list[Row]:
    """What lets the caller work here, what was passed on here to the caller for clients, and
    what others gave the company, when the caller owns it."""
    who = call.who
    names = permissions.aliases(call.store, who.subject)
    found = permissions.grants(call.store, who.subject, who.context)
    passed = grants.where(
        call.store,
        "kind = 'Indirect' AND context_type = ? AND context = ?",
        who.context.type,
        who.context.value,
    )
    found += [row for row in passed if (row["holder_type"], row["holder"]) in names]
    if permissions.owner_permissions(call.store, who.subject, who.context):
        found += grants_query.received(call)
    by_id = {row["id"]: row for row in found}
    ordered = sorted(by_id.values(), key=lambda row: row["id"])
    return sorted(ordered, key=lambda row: row["granted_at"], reverse=True)


def _told(call: Call, row: Row) -> dict:
    of_entity = row["kind"] == permissions.ENTITY
    holder = grants.pair(row, "holder")
    other = of_entity and holder != call.who.subject.json()
    return grants.common(call.store, row) | {
        "contextIdentifier": grants.pair(row, "context") if of_entity else None,
        "authorizedIdentifier": holder if other else None,
        "targetIdentifier": grants.target_of(row),
    }
