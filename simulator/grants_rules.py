"""What an operation on permissions may do: the grants it makes or ends, or why it may not.

The codes are those of the operation's status (OpenAPI PermissionsOperationStatusResponse).
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator import grants, permissions, roles, subunits
from simulator.grants import Grant
from simulator.store import Row, Store
from simulator.web import Identifier

# Statuses of a refused operation.
UNRELATED, NO_RIGHTS, WRONG_ROLE, FORBIDDEN_LINK, WRONG_TYPE = 410, 420, 430, 440, 450
FAILED = 400
EU_ADMIN_SCOPES = ("VatUeManage", "InvoiceWrite", "InvoiceRead", "Introspection")


@dataclass(frozen=True)
class Order:
    """One operation as it was asked for; `held` are the permissions of its access token."""

    kind: str
    context: Identifier
    author: Identifier
    held: frozenset[str]
    body: dict

    @property
    def holder(self) -> Identifier:
        """Who is to get the permission."""
        return Identifier(**self.body["subjectIdentifier"])

    @property
    def details(self) -> dict:
        """The names of the holder, as the lists will show them."""
        return self.body["subjectDetails"]


class NotAllowed(Exception):
    """The operation ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def changes(store: Store, order: Order) -> tuple[list[Grant], str | None]:
    """The grants to add, or the id of the one to end; raises NotAllowed."""
    # The access token may be older than a withdrawal of its owner's rights.
    held = order.held & permissions.permissions(store, order.author, order.context)
    if held.isdisjoint(NEEDED[order.kind]):
        raise NotAllowed(NO_RIGHTS)
    if order.kind in _MAKERS:
        return _MAKERS[order.kind](store, order), None
    return [], _ended(store, order, held)


def _new(order: Order, kind: str, permission: str, **more) -> Grant:
    more.setdefault("context", order.context)
    more.setdefault("details", order.details)
    return Grant(
        kind=kind,
        holder=order.holder,
        permission=permission,
        description=order.body["description"],
        author=order.author,
        given_in=order.context,
        **more,
    )


def _not_itself(order: Order) -> None:
    if order.holder == order.context:
        raise NotAllowed(FORBIDDEN_LINK)


def _persons(store: Store, order: Order) -> list[Grant]:
    _not_itself(order)
    wanted = order.body["permissions"]
    if permissions.ENFORCEMENT in wanted and not roles.enforces(store, order.context.value):
        raise NotAllowed(WRONG_ROLE)
    return [_new(order, permissions.PERSON, name) for name in wanted]


def _entities(store: Store, order: Order) -> list[Grant]:
    _not_itself(order)
    return [
        _new(order, permissions.ENTITY, item["type"], delegable=bool(item["canDelegate"]))
        for item in order.body["permissions"]
    ]


def _authorizations(store: Store, order: Order) -> list[Grant]:
    _not_itself(order)
    permission = order.body["permission"]
    # Only invoices of public procurement go through providers of Peppol, and only those.
    if (permission == "PefInvoicing") != (order.holder.type == "PeppolId"):
        raise NotAllowed(WRONG_TYPE)
    if order.context.type != "Nip":
        raise NotAllowed(WRONG_ROLE)
    return [_new(order, permissions.AUTHORIZATION, permission)]


def _indirect(store: Store, order: Order) -> list[Grant]:
    if order.context.type != "Nip":
        raise NotAllowed(WRONG_ROLE)
    _not_itself(order)
    given = order.body["targetIdentifier"] or {"type": permissions.ALL_PARTNERS, "value": None}
    target = Identifier(given["type"], given["value"] or "")
    selective = target.type != permissions.ALL_PARTNERS
    if selective and not grants.delegated(store, target, order.context.value):
        raise NotAllowed(FORBIDDEN_LINK)
    return [
        _new(order, permissions.INDIRECT, name, target=target) for name in order.body["permissions"]
    ]


def _subunits(store: Store, order: Order) -> list[Grant]:
    unit = Identifier(**order.body["contextIdentifier"])
    if order.context.type != "Nip":
        raise NotAllowed(WRONG_ROLE)
    if unit.type == "Nip":
        _check_member(store, order.context.value, unit.value)
    elif subunits.nip_of(unit.value) != order.context.value:
        raise NotAllowed(UNRELATED)
    details = order.details | {"subunitName": order.body["subunitName"]}
    made = _new(
        order, permissions.SUBUNIT_ADMIN, "CredentialsManage", context=unit, details=details
    )
    return [made]


def _check_member(store: Store, parent: str, nip: str) -> None:
    if not roles.is_parent(store, parent):
        raise NotAllowed(WRONG_ROLE)
    if nip not in {role.nip for role in roles.members(store, parent)}:
        raise NotAllowed(UNRELATED)


def _eu_admin(store: Store, order: Order) -> list[Grant]:
    if order.context.type != "Nip":
        raise NotAllowed(WRONG_ROLE)
    context = Identifier(**order.body["contextIdentifier"])
    if subunits.nip_of(context.value) != order.context.value:
        raise NotAllowed(UNRELATED)
    details = order.details | {
        "euEntityName": order.body["euEntityName"],
        "euEntityDetails": order.body["euEntityDetails"],
    }
    return [
        _new(order, permissions.EU_ADMIN, name, context=context, details=details)
        for name in EU_ADMIN_SCOPES
    ]


def _eu_representative(store: Store, order: Order) -> list[Grant]:
    if order.context.type != "NipVatUe":
        raise NotAllowed(WRONG_ROLE)
    return [_new(order, permissions.EU_REPRESENTATIVE, name) for name in order.body["permissions"]]


def _ended(store: Store, order: Order, held: frozenset[str]) -> str:
    found = grants.where(store, "id = ?", order.body["id"])
    if not found:
        raise NotAllowed(FAILED)
    row = found[0]
    entity = row["kind"] == permissions.AUTHORIZATION
    if entity != (order.kind == "authorization_revoke"):
        raise NotAllowed(WRONG_TYPE)
    places = {(row["context_type"], row["context"]), (row["given_in_type"], row["given_in"])}
    if (order.context.type, order.context.value) not in places:
        raise NotAllowed(UNRELATED)
    if "CredentialsManage" not in held and not _lesser(row, held):
        raise NotAllowed(NO_RIGHTS)
    return row["id"]


def _lesser(row: Row, held: frozenset[str]) -> bool:
    """Whether a permission less than CredentialsManage is enough to end this grant."""
    if row["kind"] == permissions.SUBUNIT_ADMIN:
        return "SubunitManage" in held
    eu = (permissions.EU_ADMIN, permissions.EU_REPRESENTATIVE)
    return row["kind"] in eu and "VatUeManage" in held


MANAGE = ("CredentialsManage",)
# The permissions of which an operation needs one (x-required-permissions of the OpenAPI).
NEEDED = {
    "grant_persons": MANAGE,
    "grant_entities": MANAGE,
    "grant_authorizations": MANAGE,
    "grant_indirect": MANAGE,
    "grant_subunits": ("SubunitManage",),
    "grant_eu_admin": MANAGE,
    "grant_eu_representative": ("VatUeManage",),
    "permission_revoke": (*MANAGE, "VatUeManage", "SubunitManage"),
    "authorization_revoke": MANAGE,
}
_MAKERS: dict[str, Callable[[Store, Order], list[Grant]]] = {
    "grant_persons": _persons,
    "grant_entities": _entities,
    "grant_authorizations": _authorizations,
    "grant_indirect": _indirect,
    "grant_subunits": _subunits,
    "grant_eu_admin": _eu_admin,
    "grant_eu_representative": _eu_representative,
}
