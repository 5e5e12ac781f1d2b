"""Which panel draws which path, how its text stands in a control and is read from it.

Controls are named by the path with its positions, which are 0-based:

    f:Podmiot3[0]/NrEORI       a text; an attribute is f:…/@Typ
    g:Podmiot3[0]              a group or list item that exists: "1", "e" when it has nothing
                               below it, "n" when it is only offered
    c:Podmiot3[0]/0            a choice of the schema: the number of the branch
    n:Podmiot3                 how many items are shown of a list that is not shown whole
    panel                      the key of a panel that was drawn
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from invoices.fa3 import registry, schema
from invoices.fa3 import tree as trees
from invoices.fa3.nodes import Attribute, Facets, Group, Node
from invoices.forms import fields, typed
from ksefapp.lib import clock
from ksefapp.ui.formats import account_number

SHOWN_ITEMS = 100  # of a longer list the rest stays as it is
# So does the rest of all lists once so many boxes are drawn: a page of more takes many seconds,
# and Django refuses a form of more than DATA_UPLOAD_MAX_NUMBER_FIELDS.
MOST_BOXES = 3_000
LINES = "Fa/FaWiersz"
# Panels from top to bottom: the schema's order, as far as a section has one place in it.
ORDER = (
    *("auto", "seller", "party", "third", "authorised", "dates", "fx", "calc", "tax", "margin"),
    *("vehicles", "correction", "advance", "settle", "balance", "payment", "trade", "transport"),
    *("extra", "attachment"),
)
# Panels of what the common screen leaves over.
_LEFTOVERS = {"Podmiot1": "seller", "Fa/Platnosc": "payment", "Stopka": "extra"}
# Lists whose new items are numbered by us.
NUMBERED = {"Fa/Zamowienie/ZamowienieWiersz": "Fa/Zamowienie/ZamowienieWiersz/NrWierszaZam"}
_HEAD = "head"
_MOMENT = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}),? +(\d{1,2}):(\d{2})(?::(\d{2}))?")
_PLAIN_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|[.,]\d+)", re.ASCII)
# A stamp is shown as it will stand in the file, in UTC.
_OF_NAME = {"NrRB": "account", "DataWytworzeniaFa": "text"}
_AMOUNTS = frozenset({"amount", "price", "quantity", "percent"})


def panel_of(path: str) -> str:
    """The key of the panel that draws a path (with positions), "head" for all other places."""
    if path in fields.HAND or path == LINES or path.startswith((f"{LINES}/", f"{LINES}[")):
        return _HEAD
    return home(trees.plain(path))


@lru_cache(maxsize=1024)
def home(path: str) -> str:
    """The panel of a path without positions.

    What is set or computed below a group of the menu stands there too: the sum of charges is
    with the charges, the number of an order's line with the line.
    """
    known = registry.entries().get(path)
    # An element of a newer schema than the registry's is drawn by nobody, so nobody touches it.
    if known is None or f"{path}/".startswith(f"{LINES}/"):
        return _HEAD
    above = path.rpartition("/")[0]
    if known.section in ("auto", "calc") and above and home(above) not in (_HEAD, "auto"):
        return home(above)
    return _leftover(path) if known.section == "simple" else known.section


def _leftover(path: str) -> str:
    found = (key for start, key in _LEFTOVERS.items() if f"{path}/".startswith(f"{start}/"))
    return next(found, _HEAD)


@lru_cache(maxsize=1024)
def panels_below(path: str) -> frozenset[str]:
    """The panels that draw something at a path or below it, as far as the schema can tell."""
    node = schema.node(path)
    own = () if path == LINES else (child.path for child in node.walk() if child.is_leaf)
    return frozenset(home(below) for below in own) - {_HEAD}


def has_hand(path: str) -> bool:
    """Whether the head of the form draws something below a path with positions."""
    return any(drawn.startswith(f"{path}/") for drawn in fields.HAND)


# --- Choices --------------------------------------------------------------------------------
def top_items(node: Node) -> tuple[Group | Node, ...]:
    """What an element's content is made of: its sequence's items, or its one choice."""
    return (node.content,) if node.content.kind == "choice" else node.content.items


def branch_nodes(branch: Group | Node) -> tuple[Node, ...]:
    """The elements of one branch of a choice."""
    return tuple(branch.nodes()) if isinstance(branch, Group) else (branch,)


def choice_name(node: Node, choice: Group, path: str) -> str:
    """The name of the radios of one choice of an element, counted in the schema's order."""
    return f"c:{path}/{list(node.content.choices()).index(choice)}"


