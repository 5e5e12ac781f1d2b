"""Which right each address asks for: the one table that tests/test_accounts_gates.py walks.

Every name in the URL conf is in exactly one of the tables here, or its test fails and says so.
An address with further arguments has a factory in OBJECTS: it takes the company (and its owner)
and returns those arguments. A name whose first method is not GET stands in METHODS.
"""

from ksefapp.accounts.api_keys import api_key_create
from ksefapp.accounts.invitations import invitation_create
from ksefapp.accounts.roles import May, Role

# Names under /firma/<nip>/ and under /api/ that reach one company's rows.
PAGE_RIGHTS: dict[str, May] = {
    "company-settings": May.SETTINGS,
    "audit-list": May.AUDIT,
    "member-list": May.MEMBERS,
    "member-role": May.MEMBERS,
    "member-remove": May.MEMBERS,
    "invitation-revoke": May.MEMBERS,
    "api-key-list": May.API_KEYS,
    "api-key-revoke": May.API_KEYS,
    "environment": May.ENVIRONMENT,
    "environment-production": May.ENVIRONMENT,
}

# Names that any logged-in person (or any living API key) may call.
PERSONAL = {"company-list", "company-new", "profile", "account-close"}

# Names for everybody; each shows nothing of a company.
OPEN = {"health", "home", "invitation", "ui:appearance", "ui:language", "ui:components"}

# Parts that other packages bring, with gates of their own.
FOREIGN = ("account_", "mfa_", "admin:")

METHODS = {"member-role": "post", "invitation-revoke": "post"}


def _member(company, owner) -> dict:
    return {"pk": company.memberships.get(role=Role.VIEWER).pk}


def _invitation(company, owner) -> dict:
    row, _ = invitation_create(
        company=company, email="nowa@example.com", role=Role.VIEWER, invited_by=owner
    )
    return {"pk": row.pk}


def _api_key(company, owner) -> dict:
    key, _ = api_key_create(user=owner, name="sklep", companies=[company])
    return {"pk": key.pk}


OBJECTS = {
    "member-role": _member,
    "member-remove": _member,
    "invitation-revoke": _invitation,
    "api-key-revoke": _api_key,
}
