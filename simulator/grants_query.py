"""Lists of granted permissions (OpenAPI "Wyszukiwanie nadanych uprawnień")."""

import json

from werkzeug import Response

from simulator import grants, grants_shapes, pages_of, permissions, shapes, subunits
from simulator.store import Row
from simulator.web import Call, json_response

HERE, GIVEN = "PermissionsInCurrentContext", "PermissionsGrantedInCurrentContext"
_VALUE = shapes.text(10, 64)
_CONTEXT = shapes.identifier("Nip", "InternalId", value=shapes.text(10, 16))
TARGET = shapes.record(
    {"type": shapes.choice("Nip", permissions.ALL_PARTNERS, "InternalId")},
    {"value": shapes.text(10, 16)},
)
STATE = shapes.choice("Active", "Inactive")
PERSONS = shapes.record(
    {"queryType": shapes.choice(HERE, GIVEN)},
    {
        "authorIdentifier": shapes.record(
            {"type": shapes.choice("Nip", "Pesel", "Fingerprint", "System")}, {"value": _VALUE}
        ),
        "authorizedIdentifier": shapes.identifier("Nip", "Pesel", "Fingerprint", value=_VALUE),
        "contextIdentifier": _CONTEXT,
        "targetIdentifier": TARGET,
        "permissionTypes": shapes.array(shapes.choice(*permissions.ALL), 20),
        "permissionState": STATE,
    },
)
SUBUNITS = shapes.record({}, {"subunitIdentifier": _CONTEXT})
ENTITIES = shapes.record({}, {"contextIdentifier": _CONTEXT})
AUTHORIZATIONS = shapes.record(
    {"queryType": shapes.choice("Granted", "Received")},
    {
        "authorizingIdentifier": shapes.identifier("Nip", value=shapes.text(10, 10)),
        "authorizedIdentifier": shapes.identifier("Nip", "PeppolId", value=shapes.text(9, 10)),
        "permissionTypes": shapes.array(shapes.choice(*grants_shapes.AUTHORIZATIONS), 20),
    },
)
_EU_SCOPES = ("VatUeManage", "InvoiceWrite", "InvoiceRead", "Introspection")
EU = shapes.record(
    {},
    {
        "vatUeIdentifier": shapes.text(1, 25, grants_shapes.VAT_UE),
        "authorizedFingerprintIdentifier": shapes.text(1, 64),
        "permissionTypes": shapes.array(shapes.choice(*_EU_SCOPES), 20),
    },
)


def _answer(call: Call, items: list[dict], name: str = "permissions", **more) -> Response:
    page, follows = pages_of.numbered(call.request, items)
    return json_response({name: page, **more, "hasMore": follows})


def _is(item: dict | None, wanted: dict | None) -> bool:
    """Whether an identifier is the one that a filter asks for; a filter may leave the value out."""
    if wanted is None:
        return True
    if item is None or item["type"] != wanted["type"]:
        return False
    return wanted["value"] is None or (item["value"] or "").upper() == wanted["value"].upper()


def filtered(items: list[dict], body: dict, *identifiers: str) -> list[dict]:
    """The items that agree with the filters of a query."""
    return [
        item
        for item in items
        if item["permissionScope"] in (body["permissionTypes"] or [item["permissionScope"]])
        and item["permissionState"] == (body["permissionState"] or item["permissionState"])
        and all(_is(item[name], body[name]) for name in identifiers)
    ]


def persons(call: Call) -> Response:
    """POST /permissions/query/persons/grants."""
    body = shapes.json_body(call.request, PERSONS)
    rows = _in_force(call) if body["queryType"] == HERE else _given_by_caller(call)
    items = [_person(call, row) for row in rows]
    names = ("authorIdentifier", "authorizedIdentifier", "contextIdentifier", "targetIdentifier")
    return _answer(call, filtered(items, body, *names))


def _in_force(call: Call) -> list[Row]:
    """Who works in the context; and whom its owner lets work for his clients."""
    context = call.who.context
    return grants.where(
        call.store,
        "kind IN ('Person', 'Entity', 'SubunitAdmin', 'Indirect') AND context_type = ? "
        "AND context = ?",
        context.type,
        context.value,
    )


def _given_by_caller(call: Call) -> list[Row]:
    context = call.who.context
    authors = permissions.aliases(call.store, call.who.subject)
    rows = grants.where(
        call.store,
        "kind IN ('Person', 'Entity', 'SubunitAdmin', 'Indirect') AND given_in_type = ? "
        "AND given_in = ?",
        context.type,
        context.value,
    )
    return [row for row in rows if (row["author_type"], row["author"]) in authors]


def _person(call: Call, row: Row) -> dict:
    of_subunit = row["kind"] == permissions.SUBUNIT_ADMIN
    author = grants.pair(row, "author")
    return grants.common(call.store, row) | {
        "authorizedIdentifier": grants.pair(row, "holder"),
        "contextIdentifier": grants.pair(row, "context") if of_subunit else None,
        "targetIdentifier": grants.target_of(row),
        "authorIdentifier": author | {"value": author["value"] or None},
    }


