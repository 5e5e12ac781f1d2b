"""The Ministry's published invoices, where a folder of them is named by KSEF_SAMPLES."""

import os
from pathlib import Path

import pytest

from invoices.fa3 import parse, registry
from invoices.fa3 import tree as trees
from invoices.render import formats, labels, pdf
from tests.render_support import flowing, printed, squeezed

FOLDER = os.environ.get("KSEF_SAMPLES", "")
SAMPLES = sorted(Path(FOLDER).rglob("*.xml")) if FOLDER else []
SAMPLES = [path for path in SAMPLES if b"/2025/06/25/13775/" in path.read_bytes()[:2000]]

pytestmark = [
    pytest.mark.skipif(not SAMPLES, reason="KSEF_SAMPLES names no folder of FA(3) files"),
    pytest.mark.skipif(pdf.available() is not None, reason=f"no PDF here: {pdf.available()}"),
]
FLAG_WORDS = {"BrakID": "no_id", "StanPrzed": "before", "StanPrzedZ": "before"}


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_leaf_of_the_sample_stands_in_its_print(path, language):
    tree = parse(path.read_bytes())
    text = flowing(printed(tree, language=language)).casefold()
    leaves = [(trees.plain(place), value) for place, value in trees.leaves(tree)]
    lost = [
        (place, value)
        for place, value in leaves
        if not any(word in text for word in words(place, value, language))
    ]
    assert lost == []


def words(path: str, value: str, language: str) -> list[str]:
    """What may stand for a leaf: its value; a flag's label; the form's and the kind's names."""
    name = path.rpartition("/")[2]
    if path == "Naglowek/KodFormularza":
        found = ["FA (3)"]
    elif name == "RodzajFaktury":
        found = [labels.title(value, language)]
    elif name == "@Typ":
        found = [""]  # shown as alignment
    elif registry.entry(path).widget in ("flag1", "yesno12"):
        own = [labels.text(FLAG_WORDS[name], language)] if name in FLAG_WORDS else []
        above = registry.label(path.rpartition("/")[0], language)
        found = [*own, registry.label(path, language), above]
    else:
        found = [formats.value(path, value, language), formats.decimal(value)]
        found.append(formats.value("Fa/P_1", value, language))
    return [squeezed(word).casefold() for word in found]
