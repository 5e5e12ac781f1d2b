"""What a right is for, chosen in words, and the request to KSeF that follows from it. Pure.

A preset is what an owner means ("my accountant may read only"); an order adds to whom.
"""

from dataclasses import dataclass, field
from datetime import date

from auth_ksef.identifiers import FINGERPRINT
from auth_ksef.messages import Pair, chosen
from auth_ksef.rights_words import (
    ALL_PARTNERS,
    Identifier,
    identifier_masked,
    identifier_words,
    scope_means,
    scope_name,
    scope_pair,
)

ISSUE_AND_READ, READ, PASS_ON, OTHER = "issue-read", "read", "pass-on", "other"
OFFICE, PERSON = "office", "person"
INVOICES = ("InvoiceWrite", "InvoiceRead")
# OpenAPI: the order in which the scopes are offered.
PERSON_SCOPES = (
    "InvoiceWrite",
    "InvoiceRead",
    "Introspection",
    "CredentialsRead",
    "CredentialsManage",
    "SubunitManage",
    "CollectiveIdentifierManage",
    "EnforcementOperations",
)
ENTITY_SCOPES = ("InvoiceWrite", "InvoiceRead", "CollectiveIdentifierManage")
AUTHORIZATIONS = ("SelfInvoicing", "TaxRepresentative", "RRInvoicing")
SUBUNIT, EU = "subunit", "eu"
EU_SCOPES = ("VatUeManage", "InvoiceWrite", "InvoiceRead", "Introspection")


@dataclass(frozen=True)
class Preset:
    """A choice as the page shows it: its name, for whom it is, what the word means."""

    name: Pair
    text: Pair
    scopes: tuple[str, ...] = ()
    delegates: bool = False


PRESETS: dict[str, Preset] = {
    ISSUE_AND_READ: Preset(
        ("Moja księgowa może wystawiać i czytać", "My accountant may issue and read"),
        (
            "Wystawia faktury w imieniu firmy i widzi wszystkie faktury: sprzedaż i zakupy.",
            "Issues invoices on behalf of the company and sees all invoices: sales and purchases.",
        ),
        INVOICES,
    ),
    READ: Preset(
        ("Może tylko czytać", "May only read"),
        (
            "Widzi i pobiera wszystkie faktury. Niczego nie wystawi.",
            "Sees and downloads all invoices. Cannot issue anything.",
        ),
        ("InvoiceRead",),
    ),
    PASS_ON: Preset(
        (
            "Biuro może wystawiać, czytać i przekazywać to swoim pracownikom",
            "The office may issue, read, and pass it on to its staff",
        ),
        (
            "Dla biura rachunkowego z zespołem. Biuro samo decyduje, kto u niego widzi Twoje "
            "faktury.",
            "For an accounting office with a team. The office decides who there sees your "
            "invoices.",
        ),
        INVOICES,
        delegates=True,
    ),
    OTHER: Preset(
        ("Coś innego", "Something else"),
        (
            "Wybrane uprawnienia, samofakturowanie, przedstawiciel podatkowy, jednostka podrzędna "
            "albo podmiot z Unii.",
            "Chosen rights, self-billing, a tax representative, a sub-unit or an EU entity.",
        ),
    ),
}
PASS_ON_MEANS: tuple[Pair, ...] = (
    (
        "Biuro nada te same uprawnienia osobom, których Ty nie wybierasz. KSeF Cię o to nie "
        "zapyta.",
        "The office will give the same rights to people whom you do not choose. KSeF will not "
        "ask you.",
    ),
    (
        "Tych osób KSeF nie pokaże na Twojej liście. Gdy odbierzesz uprawnienie biuru, ich "
        "uprawnienia przestaną działać.",
        "KSeF will not show these people on your list. When you withdraw the right from the "
        "office, theirs stop working.",
    ),
)
STAFF_MEANS: tuple[Pair, ...] = (
    (
        "Działa tylko tam, gdzie klient pozwolił biuru przekazywać to dalej, i tak długo, jak na "
        "to pozwala.",
        "It works only where the client lets the office pass it on, and as long as the client "
        "does.",
    ),
)
ALL_CLIENTS_MEAN: Pair = (
    "Obejmie też klientów, którzy pozwolą na to biuru później.",
    "It will also cover clients who allow the office to do so later.",
)


@dataclass(frozen=True)
class Named:
    """Who the holder is, as API 2.9 wants it told: a person's names or a firm's name.

    The rest belongs to a fingerprint: the person's identifier, or day of birth and document.
    """

    first: str = ""
    last: str = ""
    full: str = ""
    identifier: Identifier | None = None
    born: date | None = None
    document: dict[str, str] = field(default_factory=dict)  # type, number, country

    def __str__(self) -> str:
        return self.full or f"{self.first} {self.last}".strip()


