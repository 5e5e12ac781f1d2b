"""KSeF's lists of rights, read when a person asks for it and kept as `KsefSnapshot`.

KSeF allows few such calls, so pages show what is stored, with its time. Rows stay KSeF's own;
`rights_words` words them.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import QuerySet

from auth_ksef.api import ksef_api
from auth_ksef.choosing import credential_for
from auth_ksef.client import KsefApi, KsefError, KsefRefused
from auth_ksef.errors import LoginRefused, NoCredential, words_of
from auth_ksef.identities import Identity, identity_list
from auth_ksef.login import access_forget
from auth_ksef.messages import Pair, stored
from auth_ksef.models import Credential, KsefSnapshot
from auth_ksef.rights_messages import NOT_NOW, RightsNotNow, lacks_rights
from ksefapp.accounts.access import Actor, may_do
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

Kind = KsefSnapshot.Kind
T = TypeVar("T")

# Which lists of KsefApi.grants_list make one snapshot.
LISTS: dict[str, tuple[str, ...]] = {
    # Whom an office passed the right on to KSeF does not list for its client, only for the office.
    Kind.PERSONS: ("persons-here",),
    Kind.ENTITIES: ("entities-received",),
    Kind.AUTHORIZATIONS: ("authorizations-granted", "authorizations-received"),
    Kind.SUBUNITS: ("subunits",),
    Kind.EU: ("eu",),
    Kind.ROLES: ("roles", "subordinates"),
}
# What the page of a company shows; own rights are listed by subject and not by context.
KINDS: tuple[str, ...] = (Kind.RECEIVED, *LISTS)


def rights_refresh(
    *,
    company: Company,
    person: User,
    kinds: Iterable[str] = KINDS,
    credential: Credential | None = None,
) -> list[KsefSnapshot]:
    """Asks KSeF for these lists and stores them; what failed keeps its old rows and says why.

    `credential` allows just that one, see `ways_in`. Raises NoCredential or RightsNotNow when
    there is nothing to ask with. Calls KSeF: never inside a transaction.
    """
    found: list[KsefSnapshot] = []
    for kind in kinds:
        row, error = snapshot_read(company=company, person=person, kind=kind, credential=credential)
        found.append(row)
        if error is not None and not isinstance(error, KsefRefused):
            break  # KSeF is not there, or its limit is used up: the others would fail as well
    return found


def lists_want(*, company: Company, person: User, kinds: Iterable[str]) -> None:
    """Marks lists of the company that the worker is to read when KSeF's limits allow it again."""
    for kind in kinds:
        snapshot_want(company=company, person=person, kind=kind)


def snapshot_want(*, company: Company, person: User, kind: str, subject: str = "") -> None:
    """Marks one list as wanted by this person; one that is already wanted stays as it is."""
    place = {"company": company, "environment": company.environment}
    row, _made = KsefSnapshot.objects.get_or_create(
        **place, kind=kind, subject=subject, defaults={"asked_by": person}
    )
    rows = KsefSnapshot.objects.filter(pk=row.pk, wanted_at=None)
    rows.update(wanted_at=clock.now(), asked_by=person)


def snapshot_read(
    *, company: Company, person: User, kind: str, credential: Credential | None = None
) -> tuple[KsefSnapshot, KsefError | None]:
    """Asks KSeF for one list: what is stored of it now, and the error if it failed."""
    own = kind == Kind.RECEIVED
    try:
        rows, identity = asked(company, person, _reader(kind), credential=credential)
    except KsefError as error:
        subject = _subject(company, person, credential) if own else ""
        failed = {"failed_at": clock.now(), "failure": stored(error_words(error))}
        return _written(company, kind, subject, {**failed, "asked_by": person}), error
    subject = identity.subject if own else ""
    read = {"rows": rows, "fetched_at": clock.now(), "failed_at": None, "failure": ""}
    return _written(company, kind, subject, {**read, "asked_by": person}), None


