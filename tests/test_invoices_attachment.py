"""Tables of an attachment: cells as a spreadsheet copies them, without loss."""

from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import schema
from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.forms import attachment
from invoices.forms.panel_parts import id_of
from invoices.forms.panel_read import item_part
from invoices.forms.panels import Panels
from tests.fa3_support import invoice
from tests.panel_support import page_of, posted

TABLE = "Zalacznik/BlokDanych[0]/Tabela[0]"
ROWS, TOTALS = f"{TABLE}/Wiersz", f"{TABLE}/Suma"


def table(*rows: list[str], **more) -> dict:
    columns = [{"@Typ": "txt", "NKom": f"K{number}"} for number in range(len(rows[0]))]
    return {"TNaglowek": {"Kol": columns}, "Wiersz": [{"WKom": row} for row in rows]} | more


def attached(*tables: dict) -> dict:
    meta = [{"ZKlucz": "Umowa", "ZWartosc": "7/2026"}]
    return invoice(Zalacznik={"BlokDanych": [{"MetaDane": meta, "Tabela": list(tables)}]})


def sent_by(tree: dict) -> dict:
    return posted(page_of(Panels(tree, opened={"attachment"})))


def written(tree: dict, sent: dict) -> dict:
    return Panels(tree, sent).written(tree)


def rows_after(tree: dict, text: str) -> list:
    made = written(tree, sent_by(tree) | {f"t:{TABLE}/rows": text})
    return [row["WKom"] for row in trees.items(made, ROWS)]


cells = st.text(st.sampled_from('ab"ż \t\n\r'), max_size=6)
tables = st.lists(st.lists(cells, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(tables, st.none() | st.lists(cells, min_size=1, max_size=3))
def test_a_table_that_nobody_touched_stays(rows, totals):
    tree = attached(table(*rows) | ({"Suma": {"SKom": totals}} if totals else {}))
    assert written(tree, sent_by(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(tables)
def test_the_same_text_in_an_empty_table_makes_the_same_rows(rows):
    value = [{"WKom": row} for row in rows]
    again = attachment.read(ROWS, None, attachment.shown(ROWS, value).replace("\n", "\r\n"))
    assert again == [{"WKom": [trees.collapse(cell) for cell in row]} for row in rows]


def test_cells_pasted_from_a_spreadsheet_become_rows():
    assert rows_after(attached(table(["", ""])), "1\tKabel\r\n2\t\r\n") == [
        ["1", "Kabel"],
        ["2", ""],
    ]


def test_a_pasted_cell_with_a_line_break_is_one_cell():
    pasted = 'Kabel\t"dwa\r\nwiersze ""tu"""\r\nRura\t1'
    assert rows_after(attached(table(["", ""])), pasted) == [
        ["Kabel", 'dwa wiersze "tu"'],
        ["Rura", "1"],
    ]


@pytest.mark.parametrize("text", ['"Alfa" sp. z o.o.\t1', '"Alfa\t1', '"\t1', 'a"b"\t"c"', '""\tb'])
def test_quotation_marks_in_a_cell_stay(text):
    assert rows_after(attached(table(["", ""])), text) == [text.split("\t")]


def test_a_changed_row_leaves_the_white_space_of_others_alone():
    tree = attached(table([" a ", "1"], ["b", "2\t"]))
    assert rows_after(tree, "c\t3\r\nb\t2\r\na\t1") == [["c", "3"], ["b", "2\t"], [" a ", "1"]]


def test_empty_lines_are_no_rows_and_an_empty_text_no_table():
    assert rows_after(attached(table(["x"])), "\r\na\r\n\r\n") == [["a"]]
    assert rows_after(attached(table(["x"])), "") == []


def test_totals_are_one_row():
    tree = attached(table(["a", "b"]))
    made = written(tree, sent_by(tree) | {f"t:{TABLE}/sum": "Razem\t5"})
    assert trees.get(made, TOTALS) == {"SKom": ["Razem", "5"]}
    assert trees.get(written(made, sent_by(made) | {f"t:{TABLE}/sum": ""}), TOTALS) is None


def test_more_than_a_hundred_rows_are_all_shown():
    tree = attached(table(*[[str(number)] for number in range(1000)]))
    assert sent_by(tree)[f"t:{TABLE}/rows"].count("\r\n") == 999
    assert schema.node(attachment.ROWS).max == 1000


def test_a_table_of_quotation_marks_is_read_in_a_moment():
    text = '"' + '""\t' * 200_000
    assert len(attachment.read(ROWS, None, text)) == 1


def test_a_new_table_has_places_for_its_cells():
    item = item_part(TABLE, "VAT", "pl").items[0]
    names = [part.name for part in item.parts if part.code in ("Wiersz", "Suma")]
    assert names == [f"t:{TABLE}/rows", f"t:{TABLE}/sum"]


def test_a_table_typed_into_an_empty_section_is_a_table():
    sent = sent_by(attached(table(["a", "1"], Suma={"SKom": ["", "1"]})))
    made = written(invoice(), sent)
    assert made["Zalacznik"] == attached(table(["a", "1"], Suma={"SKom": ["", "1"]}))["Zalacznik"]


def test_a_problem_of_a_cell_stands_at_the_rows_of_its_table():
    panels = Panels(attached(table(["a", "b"])), opened={"attachment"})
    told = [Problem(f"{ROWS}[0]/WKom[1]", "XSD-length", "block", "Za długie.", "Too long.")]
    assert panels.show_problems(told) == []
    assert [entry["href"] for entry in panels.problem_list] == [f"#{id_of(ROWS)}"]


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "is_told"), [(None, True), (date(2026, 1, 2), False)])
def test_without_a_notification_the_section_says_what_to_do(
    company, owner, client_of, day, is_told
):
    company.attachments_notified_on = day
    company.save()
    url = reverse("invoice-new", args=[company.nip])
    content = client_of(owner).get(url, {"sekcje": "attachment"}).content.decode()
    assert "panel-attachment" in content
    assert ("#attachments" in content) == is_told