@dataclass(frozen=True)
class Order:
    """What is to be granted, to whom and in which words; `kind` is one of KsefApi.grant."""

    kind: str
    holder: Identifier
    named: Named
    scopes: tuple[str, ...]
    description: str
    delegates: bool = False
    target: Identifier | None = None  # of an indirect grant: one client, or all
    context: Identifier | None = None  # of a sub-unit or an EU entity
    context_name: str = ""
    address: str = ""  # of an EU entity

    def body(self) -> dict:
        """The request of `POST /permissions/…/grants`."""
        subject = {"type": self.holder.type, "value": self.holder.value}
        common = {"subjectIdentifier": subject, "description": self.description}
        return common | _MAKERS[self.kind](self)

    def summary(self) -> Pair:
        """Who gets what, for the list of changes, in both languages."""
        polish, english = (self._summary(language) for language in ("pl", "en"))
        return polish, english

    def _summary(self, language: str) -> str:
        rights = ", ".join(chosen(scope_pair(scope), language) for scope in self.scopes)
        who = f"{self.named} ({identifier_masked(self.holder, language)})"
        text = f"{who}: {rights}"
        if self.delegates:
            text += chosen((" z prawem przekazywania", ", may be passed on"), language)
        if self.target:
            text += chosen((", dla: ", ", for: "), language)
            text += identifier_words(self.target, language)
        if self.context:
            text += f", {identifier_words(self.context, language)}"
        return text


def description_of(preset: str, scopes: tuple[str, ...]) -> str:
    """What stands as the description in KSeF when nobody wrote another (5 to 256 characters)."""
    if preset == PASS_ON:
        return "Biuro rachunkowe: wystawianie i przeglądanie faktur, z przekazywaniem"
    text = ", ".join(scope_pair(scope)[0] for scope in scopes)
    return (text[:1].upper() + text[1:])[:256]


def rights_named(order: Order) -> list[str]:
    """The rights that the order gives, by name."""
    return [scope_name(scope) for scope in order.scopes]


def consequences(order: Order) -> list[str]:
    """What will be possible and what will not, one sentence each, in the active language."""
    passed_on = order.kind == "indirect"
    means = [scope_means(scope, for_clients=passed_on) for scope in order.scopes]
    warned = PASS_ON_MEANS if order.delegates else ()
    return means + [chosen(pair) for pair in (*warned, *_limits(order))]


def _limits(order: Order) -> list[Pair]:
    found: list[Pair] = list(STAFF_MEANS) if order.kind == "indirect" else []
    if order.target and order.target.type == ALL_PARTNERS:
        found.append(ALL_CLIENTS_MEAN)
    if order.kind in ("persons", "entities", "indirect"):
        if "InvoiceWrite" not in order.scopes:
            found.append(("Nie wystawi żadnej faktury.", "Cannot issue any invoice."))
        if "InvoiceRead" not in order.scopes:
            found.append(("Nie zobaczy faktur w KSeF.", "Will not see invoices in KSeF."))
        if "CredentialsManage" not in order.scopes and order.kind != "indirect":
            found.append(
                (
                    "Nie zmieni uprawnień nikogo w tej firmie.",
                    "Cannot change anybody's rights in this company.",
                )
            )
    found.append(
        (
            "Działa, aż je odbierzesz: KSeF nie zna daty końca.",
            "It lasts until you withdraw it: KSeF knows no end date.",
        )
    )
    return found


def _person_details(order: Order) -> dict:
    named = order.named
    names = {"firstName": named.first, "lastName": named.last}
    if order.holder.type != FINGERPRINT:
        return {"subjectDetailsType": "PersonByIdentifier", "personById": names}
    if named.identifier:
        identifier = {"type": named.identifier.type, "value": named.identifier.value}
        return {
            "subjectDetailsType": "PersonByFingerprintWithIdentifier",
            "personByFpWithId": names | {"identifier": identifier},
        }
    born = named.born.isoformat() if named.born else ""
    return {
        "subjectDetailsType": "PersonByFingerprintWithoutIdentifier",
        "personByFpNoId": names | {"birthDate": born, "idDocument": named.document},
    }


def _persons(order: Order) -> dict:
    return {"permissions": list(order.scopes), "subjectDetails": _person_details(order)}


def _entities(order: Order) -> dict:
    rows = [{"type": scope, "canDelegate": order.delegates} for scope in order.scopes]
    return {"permissions": rows, "subjectDetails": {"fullName": order.named.full}}


def _authorizations(order: Order) -> dict:
    (scope,) = order.scopes
    return {"permission": scope, "subjectDetails": {"fullName": order.named.full}}


def _indirect(order: Order) -> dict:
    target = order.target or Identifier(ALL_PARTNERS, "")
    told = {"type": target.type} | ({"value": target.value} if target.value else {})
    return _persons(order) | {"targetIdentifier": told}


def _subunits(order: Order) -> dict:
    context = {"type": order.context.type, "value": order.context.value}
    name = {"subunitName": order.context_name} if order.context_name else {}
    return {"contextIdentifier": context, "subjectDetails": _person_details(order)} | name


def _eu_admins(order: Order) -> dict:
    context = {"type": order.context.type, "value": order.context.value}
    return {
        "contextIdentifier": context,
        "euEntityName": order.context_name,
        "subjectDetails": _person_details(order),
        "euEntityDetails": {"fullName": order.context_name, "address": order.address},
    }


_MAKERS = {
    "persons": _persons,
    "entities": _entities,
    "authorizations": _authorizations,
    "indirect": _indirect,
    "subunits": _subunits,
    "eu-admins": _eu_admins,
}
