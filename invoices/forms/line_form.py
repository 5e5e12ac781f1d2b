"""One row of the line grid: its boxes as HTML, its errors, what it comes to."""

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from invoices.fa3 import registry, totals
from invoices.fa3.rates import RATES
from invoices.forms.controls import values_of
from invoices.forms.lines import (
    BOX_NAMES,
    ELEMENTS,
    EXTRA_BOXES,
    LINE_BOXES,
    LINES,
    PRICES,
)
from ksefapp.lib import money

RATE_NAMES = {
    "0 KR": gettext_lazy("0% kraj"),
    "0 WDT": gettext_lazy("0% WDT"),
    "0 EX": gettext_lazy("0% eksport"),
    "zw": "zw",
    "oo": "oo",
    "np I": "np I",
    "np II": "np II",
}
MAIN_LABELS = {
    "name": gettext_noop("Nazwa towaru lub usługi"),
    "quantity": gettext_noop("Ilość"),
    "unit": gettext_noop("J.m."),
    "price": gettext_noop("Cena"),
    "rate": gettext_noop("Stawka"),
}
MAIN = tuple(MAIN_LABELS)
CSS = {
    "name": "col-name",
    "quantity": "col-small num",
    "unit": "col-small",
    "price": "col-amount num",
    "rate": "col-rate",
}
NUMBERS = frozenset({"amount", "price", "quantity", "percent", "integer"})
# Prices have a box of their own; the number and the amounts of a line are nothing special.
USUAL = frozenset({"NrWierszaFa", "P_11", "P_11A", "P_11Vat"})
PINNABLE = tuple(name for name in EXTRA_BOXES if name not in PRICES.values())


def element_of(name: str, mode: str = "net") -> str:
    """The FA(3) element that a box stands for."""
    if name == "price":
        return PRICES[mode]
    return LINE_BOXES[name].path if name in LINE_BOXES else name


def label(name: str) -> str:
    """What a box is called, in the language of the page."""
    if name in MAIN_LABELS:
        return _(MAIN_LABELS[name])
    return registry.label(f"{LINES}/{name}", get_language() or "pl")


def rates() -> list[tuple[str, str]]:
    """Choices for the rate: the schema's list, in the words of a bookkeeper."""
    listed = values_of(f"{LINES}/P_12")
    return [("", "–"), *((rate, str(RATE_NAMES.get(rate, f"{rate}%"))) for rate in listed)]


def _choices(element: str, language: str) -> list[tuple[str, str]]:
    if element == "P_12":
        return rates()
    if ELEMENTS[element] == "flag1":
        return [("", "–"), ("1", _("tak"))]
    path = f"{LINES}/{element}"
    named = ((v, registry.value_label(path, v, language)) for v in values_of(path))
    return [("", "–"), *((v, name if name == v else f"{v} {name}") for v, name in named)]


@lru_cache(maxsize=2048)
def _options(element: str, value: str, language: str) -> SafeString:
    """A value that the list lacks (from a file, say) is shown, not exchanged for another one."""
    choices = _choices(element, language)
    if value not in dict(choices):
        choices.append((value, value))
    plain, chosen = '<option value="{}">{}</option>', '<option value="{}" selected>{}</option>'
    parts = [format_html(chosen if v == value else plain, v, name) for v, name in choices]
    return mark_safe("".join(parts))  # noqa: S308


def _set(name: str, value: str) -> str:
    """A box and its value in short; of a flag the name says it all."""
    return label(name) if ELEMENTS[element_of(name)] == "flag1" else f"{label(name)} {value}"


def percents() -> dict[str, str]:
    """The rates that come to a percentage, for the script: `{"23": "23"}`."""
    return {rate: str(known.percent) for rate, known in RATES.items() if known.percent is not None}


def is_choice(name: str) -> bool:
    """Whether a box is a list to choose from."""
    return ELEMENTS[element_of(name)] in ("choice", "flag1")


@dataclass(frozen=True)
class Cell:
    """One box of a row."""

    name: str
    prefix: str
    number: int
    value: str
    errors: tuple[str, ...] = ()
    mode: str = "net"

    @property
    def id(self) -> str:
        return f"id_{self.prefix}-{self.name}"

    @property
    def label(self) -> str:
        return label(self.name)

    @property
    def element(self) -> str:
        return element_of(self.name, self.mode)

    @property
    def help(self) -> str:
        return registry.help(f"{LINES}/{self.element}", get_language() or "pl")

    @property
    def said(self) -> str:
        """The name of the box for people who do not see the row."""
        return _("Pozycja %(number)d: %(name)s") % {"number": self.number, "name": self.label}

    @property
    def css(self) -> str:
        if self.name in CSS:
            return CSS[self.name]
        return "col-pinned num" if ELEMENTS[self.element] in NUMBERS else "col-pinned"

    @property
    def control(self) -> SafeString:
        attrs = {"name": f"{self.prefix}-{self.name}", "id": self.id, "aria-label": self.said}
        if ELEMENTS[self.element] in NUMBERS:
            attrs["inputmode"] = "decimal"
        if self.errors:
            attrs |= {"aria-invalid": "true", "aria-describedby": f"{self.id}_error"}
        joined = format_html_join(" ", '{}="{}"', attrs.items())
        if is_choice(self.name):
            options = _options(self.element, self.value, get_language() or "pl")
            return format_html("<select {}>{}</select>", joined, options)
        return format_html('<input type="text" {} value="{}">', joined, self.value)


