"""The structured picture: everything in it, nothing lost, whatever the tree holds."""

import ast
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

import invoices.render
from invoices.fa3 import registry
from invoices.fa3 import tree as trees
from invoices.render import formats, labels, view
from tests.render_support import (
    FLAG_WORDS,
    denials,
    everything,
    invoice,
    line,
    shown_texts,
    squeezed,
)


def text_of(tree: dict, language: str = "pl") -> str:
    document = view.document(tree, language=language)
    texts = [document.title, document.number, *shown_texts(document.sections)]
    return squeezed(" ".join(texts)).casefold()


def missing(tree: dict, language: str = "pl") -> list[str]:
    """Leaves that the view does not tell."""
    shown = text_of(tree, language)
    leaves = [(trees.plain(path), text) for path, text in trees.leaves(tree)]
    return [path for path, text in leaves if not told(path, text, language, shown)]


def told(path: str, text: str, language: str, shown: str) -> bool:
    """Whether the value stands there, or the words of a flag that only says yes or no."""
    if path in SAID_OTHERWISE:
        return True
    words = [formats.value(path, text, language)]
    if registry.entry(path).widget in ("flag1", "yesno12"):
        key = FLAG_WORDS.get(path.rpartition("/")[2])
        group = registry.label(path.rpartition("/")[0], language)
        words = [labels.text(key, language)] if key else [registry.label(path, language), group]
    if path.endswith("/RolaInna"):
        words.append("tPodmiot3.OpisRoli.")  # the description says that the role is another one
    return any(squeezed(word).casefold() in shown for word in words)


# The form is named by its system code, the kind by the title, a column's type by its alignment.
SAID_OTHERWISE = {
    "Naglowek/KodFormularza",
    "Fa/RodzajFaktury",
    "Zalacznik/BlokDanych/Tabela/TNaglowek/Kol/@Typ",
    "Fa/Adnotacje/P_23",  # the words of art. 136, see the test of statements
}


def facts(tree: dict, key: str, language: str = "pl") -> dict[str, str]:
    section = view.document(tree, language=language).part[key]
    return {fact.label: fact.text for block in section.blocks for fact in block.facts}


def first_table(tree: dict, key: str, language: str = "pl"):
    section = view.document(tree, language=language).part[key]
    return next(table for block in section.blocks for table in block.tables)


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("items", [1, 2, 3])
def test_every_leaf_that_fa3_knows_is_shown(items, language):
    assert missing(everything(items), language) == []


@pytest.mark.parametrize("path", [path for path, _ in trees.leaves(everything())])
def test_a_leaf_alone_in_its_document_is_shown(path):
    tree: dict = {}
    trees.put(tree, path, trees.get(everything(), path))
    assert missing(tree) == []


def test_elements_that_fa3_does_not_have_are_shown_by_their_names():
    tree = invoice()
    tree["Fa"]["NowePole"] = "wartość nowego pola"
    tree["Fa"]["FaWiersz"][0]["P_99"] = {"Wewnatrz": "głęboko"}
    shown = text_of(tree)
    assert "wartośćnowegopola" in shown
    assert "głęboko" in shown


ELEMENTS = """
Naglowek KodFormularza Podmiot1 Podmiot2 Podmiot3 Fa FaWiersz P_1 P_2 P_7 P_12 P_13_1 P_14_1 P_15
Adnotacje Zwolnienie P_19N Platnosc TerminPlatnosci Termin RachunekBankowy NrRB Zamowienie
ZamowienieWiersz Stopka Informacje Rejestry Zalacznik BlokDanych Tabela TNaglowek Kol Wiersz WKom
Suma SKom DaneFaKorygowanej RodzajFaktury @Typ # Nieznane
"""
NAMES = st.sampled_from(ELEMENTS.split())
SHAPES = st.recursive(
    st.one_of(st.none(), st.text(max_size=8), st.integers()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, SHAPES, max_size=6))
def test_a_draft_of_any_shape_is_shown_and_loses_no_text(tree):
    document = view.document(tree, language="pl")
    shown = squeezed(" ".join([document.number, *shown_texts(document.sections)]))
    free = ("P_7", "Nieznane")
    texts = [text for path, text in trees.leaves(tree) if path.rpartition("/")[2] in free]
    assert all(squeezed(formats.printable(text).strip()) in shown for text in texts)


def test_only_the_columns_that_the_xml_has_are_shown():
    columns = [column.label for column in first_table(invoice(), "lines").columns]
    assert columns == ["Lp.", "Nazwa", "Ilość", "J.m.", "Cena netto", "Stawka", "Netto"]


def test_gross_prices_have_their_own_columns():
    row = {"NrWierszaFa": "1", "P_7": "Kawa", "P_9B": "12.30", "P_11A": "12.30", "P_12": "8"}
    table = first_table(invoice(FaWiersz=[row]), "lines")
    assert [column.label for column in table.columns][2:] == ["Cena brutto", "Stawka", "Brutto"]


def test_columns_that_do_not_fit_go_under_the_name():
    big = "1234567890123.12345678"
    row = line(1, P_9A=big, P_9B=big, P_10=big, P_11Vat="12345678901.12", P_11A="12345678901.12")
    table = first_table(invoice(FaWiersz=[row]), "lines")
    assert "Rabat" not in [column.label for column in table.columns]
    assert "Rabat 1\u00a0234\u00a0567\u00a0890\u00a0123,12345678" in table.lines[0].cells[1].detail


