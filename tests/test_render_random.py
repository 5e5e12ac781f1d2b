"""Random valid documents: the view and the print tell every leaf of each."""

import pytest

from invoices.fa3 import tree as trees
from invoices.render import groups, view
from tests.fa3_support import RandomTree
from tests.render_support import flowing, needs_pdf, printed, shown_texts, squeezed, words


def lost(tree: dict, text: str) -> list[str]:
    """Paths of leaves that the text does not tell."""
    leaves = [(path, value) for path, value in trees.leaves(tree) if value.strip()]
    return [path for path, value in leaves if not _told(trees.plain(path), value, text)]


def _told(path: str, value: str, text: str) -> bool:
    if path.rpartition("/")[2] in groups.ANNOUNCED:
        return True  # the schema then asks for the neighbour, which is told
    found = words(path, value, "pl")
    return any(word in text for word in found) or any(_broken(word, text) for word in found)


def _broken(word: str, text: str) -> bool:
    """A long value may go on over the end of its page, with other words between."""
    cuts = range(8, len(word) - 8) if len(word) > 40 else ()
    return any(word[:cut] in text and word[cut:] in text for cut in cuts)


@pytest.mark.parametrize("density", [0.05, 0.2, 0.9])
@pytest.mark.parametrize("seed", range(8))
def test_the_view_tells_every_leaf(seed, density):
    tree = RandomTree(seed, density).make()
    document = view.document(tree, language="pl")
    texts = [document.title, document.number, *shown_texts(document.sections)]
    assert lost(tree, squeezed(" ".join(texts)).casefold()) == []


@needs_pdf
@pytest.mark.parametrize("seed", range(4))
def test_the_print_tells_every_leaf(seed):
    tree = RandomTree(seed, 0.2).make()
    assert lost(tree, flowing(printed(tree)).casefold()) == []


def test_a_leaf_that_is_missing_would_be_noticed():
    tree = RandomTree(1).make()
    assert "Fa/P_2" in lost(tree, "")
