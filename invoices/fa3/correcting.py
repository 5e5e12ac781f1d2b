"""Corrections (art. 106j): from what an invoice says now to the tree of a correction.

Each maker takes the standing invoice (see `standing`), the reference to the original and what
is wanted, and gives a tree without P_1 and P_2. All data are those after the correction; P_13,
P_14 and P_15 are the difference. The reference always names the original invoice, never an
earlier correction.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count

from invoices.fa3 import defaults, totals, zloty
from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.rates import NET_FIELDS, PLN_VAT_FIELDS, VAT_FIELDS, vat_field_of
from invoices.fa3.tree import Tree

KIND_OF = {"VAT": "KOR", "UPR": "KOR", "ZAL": "KOR_ZAL", "ROZ": "KOR_ROZ"}
METHODS = ("lines", "difference", "zero", "buyer", "seller", "number")
DATA_METHODS = frozenset({"buyer", "seller", "number"})
AT_ISSUE, LATER_EVENT, OTHER = EFFECTS = ("1", "2", "3")  # TypKorekty
SUMS = (*NET_FIELDS, *VAT_FIELDS, *PLN_VAT_FIELDS, "P_15")
AMOUNTS = ("P_11", "P_11A", "P_11Vat")
_PARTIES = ("Podmiot1", "Podmiot2", "Podmiot3", "PodmiotUpowazniony", "Stopka")
# Payment, charges, transport and remarks belong to the sale; a refund is agreed anew.
_KEPT = ("KodWaluty", "P_1M", "P_6", "OkresFa", "Adnotacje", "FP", "TP")
_ADDITIONAL = "4"  # Podmiot3/Rola


@dataclass(frozen=True)
class Reference:
    """The original invoice: P_1 as ISO text, P_2, and its KSeF number ("" for none)."""

    issued_on: str
    number: str
    ksef_number: str = ""

    def entry(self) -> Tree:
        """An item of DaneFaKorygowanej."""
        named = {"DataWystFaKorygowanej": self.issued_on, "NrFaKorygowanej": self.number}
        if not self.ksef_number:
            return named | {"NrKSeFN": "1"}
        return named | {"NrKSeF": "1", "NrKSeFFaKorygowanej": self.ksef_number}


@dataclass(frozen=True)
class Wanted:
    """What a person wants changed.

    `lines` are 0-based places in the standing invoice, None for all of them. `changes` are
    elements of such a line by their names, for "lines" those after the correction, for
    "difference" those of the difference; None takes an element out. `party` is the buyer or
    seller after the correction, as much of its tree as changes. `buyers` tells the same of several
    of them: 0 is Podmiot2, 1 the first additional buyer (see `additional_buyers`); it counts
    instead of `party`. `number` is the right P_2, `payment` P_15 of an advance or a settlement
    after the correction.
    """

    method: str
    reason: str = ""
    effect: str = ""
    lines: tuple[int, ...] | None = None
    changes: Mapping[int, Mapping[str, str | None]] = field(default_factory=dict)
    party: Tree | None = None
    number: str = ""
    payment: str = ""
    buyers: Mapping[int, Tree] | None = None


class CannotCorrect(ValueError):
    """Nothing can be made of what is wanted; `code`: nothing-left, no-lines, no-such-line,
    no-such-buyer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def base(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """What every correction of this invoice starts with; no lines and no amounts but P_15 0.00.

    A correction of an advance or of a settlement also says the amount before it (P_15ZK).
    """
    was, kind = standing.get("Fa", {}), _kind_of(standing)
    body = {name: deepcopy(was[name]) for name in _KEPT if name in was}
    body |= {"P_15": "0.00", "RodzajFaktury": kind}
    if wanted.reason:
        body["PrzyczynaKorekty"] = wanted.reason
    if wanted.effect:
        body["TypKorekty"] = wanted.effect
    body["DaneFaKorygowanej"] = [reference.entry()]
    if kind != "KOR":
        body["P_15ZK"] = trees.text(standing, "Fa/P_15", "0.00")
    if kind == "KOR_ROZ" and "FakturaZaliczkowa" in was:
        body["FakturaZaliczkowa"] = deepcopy(was["FakturaZaliczkowa"])
    parties = {name: deepcopy(standing[name]) for name in _PARTIES if name in standing}
    return {"Naglowek": defaults.form_code(), **parties, "Fa": body}


def _kind_of(standing: Tree) -> str:
    return KIND_OF.get(trees.text(standing, "Fa/RodzajFaktury"), "KOR")


def by_lines(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """Pairs before and after of the chosen lines, with the same number (art. 106j ust. 2 pkt 5)."""
    made, rows = base(standing, reference, wanted), []
    for place, line in _chosen(standing, wanted):
        rows.append(line | {"StanPrzed": "1"})
        rows.append(_changed(line, wanted.changes.get(place, {})))
    made["Fa"]["FaWiersz"] = rows
    return counted(made, standing)


def by_difference(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """Rows that hold only the difference; a quantity that nobody gave is left to be typed."""
    made = base(standing, reference, wanted)
    made["Fa"]["FaWiersz"] = [
        _difference(line, wanted.changes.get(place, {}))
        for place, line in _chosen(standing, wanted)
    ]
    return counted(made, standing)


def _difference(line: Tree, changes: Mapping[str, str | None]) -> Tree:
    row = {name: value for name, value in line.items() if name not in AMOUNTS}
    if not changes:
        return row | {"P_8B": ""}
    return _changed(row, changes)


def _changed(line: Tree, changes: Mapping[str, str | None]) -> Tree:
    """The line with other elements; amounts that are not given follow from the rest.

    A line without quantity or price keeps its amount: it follows from nothing.
    """
    if not changes:
        return dict(line)
    row = {name: value for name, value in line.items() if name not in AMOUNTS}
    row |= {name: value for name, value in changes.items() if value is not None}
    row = {name: value for name, value in row.items() if changes.get(name, "") is not None}
    if "P_8B" in row and not {"P_9A", "P_9B"}.isdisjoint(row):
        return row
    kept = {name: line[name] for name in ("P_11", "P_11A") if name in line and name not in changes}
    return kept | row


def to_zero(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """Everything taken back: each line once more with a minus, totals the exact opposite.

    Differences, not pairs: an invoice of 10,000 lines has no room for twice as many, and
    nothing is rounded anew. Raises CannotCorrect where nothing is left to take back.
    """
    made, body = base(standing, reference, wanted), standing.get("Fa", {})
    rows = [negated(line) for line in trees.groups(standing, "Fa/FaWiersz")]
    made["Fa"] |= opposite(body)
    if rows:
        made["Fa"]["FaWiersz"] = rows
    return made


def opposite(body: Tree) -> Tree:
    """The totals of `Fa` with the other sign; net and tax of a rate together, or neither.

    Raises CannotCorrect where all of them are 0.
    """
    sums = {name: line_reader.number(body, name) for name in SUMS if name in body}
    if not any(sums.values()):
        raise CannotCorrect("nothing-left")
    shown = {name for name, amount in sums.items() if amount}
    for net in NET_FIELDS:
        vat = vat_field_of(net)
        group = {net, vat, f"{vat}W"} if vat else {net}
        if not shown.isdisjoint(group):  # the schema wants P_13_1 with P_14_1
            shown |= group
    return {name: totals.fmt_amount(-amount) for name, amount in sums.items() if name in shown}


def negated(line: Tree) -> Tree:
    """The line taken back: quantity and amounts with the other sign, else the price."""
    names = ("P_8B",) if line_reader.number(line, "P_8B") else ("P_9A", "P_9B", "P_10")
    flipped = {name: _flipped(line, name) for name in (*names, *AMOUNTS, "KwotaAkcyzy")}
    return line | {name: text for name, text in flipped.items() if text}


def _flipped(line: Tree, name: str) -> str:
    text, number = trees.text(line, name), line_reader.number(line, name)
    if not number:
        return "" if number is None else text
    return text.removeprefix("-") if text.startswith("-") else f"-{text.removeprefix('+')}"


def of_buyer(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """Other data of buyers, never another NIP: the former ones go to Podmiot2K.

    IDNabywcy says which former data are whose. Raises CannotCorrect for a buyer that is not there.
    """
    made = base(standing, reference, wanted)
    parties = [made.setdefault("Podmiot2", {}), *additional_buyers(made)]
    given = wanted.buyers if wanted.buyers else {0: wanted.party or {}}
    former = []
    for place in sorted(given):
        if not 0 <= place < len(parties):
            raise CannotCorrect("no-such-buyer")
        party = parties[place]
        if "IDNabywcy" not in party:
            party["IDNabywcy"] = _free_key(parties, place)
        former.append(_former(party, "IDNabywcy"))
        party |= _merged(party, given[place])
    made["Fa"]["Podmiot2K"] = former
    return made


def additional_buyers(tree: Tree) -> list[Tree]:
    """The Podmiot3 in the role of an additional buyer, in their order."""
    return [p for p in trees.groups(tree, "Podmiot3") if trees.text(p, "Rola") == _ADDITIONAL]


def _free_key(parties: list[Tree], place: int) -> str:
    taken = {trees.text(party, "IDNabywcy") for party in parties}
    return next(str(n) for n in count(place + 1) if str(n) not in taken)


def of_seller(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """Other data of the seller, never another NIP: the former ones go to Podmiot1K."""
    made = base(standing, reference, wanted)
    made["Fa"]["Podmiot1K"] = _former(made.get("Podmiot1", {}), "PrefiksPodatnika")
    made["Podmiot1"] = _merged(made.get("Podmiot1", {}), wanted.party or {})
    return made


def of_number(standing: Tree, reference: Reference, wanted: Wanted) -> Tree:
    """The invoice has another number than it should (NrFaKorygowany is the right one)."""
    made = base(standing, reference, wanted)
    made["Fa"]["NrFaKorygowany"] = wanted.number
    return made


def _former(party: Tree, also: str) -> Tree:
    """Podmiot1K or Podmiot2K of a party, in their shorter shape."""
    names = ("DaneIdentyfikacyjne", "Adres", also)
    return {name: deepcopy(party[name]) for name in names if name in party}


def _merged(party: Tree, given: Tree) -> Tree:
    """The party with what is given: its identity field by field, all else as a whole."""
    merged = {**party, **deepcopy(given)}
    if "DaneIdentyfikacyjne" in given:
        merged["DaneIdentyfikacyjne"] = {
            **party.get("DaneIdentyfikacyjne", {}),
            **given["DaneIdentyfikacyjne"],
        }
    return merged


def _chosen(standing: Tree, wanted: Wanted) -> Iterator[tuple[int, Tree]]:
    """(place, line) of the chosen lines, in the invoice's order. Raises CannotCorrect."""
    entries = [e if isinstance(e, dict) else {} for e in trees.items(standing, "Fa/FaWiersz")]
    places = sorted(set(range(len(entries)) if wanted.lines is None else wanted.lines))
    if not places:
        raise CannotCorrect("no-lines")
    if places[0] < 0 or places[-1] >= len(entries):
        raise CannotCorrect("no-such-line")
    return ((place, deepcopy(entries[place])) for place in places)


def counted(made: Tree, standing: Tree) -> Tree:
    """A copy with amounts of new rows and all totals, in the original's way of counting VAT."""
    method = totals.method_of(standing)
    return zloty.filled(totals.compute(made, method, only_missing=True))