@dataclass
class Row:
    """One line of the grid: the `number`-th row; `index` is in the names of its boxes."""

    values: dict[str, str]
    index: int | str
    number: int
    mode: str = "net"
    pinned: tuple[str, ...] = ()
    errors: dict[str, list[str]] = field(default_factory=dict)
    unfolded: bool = False

    @property
    def prefix(self) -> str:
        return f"line-{self.index}"

    @property
    def initial(self) -> dict[str, str]:
        """The text of every box, by the name of the box."""
        return self.values

    def cell(self, name: str) -> Cell:
        errors = tuple(self.errors.get(name, ()))
        value = self.values.get(name, "")
        return Cell(name, self.prefix, self.number, value, errors, self.mode)

    @property
    def cells(self) -> list[Cell]:
        """The boxes that stand in the row itself."""
        return [self.cell(name) for name in (*MAIN, *self.pinned)]

    @property
    def extras(self) -> list[Cell]:
        """The boxes under "Więcej": of the prices only the one that `price` does not say."""
        shown = {*self.pinned, PRICES[self.mode]}
        return [self.cell(name) for name in EXTRA_BOXES if name not in shown]

    @property
    def extra_count(self) -> int:
        """How many fields under "Więcej" say something out of the ordinary."""
        names = (name for name in EXTRA_BOXES if name not in USUAL and name not in self.pinned)
        return sum(bool(self.values.get(name)) for name in names)

    @property
    def extra_words(self) -> str:
        """What is set under "Więcej", in short: `PKWiU 43.32.10.0, Stan przed korektą`."""
        names = [n for n in EXTRA_BOXES if n not in USUAL and n not in self.pinned]
        return ", ".join(_set(n, self.values[n]) for n in names if self.values.get(n))

    @property
    def is_before(self) -> bool:
        """Whether it shows what was, before a correction."""
        return self.values.get("StanPrzed") == "1"

    @property
    def is_open(self) -> bool:
        """A field under "Więcej" that has an error is not hidden."""
        return self.unfolded or any(name not in (*MAIN, *self.pinned) for name in self.errors)

    @property
    def amounts(self) -> totals.LineAmounts | None:
        """What the line comes to, with the amounts that are given; None until that is clear."""
        value = self._value
        if value is None:
            return None
        given = money.from_input(self.values.get("P_11Vat", ""))
        if self.mode == "gross":
            vat = totals.vat_in_gross(value, self.percent) if given is None else given
            return totals.LineAmounts(value - vat, vat, value)
        vat = totals.vat_on_net(value, self.percent) if given is None else given
        return totals.LineAmounts(value, vat, value + vat)

    @property
    def percent(self) -> Decimal | None:
        """The VAT rate, None where the seller charges none."""
        rate = self.values.get("rate")
        if rate:
            return RATES[rate].percent if rate in RATES else None
        return money.from_input(self.values.get("P_12_XII", ""))

    @property
    def _value(self) -> Decimal | None:
        """The amount that is given, or quantity times price, in the terms of the price."""
        given = self.values.get("P_11A" if self.mode == "gross" else "P_11")
        if given:
            return money.from_input(given)
        factors = [money.from_input(self.values.get(n, "")) for n in ("quantity", "price")]
        if None in factors:
            return None
        discount = money.from_input(self.values.get("P_10", "")) or money.ZERO
        return totals.line_amounts(*factors, None, discount=discount).net

    @property
    def error_list(self) -> list[tuple[str, str, str]]:
        """(id, label, text) of each error."""
        named = [(self.cell(name), texts) for name, texts in self.errors.items()]
        return [(f"{cell.id}_error", cell.label, text) for cell, texts in named for text in texts]


def columns(pinned: tuple[str, ...]) -> list[dict]:
    """The headings of the boxes that stand in the rows themselves."""
    cells = [Cell(name, "line-0", 1, "") for name in (*MAIN, *pinned)]
    return [{"name": c.name, "css": c.css, "label": c.label, "element": c.element} for c in cells]


def blank(rate: str) -> dict[str, str]:
    """What a new row comes with."""
    empty = dict.fromkeys(BOX_NAMES, "")
    return empty | {"position": "", "quantity": "1", "unit": "szt.", "rate": rate}
