"""Whether KSeF's list of rights shows a change that was asked for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auth_ksef.rights_words import Identifier, Right, identifier_of, right_of

LISTS = {
    "persons": ("persons-here",),
    "entities": ("persons-here",),
    "indirect": ("persons-here",),
    "authorizations": ("authorizations-granted",),
    "revoke-authorization": ("authorizations-granted",),
    "subunits": ("subunits",),
    "eu-admins": ("eu",),
    "eu-representatives": ("eu",),
}
# A row to be gone may stand in any list that a page offered it from (`body["list"]`).
REVOKED_FROM = {
    "persons": ("persons-here",),
    "subunits": ("subunits",),
    "eu": ("eu",),
}


def lists_of(kind: str, body: Mapping) -> tuple[str, ...]:
    """The lists of KsefApi.grants_list that can show the change."""
    if kind != "revoke":
        return LISTS[kind]
    return REVOKED_FROM.get(body.get("list"), ("persons-here", "subunits", "eu"))


def shows(kind: str, body: Mapping, rows: Iterable[Mapping]) -> bool:
    """Whether the rows have every right that was asked for, or no longer the withdrawn one."""
    if kind.startswith("revoke"):
        return all(row.get("id") != body["id"] for row in rows)
    have = [right_of(row) for row in rows]
    return all(any(_is(right, wanted) for right in have) for wanted in _wanted(kind, body))


@dataclass(frozen=True)
class _Wanted:
    """One right of a request; what is None does not matter."""

    holder: Identifier
    scope: str
    delegates: bool = False
    target: Identifier | None = None
    context: Identifier | None = None


def _is(right: Right, wanted: _Wanted) -> bool:
    return (
        right.scope == wanted.scope
        and _same(right.identifier, wanted.holder)
        and (right.delegates or not wanted.delegates)
        and (wanted.target is None or _same(right.target, wanted.target))
        and (wanted.context is None or _is_context(right, wanted.context))
    )


def _same(one: Identifier | None, other: Identifier) -> bool:
    # Fingerprints come in either case.
    return one is not None and (one.type, one.value.upper()) == (other.type, other.value.upper())


def _is_context(right: Right, context: Identifier) -> bool:
    # Of a pair of NIP and EU VAT number KSeF's list tells only the second.
    return right.context is not None and context.value.endswith(right.context.value)


def _wanted(kind: str, body: Mapping) -> list[_Wanted]:
    holder = identifier_of(body["subjectIdentifier"]) or Identifier("", "")
    common = {
        "target": identifier_of(body.get("targetIdentifier")),
        "context": identifier_of(body.get("contextIdentifier")),
    }
    return [_Wanted(holder, *scope, **common) for scope in _scopes(kind, body)]


def _scopes(kind: str, body: Mapping) -> list[tuple[str, bool]]:
    if kind == "authorizations":
        return [(body["permission"], False)]
    if kind == "subunits":
        return [("CredentialsManage", False)]
    if kind == "eu-admins":
        return [("VatUeManage", False)]
    if kind == "entities":
        return [(one["type"], bool(one.get("canDelegate"))) for one in body["permissions"]]
    return [(scope, False) for scope in body["permissions"]]
