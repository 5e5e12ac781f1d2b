"""What KSeF listed when it was asked last: stored whole, or the failure beside the old list."""

from auth_ksef.errors import words_of
from auth_ksef.identities import Identity
from auth_ksef.messages import stored
from auth_ksef.models import KsefSnapshot
from ksefapp.accounts.models import Company
from ksefapp.lib import clock


def snapshot_get(identity: Identity, kind: str) -> KsefSnapshot | None:
    """The list as it was for this identity, if it was ever asked for."""
    return KsefSnapshot.objects.filter(**_place(identity, kind)).first()


def snapshot_store(identity: Identity, kind: str, rows: list[dict]) -> KsefSnapshot:
    """KSeF told its list now."""
    fresh = {"rows": rows, "fetched_at": clock.now(), "failed_at": None, "failure": ""}
    return _stored(identity, kind, fresh)


def snapshot_failed(identity: Identity, kind: str, error: Exception) -> KsefSnapshot:
    """KSeF did not tell it; what it told before stays, with its time."""
    return _stored(
        identity, kind, {"failed_at": clock.now(), "failure": stored(words_of(error))[:1000]}
    )


def is_listed(company: Company, kind: str, reference: str) -> bool:
    """Whether any stored list of this kind in the company's environment has such a row."""
    rows = KsefSnapshot.objects.filter(company=company, environment=company.environment, kind=kind)
    found = (row for listed in rows.values_list("rows", flat=True) for row in listed)
    return any(row.get("reference") == reference for row in found)


def _stored(identity: Identity, kind: str, fields: dict) -> KsefSnapshot:
    row, _ = KsefSnapshot.objects.update_or_create(
        **_place(identity, kind), defaults={"asked_by": identity.person, **fields}
    )
    return row


def _place(identity: Identity, kind: str) -> dict:
    return {
        "company": identity.company,
        "environment": identity.environment,
        "kind": kind,
        "subject": identity.subject,
    }
