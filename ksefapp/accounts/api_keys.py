"""API keys: made once, shown once, stored hashed, limited to companies, revocable."""

from datetime import timedelta

from django.db import transaction

from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import ApiKey, Company, Membership, User, token_hash, token_new
from ksefapp.accounts.roles import RIGHTS, May
from ksefapp.lib import clock

USE_NOTED_EVERY = timedelta(minutes=1)


def api_key_create(*, user: User, name: str, companies: list[Company]) -> tuple[ApiKey, str]:
    """A new key and its token; the token is shown once, only its SHA-256 is kept."""
    token = token_new()
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user, name=name, prefix=token[:8], token_hash=token_hash(token)
        )
        key.companies.set(companies)
        for company in companies:
            audit("api_key.create", company=company, user=user, subject=name, prefix=key.prefix)
    return key, token


def api_key_find(token: str) -> ApiKey | None:
    """The living key of a token, its use noted; None for an unknown, revoked or orphaned one."""
    key = (
        ApiKey.objects.select_related("user")
        .filter(token_hash=token_hash(token), revoked_at=None, user__is_active=True)
        .first()
    )
    if key:
        _note_use(key)
    return key


def api_key_revoke(*, key: ApiKey, company: Company, by: User) -> None:
    """Ends one's own key; takes this company out of the scope of somebody else's key."""
    with transaction.atomic():
        if key.user_id == by.pk:
            ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now())
            affected = list(key.companies.all())
        else:
            key.companies.remove(company)
            affected = [company]
        for one in affected:
            audit("api_key.revoke", company=one, user=by, subject=key.name, prefix=key.prefix)


def api_key_list(company: Company):
    """Living keys that reach this company, newest first."""
    rows = company.api_keys.filter(revoked_at=None).select_related("user")
    return rows.prefetch_related("companies").order_by("-created_at")


def key_companies(user: User):
    """The companies that a key of this person may be given."""
    roles = [role for role, rights in RIGHTS.items() if May.API_KEYS in rights]
    mine = Membership.objects.filter(user=user, role__in=roles)
    return Company.objects.filter(pk__in=mine.values("company"))


def _note_use(key: ApiKey) -> None:
    # A row written on each call would make every reader of the API a writer of the database.
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
