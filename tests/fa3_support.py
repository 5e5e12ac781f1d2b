"""Random FA(3) trees made from the schema's nodes, and a small invoice to change in tests."""

import os
import random
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from re import _parser as regex_parser

import pytest

from invoices.fa3 import defaults, schema, totals, tree
from invoices.fa3.nodes import Facets, Group, Node

TODAY = date(2026, 11, 20)
MOST_ITEMS = 31  # longer lists have a test of their own
INTEGERS = {"byte", "integer", "nonNegativeInteger"}
LETTERS = "aZłŻóę9ß€&<>\"'漢🧾-/."


class RandomTree:
    """Makes valid trees; `density` is the chance of an optional part to be there.

    `odd` is the chance that a number, date or code is spelled as few programs do, that a list is
    as long as may be, and that a group is empty; `wanted` is a path that the tree has to have.
    """

    def __init__(
        self, seed: int, density: float = 0.3, *, odd: float = 0.0, wanted: str = ""
    ) -> None:
        self.random = random.Random(seed)
        self.density = density
        self.odd = odd
        self.wanted = wanted

    def make(self) -> tree.Tree:
        return self.group(schema.root())

    def group(self, node: Node) -> dict:
        made = {a.key: self.text(a.facets, a.fixed) for a in node.attributes}
        self.fill(node.content, made)
        return made

    def fill(self, group: Group, made: dict) -> None:
        if group.min == 0 and not self.leads(group) and self.random.random() > self.density:
            return
        for item in [self.branch(group)] if group.kind == "choice" else group.items:
            if isinstance(item, Group):
                self.fill(item, made)
            else:
                self.element(item, made, forced=group.kind == "choice")

    def branch(self, choice: Group) -> Group | Node:
        leading = [item for item in choice.items if self.leads(item)]
        return leading[0] if leading else self.random.choice(choice.items)

    def leads(self, item: Group | Node) -> bool:
        """Whether the wanted path goes through it."""
        nodes = item.nodes() if isinstance(item, Group) else [item]
        return any(f"{self.wanted}/".startswith(f"{node.path}/") for node in nodes)

    def is_odd(self) -> bool:
        return bool(self.odd) and self.random.random() < self.odd

    def element(self, node: Node, made: dict, forced: bool) -> None:
        is_free = node.min == 0 and not forced and not self.leads(node)
        if is_free and self.random.random() > self.density:
            return
        make = self.leaf if node.is_leaf else self.group
        if node.is_list:
            count = max(node.min, self.random.randint(1, min(node.max, 3)))
            if node.max <= MOST_ITEMS and self.is_odd():
                count = node.max
            made[node.name] = [make(node) for _ in range(count)]
        else:
            made[node.name] = make(node)

    def leaf(self, node: Node):
        text = self.text(node.facets, node.fixed)
        if self.is_odd():
            text = self.random.choice(oddly(node.facets, text))
        attributes = {a.key: self.text(a.facets, a.fixed) for a in node.attributes}
        return {**attributes, tree.TEXT: text} if attributes else text

    def text(self, facets: Facets, fixed: str | None = None) -> str:
        if fixed is not None:
            return fixed
        if facets.enumeration:
            return self.random.choice(facets.values)
        if facets.base in {"date", "dateTime"}:
            return self.day(facets)
        if facets.patterns:
            return self.matching(facets.patterns[-1])
        if facets.base in {"decimal", "integer", "nonNegativeInteger"}:
            return self.number(facets)
        return self.words(facets)

    def day(self, facets: Facets) -> str:
        low, high = (date.fromisoformat(bound[:10]) for bound in self.bounds(facets))
        middle = low + timedelta(days=self.random.randint(0, (high - low).days))
        day = self.random.choice([low, middle, high]).isoformat()
        return day if facets.base == "date" else f"{day}T00:00:00Z"

    def bounds(self, facets: Facets) -> tuple[str, str]:
        return facets.min_inclusive, facets.max_inclusive

    def number(self, facets: Facets) -> str:
        if facets.max_inclusive is not None:
            return self.random.choice(["0", "100", "99.999999", "0.5"])
        return self.random.choice(["1", "9" * (facets.total_digits or 6)])

    def words(self, facets: Facets) -> str:
        low, high = facets.min_length or 0, facets.max_length or 40
        length = self.random.choice([low, high, self.random.randint(low, high)])
        text = "".join(self.random.choice(LETTERS) for _ in range(length))
        if facets.white_space == "collapse" and length > 4:
            return f"\n {text[:2]} {text[3:]}\t"
        return f"{text[:2]}\r\n{text[4:]}" if length > 6 and facets.base == "string" else text

    def matching(self, pattern: str) -> str:
        # Of the payment link's pattern only the part that matters: the rest is optional.
        if pattern.startswith("(https?)"):
            return "https://bank.example.pl/pay?a=1&IPKSeF=123abcDEF4567"
        return "".join(self.unit(op, value) for op, value in regex_parser.parse(pattern))

    def unit(self, op, value) -> str:
        kind = str(op)
        if kind == "LITERAL":
            return chr(value)
        if kind == "ANY":
            return self.random.choice("ab.1")
        if kind == "IN":
            return self.random.choice([c for each in value for c in self.characters(*each)])
        if kind == "BRANCH":
            return "".join(self.unit(*each) for each in self.random.choice(value[1]))
        if kind == "SUBPATTERN":
            return "".join(self.unit(*each) for each in value[-1])
        assert kind == "MAX_REPEAT", kind
        low, high, inner = value
        count = self.random.choice([low, min(high, 20)])
        return "".join(self.unit(*each) for _ in range(count) for each in inner)

    def characters(self, op, value) -> list[str]:
        if str(op) == "RANGE":
            return [chr(code) for code in range(value[0], value[1] + 1)]
        return list("0123456789") if str(op) == "CATEGORY" else [chr(value)]


