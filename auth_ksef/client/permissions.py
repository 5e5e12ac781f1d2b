"""What the logged-in subject may do."""

from auth_ksef.client import answers, routes
from auth_ksef.client.errors import KsefLater

PAGE_SIZE = 100
MAX_PAGES = 20


class PermissionsApi:
    """Part of KsefApi: permissions."""

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
        raise KsefLater("own_permissions: the list does not end", operation="own_permissions")

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
