"""Rows of KSeF's lists of rights in words: whose right, what it means, who gave it. Pure.

Sentences are pairs and not gettext: they are also stored with operations and given by the API.
Rows came from outside, so whatever is missing or of another shape is left out in silence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from auth_ksef.identifiers import FINGERPRINT, NIP, PESEL
from auth_ksef.messages import Pair, chosen
from ksefapp.ui.formats import nip as nip_shown

ALL_PARTNERS = "AllPartners"

# OpenAPI: PersonPermissionScope, EntityAuthorizationPermissionType, EuEntityPermissionType,
# EntityRoleType. The name, then what it means for the company that gave it.
SCOPES: dict[str, tuple[Pair, Pair]] = {
    "InvoiceWrite": (
        ("wystawianie faktur", "issuing invoices"),
        (
            "Może wystawiać faktury tej firmy i wysyłać je do KSeF.",
            "May issue invoices of this company and send them to KSeF.",
        ),
    ),
    "InvoiceRead": (
        ("przeglądanie faktur", "reading invoices"),
        (
            "Widzi i pobiera wszystkie faktury tej firmy w KSeF: sprzedaż i zakupy.",
            "Sees and downloads all invoices of this company in KSeF: sales and purchases.",
        ),
    ),
    "CredentialsManage": (
        ("zarządzanie uprawnieniami", "managing rights"),
        (
            "Może nadać i odebrać każde uprawnienie każdemu, także sobie.",
            "May grant and withdraw every right for everybody, for themselves too.",
        ),
    ),
    "CredentialsRead": (
        ("przeglądanie uprawnień", "reading rights"),
        (
            "Widzi, kto ma jakie uprawnienia. Niczego nie zmieni.",
            "Sees who has which rights. Cannot change anything.",
        ),
    ),
    "Introspection": (
        ("przeglądanie historii sesji", "reading the history of sessions"),
        (
            "Widzi, co i kiedy wysłano do KSeF i jak się to skończyło.",
            "Sees what was sent to KSeF, when, and how it ended.",
        ),
    ),
    "SubunitManage": (
        ("zarządzanie jednostkami podrzędnymi", "managing sub-units"),
        (
            "Może wyznaczać administratorów oddziałów i jednostek podrzędnych.",
            "May appoint administrators of branches and sub-units.",
        ),
    ),
    "EnforcementOperations": (
        ("operacje egzekucyjne", "enforcement operations"),
        (
            "Może wystawiać faktury jako organ egzekucyjny albo komornik.",
            "May issue invoices as an enforcement authority or bailiff.",
        ),
    ),
    "CollectiveIdentifierManage": (
        ("identyfikatory zbiorcze", "collective identifiers"),
        (
            "Może łączyć faktury jednym identyfikatorem do przelewu.",
            "May join invoices by one identifier for a transfer.",
        ),
    ),
    "VatUeManage": (
        ("zarządzanie uprawnieniami podmiotu unijnego", "managing rights of an EU entity"),
        (
            "Może dopuszczać inne osoby tego podmiotu z Unii do wystawiania i przeglądania faktur.",
            "May let other people of this EU entity issue and read invoices.",
        ),
    ),
    "SelfInvoicing": (
        ("samofakturowanie", "self-billing"),
        (
            "Ten nabywca może wystawiać w KSeF faktury sprzedaży w imieniu tej firmy. "
            "Faktur nie przegląda.",
            "This buyer may issue sales invoices in KSeF on behalf of this company. Does not "
            "read invoices.",
        ),
    ),
    "TaxRepresentative": (
        ("przedstawiciel podatkowy", "tax representative"),
        (
            "Ten przedstawiciel podatkowy może wystawiać faktury za tę firmę.",
            "This tax representative may issue invoices for this company.",
        ),
    ),
    "RRInvoicing": (
        ("wystawianie faktur VAT RR", "issuing VAT RR invoices"),
        (
            "Ten nabywca może wystawiać faktury VAT RR za rolnika ryczałtowego.",
            "This buyer may issue VAT RR invoices for a flat-rate farmer.",
        ),
    ),
    "PefInvoicing": (
        ("faktury PEF przez Peppol", "PEF invoices through Peppol"),
        (
            "Ten dostawca usług Peppol może przekazywać faktury w zamówieniach publicznych.",
            "This Peppol provider may pass on invoices of public procurement.",
        ),
    ),
    "Owner": (
        ("właściciel", "owner"),
        ("Ma wszystkie uprawnienia w tej firmie.", "Has all rights in this company."),
    ),
}
# The same where it works for an office's clients and not for the company that gave it.
FOR_CLIENTS: dict[str, Pair] = {
    "InvoiceWrite": (
        "Może wystawiać faktury w imieniu klienta i wysyłać je do KSeF.",
        "May issue invoices on behalf of the client and send them to KSeF.",
    ),
    "InvoiceRead": (
        "Widzi i pobiera wszystkie faktury klienta w KSeF: sprzedaż i zakupy.",
        "Sees and downloads all invoices of the client in KSeF: sales and purchases.",
    ),
    "CollectiveIdentifierManage": (
        "Może łączyć faktury klienta jednym identyfikatorem do przelewu.",
        "May join invoices of the client by one identifier for a transfer.",
    ),
}
ROLES: dict[str, Pair] = {
    "CourtBailiff": ("komornik sądowy", "court bailiff"),
    "EnforcementAuthority": ("organ egzekucyjny", "enforcement authority"),
    "LocalGovernmentUnit": ("nadrzędna jednostka samorządu", "parent local government unit"),
    "LocalGovernmentSubUnit": ("podrzędna jednostka samorządu", "local government sub-unit"),
    "VatGroupUnit": ("grupa VAT", "VAT group"),
    "VatGroupSubUnit": ("członek grupy VAT", "member of a VAT group"),
}
DELEGATES: Pair = (
    "Może to przekazać swoim pracownikom i współpracownikom, bez pytania tej firmy.",
    "May pass this on to their staff, without asking this company.",
)
INACTIVE: Pair = (
    "Teraz nie działa: klient odebrał biuru uprawnienie albo prawo do przekazywania.",
    "Does not work now: the client withdrew the office's right, or the right to pass it on.",
)
_IDENTIFIERS: dict[str, Pair] = {
    NIP: ("NIP", "NIP"),
    PESEL: ("PESEL", "PESEL"),
    FINGERPRINT: ("odcisk", "fingerprint"),
    "InternalId": ("jednostka", "sub-unit"),
    "NipVatUe": ("NIP i VAT UE", "NIP and EU VAT"),
    "PeppolId": ("Peppol", "Peppol"),
}


@dataclass(frozen=True)
class Identifier:
    """An identifier of KSeF: its type, such as Nip, and its value."""

    type: str
    value: str

    def __str__(self) -> str:
        return identifier_words(self)


@dataclass(frozen=True)
class Right:
    """One row of a list in words that a page shows; `row` is KSeF's own.

    `withdraws` says which revocation ends it: revoke, revoke-authorization, or nothing.
    """

    id: str
    scope: str
    name: str
    means: str
    holder: str
    identifier: Identifier | None
    since: datetime | None
    description: str
    author: Identifier | None
    context: Identifier | None
    target: Identifier | None
    active: bool
    delegates: bool
    withdraws: str = ""

    @property
    def delegates_words(self) -> str:
        """What passing on means, for a right that may be passed on."""
        return chosen(DELEGATES) if self.delegates else ""

    @property
    def inactive_words(self) -> str:
        """Why it does not work at present."""
        return "" if self.active else chosen(INACTIVE)

    @property
    def given_by_office(self) -> bool:
        """Whether the tax office entered it (ZAW-FA), not a person in KSeF."""
        return self.author is not None and self.author.type == "System"


@dataclass(frozen=True)
class Holder:
    """Somebody with their rights, in the order in which KSeF lists them."""

    name: str
    identifier: Identifier | None
    rights: tuple[Right, ...]


def scope_pair(scope: str) -> Pair:
    """The right's name; one that we do not know keeps KSeF's own word."""
    return SCOPES[scope][0] if scope in SCOPES else (scope, scope)


def scope_name(scope: str) -> str:
    """The right's name in the active language."""
    return chosen(scope_pair(scope))


