"""The Ministry's published invoices, where a folder of them is named by KSEF_SAMPLES."""

import os
from pathlib import Path

import pytest

from invoices.fa3 import parse
from invoices.fa3 import tree as trees
from invoices.render import tongues
from tests.render_support import flowing, needs_pdf, printed, words

FOLDER = os.environ.get("KSEF_SAMPLES", "")
SAMPLES = sorted(Path(FOLDER).rglob("*.xml")) if FOLDER else []
SAMPLES = [path for path in SAMPLES if b"/2025/06/25/13775/" in path.read_bytes()[:2000]]

pytestmark = [
    pytest.mark.skipif(not SAMPLES, reason="KSEF_SAMPLES names no folder of FA(3) files"),
    needs_pdf,
]


@pytest.mark.parametrize("language", ["pl", "en", "pl-en"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_leaf_of_the_sample_stands_in_its_print(path, language):
    tree = parse(path.read_bytes())
    text = flowing(printed(tree, language=language)).casefold()
    leaves = [(trees.plain(place), value) for place, value in trees.leaves(tree)]
    lost = [
        (place, value)
        for place, value in leaves
        if not any(word in text for word in words(place, value, tongues.main(language)))
    ]
    assert lost == []