def announces(node: Group | Node, branch: Group | Node) -> bool:
    """Whether an element only says that its branch was chosen: a flag that is always 1."""
    own = branch.items if isinstance(branch, Group) else (branch,)
    is_flag = isinstance(node, Node) and node.is_leaf and node.min > 0
    return is_flag and node in own and len(node.facets.values) == 1


def default_branch(choice: Group, path: str) -> str:
    """The branch that stands chosen before anything is: the first that asks for a text."""
    if choice.min == 0:
        return ""
    if trees.plain(path) == "Fa/FakturaZaliczkowa":
        return "1"  # in KSeF, where advance invoices are now
    first = branch_nodes(choice.items[0])
    return "" if all(announces(node, choice.items[0]) for node in first) else "0"


def shown_branch(choice: Group, value: dict, path: str) -> str:
    """The number of the branch that the tree has, else of the one offered first."""
    for number, branch in enumerate(choice.items):
        if any(node.name in value for node in branch_nodes(branch)):
            return str(number)
    return default_branch(choice, path)


def is_shared(choice: Group, path: str) -> bool:
    """Whether branches stand in different places of the form, so that no radio joins them."""
    homes = {
        panel_of(f"{path}/{node.name}") for branch in choice.items for node in branch_nodes(branch)
    }
    return len(homes) > 1


# --- Texts ----------------------------------------------------------------------------------
def text_of(value) -> str | None:
    """The text of a leaf of the tree, None where there is none."""
    if isinstance(value, dict):
        value = value.get(trees.TEXT)
    return value if isinstance(value, str) else None


def shown(what: Node | Attribute, text: str | None) -> str:
    """How a stored text stands in its control: `1234.50` → `1234,50`.

    What could not be read back as it was stands as it is.
    """
    plain = trees.read_as(text or "", what.facets.white_space)
    pretty = _SHOW.get(widget_of(what), str)(plain)
    return pretty if read(what, pretty) == plain else plain


def read(what: Node | Attribute, text: str) -> str:
    """What was typed, in the form that FA(3) wants; nothing is refused."""
    widget = widget_of(what)
    if widget in _AMOUNTS and not what.facets.patterns and _PLAIN_NUMBER.fullmatch(text.strip()):
        return text.strip().replace(",", ".")
    return _READ[widget](text) if widget in _READ else _line(text, what.facets)


def is_same(typed_text: str, shown_text: str, widget: str) -> bool:
    """Whether a control was left as it was: boxes of one line lose their line breaks."""
    if widget == "textarea":
        return typed.line_breaks(typed_text) == typed.line_breaks(shown_text)
    return _one_line(typed_text) == _one_line(shown_text)


def widget_of(what: Node | Attribute) -> str:
    """The registry's widget, "account" for bank accounts; attributes are choices or texts."""
    if isinstance(what, Attribute):
        return "choice" if what.facets.values else "text"
    if what.name in _OF_NAME:
        return _OF_NAME[what.name]
    known = registry.entries().get(what.path)
    return known.widget if known else "text"  # an element of a newer schema beside known ones


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


def _line(text: str, facets: Facets) -> str:
    if facets.white_space == "collapse":
        return trees.collapse(text)
    if facets.white_space == "preserve" and not facets.patterns and facets.min_length:
        return typed.line_breaks(text) if text.strip() else ""
    return text.strip()


def shown_moment(text: str) -> str:
    """`2026-11-23T10:00:00Z` → `23.11.2026 11:00`, on a Warsaw clock."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    if instant.tzinfo is None:
        return text
    local = clock.warsaw(instant)
    return f"{local:%d.%m.%Y %H:%M}" + (f":{local:%S}" if local.second else "")


def moment(text: str) -> str:
    """`23.11.2026 11:00` in Warsaw → `2026-11-23T10:00:00Z`; anything else as typed."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        return text.strip()
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=clock.WARSAW)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return text.strip()


_SHOW: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_AMOUNTS, typed.shown_number),
    "date": typed.shown_day,
    "datetime": shown_moment,
    "account": account_number,
}
_READ: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_AMOUNTS, typed.number),
    **dict.fromkeys(("country", "eu_country", "currency"), typed.code),
    "date": typed.day,
    "datetime": moment,
    "account": typed.account,
    "nip": typed.nip,
    "choice": str.strip,
    "flag1": str.strip,
    "yesno12": str.strip,
}