def scope_means(scope: str, *, for_clients: bool = False) -> str:
    """One sentence: what it lets its holder do; empty for one that we do not know."""
    if for_clients and scope in FOR_CLIENTS:
        return chosen(FOR_CLIENTS[scope])
    return chosen(SCOPES[scope][1]) if scope in SCOPES else ""


def identifier_of(data: object) -> Identifier | None:
    """A pair of type and value as KSeF writes it, None for anything else."""
    if not isinstance(data, Mapping) or not isinstance(data.get("type"), str):
        return None
    value = data.get("value")
    return Identifier(data["type"], value if isinstance(value, str) else "")


def identifier_words(identifier: Identifier, language: str | None = None) -> str:
    """`NIP 526-587-76-35`, `PESEL 44051401359`; a fingerprint by its first and last digits."""
    if identifier.type == ALL_PARTNERS:
        return chosen(("wszyscy klienci", "all clients"), language)
    name = chosen(_IDENTIFIERS.get(identifier.type, ("", "")), language)
    return f"{name} {_value_shown(identifier)}".strip()


def identifier_masked(identifier: Identifier, language: str | None = None) -> str:
    """As `identifier_words`, of a PESEL only the end: for what is kept in the history."""
    if identifier.type != PESEL:
        return identifier_words(identifier, language)
    return f"PESEL …{identifier.value[-4:]}"


