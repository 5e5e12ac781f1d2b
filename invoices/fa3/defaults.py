"""What a new invoice starts with, and what issuing stamps on it."""

from copy import deepcopy
from datetime import UTC, date, datetime

from invoices.fa3 import schema
from invoices.fa3.tree import TEXT, Tree, collapse, prune

_SELLER_PARTS = ("PrefiksPodatnika", "NrEORI", "DaneIdentyfikacyjne", "Adres", "AdresKoresp")
_SELLER_PARTS += ("DaneKontaktowe", "StatusInfoPodatnika")


def annotations() -> Tree:
    """Adnotacje of an invoice without any special procedure: all "no"."""
    return {
        "P_16": "2",
        "P_17": "2",
        "P_18": "2",
        "P_18A": "2",
        "Zwolnienie": {"P_19N": "1"},
        "NoweSrodkiTransportu": {"P_22N": "1"},
        "P_23": "2",
        "PMarzy": {"P_PMarzyN": "1"},
    }


def new_invoice(seller: Tree, *, today: date) -> Tree:
    """The skeleton of a domestic VAT invoice in PLN, issued today (a Warsaw date).

    `seller` is the content of Podmiot1 as a tree. The header's time stamp is missing on
    purpose: it belongs to the moment of issue, see `stamp`.
    """
    given = {key: deepcopy(seller[key]) for key in _SELLER_PARTS if key in seller}
    return {
        "Naglowek": form_code(),
        "Podmiot1": prune({"Podmiot1": given}).get("Podmiot1", {}),
        "Podmiot2": {"DaneIdentyfikacyjne": {}, "JST": "2", "GV": "2"},
        "Fa": {
            "KodWaluty": "PLN",
            "P_1": today.isoformat(),
            "Adnotacje": annotations(),
            "RodzajFaktury": "VAT",
            "FaWiersz": [],
        },
    }


def stamp(tree: Tree, *, now_utc: datetime, software: str) -> Tree:
    """A copy with form code, variant, DataWytworzeniaFa (UTC, to the second) and SystemInfo.

    ValueError for a naive instant: a wrong zone here would be a wrong document.
    """
    if now_utc.tzinfo is None:
        raise ValueError("the instant must be aware")
    made = now_utc.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    longest = schema.node("Naglowek/SystemInfo").facets.max_length
    header = form_code() | {
        "DataWytworzeniaFa": made,
        "SystemInfo": collapse(software)[:longest],
    }
    return {**deepcopy(tree), "Naglowek": header}


def form_code() -> Tree:
    """KodFormularza and WariantFormularza: the only values the schema allows."""
    code = schema.node("Naglowek/KodFormularza")
    variant = schema.node("Naglowek/WariantFormularza")
    fixed = {attribute.key: attribute.fixed for attribute in code.attributes}
    return {
        "KodFormularza": {**fixed, TEXT: code.facets.values[0]},
        "WariantFormularza": variant.facets.values[0],
    }
