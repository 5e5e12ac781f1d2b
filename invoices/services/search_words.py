"""The words by which the content of an invoice is found: what its columns do not hold."""

from collections.abc import Iterator

from invoices.fa3 import tree as trees
from invoices.fa3.tree import Tree

# The column is looked through from its beginning to its end: room for about sixty lines.
LONGEST = 4000
BUYER = ("Nazwa", "NIP", "NrVatUE", "NrID", "AdresL1", "AdresL2", "Email", "NrKlienta")
# Numbers first: a person who types one wants that very document.
NUMBERS = frozenset(
    {
        *("NrUmowy", "NrZamowienia", "NrFaKorygowanej", "NrFaZaliczkowej", "NrPartiiTowaru", "WZ"),
        *("Indeks", "IndeksZ", "GTIN", "GTINZ"),
    }
)
WORDS = frozenset(
    {"P_7", "P_7Z", "PrzyczynaKorekty", "Klucz", "Wartosc", "StopkaFaktury", "NazwaPelna"}
)


def words_of(tree: Tree, longest: int = LONGEST) -> str:
    """Lower-case names of lines, symbols, numbers of contracts and orders, notes, third parties.

    Each once, in the order numbers, buyer, words; cut after so many characters. Never raises on
    an incomplete tree.
    """
    found: dict[str, None] = {}
    size = 0
    for text in _texts(tree):
        if text in found:
            continue
        size += len(text) + 1
        if size > longest:
            break
        found[text] = None
    return " ".join(found)


def _texts(tree: Tree) -> Iterator[str]:
    leaves = [
        (path.rpartition("/")[2].partition("[")[0], path, text) for path, text in trees.leaves(tree)
    ]
    for name, _path, text in leaves:
        if name in NUMBERS:
            yield _plain(text)
    for name, path, text in leaves:
        if name in BUYER and path.startswith(("Podmiot2/", "Podmiot3")):
            yield _plain(text)
    for name, _path, text in leaves:
        if name in WORDS:
            yield _plain(text)


def _plain(text: str) -> str:
    return trees.collapse(text).lower()