def ways_in(company: Company, person: User) -> list[Identity]:
    """As whom this person may act here: today's signature, their own, then the company's.

    What belongs to the company serves only those with May.PERMISSIONS. Never empty: raises
    NoCredential, RightsNotNow.
    """
    trusted = may_do(Actor(person), company, May.PERMISSIONS)
    found = identity_list(company, person, company_too=trusted)
    if not found and trusted:
        credential_for(company, acting=person)  # says what is missing
    if not found:
        raise RightsNotNow("none-own")
    return sorted(found, key=lambda one: not _is_own(one, person))


def asked(
    company: Company,
    person: User,
    call: Callable[[KsefApi, str], T],
    *,
    credential: Credential | None = None,
) -> tuple[T, Identity]:
    """The answer to `call(api, access)` by the first way in that KSeF allows it.

    A 403, a refused login or a certificate out of its time passes on to the next way; all other
    errors are raised, and when no way is left the first refusal. Raises KsefError, NoCredential,
    RightsNotNow. Calls KSeF, so never inside a transaction.
    """
    one = [Identity(company, person, credential=credential)] if credential else []
    refusals: list[Exception] = []
    for identity in one or ways_in(company, person):
        try:
            return _called(identity, call), identity
        except (LoginRefused, NoCredential) as error:
            refusals.append(error)
        except KsefRefused as error:
            if not lacks_rights(error):
                raise
            refusals.append(error)
    raise refusals[0]


def snapshot_list(company: Company, kinds: Iterable[str] = LISTS) -> dict[str, KsefSnapshot]:
    """What is stored of the company's lists in its present environment, by kind."""
    rows = KsefSnapshot.objects.filter(
        company=company, environment=company.environment, kind__in=list(kinds), subject=""
    )
    return {row.kind: row for row in rows}


def received_list(company: Company, person: User) -> QuerySet[KsefSnapshot]:
    """Stored own rights of those as whom this person acted here, the latest first."""
    rows = KsefSnapshot.objects.filter(
        company=company, environment=company.environment, kind=Kind.RECEIVED, asked_by=person
    )
    return rows.order_by("-fetched_at", "-failed_at")


def error_words(error: Exception) -> Pair:
    """Why a list could not be read, for the page."""
    if isinstance(error, RightsNotNow):
        return error.pl, error.en
    if isinstance(error, KsefRefused) and lacks_rights(error):
        return NOT_NOW["read"]
    return words_of(error)


def _is_own(identity: Identity, person: User) -> bool:
    return identity.login is not None or identity.credential.owner_user_id == person.pk


def _called(identity: Identity, call: Callable[[KsefApi, str], T]) -> T:
    api = ksef_api(identity.environment, identity.company)
    access = identity.access()
    try:
        return call(api, access)
    except KsefRefused as error:
        if error.http_status != 401 or identity.credential is None:
            raise
    # The token was good a minute ago: a new login says whether the rights are gone.
    access_forget(identity.company, identity.credential)
    return call(api, identity.access())


def _reader(kind: str) -> Callable[[KsefApi, str], list[dict]]:
    if kind == Kind.RECEIVED:
        return lambda api, access: api.own_permissions(access=access)

    def read(api: KsefApi, access: str) -> list[dict]:
        found = [row for name in LISTS[kind] for row in api.grants_list(kind=name, access=access)]
        return _once(found)

    return read


def _once(rows: list[dict]) -> list[dict]:
    """Two lists may tell of one grant: by its id it stays once. Roles have no id and stay."""
    kept = {row.get("id") or index: row for index, row in enumerate(rows)}
    return list(kept.values())


def _subject(company: Company, person: User, credential: Credential | None) -> str:
    """Whose own rights could not be read."""
    if credential:
        return Identity(company, person, credential=credential).subject
    found = identity_list(company, person, company_too=False)
    return found[0].subject if found else f"user:{person.pk}"


def _written(company: Company, kind: str, subject: str, values: dict) -> KsefSnapshot:
    row, _made = KsefSnapshot.objects.update_or_create(
        company=company,
        environment=company.environment,
        kind=kind,
        subject=subject,
        defaults=values,
    )
    return row
