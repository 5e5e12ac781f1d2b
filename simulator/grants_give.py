"""Requests that grant or revoke permissions (OpenAPI "Nadawanie uprawnień", "Odbieranie")."""

from collections.abc import Callable

from werkzeug import Response

from simulator import grants_shapes, operations, shapes
from simulator.web import Call


def _giving(kind: str, shape: shapes.Check) -> Callable[[Call], Response]:
    def give(call: Call) -> Response:
        return operations.begin(call, kind, shapes.json_body(call.request, shape))

    give.__doc__ = f"The operation {kind} of the routes."
    return give


persons = _giving("grant_persons", grants_shapes.PERSONS)
entities = _giving("grant_entities", grants_shapes.ENTITIES)
authorizations = _giving("grant_authorizations", grants_shapes.AUTHORIZATION)
indirect = _giving("grant_indirect", grants_shapes.INDIRECT)
subunits = _giving("grant_subunits", grants_shapes.SUBUNIT)
eu_admin = _giving("grant_eu_admin", grants_shapes.EU_ADMIN)
eu_representative = _giving("grant_eu_representative", grants_shapes.EU_REPRESENTATIVE)


def revoke(call: Call, permissionId: str) -> Response:
    """DELETE /permissions/common/grants/{permissionId}."""
    found = shapes.reference(permissionId, "permissionId")
    return operations.begin(call, "permission_revoke", {"id": found})


def revoke_authorization(call: Call, permissionId: str) -> Response:
    """DELETE /permissions/authorizations/grants/{permissionId}."""
    found = shapes.reference(permissionId, "permissionId")
    return operations.begin(call, "authorization_revoke", {"id": found})
