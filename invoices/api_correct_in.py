"""What a program says about a correction: read, refused where it makes no sense."""

import re

from django.utils.translation import gettext as _

from invoices.api_shapes import DRAFT_IN, ISSUE_IN, problems_error, refuse_unknown
from invoices.fa3.build import build
from invoices.fa3.correcting import EFFECTS, KIND_OF, METHODS, Reference, Wanted
from invoices.fa3.facades import day
from invoices.fa3.problems import FaTreeError
from invoices.forms.lines import ELEMENTS
from invoices.services.correct import effect_proposed
from invoices.services.correct_outside import reference_in
from invoices.services.issue_checks import SEAT, SEAT_ANSWERS
from ksefapp.api.body import MOST_JSON
from ksefapp.api.errors import field_error
from ksefapp.lib import clock, ksef_number

MOST_BODY, MOST_LINES, MOST_CORRECTIONS = MOST_JSON, 10_000, 50
MOST_BUYERS = 101  # Podmiot2 and each Podmiot3
PARTIES = {"buyer": "Podmiot2", "seller": "Podmiot1"}
_NAMES = {"method", "reason", "effect", "lines", "party", "number", "payment", "buyers"}
AMOUNT = re.compile(r"^-?[0-9]{1,16}([.][0-9]{1,2})?$", re.ASCII)
_ELEMENT = re.compile(r"[A-Za-z0-9_]{1,40}")

_TREE = {"type": "object", "additionalProperties": True}
_LINE = {
    "type": "object",
    "properties": {
        "line": {"type": "integer", "minimum": 0, "maximum": MOST_LINES - 1},
        "changes": {
            "type": "object",
            "description": "Elements of the line: those after the correction, or with "
            "`difference` those of the difference; null takes an element out.",
            "additionalProperties": {"type": "string", "nullable": True},
        },
    },
    "required": ["line"],
    "additionalProperties": False,
}
_BUYER = {
    "type": "object",
    "properties": {
        "buyer": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_BUYERS - 1,
            "description": "0: Podmiot2; 1: the first Podmiot3 in the role of a buyer (4).",
        },
        "party": _TREE | {"description": "As much of Podmiot2 or Podmiot3 as changes."},
    },
    "required": ["buyer", "party"],
    "additionalProperties": False,
}
_PROPERTIES = {
    "method": {"type": "string", "enum": list(METHODS)},
    "reason": {"type": "string", "maxLength": 256},
    "effect": {
        "type": "string",
        "enum": list(EFFECTS),
        "description": "TypKorekty; left out: proposed by method and reason.",
    },
    "lines": {
        "type": "array",
        "maxItems": MOST_LINES,
        "description": "0-based places among the lines after earlier corrections; left out: all.",
        "items": {"oneOf": [{"type": "integer", "minimum": 0, "maximum": MOST_LINES - 1}, _LINE]},
    },
    "party": _TREE | {"description": "buyer, seller: as much of the party as changes."},
    "buyers": {
        "type": "array",
        "maxItems": MOST_BUYERS,
        "description": "buyer: as `party`, of several buyers.",
        "items": _BUYER,
    },
    "number": {"type": "string", "maxLength": 256, "description": "number: the right P_2."},
    "payment": {
        "type": "string",
        "pattern": AMOUNT.pattern,
        "description": "lines of a ZAL or ROZ: P_15 after the correction; left out: unchanged, or "
        "what the lines come to.",
    },
}
CORRECTION_IN = {
    "type": "object",
    "properties": _PROPERTIES,
    "required": ["method"],
    "additionalProperties": False,
}
OUTSIDE_IN = {
    "type": "object",
    "properties": _PROPERTIES
    | {
        "ksef_number": {
            "type": "string",
            "nullable": True,
            "description": "Of the original; null says that it has none.",
        },
        "original": _TREE | {"description": "Its FA(3) tree."},
        "earlier": {
            "type": "array",
            "maxItems": MOST_CORRECTIONS,
            "items": _TREE,
            "description": "FA(3) trees of its corrections so far, in their order.",
        },
        "kind": {"type": "string", "enum": list(KIND_OF), "description": "Without a tree."},
        "original_number": {"type": "string", "maxLength": 256},
        "original_issued_on": {"type": "string", "format": "date"},
    },
    "required": ["method", "ksef_number"],
    "additionalProperties": False,
}
WRONG_BUYER_IN = {
    "type": "object",
    "properties": {
        "buyer": _TREE | {"description": "Podmiot2 with the right NIP, name and address."},
        "reason": {"type": "string", "maxLength": 256},
        "accept": ISSUE_IN["properties"]["accept"],
        SEAT: DRAFT_IN["properties"]["options"]["properties"][SEAT],
    },
    "required": ["buyer"],
    "additionalProperties": False,
}


def wanted_read(body: dict, known: set[str] = _NAMES) -> Wanted:
    """What is wanted. Raises ApiError 400, 422 for a party that FA(3) has no place for."""
    refuse_unknown(body, known)
    method = _one_of(body, "method", METHODS)
    reason = text_read(body, "reason", 256)
    effect = _one_of(body, "effect", EFFECTS) if "effect" in body else ""
    lines, changes = _lines(body["lines"]) if "lines" in body else (None, {})
    number = text_read(body, "number", 256)
    if method == "number" and not number:
        raise field_error("number", _("wymagane"))
    party = _party(body["party"], PARTIES.get(method, "Podmiot2")) if "party" in body else None
    effect = effect or effect_proposed(method, reason)
    payment = text_read(body, "payment", 20)
    if "payment" in body and not AMOUNT.fullmatch(payment):
        raise field_error("payment", _("kwota, na przykład 1234.56"))
    buyers = _buyers(body["buyers"]) if "buyers" in body else None
    if buyers and party:
        raise field_error("party", _("podaj party albo buyers"))
    return Wanted(method, reason, effect, lines, changes, party, number, payment, buyers)


