"""Sums carried over pages: only where the lines go on, and equal at foot and head."""

import itertools
import re

from invoices.fa3 import tree as trees
from invoices.render import view
from tests.render_support import invoice, line, needs_pdf, page_texts, printed

FORWARD = re.compile(r"Doprzeniesienia:netto(−?[\d,]+?,\d\d)")
BROUGHT = re.compile(r"Zprzeniesienia:netto(−?[\d,]+?,\d\d)")


def table(lines: list[dict], language: str = "pl"):
    tree = invoice(FaWiersz=lines, RodzajFaktury="KOR")
    return view.document(tree, language=language).part["lines"].blocks[0].tables[0]


@needs_pdf
def test_each_page_hands_its_sum_to_the_next():
    pages = page_texts(printed(invoice(lines=120)))
    sums = [(BROUGHT.findall(page), FORWARD.findall(page)) for page in pages]
    assert sums[0][0] == []
    for (_, forward), (brought, _) in itertools.pairwise(sums):
        assert forward == brought
    counted = [page.count("Blatjesionowy") for page in pages]
    assert sums[0][1] == [f"{counted[0] * 2200},00"]
    assert sums[1][1] == [f"{(counted[0] + counted[1]) * 2200},00"]


@needs_pdf
def test_where_the_lines_end_nothing_is_carried():
    pages = page_texts(printed(invoice(lines=60)))
    last = max(at for at, page in enumerate(pages) if "Blatjesionowy" in page)
    assert not any(FORWARD.search(page) for page in pages[last:])
    assert not any(BROUGHT.search(page) for page in pages[last + 1 :])


@needs_pdf
def test_one_page_carries_nothing():
    text = "".join(page_texts(printed(invoice(lines=3))))
    assert "przeniesienia" not in text


@needs_pdf
def test_long_notes_after_the_lines_carry_nothing():
    tree = invoice(lines=3)
    trees.put(tree, "Stopka/Informacje[0]/StopkaFaktury", "uwaga\n" * 200)
    assert "przeniesienia" not in "".join(page_texts(printed(tree)))


def test_a_correction_carries_the_difference():
    rows = [line(1, StanPrzed="1", P_11="100.00"), line(1, P_11="70.00"), line(2, P_11="5")]
    said = [row.forward for row in table(rows).lines]
    assert said[2].endswith("netto −30,00")
    assert said[3] == ""


def test_net_and_gross_are_carried_where_the_lines_have_both():
    row = line(1, P_11Vat="506.00", P_11A="2706.00")
    said = table([row, row]).lines[0].forward.replace("\u00a0", " ")
    assert said == "Do przeniesienia: netto 2 200,00, brutto 2 706,00"


def test_the_words_are_in_the_language_of_the_print():
    rows = [line(1), line(2)]
    assert table(rows, "en").lines[0].brought.startswith("Brought forward: net 2")
    assert table(rows, "pl-en").lines[0].brought.startswith("Z przeniesienia / Brought forward: ")


def test_lines_without_amounts_carry_nothing():
    rows = [{"NrWierszaFa": "1", "P_7": "Opis"}] * 2
    assert not table(rows).carries
