"""Contractors of a company: whom an invoice names, and what its invoices start with."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta

from django.db.models import Case, QuerySet, Value, When

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.models import Contractor
from invoices.services.issue_checks import SEAT, asks_for_seat
from invoices.services.registers import rows_of, searched
from ksefapp.accounts.models import Company
from ksefapp.lib import nip as nips

OPTION = "contractor"  # its key among a draft's options
PAYMENT = "Fa/Platnosc"
SUGGESTED = 8
RECIPIENTS = {"jst": "8", "gv": "10"}  # Podmiot3/Rola
IDENTIFIERS = ("NIP", "KodUE", "NrVatUE", "KodKraju", "NrID", "BrakID")


def contractors_found(company: Company, words: str) -> QuerySet[Contractor]:
    """A few living contractors that say the words; those whose name begins with them first."""
    begins = Case(When(name__istartswith=words.strip(), then=Value(0)), default=Value(1))
    rows = searched(rows_of(Contractor, company), words)
    return rows.order_by(begins, "name", "pk")[:SUGGESTED]


def duplicates_of(
    company: Company, values: Mapping[str, object], *, but: Contractor | None = None
) -> list[Contractor]:
    """Living contractors with the same number: branches may share one, so it is only said."""
    number = values.get("id_number")
    if not number:
        return []
    same = {name: values.get(name) for name in ("id_kind", "id_country", "id_number")}
    rows = rows_of(Contractor, company).filter(**same)
    return list(rows.exclude(pk=but.pk if but else None)[:5])


# --- From an invoice to its contractor -----------------------------------------------------------
def party_of(company: Company, tree: trees.Tree) -> str:
    """The side of an invoice that is not the company: in self-billing the seller is."""
    seller, buyer = (
        trees.text(tree, f"{side}/DaneIdentyfikacyjne/NIP") for side in ("Podmiot1", "Podmiot2")
    )
    is_self_billed = buyer == company.nip and seller not in ("", company.nip)
    return "Podmiot1" if is_self_billed else "Podmiot2"


def identity_of(tree: trees.Tree, party: str = "Podmiot2") -> dict[str, str]:
    """id_kind, id_country and id_number of a party, as a contractor has them."""
    texts = {name: trees.text(tree, f"{party}/DaneIdentyfikacyjne/{name}") for name in IDENTIFIERS}
    if texts["NrVatUE"]:
        kind, country, number = "eu", texts["KodUE"], texts["NrVatUE"]
    elif texts["NrID"]:
        kind, country, number = "other", texts["KodKraju"], texts["NrID"]
    elif texts["NIP"]:
        kind, country, number = "nip", "", nips.clean(texts["NIP"])
    else:
        kind, country, number = "none", "", ""
    return {"id_kind": kind, "id_country": country, "id_number": number}


def contractor_of(company: Company, tree: trees.Tree, options: Mapping) -> Contractor | None:
    """Whom the invoice is for: the chosen one while it still names them, else one by the number.

    Several with one number: one of the same name, else the oldest that is not archived.
    """
    party = party_of(company, tree)
    identity = identity_of(tree, party)
    name = trees.text(tree, f"{party}/DaneIdentyfikacyjne/Nazwa").casefold()
    chosen = contractor_chosen(company, options)
    if chosen and _is_meant(chosen, identity, name):
        return chosen
    if not identity["id_number"]:
        return None
    rows = list(rows_of(Contractor, company, archived=None).filter(**identity)[:50])
    rows.sort(key=lambda r: (r.archived_at is not None, r.name.casefold() != name, r.pk))
    return rows[0] if rows else None


def contractor_chosen(company: Company, options: Mapping) -> Contractor | None:
    """The contractor that a draft's options name, None where there is none of this company."""
    key = options.get(OPTION) if isinstance(options, Mapping) else None
    if isinstance(key, bool) or not isinstance(key, int):
        return None
    return Contractor.objects.filter(company=company, pk=key).select_related("price_list").first()


def _is_meant(chosen: Contractor, identity: dict[str, str], name: str) -> bool:
    if not identity["id_number"]:
        return name == chosen.name.casefold()
    return all(getattr(chosen, key) == value for key, value in identity.items())