def _buyers(given: object) -> dict[int, dict]:
    if not isinstance(given, list) or len(given) > MOST_BUYERS:
        raise field_error("buyers", _("oczekiwano listy"))
    found: dict[int, dict] = {}
    for each in given:
        if not isinstance(each, dict):
            raise field_error("buyers", _("oczekiwano obiektu"))
        refuse_unknown(each, {"buyer", "party"})
        place = each.get("buyer")
        if type(place) is not int or not 0 <= place < MOST_BUYERS or place in found:
            raise field_error("buyers", _("oczekiwano miejsca nabywcy, od 0"))
        found[place] = _party(each.get("party"), "Podmiot3" if place else "Podmiot2", "buyers")
    return found


def outside_read(body: dict) -> dict:
    """Keywords of `outside_correction_start`."""
    more = {"ksef_number", "original", "earlier", "kind"}
    more |= {"original_number", "original_issued_on"}
    wanted = wanted_read(body, _NAMES | more)
    if "ksef_number" not in body:
        raise field_error("ksef_number", _("wymagane; null, gdy faktura nie ma numeru KSeF"))
    number = _ksef_number(body["ksef_number"])
    if "original" in body:
        original = tree_read(body["original"], "original")
        earlier = [tree_read(each, "earlier") for each in _list(body.get("earlier", []))]
        reference = reference_in(original, number)
        return {
            "reference": reference,
            "wanted": wanted,
            "original": original,
            "corrections": earlier,
        }
    kind = _one_of(body, "kind", tuple(KIND_OF)) if "kind" in body else "VAT"
    return {"reference": _reference(body, number), "wanted": wanted, "kind": kind}


def _reference(body: dict, ksef: str) -> Reference:
    issued_on = day({"on": body.get("original_issued_on")}, "on")
    if issued_on is None or issued_on > clock.today():
        raise field_error("original_issued_on", _("oczekiwano daty RRRR-MM-DD, nie z przyszłości"))
    number = text_read(body, "original_number", 256)
    if not number:
        raise field_error("original_number", _("wymagane"))
    return Reference(issued_on.isoformat(), number, ksef)


def _ksef_number(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or not ksef_number.is_valid(given):
        raise field_error("ksef_number", _("to nie jest numer KSeF"))
    return given


def buyer_read(body: dict) -> dict:
    """Podmiot2 of the right buyer. Raises ApiError 400 or 422."""
    return _party(body.get("buyer"), "Podmiot2", "buyer")


def seat_read(body: dict) -> str:
    """Whether that buyer has no seat here, "" where nothing is said. Raises ApiError 400."""
    return _one_of(body, SEAT, SEAT_ANSWERS) if SEAT in body else ""


def text_read(body: dict, name: str, most: int) -> str:
    """A text of at most so many characters, "" where there is none."""
    given = body.get(name, "")
    if not isinstance(given, str) or len(given) > most:
        raise field_error(name, _("oczekiwano tekstu do %(most)d znaków") % {"most": most})
    return given.strip()


def tree_read(given: object, name: str) -> dict:
    """An FA(3) tree. Raises ApiError 400 or 422."""
    if not isinstance(given, dict):
        raise field_error(name, _("oczekiwano obiektu: drzewa FA(3)"))
    _refuse_no_tree(given)
    return given


def _refuse_no_tree(tree: dict) -> None:
    try:
        build(tree)
    except FaTreeError as error:
        text = _("To nie jest drzewo FA(3).")
        raise problems_error(error, "invalid_tree", text) from None


def _party(given: object, element: str, name: str = "party") -> dict:
    if not isinstance(given, dict):
        raise field_error(name, _("oczekiwano obiektu"))
    _refuse_no_tree({element: [given] if element == "Podmiot3" else given})
    return given


def _one_of(body: dict, name: str, known: tuple[str, ...]) -> str:
    if body.get(name) not in known:
        raise field_error(name, _("jedna z: %(known)s") % {"known": ", ".join(known)})
    return body[name]


def _list(given: object) -> list:
    if not isinstance(given, list) or len(given) > MOST_CORRECTIONS:
        raise field_error("earlier", _("oczekiwano listy"))
    return given


def _lines(given: object) -> tuple[tuple[int, ...], dict[int, dict]]:
    if not isinstance(given, list) or len(given) > MOST_LINES:
        raise field_error("lines", _("oczekiwano listy"))
    places, changes = [], {}
    for each in given:
        place, changed = _line(each)
        places.append(place)
        if changed:
            changes[place] = changed
    return tuple(places), changes


def _line(given: object) -> tuple[int, dict]:
    if isinstance(given, dict):
        refuse_unknown(given, {"line", "changes"})
        place, changes = given.get("line"), given.get("changes", {})
    else:
        place, changes = given, {}
    is_place = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < MOST_LINES
    if not is_place:
        raise field_error("lines", _("oczekiwano miejsca pozycji, od 0"))
    return place, _changes(changes)


def _changes(given: object) -> dict:
    is_known = isinstance(given, dict) and all(
        name in ELEMENTS and name != "StanPrzed" and (value is None or isinstance(value, str))
        for name, value in given.items()
    )
    if not is_known:
        raise field_error("lines", _("changes: oczekiwano elementów pozycji i ich tekstów"))
    return given
