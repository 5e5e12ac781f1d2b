"""A new invoice with the content of an earlier one, without what belonged to that one alone.

Gone are: number, dates of sale and of receipt, what was paid and how it can be paid online, the
time stamp, rates of exchange with the VAT in PLN (they belong to their day), the group of
corrections, settled and partial advances, delivery notes and hours of transport, identifiers of
single lines. A period of whole months goes on by as many months as the date of issue; terms of
payment by as many days. Everything else stays as it was, amounts included.
"""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta

from invoices.fa3 import facades
from invoices.fa3 import tree as trees
from invoices.fa3.rates import PLN_VAT_FIELDS
from invoices.fa3.tree import Tree
from ksefapp.lib import months

KINDS = frozenset({"VAT", "UPR", "ZAL"})  # the others stand on documents that they name

NUMBER = ("P_2",)
SALE = ("P_6",)
RATES = ("KursWalutyZ", *PLN_VAT_FIELDS)
CORRECTION = ("PrzyczynaKorekty", "TypKorekty", "DaneFaKorygowanej", "OkresFaKorygowanej")
CORRECTION += ("NrFaKorygowany", "Podmiot1K", "Podmiot2K", "P_15ZK", "KursWalutyZK")
ADVANCES = ("ZaliczkaCzesciowa", "FakturaZaliczkowa")
DELIVERY = ("WZ",)
PAID = ("Zaplacono", "DataZaplaty", "ZnacznikZaplatyCzesciowej", "ZaplataCzesciowa")
PAID += ("LinkDoPlatnosci", "IPKSeF")
HOURS = ("DataGodzRozpTransportu", "DataGodzZakTransportu")
OF_LINE = ("P_6A", "KursWaluty", "UU_ID", "StanPrzed")
OF_ORDER_LINE = ("UU_IDZ", "StanPrzedZ")
STAMPED = ("DataWytworzeniaFa", "SystemInfo")
RATE_NOTE = "Kurs waluty"  # Klucz of the DodatkowyOpis that names the table of a rate
# What the company's settings say of its own; the rest of Podmiot1 is kept.
SELLER = ("DaneIdentyfikacyjne", "Adres", "DaneKontaktowe")


def copied(tree: Tree, *, today: date, seller: Tree) -> Tree:
    """The tree of a new invoice of `today`, a Warsaw date; `seller` is the present Podmiot1.

    The seller is only refreshed where it is the same taxpayer: in self-billing it is not.
    Never raises, whatever is missing from the tree.
    """
    new = deepcopy(tree)
    for group, names in _lost(new):
        _drop(group, names)
    _drop_rate_note(new)
    if trees.get(new, "Fa/Platnosc") == {}:
        new["Fa"].pop("Platnosc")
    _refresh_seller(new, seller)
    _move_period(new, today)
    return redated(new, today=today)


def redated(tree: Tree, *, today: date) -> Tree:
    """The same invoice issued today: its terms of payment move by as many days as P_1."""
    new = deepcopy(tree)
    issued, fa = facades.day(new, "Fa/P_1"), new.get("Fa")
    if not isinstance(fa, dict):
        return new
    fa["P_1"] = today.isoformat()
    for term in trees.groups(new, "Fa/Platnosc/TerminPlatnosci"):
        due = facades.day(term, "Termin")
        moved = _later(due, today - issued) if due and issued else None
        if moved:
            term["Termin"] = moved.isoformat()
    return new


def changes(tree: Tree, *, today: date) -> list[str]:
    """What a person has to know of a copy: "paid", "rates", "sale", "period", "no_period" ….

    The codes in the order in which they are told; number, dates and stamps go without saying.
    """
    said = {
        "sale": _has(tree, "Fa", SALE) or any(_has_line(tree, ("P_6A",))),
        "rates": _has(tree, "Fa", RATES) or any(_has_line(tree, ("KursWaluty",))),
        "paid": _has(tree, "Fa/Platnosc", PAID),
        "advances": _has(tree, "Fa", ADVANCES),
        "delivery": _has(tree, "Fa", DELIVERY),
        "settlement": bool(trees.get(tree, "Fa/Rozliczenie")),
        "attachment": bool(trees.get(tree, "Zalacznik")),
    }
    found = [code for code, is_so in said.items() if is_so]
    if trees.get(tree, "Fa/OkresFa"):
        found.insert(0, "period" if _moved_period(tree, today) else "no_period")
    return found


def _lost(tree: Tree) -> Iterator[tuple[Tree, tuple[str, ...]]]:
    """Each group of the tree with the elements that it loses."""
    yield from ((group, STAMPED) for group in trees.groups(tree, "Naglowek"))
    of_invoice = NUMBER + SALE + RATES + CORRECTION + ADVANCES + DELIVERY
    yield from ((group, of_invoice) for group in trees.groups(tree, "Fa"))
    yield from ((group, PAID) for group in trees.groups(tree, "Fa/Platnosc"))
    transports = trees.groups(tree, "Fa/WarunkiTransakcji/Transport")
    yield from ((group, HOURS) for group in transports)
    yield from ((group, OF_LINE) for group in trees.groups(tree, "Fa/FaWiersz"))
    order = trees.groups(tree, "Fa/Zamowienie/ZamowienieWiersz")
    yield from ((group, OF_ORDER_LINE) for group in order)


def _drop(group: Tree, names: tuple[str, ...]) -> None:
    for name in names:
        group.pop(name, None)


def _drop_rate_note(tree: Tree) -> None:
    notes = trees.items(tree, "Fa/DodatkowyOpis")
    kept = [n for n in notes if not (isinstance(n, dict) and n.get("Klucz") == RATE_NOTE)]
    if len(kept) < len(notes):
        trees.put(tree, "Fa/DodatkowyOpis", kept or None)


def _has(tree: Tree, path: str, names: tuple[str, ...]) -> bool:
    return any(name in group for group in trees.groups(tree, path) for name in names)


def _has_line(tree: Tree, names: tuple[str, ...]) -> Iterator[bool]:
    yield from (name in line for line in trees.groups(tree, "Fa/FaWiersz") for name in names)


def _refresh_seller(tree: Tree, seller: Tree) -> None:
    path = "DaneIdentyfikacyjne/NIP"
    own = tree.get("Podmiot1")
    if not isinstance(own, dict) or trees.text(own, path) != trees.text(seller, path):
        return
    for name in SELLER:
        if name in seller:
            own[name] = deepcopy(seller[name])


def _move_period(tree: Tree, today: date) -> None:
    fa = tree.get("Fa")
    if not isinstance(fa, dict):
        return
    moved = _moved_period(tree, today)
    fa.pop("OkresFa", None)
    if moved:
        fa["OkresFa"] = period(*moved)


def period(first: date, last: date) -> Tree:
    """OkresFa of these days."""
    return {"P_6_Od": first.isoformat(), "P_6_Do": last.isoformat()}


def _moved_period(tree: Tree, today: date) -> tuple[date, date] | None:
    """The period of whole months, later by the months between P_1 and today; else None."""
    names = ("Fa/P_1", "Fa/OkresFa/P_6_Od", "Fa/OkresFa/P_6_Do")
    issued, first, last = (facades.day(tree, name) for name in names)
    if issued is None or first is None or last is None or first > last:
        return None
    if first.day != 1 or last != months.last_day(last):
        return None
    by = months.between(issued, today)
    return months.first_day(months.later(first, by)), months.last_day(months.later(last, by))


def _later(day: date, by: timedelta) -> date | None:
    try:
        return day + by
    except OverflowError:
        return None