# --- From a contractor to its invoice ------------------------------------------------------------
def defaults_apply(
    tree: trees.Tree, contractor: Contractor, company: Company, today: date
) -> trees.Tree:
    """A copy of the tree for this contractor: buyer, currency, payment; lines stay.

    `today` counts where the invoice has no P_1. What the contractor has no default for stays.
    """
    result = deepcopy(tree)
    _write_buyer(result, contractor)
    _write_recipients(result, contractor)
    if contractor.currency:
        trees.put(result, "Fa/KodWaluty", contractor.currency)
    _write_payment(result, contractor, facades.day(result, "Fa/P_1") or today)
    return result


def options_apply(options: Mapping, contractor: Contractor, tree: trees.Tree) -> dict:
    """A draft's options with the contractor and, where it must be asked, the seat's answer."""
    made = {name: value for name, value in options.items() if name != SEAT}
    made[OPTION] = contractor.pk
    if contractor.without_seat and asks_for_seat(tree):
        made[SEAT] = contractor.without_seat
    return made


def _write_buyer(tree: trees.Tree, contractor: Contractor) -> None:
    buyer = tree.setdefault("Podmiot2", {})
    holder = buyer.setdefault("DaneIdentyfikacyjne", {})
    for name in IDENTIFIERS:
        holder.pop(name, None)
    holder |= _identifier(contractor)
    holder["Nazwa"] = contractor.name
    buyer["Adres"] = _address(contractor)
    buyer |= {"JST": _flag(contractor.jst), "GV": _flag(contractor.gv)}
    for name in ("NrEORI", "AdresKoresp", "DaneKontaktowe", "IDNabywcy"):
        buyer.pop(name, None)  # those of whoever stood here before
    trees.put(tree, "Podmiot2/NrKlienta", contractor.client_number or None)


def _identifier(contractor: Contractor) -> dict[str, str]:
    number, country = contractor.id_number, contractor.id_country
    if contractor.id_kind == Contractor.IdKind.EU:
        return {"KodUE": country, "NrVatUE": number}
    if contractor.id_kind == Contractor.IdKind.OTHER:
        return ({"KodKraju": country} if country else {}) | {"NrID": number}
    return {"BrakID": "1"} if contractor.id_kind == Contractor.IdKind.NONE else {"NIP": number}


def _address(contractor: Contractor) -> dict[str, str]:
    lines = {"AdresL1": contractor.address_l1, "AdresL2": contractor.address_l2}
    return {"KodKraju": contractor.country} | {name: text for name, text in lines.items() if text}


def _flag(is_set: bool) -> str:
    return "1" if is_set else "2"


def _write_recipients(tree: trees.Tree, contractor: Contractor) -> None:
    """The third party that a JST or a VAT group needs; what somebody typed into one stays."""
    parties = trees.items(tree, "Podmiot3")
    for flag, role in RECIPIENTS.items():
        empty = {"DaneIdentyfikacyjne": {"NIP": ""}, "Rola": role}
        parties = [party for party in parties if party != empty]
        known = {trees.text(party, "Rola") for party in parties if isinstance(party, dict)}
        if getattr(contractor, flag) and role not in known:
            parties = [*parties, empty]
    trees.put(tree, "Podmiot3", parties or None)


def _write_payment(tree: trees.Tree, contractor: Contractor, issued_on: date) -> None:
    if contractor.payment_method:
        for name in ("PlatnoscInna", "OpisPlatnosci"):
            trees.put(tree, f"{PAYMENT}/{name}", None)
        trees.put(tree, f"{PAYMENT}/FormaPlatnosci", contractor.payment_method)
    if contractor.payment_days is not None and trees.text(tree, f"{PAYMENT}/Zaplacono") != "1":
        due = issued_on + timedelta(days=contractor.payment_days)
        trees.put(tree, f"{PAYMENT}/TerminPlatnosci[0]", {"Termin": due.isoformat()})


def texts_of_buyer(tree: trees.Tree, options: Mapping) -> dict[str, object]:
    """A contractor's columns as the invoice has them, to be read by `contractor_read`."""
    party = "Podmiot2"
    names = {
        "name": "DaneIdentyfikacyjne/Nazwa",
        "country": "Adres/KodKraju",
        "address_l1": "Adres/AdresL1",
        "address_l2": "Adres/AdresL2",
        "email": "DaneKontaktowe/Email",
        "phone": "DaneKontaktowe/Telefon",
        "client_number": "NrKlienta",
    }
    texts: dict[str, object] = {n: trees.text(tree, f"{party}/{p}") for n, p in names.items()}
    flags = {name: trees.text(tree, f"{party}/{name.upper()}") == "1" for name in RECIPIENTS}
    return texts | flags | identity_of(tree) | {"without_seat": options.get(SEAT, "")}
