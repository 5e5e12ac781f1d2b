"""Who may do what in which context: owners, granted permissions, tokens."""

import json

from simulator import roles
from simulator.store import Row, Store
from simulator.web import Identifier

# OpenAPI OwnerPermissionScope.
OWNER = (
    "CredentialsManage",
    "CredentialsRead",
    "InvoiceWrite",
    "InvoiceRead",
    "Introspection",
    "SubunitManage",
    "CollectiveIdentifierManage",
)
ENFORCEMENT = "EnforcementOperations"
ALL = (*OWNER, ENFORCEMENT)
SELF_INVOICING = "SelfInvoicing"  # OpenAPI EntityAuthorizationPermissionType

# Kinds of grants that let their holder work in the context that they name.
PERSON, ENTITY, SUBUNIT_ADMIN = "Person", "Entity", "SubunitAdmin"
EU_ADMIN, EU_REPRESENTATIVE = "EuAdmin", "EuRepresentative"
DIRECT = (PERSON, ENTITY, SUBUNIT_ADMIN, EU_ADMIN, EU_REPRESENTATIVE)
# Kinds that work otherwise: through a client's grant, and on invoices instead of logins.
INDIRECT, AUTHORIZATION = "Indirect", "Authorization"
ALL_PARTNERS = "AllPartners"


def aliases(store: Store, subject: Identifier) -> set[tuple[str, str]]:
    """The subject and, for a known person, the other of NIP and PESEL."""
    found = {(subject.type, subject.value)}
    if subject.type in ("Nip", "Pesel"):
        for person in store.rows(
            "SELECT nip, pesel FROM persons WHERE nip = ? OR pesel = ?",
            subject.value,
            subject.value,
        ):
            found |= {("Nip", person["nip"]), ("Pesel", person["pesel"])}
    return found


def owner_permissions(store: Store, subject: Identifier, context: Identifier) -> tuple[str, ...]:
    """What comes from being the owner of the context; empty for everyone else."""
    if context.type != "Nip" or ("Nip", context.value) not in aliases(store, subject):
        return ()
    return ALL if roles.enforces(store, context.value) else OWNER


def grants(store: Store, subject: Identifier, context: Identifier) -> list[Row]:
    """The grants that let the subject work in the context now."""
    held = aliases(store, subject)
    rows = [*_direct(store, context), *_passed_on(store, context)]
    return [row for row in rows if (row["holder_type"], row["holder"]) in held]


def _direct(store: Store, context: Identifier) -> list[Row]:
    marks = ", ".join("?" for _ in DIRECT)
    return store.rows(
        f"SELECT * FROM grants WHERE context_type = ? AND context = ? AND kind IN ({marks}) "  # noqa: S608
        "ORDER BY granted_at DESC, id",
        context.type,
        context.value,
        *DIRECT,
    )


def _passed_on(store: Store, client: Identifier) -> list[Row]:
    """What those who may pass the client's permissions on have passed on."""
    return store.rows(
        "SELECT DISTINCT passed.* FROM grants AS passed JOIN grants AS received ON "
        "received.kind = 'Entity' AND received.delegable = 1 AND "
        "received.holder = passed.context AND received.permission = passed.permission "
        "WHERE received.context_type = ? AND received.context = ? AND passed.kind = 'Indirect' "
        "AND (passed.target_type = 'AllPartners' OR (passed.target_type = received.context_type "
        "AND passed.target = received.context)) ORDER BY passed.granted_at DESC, passed.id",
        client.type,
        client.value,
    )


def permissions(store: Store, subject: Identifier, context: Identifier) -> frozenset[str]:
    """All permissions of a subject in a context."""
    granted = {row["permission"] for row in grants(store, subject, context)}
    return frozenset(granted.union(owner_permissions(store, subject, context)))


def token_permissions(store: Store, token: Row) -> frozenset[str]:
    """What a token still gives: its own permissions as far as its author still has them."""
    author = Identifier(token["author_type"], token["author"])
    context = Identifier(token["context_type"], token["context"])
    return permissions(store, author, context).intersection(json.loads(token["permissions"]))


def sellers_of(store: Store, nip: str, permission: str) -> frozenset[str]:
    """Who lets this company issue for them by this authorisation, such as SelfInvoicing."""
    rows = store.rows(
        "SELECT context FROM grants WHERE kind = 'Authorization' AND holder_type = 'Nip' "
        "AND holder = ? AND permission = ?",
        nip,
        permission,
    )
    return frozenset(row["context"] for row in rows)


def is_deceased(store: Store, subject: Identifier) -> bool:
    """Whether /testdata/person said that this person has died."""
    row = store.row(
        "SELECT 1 FROM persons WHERE deceased = 1 AND (nip = ? OR pesel = ?)",
        subject.value,
        subject.value,
    )
    return row is not None
