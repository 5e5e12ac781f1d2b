"""An accountant's view over all her companies: which client granted what, to her or her office.

Everything comes from stored snapshots. A button marks those that are hers as wanted; the worker
reads them again one by one, as KSeF's limits allow.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, Q

from auth_ksef.client import KsefLater
from auth_ksef.doorbell import ring
from auth_ksef.errors import NoCredential
from auth_ksef.messages import stored, told
from auth_ksef.models import Binding, Credential, KsefSnapshot
from auth_ksef.presets import INVOICES
from auth_ksef.rights import error_words, lists_want, snapshot_read, snapshot_want
from auth_ksef.rights_messages import NOT_NOW, RightsNotNow
from auth_ksef.rights_words import ALL_PARTNERS, Identifier, Right, right_of
from ksefapp.accounts.access import Actor, company_list
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import RIGHTS, May
from ksefapp.lib import clock

Kind = KsefSnapshot.Kind
OFFICE_KINDS = (Kind.ENTITIES, Kind.AUTHORIZATIONS)
AT_ONCE = 3
CLAIM = timedelta(seconds=120)
GIVE_UP = timedelta(hours=1)  # her own certificate serves here without consent to background use
LATER = 60

log = logging.getLogger(__name__)


@dataclass
class Client:
    """One client of the person: rights of her own there, and of her offices.

    `company` is None where the client is not kept here. `failure` says in KSeF's or our words
    why her own rights are not known; `unbound` that no certificate of hers serves there.
    """

    nip: str
    environment: str
    name: str = ""
    company: Company | None = None
    own: list[Right] = field(default_factory=list)
    by_office: list[tuple[Company, Right]] = field(default_factory=list)
    fetched_at: datetime | None = None
    failure: str = ""
    unbound: bool = False
    wanted: bool = False

    def has(self, scope: str) -> str:
        """`own`, `office`, `both` or nothing: by whom she may do it there."""
        own = any(right.scope == scope and right.active for right in self.own)
        office = any(right.scope == scope for _office, right in self.by_office)
        return {(1, 1): "both", (1, 0): "own", (0, 1): "office"}.get((own, office), "")

    @property
    def issues(self) -> str:
        """By whom she may issue there."""
        return self.has("InvoiceWrite")

    @property
    def reads(self) -> str:
        """By whom she may read there."""
        return self.has("InvoiceRead")

    @property
    def others(self) -> list[str]:
        """What else there is, by name, each once."""
        rights = [*self.own, *(right for _office, right in self.by_office)]
        names = [right.name for right in rights if right.scope not in INVOICES]
        return list(dict.fromkeys(names))

    @property
    def said(self) -> str:
        """Why her own rights are not known, in the active language."""
        return told(self.failure)

    @property
    def delegates(self) -> bool:
        """Whether one of her offices may pass a right on to its staff."""
        return any(right.delegates for _office, right in self.by_office)


def client_list(person: User) -> list[Client]:
    """Her companies in which she may act in KSeF, and whoever granted her offices something."""
    companies = _companies(person)
    credentials = _own_credentials(companies, person)
    lists = _received(companies)
    found = {
        (one.environment, one.nip): _client(one, credentials.get(one.pk), lists)
        for one in companies
    }
    for office, client_nip, right in _granted(offices(person)):
        key = (office.environment, client_nip)
        client = found.setdefault(key, Client(client_nip, office.environment))
        client.by_office.append((office, right))
    return sorted(found.values(), key=lambda one: (not one.name, one.name.casefold(), one.nip))


def offices(person: User) -> list[Company]:
    """Companies in whose name she may pass rights on: where she grants rights in KSeF."""
    roles = [role for role, rights in RIGHTS.items() if May.PERMISSIONS in rights]
    rows = company_list(Actor(person)).filter(memberships__user=person, memberships__role__in=roles)
    return list(rows.distinct())


def delegating_offices(person: User) -> list[Company]:
    """Her offices that at least one client lets pass rights on."""
    rows = _granted(offices(person))
    found = {office.pk: office for office, _client, right in rows if right.delegates}
    return list(found.values())


def delegated_to(office: Company) -> list[tuple[str, list[Right]]]:
    """Clients whose rights the office may pass on: NIP and those rights, as last listed."""
    found: dict[str, list[Right]] = {}
    for _office, client_nip, right in _granted([office]):
        if right.delegates:
            found.setdefault(client_nip, []).append(right)
    return sorted(found.items())


def office_refresh(person: User) -> int:
    """Marks all that the page shows as wanted; returns how many lists the worker will read."""
    companies = {company.pk: company for company in _companies(person)}
    own = _own_credentials(list(companies.values()), person)
    for pk, credential in own.items():
        subject = credential.fingerprint
        snapshot_want(company=companies[pk], person=person, kind=Kind.RECEIVED, subject=subject)
    marked = len(own)
    for office in offices(person):
        lists_want(company=office, person=person, kinds=OFFICE_KINDS)
        marked += len(OFFICE_KINDS)
    ring("access_task")
    return marked


def wanted_count(person: User) -> int:
    """How many lists that she asked for are still to be read."""
    return KsefSnapshot.objects.filter(asked_by=person).exclude(wanted_at=None).count()


def snapshots_follow() -> int:
    """Reads a few of the wanted lists again; returns how many it tried."""
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    rows = KsefSnapshot.objects.filter(free).exclude(wanted_at=None).order_by("wanted_at", "pk")
    return sum(_read(row) for row in rows.select_related("company", "asked_by")[:AT_ONCE])


def own_credential(company: Company, person: User) -> Credential | None:
    """Her own certificate that logs in for this company."""
    return _own_credentials([company], person).get(company.pk)


def _companies(person: User) -> list[Company]:
    roles = [role for role, rights in RIGHTS.items() if May.OWN_CREDENTIAL in rights]
    rows = company_list(Actor(person)).filter(memberships__user=person, memberships__role__in=roles)
    return list(rows.distinct())


def _own_credentials(companies: list[Company], person: User) -> dict[int, Credential]:
    """By company her own certificate that logs in there, the newest; one query for all."""
    rows = Binding.objects.filter(
        company__in=companies,
        purpose=Binding.Purpose.LOGIN,
        ended_at=None,
        environment=F("company__environment"),
        credential__environment=F("company__environment"),
        credential__owner_user=person,
        credential__retired_at=None,
    )
    rows = rows.select_related("credential").defer("credential__secret").order_by("bound_at")
    return {row.company_id: row.credential for row in rows}


def _received(companies: list[Company]) -> dict[tuple[int, str], KsefSnapshot]:
    """Lists of own rights by company and certificate; one query for all."""
    rows = KsefSnapshot.objects.filter(
        company__in=companies, environment=F("company__environment"), kind=Kind.RECEIVED
    )
    return {(row.company_id, row.subject): row for row in rows}


def _client(
    company: Company, credential: Credential | None, lists: dict[tuple[int, str], KsefSnapshot]
) -> Client:
    client = Client(company.nip, company.environment, company.name, company)
    client.unbound = credential is None
    row = lists.get((company.pk, credential.fingerprint)) if credential else None
    if row:
        client.own = [right_of(one) for one in row.rows if _works_in(one, company.nip)]
        client.fetched_at, client.failure = row.fetched_at, row.failure
        client.wanted = row.wanted_at is not None
    return client


def _works_in(row: dict, nip: str) -> bool:
    """OpenAPI PersonalPermission: a context or target names whom it is for, unless it is null."""
    right = right_of(row)
    return all(_is_for(party, nip) for party in (right.context, right.target))


def _is_for(party: Identifier | None, nip: str) -> bool:
    return party is None or party.type == ALL_PARTNERS or party.value == nip


def _granted(firms: list[Company]) -> Iterator[tuple[Company, str, Right]]:
    """What others granted these firms, as last listed: the firm, who granted (NIP), the right."""
    rows = KsefSnapshot.objects.filter(
        company__in=firms, environment=F("company__environment"), kind__in=OFFICE_KINDS, subject=""
    )
    for row in rows.select_related("company"):
        for right in map(right_of, row.rows):
            # The list of authorizations has also those that the firm itself gave.
            if right.context and right.context.value != row.company.nip:
                yield row.company, right.context.value[:10], right


def _read(row: KsefSnapshot) -> bool:
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    mine = KsefSnapshot.objects.filter(free, pk=row.pk, wanted_at=row.wanted_at)
    if not mine.update(claimed_until=now + CLAIM):
        return False
    if row.environment != row.company.environment:
        return _done(row)
    credential = _credential(row)
    if row.kind == Kind.RECEIVED and credential is None:
        return _done(row)
    try:
        _stored, error = snapshot_read(
            company=row.company, person=row.asked_by, kind=row.kind, credential=credential
        )
    except (NoCredential, RightsNotNow) as refusal:
        return _done(row, failed_at=now, failure=stored(error_words(refusal)))
    except Exception:
        # Lists of other companies are behind it, and the next try would end the same.
        log.exception("the list %s could not be read", row.pk)
        return _done(row, failed_at=now, failure=stored(NOT_NOW["fault"]))
    if isinstance(error, KsefLater) and now - row.wanted_at < GIVE_UP:
        until = clock.now() + timedelta(seconds=error.retry_after or LATER)
        KsefSnapshot.objects.filter(pk=row.pk).update(claimed_until=until)
        return True
    return _done(row)


def _done(row: KsefSnapshot, **values: object) -> bool:
    KsefSnapshot.objects.filter(pk=row.pk).update(wanted_at=None, claimed_until=None, **values)
    return True


def _credential(row: KsefSnapshot) -> Credential | None:
    if row.kind != Kind.RECEIVED:
        return None
    credential = own_credential(row.company, row.asked_by)
    return credential if credential and credential.fingerprint == row.subject else None
