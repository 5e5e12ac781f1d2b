"""Tables of an attachment: wide, long, with totals."""

import pypdfium2

from invoices.render import view
from tests.render_support import flowing, invoice, needs_pdf, page_texts, printed

MARGIN = 40  # points; the page's own is 45


def table(columns: int, rows: list[list[str]], sums: list[str] = (), kind: str = "dec") -> dict:
    head = [{"@Typ": kind, "NKom": f"Kolumna {n + 1}"} for n in range(columns)]
    made = {"Opis": "Zużycie", "TNaglowek": {"Kol": head}, "Wiersz": [{"WKom": r} for r in rows]}
    return made | ({"Suma": {"SKom": list(sums)}} if sums else {})


def attached(*tables: dict) -> dict:
    block = {"MetaDane": [{"ZKlucz": "Licznik", "ZWartosc": "7"}], "Tabela": list(tables)}
    return invoice() | {"Zalacznik": {"BlokDanych": [block]}}


def shown(*tables: dict):
    document = view.document(attached(*tables), language="pl")
    return document.part["attachment"].blocks[0].tables


def cells(line) -> list[str]:
    return [cell.text.replace("\u00a0", " ") for cell in line.cells]


def numbers(columns: int, row: int = 0) -> list[str]:
    return [f"{row + 1}{n:02}000.{n:02}" for n in range(columns)]


def test_a_narrow_table_stays_whole():
    (whole,) = shown(table(3, [numbers(3)]))
    assert whole.sheets() == [whole]


def test_a_wide_one_is_cut_and_every_sheet_begins_with_the_first_column():
    (whole,) = shown(table(20, [numbers(20)], ["Razem", *numbers(19)]))
    sheets = whole.sheets()
    assert len(sheets) > 1
    assert all(sheet.columns[0].label == "Kolumna 1" for sheet in sheets)
    own = [column.label for sheet in sheets for column in sheet.columns[1:]]
    assert own == [f"Kolumna {n}" for n in range(2, 21)]
    assert all(cells(sheet.foot[0])[0] == "Razem" for sheet in sheets)
    assert sheets[0].caption.startswith("Zużycie [1–")
    assert sheets[-1].caption.endswith("–20/20]")


def test_each_sheet_is_as_wide_as_a_page_holds():
    (whole,) = shown(table(20, [numbers(20)]))
    assert all(sheet.chars <= 105 for sheet in whole.sheets())


def test_a_heading_row_stands_on_every_sheet():
    (whole,) = shown(table(20, [["Taryfa dzienna"], numbers(20)]))
    for sheet in whole.sheets():
        (heading,) = sheet.lines[0].cells
        assert (heading.text, heading.span) == ("Taryfa dzienna", len(sheet.columns))


def test_rows_that_are_too_short_or_too_long_keep_their_cells():
    (whole,) = shown(table(3, [["1.5", "2"], ["1", "2", "3", "cztery"]]))
    assert cells(whole.lines[0]) == ["1,5", "2", "", ""]
    assert cells(whole.lines[1]) == ["1", "2", "3", "cztery"]


def test_cells_without_a_head_are_not_lost_when_a_table_is_cut():
    (whole,) = shown(table(15, [[f"{n:012}" for n in range(18)]]))
    found = {cell for sheet in whole.sheets() for cell in cells(sheet.lines[0])}
    assert len(found) == 18


@needs_pdf
def test_nothing_of_twenty_columns_leaves_the_page():
    tree = attached(
        table(20, [numbers(20, row) for row in range(40)], numbers(20)),
        table(20, [["x" * 256] * 20], kind="txt"),
        table(12, [["−1234567890123456.12345678"] * 12]),
    )
    data = printed(tree)
    for page in pypdfium2.PdfDocument(data):
        boxes = [item.get_bounds() for item in page.get_objects() if item.type == 1]
        assert min(left for left, *_ in boxes) > MARGIN
        assert max(right for _, _, right, _ in boxes) < page.get_width() - MARGIN
    text = flowing(data)
    assert all(f"40{n:02}000,{n:02}" in text for n in range(20))


@needs_pdf
def test_a_long_table_repeats_its_heads_and_ends_with_its_sums():
    rows = [[str(row), "2026-01-02", f"przejazd {row}", "12.50", "0.99"] for row in range(300)]
    data = printed(attached(table(5, rows, ["", "", "Razem", "3750.00", "297.00"], "txt")))
    pages = page_texts(data)
    with_rows = [page for page in pages if "przejazd" in page]
    assert len(with_rows) > 5
    assert all("Kolumna1Kolumna2" in page for page in with_rows)
    assert "Razem3750.00297.00" in with_rows[-1]
    assert [f"przejazd{row}" for row in range(300) if f"przejazd{row}" not in flowing(data)] == []
