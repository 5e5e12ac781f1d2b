"""A small chart of twelve months beside those of the year before: attributes of an SVG.

Across everything is in percent, so that the drawing keeps its letters on a narrow screen; down
it is in pixels.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ksefapp.lib import money
from ksefapp.ui.formats import amount

HEIGHT = 220
TOP, BOTTOM = 24, 196  # what is above and below belongs to the labels
LEFT, RIGHT = 2, 98
NUMBERS = range(1, 13)
STEP = (RIGHT - LEFT) / len(NUMBERS)
WIDE, NARROW = 0.48, 0.24  # of a step: this year, the year before


@dataclass(frozen=True)
class Bar:
    """One month. Texts, because a template would write a number in its language."""

    month: date
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True)
class Line:
    """A line of the grid with what it stands for."""

    y: str
    label: str


@dataclass(frozen=True)
class Chart:
    """What the template draws; `zero` is the line on which the bars stand."""

    bars: tuple[Bar, ...]
    before: tuple[Bar, ...]
    grid: tuple[Line, ...]
    zero: str
    names: tuple[tuple[date, str], ...]  # each month and the middle of its place
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
    """Bars of the year's months and of those of the year before; None without values.

    Both are amounts by the number of the month.
    """
    every = [*values.values(), *before.values()]
    if not any(every):
        return None
    scale = Scale(max(money.ZERO, *every), min(money.ZERO, *every))
    return Chart(
        bars=tuple(_bars(year, values, scale, WIDE, 0.4)),
        before=tuple(_bars(year - 1, before, scale, NARROW, 0.12)),
        grid=tuple(_grid(scale)),
        zero=_text(scale.y(money.ZERO)),
        names=tuple((date(year, n, 1), _text(LEFT + STEP * (n - 0.5))) for n in NUMBERS),
    )


def _bars(
    year: int, values: Mapping[int, Decimal], scale: Scale, width: float, start: float
) -> Iterator[Bar]:
    zero = scale.y(money.ZERO)
    for number in (number for number in NUMBERS if values.get(number)):
        end, left = scale.y(values[number]), LEFT + STEP * (number - 1)
        yield Bar(
            month=date(year, number, 1),
            x=_text(left + STEP * start),
            width=_text(STEP * width),
            y=_text(min(zero, end)),
            height=_text(abs(zero - end)),
        )


def _grid(scale: Scale) -> Iterator[Line]:
    """The greatest value, and the smallest where it is below zero."""
    for value in (scale.top, scale.bottom):
        if value:
            yield Line(_text(scale.y(value)), amount(value))


def _text(number: float) -> str:
    return f"{number:.2f}"
