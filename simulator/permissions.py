"""Who may do what in which context: owners, granted permissions, tokens."""

import json

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
    return ALL if _enforces(store, context.value) else OWNER


def _enforces(store: Store, nip: str) -> bool:
    person = store.row("SELECT bailiff FROM persons WHERE nip = ?", nip)
    subject = store.row("SELECT kind FROM subjects WHERE nip = ?", nip)
    return bool(
        (person and person["bailiff"]) or (subject and subject["kind"] == "EnforcementAuthority")
    )


def grants(store: Store, subject: Identifier, context: Identifier) -> list[Row]:
    """Permissions granted to the subject in the context."""
    if context.type != "Nip":
        return []
    held = aliases(store, subject)
    rows = store.rows(
        "SELECT * FROM permissions WHERE context = ? ORDER BY granted_at DESC, id", context.value
    )
    return [row for row in rows if (row["holder_type"], row["holder"]) in held]


def permissions(store: Store, subject: Identifier, context: Identifier) -> frozenset[str]:
    """All permissions of a subject in a context."""
    granted = {row["permission"] for row in grants(store, subject, context)}
    return frozenset(granted.union(owner_permissions(store, subject, context)))


def token_permissions(store: Store, token: Row) -> frozenset[str]:
    """What a token still gives: its own permissions as far as its author still has them."""
    author = Identifier(token["author_type"], token["author"])
    context = Identifier(token["context_type"], token["context"])
    return permissions(store, author, context).intersection(json.loads(token["permissions"]))


def sellers_of(store: Store, nip: str) -> frozenset[str]:
    """Whose invoices this company may issue as their buyer (SelfInvoicing, granted by them)."""
    rows = store.rows(
        "SELECT seller FROM authorizations WHERE authorized = ? AND permission = ?",
        nip,
        SELF_INVOICING,
    )
    return frozenset(row["seller"] for row in rows)


def is_deceased(store: Store, subject: Identifier) -> bool:
    """Whether /testdata/person said that this person has died."""
    row = store.row(
        "SELECT 1 FROM persons WHERE deceased = 1 AND (nip = ? OR pesel = ?)",
        subject.value,
        subject.value,
    )
    return row is not None