def right_of(row: Mapping) -> Right:
    """A row of persons, entities, authorizations, subunits, eu or own rights in words."""
    scope = _text(row, "permissionScope") or _text(row, "authorizationScope")
    authorization = "authorizationScope" in row
    target = identifier_of(row.get("targetIdentifier"))
    return Right(
        id=_text(row, "id"),
        scope=scope,
        name=scope_name(scope),
        means=scope_means(
            scope, for_clients=identifier_of(row.get("targetIdentifier")) is not None
        ),
        holder=_holder(row),
        identifier=_holder_identifier(row),
        since=_instant(row),
        description=_text(row, "description"),
        author=identifier_of(row.get("authorIdentifier")),
        context=_context(row),
        target=target,
        active=row.get("permissionState", "Active") == "Active",
        delegates=row.get("canDelegate") is True,
        withdraws=_withdraws(row, authorization),
    )


def holders(rights: Iterable[Right]) -> list[Holder]:
    """The rights gathered by who has them."""
    found: dict[tuple, list[Right]] = {}
    for right in rights:
        found.setdefault((right.identifier, right.holder), []).append(right)
    return [Holder(name, identifier, tuple(rows)) for (identifier, name), rows in found.items()]


def is_entity(row: Mapping) -> bool:
    """Whether the holder is a firm or an office and not a person."""
    details = row.get("subjectEntityDetails")
    return isinstance(details, Mapping) and bool(details)


def is_passed_on(row: Mapping, nip: str) -> bool:
    """Whether this company gave the right on to somebody for its clients."""
    target = identifier_of(row.get("targetIdentifier"))
    return target is not None and target != Identifier(NIP, nip)


def role_words(row: Mapping) -> tuple[str, Identifier | None]:
    """A row of roles: the role, and the other firm that it ties to (parent or member)."""
    role = _text(row, "role")
    other = row.get("parentEntityIdentifier") or row.get("subordinateEntityIdentifier")
    return chosen(ROLES.get(role, (role, role))), identifier_of(other)


def _value_shown(identifier: Identifier) -> str:
    if identifier.type == NIP:
        return nip_shown(identifier.value)
    if identifier.type == FINGERPRINT:
        return f"{identifier.value[:8]}…{identifier.value[-8:]}"
    return identifier.value


def _text(row: Mapping, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _instant(row: Mapping) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(row, "startDate"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _holder(row: Mapping) -> str:
    person, entity = row.get("subjectPersonDetails"), row.get("subjectEntityDetails")
    if isinstance(person, Mapping) and person:
        return " ".join(filter(None, (_text(person, "firstName"), _text(person, "lastName"))))
    if isinstance(entity, Mapping) and entity:
        return _text(entity, "fullName")
    return _text(row, "euEntityName")


def _holder_identifier(row: Mapping) -> Identifier | None:
    for name in ("authorizedIdentifier", "authorizedEntityIdentifier"):
        if found := identifier_of(row.get(name)):
            return found
    fingerprint = _text(row, "authorizedFingerprintIdentifier")
    return Identifier(FINGERPRINT, fingerprint) if fingerprint else None


def _context(row: Mapping) -> Identifier | None:
    for name in ("contextIdentifier", "subunitIdentifier", "authorizingEntityIdentifier"):
        if found := identifier_of(row.get(name)):
            return found
    vat_ue = _text(row, "vatUeIdentifier")
    return Identifier("NipVatUe", vat_ue) if vat_ue else None


def _withdraws(row: Mapping, authorization: bool) -> str:
    if not _text(row, "id"):
        return ""
    return "revoke-authorization" if authorization else "revoke"
