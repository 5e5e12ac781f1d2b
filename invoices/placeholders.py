"""Words in braces in the texts of a template, replaced on the day when an invoice is made of it.

Pure. `{miesiac}` and `{rok}` are those of the due day; written with Polish letters they are the
same. What is in braces and no known word stays as it stands, and is named by `unknown`.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date

from invoices.fa3 import tree as trees
from invoices.fa3.tree import Tree
from ksefapp.lib import months

POLISH = ("styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec", "sierpień")
POLISH += ("wrzesień", "październik", "listopad", "grudzień")
ENGLISH = ("January", "February", "March", "April", "May", "June", "July", "August")
ENGLISH += ("September", "October", "November", "December")
QUARTERS = ("I", "II", "III", "IV")
# Where people write sentences: group → its elements.
TEXTS = {
    "Fa/FaWiersz": ("P_7",),
    "Fa/Zamowienie/ZamowienieWiersz": ("P_7Z",),
    "Fa/DodatkowyOpis": ("Wartosc",),
    "Fa/Platnosc": ("OpisPlatnosci",),
    "Stopka/Informacje": ("StopkaFaktury",),
}
_WORD = re.compile(r"\{([a-ząćęłńóśźż_]{2,40})\}")
_PLAIN = str.maketrans("ąćęłńóśźż", "acelnoszz")


def words(due_on: date) -> dict[str, str]:
    """Every placeholder's text for a due day."""
    before, then = months.on_day(due_on, -1, 1), months.on_day(due_on, 1, 1)
    return {
        "miesiac": POLISH[due_on.month - 1],
        "rok": str(due_on.year),
        "mm": f"{due_on.month:02}",
        "kwartal": QUARTERS[(due_on.month - 1) // 3],
        "miesiac_poprzedni": POLISH[before.month - 1],
        "rok_miesiaca_poprzedniego": str(before.year),
        "miesiac_nastepny": POLISH[then.month - 1],
        "rok_miesiaca_nastepnego": str(then.year),
        "rok_poprzedni": str(due_on.year - 1),
        "rok_nastepny": str(due_on.year + 1),
        "month": ENGLISH[due_on.month - 1],
        "year": str(due_on.year),
        "previous_month": ENGLISH[before.month - 1],
        "next_month": ENGLISH[then.month - 1],
    }


def filled(tree: Tree, due_on: date) -> Tree:
    """A copy with the words of this due day in place of the placeholders."""
    new, known = deepcopy(tree), words(due_on)
    for group, name in _texts(new):
        group[name] = _WORD.sub(lambda match: known.get(_plain(match[1]), match[0]), group[name])
    return new


def unknown(tree: Tree) -> list[str]:
    """What stands in braces like a placeholder and is none, as it was written, each once."""
    known = words(date(2026, 1, 1))
    found = [word for group, name in _texts(tree) for word in _WORD.findall(group[name])]
    return list(dict.fromkeys(f"{{{word}}}" for word in found if _plain(word) not in known))


def _texts(tree: Tree) -> Iterator[tuple[Tree, str]]:
    for path, names in TEXTS.items():
        for group in trees.groups(tree, path):
            yield from ((group, name) for name in names if isinstance(group.get(name), str))


def _plain(word: str) -> str:
    return word.translate(_PLAIN)