def test_sums_stand_per_rate_with_their_total():
    tree = invoice(P_13_7="100.00")
    table = first_table(tree, "totals")
    rows = [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in table.lines]
    assert rows == [
        ["23%", "3 400,00", "782,00", "4 182,00"],
        ["zw", "100,00", "–", "100,00"],
    ]
    foot = [cell.text.replace("\u00a0", " ") for cell in table.foot[0].cells]
    assert foot == ["Razem", "3 500,00", "782,00", "4 282,00"]


def test_the_older_rate_is_named_where_the_lines_have_it():
    rows = [line(1, P_12="22"), line(2, P_12="23")]
    assert first_table(invoice(FaWiersz=rows), "totals").lines[0].cells[0].text == "23%, 22%"


def test_without_lines_the_rate_that_fits_the_tax_is_named():
    tree = invoice(P_13_1="100.00", P_14_1="22.00")
    del tree["Fa"]["FaWiersz"]
    assert first_table(tree, "totals").lines[0].cells[0].text == "22%"


def test_the_margin_scheme_shows_its_gross_value_only():
    row = first_table(invoice(P_13_11="500.00"), "totals").lines[1]
    assert [cell.text for cell in row.cells] == ["marża", "–", "–", "500,00"]


def test_tax_in_zloty_has_its_column_on_a_foreign_currency_invoice():
    table = first_table(invoice(KodWaluty="EUR", P_14_1W="3400.12"), "totals")
    assert "VAT w PLN" in [column.label for column in table.columns]
    assert "3\u00a0400,12" in [cell.text for cell in table.lines[0].cells]


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("VAT", "Do zapłaty"),
        ("KOR", "Kwota korekty"),
        ("ZAL", "Otrzymana zapłata"),
        ("ROZ", "Pozostało do zapłaty"),
    ],
)
def test_the_large_amount_is_named_by_what_p_15_means(kind, label):
    assert facts(invoice(RodzajFaktury=kind), "totals") == {label: "4\u00a0182,00"}


def test_a_settlement_names_the_final_amount():
    settlement = {
        "Odliczenia": [{"Kwota": "1000", "Powod": "nadpłata"}],
        "SumaOdliczen": "1000",
        "DoZaplaty": "3182",
    }
    found = facts(invoice(Rozliczenie=settlement), "totals")
    assert found["Odliczenie: nadpłata"] == "1\u00a0000,00"
    assert list(found)[-1] == "Do zapłaty"


def test_statements_of_the_law_keep_their_polish_words_in_english():
    notes = denials() | {"P_18A": "1", "P_18": "1"}
    block = view.document(invoice(Adnotacje=notes), language="en").part["annotations"].blocks[0]
    assert block.texts == [
        "Odwrotne obciążenie / reverse charge",
        "Mechanizm podzielonej płatności / split payment",
    ]


def test_the_triangular_procedure_is_named_as_art_136_orders():
    notes = denials() | {"P_23": "1"}
    block = view.document(invoice(Adnotacje=notes), language="pl").part["annotations"].blocks[0]
    assert block.texts == ["VAT: Faktura WE uproszczona na mocy art. 135–138 ustawy o ptu"]


def test_what_does_not_apply_is_small_print():
    small = facts(invoice(), "small")["Nie dotyczy"]
    assert small.startswith("metoda kasowa, samofakturowanie")
    assert "annotations" not in view.document(invoice(), language="pl").part


def test_the_transfers_title_names_both_numbers():
    document = view.document(invoice(), language="pl", ksef_number="5265877635-X")
    texts = [fact.text for fact in document.part["payment"].blocks[0].facts]
    assert "FV/2026/11/0141\n5265877635-X" in texts


def test_many_small_groups_become_a_table():
    rows = [
        {"DataWystFaKorygowanej": f"2026-0{n}-01", "NrFaKorygowanej": f"FV/{n}", "NrKSeFN": "1"}
        for n in range(1, 6)
    ]
    tree = invoice(RodzajFaktury="KOR", DaneFaKorygowanej=rows)
    assert len(first_table(tree, "correction").lines) == 5


def test_english_has_no_polish_labels():
    document = view.document(invoice(), language="en")
    labels = {fact.label for s in document.sections for b in s.blocks for fact in b.facts}
    assert document.title == "Invoice"
    assert {"Issue date", "Method", "Due date", "Amount due", "File"} <= labels


def test_the_screen_shows_every_leaf_and_escapes_it():
    tree = invoice(FaWiersz=[line(1, name="<img src=x onerror=alert(1)>")])
    document = view.document(tree, language="pl")
    html = render_to_string("invoices/partials/document_view.html", {"document": document})
    assert "&lt;img src=x" in html
    assert "<img" not in html
    assert "style=" not in html
    shown = ("Kawiarnia Pod Lipą", "4\u00a0182,00&nbsp;zł", "NIP 111-111")
    assert [text for text in shown if text not in html] == []


def test_rendering_imports_no_orm():
    """Import-linter cannot name a part of an outside package such as django.db."""
    sources = [path.read_text() for path in Path(invoices.render.__path__[0]).glob("*.py")]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    names = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert "django.template.loader" in names
    assert not [name for name in names if name.startswith(("django.db", "django.conf"))]
