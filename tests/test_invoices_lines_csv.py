"""Lines as CSV, out and in, and tables that people paste."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.forms import csv_lines, writing
from invoices.forms.lines import entries, price_mode
from invoices.services.drafts import draft_create
from tests.fa3_support import RandomTree, invoice, line, needs_samples, sample_files
from tests.form_support import page
from tests.invoice_support import content

FORMULAS = ["=1+1", "+48 600", "-x", "@SUM(A1)", "'=x", "''+", "'ul", "x=1", '"', ";", "a\u00a0b"]
visible = st.characters(codec="utf-8", exclude_categories=["C"])
texts = st.sampled_from(FORMULAS) | st.text(visible, min_size=1)


def read(text, mode="net", **options):
    return csv_lines.lines_in(csv_lines.sheet_of(text, **options), mode)


def lines_again(tree: dict) -> list[dict]:
    """The lines of an invoice after they went through a CSV file."""
    sheet = csv_lines.sheet_of(csv_lines.decoded(csv_lines.csv_of(tree)))
    rows, problems = csv_lines.lines_in(sheet, price_mode(tree))
    assert problems == []
    return entries(writing.tree_with(tree, {}, rows, drawn=range(len(entries(tree)))))


def readable(tree: dict) -> list[dict]:
    return trees.normalise(tree)["Fa"]["FaWiersz"]


@given(st.lists(texts.map(trees.collapse).filter(bool), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_text_comes_back_from_csv(names):
    tree = invoice(Fa__FaWiersz=[line(n, P_7=text) for n, text in enumerate(names, 1)])
    assert lines_again(totals.compute(tree)) == totals.compute(tree)["Fa"]["FaWiersz"]


@pytest.mark.parametrize("seed", range(40))
def test_lines_of_any_content_come_back_from_csv(seed):
    tree = RandomTree(seed, density=0.6).make()
    tree["Fa"]["RodzajFaktury"] = "KOR"
    if entries(tree):
        assert lines_again(tree) == readable(tree)


@needs_samples
@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_lines_of_an_official_sample_come_back_from_csv(path):
    from invoices.fa3.parse import parse

    tree = parse(path.read_bytes())
    if entries(tree):
        assert lines_again(tree) == readable(tree)


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@a", "'=a"])
def test_no_cell_of_our_file_is_a_formula(text):
    sent = csv_lines.csv_of(invoice(Fa__FaWiersz=[line(P_7=text)])).decode("utf-8-sig")
    assert f"'{text}" in sent


def test_a_negative_price_stays_a_number_for_the_spreadsheet():
    sent = csv_lines.csv_of(invoice(Fa__FaWiersz=[line(P_9A="-5.00")])).decode("utf-8-sig")
    assert ";-5,00;" in sent


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
def test_polish_letters_are_read_in_every_usual_encoding(encoding):
    data = "Nazwa;Ilość\r\nŁódź żaglowa;2".encode(encoding)
    rows, _ = read(csv_lines.decoded(data))
    assert rows == [{"name": "Łódź żaglowa", "quantity": "2"}]


@pytest.mark.parametrize("sign", ["\t", ";", ","])
def test_cells_are_divided_by_what_the_first_row_has(sign):
    rows, _ = read(sign.join(["Nazwa", "J.m."]) + "\n" + sign.join(["Blat", "szt."]))
    assert rows == [{"name": "Blat", "unit": "szt."}]


@pytest.mark.parametrize(
    ("heading", "box"),
    [
        ("Nazwa towaru lub usługi", "name"),
        ("ILOŚĆ", "quantity"),
        ("Cena netto", "price"),
        ("Stawka VAT", "rate"),
        ("j.m.", "unit"),
        ("Kod (PKWiU)", "PKWiU"),
        ("P_10", "P_10"),
        ("Lp.", ""),
        ("Ulubiony kolor", ""),
    ],
)
def test_headings_are_known_by_the_words_people_use(heading, box):
    assert csv_lines.box_of_heading(heading) == box


def test_without_headings_columns_are_those_of_the_grid_from_the_focused_one():
    rows, _ = read("2\tszt.\t10,50", start="quantity")
    assert rows == [{"quantity": "2", "unit": "szt.", "price": "10,50"}]


@pytest.mark.parametrize(
    ("box", "cell", "value"),
    [
        ("price", "1 234,56 zł", "1 234,56"),
        ("rate", "23%", "23"),
        ("rate", "8,00 %", "8"),
        ("rate", "ZW.", "zw"),
        ("rate", "0%", "0 KR"),
        ("rate", "0% WDT", "0 WDT"),
        ("rate", "np.", "np I"),
        ("rate", "19%", "19%"),
        ("GTU", "5", "GTU_05"),
        ("P_12_Zal_15", "tak", "1"),
        ("P_12_Zal_15", "nie", ""),
        ("name", "Blat\ndębowy", "Blat dębowy"),
    ],
)
def test_a_cell_is_read_as_people_write_it(box, cell, value):
    assert csv_lines.read_cell(box, cell) == value


def test_what_cannot_be_read_is_named_by_row_and_column():
    _, problems = read("Nazwa;Cena;Stawka\nBlat;dużo;23%\nStół;5;dwa")
    assert [p[:32] for p in problems] == [
        "Wiersz 2, kolumna Cena: nie rozu",
        "Wiersz 3, kolumna Stawka: nie ro",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "a\n" * 10_002, ";" * 101])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(csv_lines.SheetRefused):
        csv_lines.sheet_of(text)


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_table_or_is_refused(text):
    try:
        rows, _ = read(text)
    except csv_lines.SheetRefused:
        return
    assert len(rows) <= 10_000


# --- The page --------------------------------------------------------------------------------
@pytest.fixture
def draft(company, owner):
    tree = totals.compute(content(company, FaWiersz=[line(1), line(2, P_7="Druga")]))
    return draft_create(company=company, content=tree, created_by=owner)


@pytest.fixture
def send(client_of, owner, company, draft):
    url = reverse("invoice-lines", args=[company.nip, draft.pk])

    def post(text="", **more):
        return client_of(owner).post(url, {"text": text, "version": draft.version} | more)

    return post


def inserted(send, draft, text, columns, **more):
    answer = send(text, action="insert", columns=columns, **more)
    assert answer.status_code == 302
    draft.refresh_from_db()
    return draft.content["Fa"]


def test_a_preview_shows_a_choice_above_each_column(send):
    shown = page(send("Nazwa;Cena\nBlat;5", action="preview"))
    chosen = shown.xpath("//select[@name='columns']/option[@selected]/@value")
    assert chosen == ["name", "price"]


def test_lines_are_appended_with_totals(send, draft):
    made = inserted(send, draft, "Blat\t2\t10,50\t23", ["name", "quantity", "price", "rate"])
    assert [e["NrWierszaFa"] for e in made["FaWiersz"]] == ["1", "2", "3"]
    assert (made["FaWiersz"][2]["P_11"], made["P_15"]) == ("21.00", "271.83")


def test_lines_are_replaced(send, draft):
    made = inserted(send, draft, "Blat;2", ["name", "quantity"], where="replace")
    assert [(e["P_7"], e["P_8B"]) for e in made["FaWiersz"]] == [("Blat", "2")]


def test_a_column_can_be_left_out(send, draft):
    made = inserted(send, draft, "Blat;tajne;2", ["name", "", "quantity"])["FaWiersz"][2]
    assert "tajne" not in made.values()


def test_a_table_that_is_none_is_said(send):
    answer = send("", action="preview")
    assert answer.status_code == 422
    assert "Tu nie ma żadnego wiersza" in answer.content.decode()


def test_somebody_elses_save_is_not_overwritten(send, draft):
    draft.version += 1
    draft.save()
    assert (
        send("Blat;2", action="insert", columns=["name", "quantity"], version=1).status_code == 409
    )


def test_a_file_comes_back_as_it_went(send, draft, client_of, owner, company):
    before = draft.content["Fa"]["FaWiersz"]
    url = reverse("invoice-lines-csv", args=[company.nip, draft.pk])
    file = SimpleUploadedFile("lines.csv", client_of(owner).get(url).content)
    shown = page(send(action="preview", file=file))
    columns = shown.xpath("//select[@name='columns']/option[@selected]/@value")
    text = shown.xpath("//textarea[@name='text']")[0].text.removeprefix("\n")
    made = inserted(send, draft, text, columns, header="1", where="replace")
    assert made["FaWiersz"] == before


def test_ten_thousand_lines_come_from_a_file(send, draft):
    rows = "\n".join(f"T{n};1" for n in range(10_000))
    made = inserted(send, draft, rows, ["name", "P_11"], where="replace")["FaWiersz"]
    assert (len(made), made[-1]["P_7"], made[-1]["NrWierszaFa"]) == (10_000, "T9999", "10000")


def test_what_a_script_pastes_is_read_and_not_stored(client_of, owner, company, draft):
    url = reverse("invoice-lines-read", args=[company.nip])
    answer = client_of(owner).post(url, {"text": "2\tszt.\t1 000,00", "start": "quantity"}).json()
    assert answer["rows"] == [{"quantity": "2", "unit": "szt.", "price": "1 000,00"}]
    draft.refresh_from_db()
    assert len(draft.content["Fa"]["FaWiersz"]) == 2