def subunit_admins(call: Call) -> Response:
    """POST /permissions/query/subunits/grants."""
    body = shapes.json_body(call.request, SUBUNITS, optional=True)
    context = call.who.context
    rows = grants.where(
        call.store,
        "kind = 'SubunitAdmin' AND given_in_type = ? AND given_in = ?",
        context.type,
        context.value,
    )
    items = [_subunit(call, row) for row in rows]
    wanted = body["subunitIdentifier"]
    return _answer(call, [item for item in items if _is(item["subunitIdentifier"], wanted)])


def _subunit(call: Call, row: Row) -> dict:
    told = grants.common(call.store, row)
    names = ("id", "permissionScope", "description", "subjectPersonDetails", "startDate")
    return {name: told[name] for name in names} | {
        "authorizedIdentifier": grants.pair(row, "holder"),
        "subunitIdentifier": grants.pair(row, "context"),
        "authorIdentifier": grants.pair(row, "author"),
        "subunitName": json.loads(row["details"]).get("subunitName"),
    }


def entities(call: Call) -> Response:
    """POST /permissions/query/entities/grants: what others let the context's owner do."""
    body = shapes.json_body(call.request, ENTITIES, optional=True)
    told = [(grants.common(call.store, row), row) for row in received(call)]
    names = ("id", "permissionScope", "description", "startDate", "canDelegate")
    items = [
        {name: item[name] for name in names} | {"contextIdentifier": grants.pair(row, "context")}
        for item, row in told
    ]
    wanted = body["contextIdentifier"]
    return _answer(call, [item for item in items if _is(item["contextIdentifier"], wanted)])


def received(call: Call) -> list[Row]:
    """The grants of other companies to the context's own."""
    context = call.who.context
    if context.type != "Nip":
        return []
    return grants.where(
        call.store, "kind = 'Entity' AND holder_type = 'Nip' AND holder = ?", context.value
    )


def authorizations(call: Call) -> Response:
    """POST /permissions/query/authorizations/grants."""
    body = shapes.json_body(call.request, AUTHORIZATIONS)
    granted = body["queryType"] == "Granted"
    side = "context" if granted else "holder"
    context = call.who.context
    rows = grants.where(
        call.store,
        f"kind = 'Authorization' AND {side}_type = ? AND {side} = ?",
        context.type,
        context.value,
    )
    name = "authorizedIdentifier" if granted else "authorizingIdentifier"
    items = [
        _authorization(call, row)
        for row in rows
        if row["permission"] in (body["permissionTypes"] or grants_shapes.AUTHORIZATIONS)
        and _is(grants.pair(row, "holder" if granted else "context"), body[name])
    ]
    return _answer(call, items, "authorizationGrants")


def _authorization(call: Call, row: Row) -> dict:
    told = grants.common(call.store, row)
    return {
        "id": told["id"],
        "authorIdentifier": grants.pair(row, "author"),
        "authorizedEntityIdentifier": grants.pair(row, "holder"),
        "authorizingEntityIdentifier": grants.pair(row, "context"),
        "authorizationScope": told["permissionScope"],
        "description": told["description"],
        "subjectEntityDetails": told["subjectEntityDetails"],
        "startDate": told["startDate"],
    }


def eu_entities(call: Call) -> Response:
    """POST /permissions/query/eu-entities/grants: of one EU entity, or of all of a NIP."""
    body = shapes.json_body(call.request, EU, optional=True)
    context = call.who.context
    if context.type == "Nip":
        rows = grants.where(
            call.store,
            "kind = 'EuAdmin' AND given_in_type = 'Nip' AND given_in = ?",
            context.value,
        )
    else:
        rows = grants.where(
            call.store,
            "kind IN ('EuAdmin', 'EuRepresentative') AND context_type = ? AND context = ?",
            context.type,
            context.value,
        )
    return _answer(call, [_eu(call, row) for row in rows if _eu_wanted(row, body)])


def _eu_wanted(row: Row, body: dict) -> bool:
    of = body["vatUeIdentifier"] or subunits.vat_ue_of(row["context"])
    print_ = body["authorizedFingerprintIdentifier"] or row["holder"]
    return (
        of == subunits.vat_ue_of(row["context"])
        and print_.upper() == row["holder"]
        and row["permission"] in (body["permissionTypes"] or _EU_SCOPES)
    )


def _eu(call: Call, row: Row) -> dict:
    told = grants.common(call.store, row)
    names = ("id", "permissionScope", "description", "startDate")
    entity = _eu_entity(call, row)
    return {name: told[name] for name in names} | {
        "authorIdentifier": grants.pair(row, "author"),
        "vatUeIdentifier": subunits.vat_ue_of(row["context"]),
        "euEntityName": entity["euEntityName"],
        "authorizedFingerprintIdentifier": row["holder"],
        "subjectPersonDetails": told["subjectPersonDetails"],
        "subjectEntityDetails": told["subjectEntityDetails"],
        "euEntityDetails": entity["euEntityDetails"],
    }


def _eu_entity(call: Call, row: Row) -> dict:
    """Name and address of the EU entity; a representative's grant borrows an administrator's."""
    rows = grants.where(
        call.store,
        "kind = 'EuAdmin' AND context_type = 'NipVatUe' AND context = ?",
        row["context"],
    )
    for found in (row, *rows):
        details = json.loads(found["details"])
        if "euEntityName" in details:
            return details
    return {"euEntityName": subunits.vat_ue_of(row["context"]), "euEntityDetails": None}
