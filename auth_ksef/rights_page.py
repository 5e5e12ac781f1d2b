"""What the page of rights shows, from stored lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from auth_ksef.messages import told
from auth_ksef.models import KsefSnapshot
from auth_ksef.rights_words import (
    Holder,
    Identifier,
    Right,
    holders,
    is_entity,
    is_passed_on,
    right_of,
    role_words,
)
from ksefapp.accounts.models import Company

Kind = KsefSnapshot.Kind


@dataclass(frozen=True)
class Section:
    """One part of the page: who has what of one sort, as of when, or why that is not known."""

    key: str
    kind: str
    title: str
    empty: str
    holders: list[Holder]
    fetched_at: datetime | None = None
    failure: str = ""
    given: bool = True  # rights that this company gave; others it received


@dataclass(frozen=True)
class Received:
    """Own rights of one identity in this company."""

    label: str
    rights: list[Right]
    elsewhere: list[Right]
    fetched_at: datetime | None
    failed_at: datetime | None
    failure: str


def sections(company: Company, snapshots: dict[str, KsefSnapshot]) -> list[Section]:
    """The parts in the order of the page; those of rare sorts only when they hold something."""
    made = [_section(company, snapshots, *spec) for spec in _specs(company.nip)]
    return [part for part in made if part.holders or part.key in ALWAYS]


def roles(snapshots: dict[str, KsefSnapshot]) -> list[tuple[str, Identifier | None]]:
    """The company's roles in KSeF, such as a VAT group."""
    row = snapshots.get(Kind.ROLES)
    return [role_words(one) for one in row.rows] if row else []


def _identity_words(subject: str) -> str:
    """By what KSeF knew us: a token, or a certificate by its fingerprint's first characters."""
    kind, *rest = subject.split(":")
    if kind == "token":
        return _("token …%(last)s") % {"last": rest[0]}
    return _("certyfikat o odcisku %(start)s") % {"start": (rest or [kind])[-1][:8]}


def received_view(row: KsefSnapshot, nip: str) -> Received:
    """A list of own rights: what works in this company, and what the identity has elsewhere."""
    rights = [right_of(one) for one in row.rows]
    here = [right for right in rights if _is_here(right, nip)]
    return Received(
        label=_identity_words(row.subject),
        rights=here,
        elsewhere=[right for right in rights if right not in here],
        fetched_at=row.fetched_at,
        failed_at=row.failed_at,
        failure=told(row.failure),
    )


ALWAYS = ("persons", "entities", "authorizations")


def _specs(nip: str) -> Iterable[tuple]:
    """Key, list, title, what an empty one says, which rows, whether given by this company."""
    yield (
        *("persons", Kind.PERSONS, _("Osoby")),
        _("Nikt poza właścicielem nie ma tu uprawnień."),
        lambda row: not is_passed_on(row, nip) and not is_entity(row),
        True,
    )
    yield (
        *("entities", Kind.PERSONS, _("Biura i inne firmy")),
        _("Żadna inna firma nie ma tu uprawnień do faktur."),
        lambda row: not is_passed_on(row, nip) and is_entity(row),
        True,
    )
    yield (
        *("authorizations", Kind.AUTHORIZATIONS, _("Samofakturowanie i przedstawiciele")),
        _("Nikt nie wystawia faktur w imieniu tej firmy jako nabywca ani przedstawiciel."),
        lambda row: _authorizing(row) == nip,
        True,
    )
    yield (
        *("subunits", Kind.SUBUNITS, _("Administratorzy jednostek podrzędnych")),
        "",
        lambda row: True,
        True,
    )
    yield (*("eu", Kind.EU, _("Podmioty z Unii")), "", lambda row: True, True)
    yield (
        *("staff", Kind.PERSONS, _("Przekazane pracownikom dla klientów")),
        "",
        lambda row: is_passed_on(row, nip),
        True,
    )
    yield (
        *("clients", Kind.ENTITIES, _("Otrzymane od innych firm")),
        "",
        lambda row: True,
        False,
    )
    yield (
        *("clients-authorizations", Kind.AUTHORIZATIONS, _("Otrzymane: w imieniu innych firm")),
        "",
        lambda row: _authorizing(row) != nip,
        False,
    )


def _section(
    company: Company,
    snapshots: dict[str, KsefSnapshot],
    key: str,
    kind: str,
    title: str,
    empty: str,
    wanted: Callable[[dict], bool],
    given: bool,
) -> Section:
    row = snapshots.get(kind)
    rights = [right_of(one) for one in row.rows if wanted(one)] if row else []
    found = holders(rights) if given else _by_giver(rights)
    return Section(
        key=key,
        kind=kind,
        title=title,
        empty=empty,
        holders=found,
        fetched_at=row.fetched_at if row else None,
        failure=told(row.failure) if row else "",
        given=given,
    )


def _by_giver(rights: list[Right]) -> list[Holder]:
    found: dict[Identifier | None, list[Right]] = {}
    for right in rights:
        found.setdefault(right.context, []).append(right)
    return [Holder("", giver, tuple(rows)) for giver, rows in found.items()]


def _authorizing(row: dict) -> str:
    party = row.get("authorizingEntityIdentifier")
    return party.get("value", "") if isinstance(party, dict) else ""


def _is_here(right: Right, nip: str) -> bool:
    named = [party for party in (right.context, right.target) if party and party.value]
    return all(party.value == nip for party in named)