def oddly(facets: Facets, text: str) -> list[str]:
    """The text and other spellings that the schema reads as the same."""
    spellings = [text]
    # libxml2, our gate, refuses a dateTime with white space in front of it.
    if facets.white_space == "collapse" and facets.base not in {"token", "dateTime"}:
        spellings += [f" {text}", f"\n\t{text} ", f"{text}\r\n"]
    if facets.base in INTEGERS and not facets.patterns:
        spellings += [f"0{text}", f"+{text}", f" 00{text}"]
    if facets.base == "decimal" and not facets.patterns:
        spellings += [f"0{text}", f"+{text}"] + ([] if "." in text else [f"{text}.", f"{text}.00"])
    return spellings


def line(number: int = 1, **fields: str | None) -> dict:
    """A line of one piece at 100.00 net and 23 %; None takes a field away."""
    made = {"NrWierszaFa": str(number), "P_7": "Usługa", "P_8A": "szt.", "P_8B": "1"}
    made |= {"P_9A": "100.00", "P_11": "100.00", "P_12": "23"} | fields
    return {key: value for key, value in made.items() if value is not None}


def invoice(**changes) -> tree.Tree:
    """A valid domestic invoice that no rule minds; `changes` are path (with __) → value."""
    seller = {
        "DaneIdentyfikacyjne": {"NIP": "5265877635", "Nazwa": "Sprzedawca sp. z o.o."},
        "Adres": {"KodKraju": "PL", "AdresL1": "ul. Prosta 1", "AdresL2": "00-001 Warszawa"},
    }
    made = defaults.new_invoice(seller, today=TODAY)
    made["Podmiot2"] |= {
        "DaneIdentyfikacyjne": {"NIP": "1111111111", "Nazwa": "Nabywca s.c."},
        "Adres": {"KodKraju": "PL", "AdresL1": "ul. Polna 2", "AdresL2": "00-002 Warszawa"},
    }
    made["Fa"] |= {"P_2": "FV/1/11/2026", "FaWiersz": [line()]}
    made = totals.compute(made)
    for path, value in changes.items():
        tree.put(made, path.replace("__", "/"), deepcopy(value))
    return made


def sample_files() -> list[Path]:
    """The official samples, when KSEF_SAMPLES names their directory."""
    directory = os.environ.get("KSEF_SAMPLES")
    return sorted(Path(directory).glob("*.xml")) if directory else []


needs_samples = pytest.mark.skipif(
    not os.environ.get("KSEF_SAMPLES"),
    reason="KSEF_SAMPLES does not name a directory of official FA(3) samples",
)
