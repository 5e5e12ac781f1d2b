"""What we may do in KSeF, from the lists of rights that it gives."""

import base64
import json

from auth_ksef.client import scopes

REQUIRED = ("InvoiceWrite", "InvoiceRead")
RECOMMENDED = "Introspection"
OWNER = "Owner"
# OpenAPI PersonalPermissionScope.
SCOPES = {
    "CredentialsManage",
    "CredentialsRead",
    "InvoiceWrite",
    "InvoiceRead",
    "Introspection",
    "SubunitManage",
    "EnforcementOperations",
    "VatUeManage",
    "CollectiveIdentifierManage",
}


def effective_permissions(rows: list[dict], nip: str, *, token: str = "") -> set[str]:
    """What we may do in this company: scopes such as InvoiceWrite.

    `rows` as KsefApi.own_permissions gives them. Left out are rights that another company gave
    to this one, and those that aim at another company. After a login with a KSeF token, give
    the access `token`: then count only the rights that it was made with, where it names them.
    """
    held = scopes([row for row in rows if _concerns(row, nip)])
    if OWNER in held:
        held |= SCOPES
    named = _claimed(token) if token else set()
    # Names that we do not know are no ground to tell somebody that a right is missing.
    if named & SCOPES and OWNER not in named:
        held &= named
    return held


def _concerns(row: dict, nip: str) -> bool:
    """OpenAPI PersonalPermission: a context or target names somebody, unless it is null."""
    return all(_names(row.get(side), nip) for side in ("contextIdentifier", "targetIdentifier"))


def _names(party: object, nip: str) -> bool:
    if not isinstance(party, dict):
        return True
    return party.get("type") == "AllPartners" or party.get("value") == nip


def _claimed(token: str) -> set[str]:
    """The rights in the access token's claim `per`; empty where it has none that we can read.

    The signature is not checked and need not be: the token came from KSeF over TLS, and what it
    says only advises a person.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        named = claims.get("per")
        named = json.loads(named) if isinstance(named, str) else named
        return {name for name in named if isinstance(name, str)}
    except (ValueError, IndexError, TypeError, AttributeError, RecursionError):
        return set()
