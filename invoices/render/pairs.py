"""Lines of a correction: the state before and the state after stand together.

Art. 106j ust. 2a of the VAT Act leaves open how both states are given; FA(3) repeats the line
with StanPrzed and the same number or UU_ID, wherever in the list.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from invoices.render.reader import Reader


class Named(Protocol):
    """The elements by which lines belong together."""

    number: str
    before: str
    id: str


@dataclass(frozen=True)
class Group:
    """Lines that stand together: (position in the list, kind of the state) of each."""

    places: tuple[tuple[int, str], ...]

    @property
    def pair(self) -> tuple[int, int] | None:
        """Positions before and after; None for a line alone."""
        return (self.places[0][0], self.places[1][0]) if len(self.places) == 2 else None


def aligned(items: list[Reader], names: Named) -> list[Group]:
    """The lines in their order, a state after right under the state before it."""
    is_before = [_text(item, names.before) == "1" for item in items]
    after_of = _partners(items, names, is_before) if any(is_before) else {}
    before_of = {after: before for before, after in after_of.items()}
    found, done = [], set()
    for place in range(len(items)):
        if place in done:
            continue
        before = place if is_before[place] else before_of.get(place)
        after = after_of.get(before)
        group = _group(place, before, after)
        done.update(position for position, _ in group.places)
        found.append(group)
    return found


def _group(place: int, before: int | None, after: int | None) -> Group:
    if before is None:
        return Group(((place, ""),))
    return Group(((before, "before"), *(((after, "after"),) if after is not None else ())))


def _partners(items: list[Reader], names: Named, is_before: list[bool]) -> dict[int, int]:
    """Position of the state after by that of the state before; by UU_ID, else by number."""
    free: set[int] = {place for place, before in enumerate(is_before) if not before}
    found: dict[int, int] = {}
    for name in (names.id, names.number):
        waiting = defaultdict(deque)
        for place in sorted(free):
            waiting[_text(items[place], name)].append(place)
        for place, before in enumerate(is_before):
            key = _text(items[place], name)
            if before and place not in found and key and waiting[key]:
                found[place] = waiting[key].popleft()
        free -= set(found.values())
    return found


def _text(item: Reader, name: str) -> str:
    value = item.dict.get(name)
    return value.strip() if isinstance(value, str) else ""


def amount(item: Reader, name: str) -> Decimal | None:
    """The number in a leaf; None where there is none."""
    try:
        found = Decimal(_text(item, name))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
