"""Who may do what: own rights, lists of grants, granting and withdrawing, operations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auth_ksef.client import answers, routes
from auth_ksef.client.paging import MAX_PAGES, PAGE_SIZE, by_number, endless
from auth_ksef.client.routes import Route
from auth_ksef.client.status import Status, read_status

GRANTS = {
    "persons": routes.GRANT_PERSONS,
    "entities": routes.GRANT_ENTITIES,
    "authorizations": routes.GRANT_AUTHORIZATIONS,
    "indirect": routes.GRANT_INDIRECT,
    "subunits": routes.GRANT_SUBUNITS,
    "eu-admins": routes.GRANT_EU_ADMINS,
    "eu-representatives": routes.GRANT_EU_REPRESENTATIVES,
}
MOST_FIELDS = 40
DEPTH = 4


@dataclass(frozen=True)
class GrantsList:
    """A list of grants: its route, the field of its rows, what the question always says."""

    route: Route
    rows: str = "permissions"
    question: str | None = None
    scope: str = "permissionScope"
    has_id: bool = True


LISTS = {
    "persons-here": GrantsList(routes.GRANTED_PERSONS, question="PermissionsInCurrentContext"),
    "persons-granted": GrantsList(
        routes.GRANTED_PERSONS, question="PermissionsGrantedInCurrentContext"
    ),
    "entities-received": GrantsList(routes.RECEIVED_ENTITIES),
    "authorizations-granted": GrantsList(
        routes.GRANTED_AUTHORIZATIONS, "authorizationGrants", "Granted", "authorizationScope"
    ),
    "authorizations-received": GrantsList(
        routes.GRANTED_AUTHORIZATIONS, "authorizationGrants", "Received", "authorizationScope"
    ),
    "subunits": GrantsList(routes.GRANTED_SUBUNITS),
    "eu": GrantsList(routes.GRANTED_EU),
    "roles": GrantsList(routes.ROLES, "roles", scope="role", has_id=False),
    "subordinates": GrantsList(routes.SUBORDINATES, "roles", scope="role", has_id=False),
}


@dataclass(frozen=True)
class AttachmentStatus:
    """Whether invoices with attachments may be sent, and when that ended or will end."""

    allowed: bool
    revoked_at: datetime | None


class PermissionsApi:
    """Part of KsefApi: permissions."""

    def grant(self, *, kind: str, access: str, body: Mapping[str, Any]) -> str:
        """Grants rights; returns the operation's reference, see `operation_status`.

        `kind` is a key of GRANTS, `body` the OpenAPI's `…PermissionsGrantRequest` of
        `POST /permissions/…/grants`. After KsefUnknown look at the list before granting again.
        """
        return self._operation(GRANTS[kind], body=dict(body), bearer=access)

    def grant_revoke(self, *, access: str, id: str) -> str:
        """Withdraws rights by the id of their row; returns the operation's reference.

        `DELETE /permissions/common/grants/{permissionId}`; for rows of authorizations-granted
        there is `authorization_revoke`.
        """
        return self._operation(routes.GRANT_REVOKE, path={"permissionId": id}, bearer=access)

    def authorization_revoke(self, *, access: str, id: str) -> str:
        """Withdraws the right of an entity such as self-billing; returns the operation's reference.

        `DELETE /permissions/authorizations/grants/{permissionId}`.
        """
        path = {"permissionId": id}
        return self._operation(routes.AUTHORIZATION_REVOKE, path=path, bearer=access)

    def operation_status(self, *, access: str, reference: str) -> Status:
        """Where an operation stands: 100 under way, 200 done, everything else refused.

        `GET /permissions/operations/{referenceNumber}`; KsefRefused with 410 when it is too old.
        """
        route = routes.OPERATION_STATUS
        data = self._door.json(route, path={"referenceNumber": reference}, bearer=access)
        return self._door.read(route, lambda: read_status(data))

    def grants_list(
        self, *, kind: str, access: str, filters: Mapping[str, Any] | None = None
    ) -> list[dict]:
        """All rows of a list of grants or roles, as KSeF gives them.

        `kind` is a key of LISTS, `filters` go into the body of `POST /permissions/query/…`
        (roles take none). A row has its `id` (roles none), its scope and its start; whatever is
        too long or too deep is left out. Raises KsefLater when the list does not end.
        """
        asked = LISTS[kind]
        body = None if asked.route.method == "GET" else dict(filters or {})
        if asked.question is not None:
            body["queryType"] = asked.question
        return by_number(
            self._door, asked.route, access, body, asked.rows, lambda row: _grant_row(asked, row)
        )

    def attachment_status(self, *, access: str) -> AttachmentStatus:
        """Whether this company may send attachments (`GET /permissions/attachments/status`)."""
        route = routes.ATTACHMENT_STATUS
        data = self._door.json(route, bearer=access)
        return self._door.read(
            route,
            lambda: AttachmentStatus(
                answers.flag(data, "isAttachmentAllowed"),
                answers.optional_instant(data, "revokedDate"),
            ),
        )

    def own_permissions(self, *, access: str) -> list[dict]:
        """All own permissions (`POST /permissions/query/personal/grants`), as KSeF gives them.

        Since 2.9 an owner's rights come in a list of their own; they are added as rows with
        `permissionScope`, `permissionState` "Active" and `isOwner` true.
        """
        found: list[dict] = []
        for page in range(MAX_PAGES):
            data = self._personal_grants(access, page)
            found += data["permissions"]
            if not data["hasMore"]:
                return found + [_owner_row(scope) for scope in data["owner"]]
        raise endless(routes.OWN_PERMISSIONS)

    def _operation(self, route: Route, **request: Any) -> str:
        data = self._door.json(route, **request)
        return self._door.read(route, lambda: answers.reference(data, "referenceNumber"))

    def _personal_grants(self, access: str, page: int) -> dict:
        route = routes.OWN_PERMISSIONS
        query = {"pageOffset": page, "pageSize": PAGE_SIZE}
        data = self._door.json(route, query=query, body={}, bearer=access)
        return self._door.read(route, lambda: _grants(data))


def scopes(rows: list[dict]) -> set[str]:
    """The scopes of the rows that are active, such as InvoiceWrite."""
    active = [row for row in rows if row.get("permissionState") == "Active"]
    found = (row.get("permissionScope") for row in active)
    return {scope for scope in found if isinstance(scope, str)}


def _grants(data: dict) -> dict:
    return {
        "permissions": answers.rows(data, "permissions"),
        "owner": answers.texts(data, "ownerPermissions"),
        "hasMore": answers.flag(data, "hasMore"),
    }


def _owner_row(scope: str) -> dict:
    return {"permissionScope": scope, "permissionState": "Active", "isOwner": True}


def _grant_row(asked: GrantsList, data: dict) -> dict:
    if asked.has_id:
        answers.reference(data, "id")
    answers.text(data, asked.scope)
    answers.instant(data, "startDate")
    return _bounded(data, DEPTH)


def _bounded(value: Any, depth: int) -> Any:
    """The value without what no row of KSeF has: more levels, fields or characters."""
    if isinstance(value, str):
        return value[: answers.TEXT_LIMIT]
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, list) and depth:
        return [_bounded(item, depth - 1) for item in value[:MOST_FIELDS]]
    if isinstance(value, dict) and depth:
        return {key: _bounded(value[key], depth - 1) for key in list(value)[:MOST_FIELDS]}
    return None
