"""How a leaf of an FA(3) tree is written for people, by its schema type."""

import re
import unicodedata
from collections.abc import Callable

from invoices.fa3 import schema
from invoices.render import labels
from ksefapp.ui import formats as ui

_DECIMAL = re.compile(r"\s*([+-]?)(\d*)(?:\.(\d*))?\s*", re.ASCII)
_KEPT_CONTROLS = "\n\t"


def printable(text: str) -> str:
    """The text without invisible controls: C0, C1 and the marks that turn reading direction.

    A direction override in a name could make other words of the print read backwards.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char in _KEPT_CONTROLS or _is_visible(char))


def _is_visible(char: str) -> bool:
    if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn"):
        return False
    return unicodedata.bidirectional(char) not in _TURNING


_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def decimal(text: str, places: int = 0) -> str:
    """`-1234.5` → `−1 234,50`: all places as given, at least `places`; else unchanged."""
    match = _DECIMAL.fullmatch(text)
    if not match or not (match[2] or match[3]):
        return printable(text)
    sign = ui.MINUS if match[1] == "-" else ""
    whole = f"{int(match[2] or 0):,}".replace(",", ui.NBSP)
    fraction = (match[3] or "").ljust(places, "0")
    return f"{sign}{whole},{fraction}" if fraction else f"{sign}{whole}"


def rate(text: str, language: str) -> str:
    """A tax rate as it stands on paper: `23%`, `zw`, `0% WDT`, `np. I`."""
    if text.isascii() and text.isdigit():
        return f"{text}%"
    return labels.rate(text, language) or printable(text)


def percent(text: str) -> str:
    shown = decimal(text)
    return f"{shown}%" if shown[-1:].isdigit() else shown


def account(text: str) -> str:
    """A bank account in the groups that banks print."""
    shown = ui.account_number(text)
    if shown != text or not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{8,32}", text):
        return printable(shown)
    return ui.NBSP.join(text[i : i + 4] for i in range(0, len(text), 4))


def moment(text: str) -> str:
    """A date-time of the file in Warsaw time; one without a zone as it stands."""
    return printable(ui.datetime_pl(text, seconds=True))


_BY_TYPE: dict[str, Callable[[str], str]] = {
    "TKwotowy": lambda text: decimal(text, 2),
    "TKwotowy2": lambda text: decimal(text, 2),
    "TIlosci": decimal,
    "TProcentowy": percent,
    "TNrNIP": lambda text: printable(ui.nip(text)),
    "TNrRB": account,
}
_BY_BASE: dict[str, Callable[[str], str]] = {
    "date": lambda text: printable(ui.date_pl(text)),
    "dateTime": moment,
}
_CODES = {"TKodWaluty", "TKodyKrajowUE", "TGTU", "TOznaczenieProcedury", "TOznaczenieProceduryZ"}


def value(path: str, text: str, language: str) -> str:
    """The leaf's text as a reader expects it; what has no better form comes back as it is.

    `path` is without positions. Unknown paths and texts that break their type are shown as
    they stand, because a draft may hold them.
    """
    node = schema.nodes().get(path)
    if node is None or not node.is_leaf:
        return printable(text)
    if node.type_name == "TStawkaPodatku":
        return rate(text, language)
    if node.type_name in _BY_TYPE:
        return _BY_TYPE[node.type_name](text)
    if node.facets.base in _BY_BASE:
        return _BY_BASE[node.facets.base](text)
    if node.type_name == "TKodKraju":
        return labels.country(printable(text), language)
    if node.facets.enumeration and node.type_name not in _CODES:
        return labels.value_of(path, printable(text), language)
    return printable(text)
