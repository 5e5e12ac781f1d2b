"""A small chart of twelve months, drawn on the server: numbers for the attributes of an SVG.

Across everything is in percent, so that the drawing keeps its letters on a narrow screen; down
it is in pixels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from ksefapp.lib import money
from ksefapp.ui.formats import amount

HEIGHT = 220
TOP, BOTTOM = 24, 196  # what is above and below belongs to the labels
LEFT, RIGHT = 2, 98
NUMBERS = range(1, 13)
STEP = (RIGHT - LEFT) / len(NUMBERS)


@dataclass(frozen=True)
class Bar:
    """One month of the year. Texts, because a template would write a number in its language."""

    month: date
    x: str
    width: str
    middle: str
    y: str
    height: str


@dataclass(frozen=True)
class Line:
    """A piece of the line of the year before, or of the grid."""

    x1: str
    y1: str
    x2: str
    y2: str
    label: str = ""


@dataclass(frozen=True)
class Chart:
    """What the template draws; `zero` is the line on which the bars stand."""

    bars: tuple[Bar, ...]
    before: tuple[Line, ...]
    grid: tuple[Line, ...]
    zero: str
    height: int = HEIGHT
    baseline: int = HEIGHT - 6


@dataclass(frozen=True)
class Scale:
    """From an amount to its place below the upper edge."""

    top: Decimal
    bottom: Decimal

    def y(self, value: Decimal) -> float:
        """Pixels."""
        return TOP + (BOTTOM - TOP) * float((self.top - value) / (self.top - self.bottom))


def chart(year: int, values: Mapping[int, Decimal], before: Mapping[int, Decimal]) -> Chart | None:
    """Bars of the year's months and a line of those of the year before; None without values.

    Both are amounts by the number of the month.
    """
    every = [*values.values(), *before.values()]
    if not any(every):
        return None
    scale = Scale(max(money.ZERO, *every), min(money.ZERO, *every))
    return Chart(
        bars=tuple(_bar(date(year, n, 1), values.get(n, money.ZERO), scale) for n in NUMBERS),
        before=tuple(_pieces(before, scale)) if any(before.values()) else (),
        grid=tuple(_grid(scale)),
        zero=_text(scale.y(money.ZERO)),
    )


def _bar(month: date, value: Decimal, scale: Scale) -> Bar:
    zero, end = scale.y(money.ZERO), scale.y(value)
    return Bar(
        month=month,
        x=_text(LEFT + STEP * (month.month - 0.8)),
        width=_text(STEP * 0.6),
        middle=_text(_middle(month.month)),
        y=_text(min(zero, end)),
        height=_text(abs(zero - end)),
    )


def _pieces(values: Mapping[int, Decimal], scale: Scale) -> Iterator[Line]:
    points = [(_text(_middle(n)), _text(scale.y(values.get(n, money.ZERO)))) for n in NUMBERS]
    for one, two in pairwise(points):
        yield Line(*one, *two)


def _grid(scale: Scale) -> Iterator[Line]:
    """The greatest value, and the smallest where it is below zero."""
    for value in (scale.top, scale.bottom):
        if value:
            y = _text(scale.y(value))
            yield Line(_text(LEFT), y, _text(RIGHT), y, amount(value))


def _middle(number: int) -> float:
    return LEFT + STEP * (number - 0.5)


def _text(number: float) -> str:
    return f"{number:.2f}"
