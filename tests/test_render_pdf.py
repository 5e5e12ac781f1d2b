"""The print itself, read back from its PDF: text, glyphs, codes, marks, pages."""

import io
import sys
from datetime import date

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import zxingcpp

from invoices.fa3 import tree as trees
from invoices.render import formats, links, pdf
from tests.render_support import (
    KSEF_NUMBER,
    LINK,
    arguments,
    everything,
    flowing,
    invoice,
    line,
    needs_pdf,
    page_texts,
    printed,
    squeezed,
)

pytestmark = needs_pdf


def text_of(data: bytes) -> str:
    return "".join(page_texts(data))


def pictures(data: bytes, dpi: int) -> list:
    return [page.render(scale=dpi / 72).to_pil() for page in pypdfium2.PdfDocument(data)]


def test_every_value_of_a_rich_document_stands_in_the_pdf():
    tree = everything(2)
    tree["Fa"]["RodzajFaktury"] = "VAT"
    text = flowing(printed(tree)).casefold()
    free = [value for path, value in trees.leaves(tree) if value.startswith("t") and "." in value]
    assert len(free) > 200
    assert [value for value in free if squeezed(value).casefold() not in text] == []


def test_every_amount_date_and_name_of_an_invoice_stands_in_the_pdf():
    tree = invoice()
    text = text_of(printed(tree))
    paths = ("Podmiot1", "Podmiot2/DaneIdentyfikacyjne", "Podmiot2/Adres", "Fa/FaWiersz", "Fa/P_")
    for path, value in trees.leaves(tree):
        if path.startswith(paths):
            assert squeezed(formats.value(trees.plain(path), value, "pl")) in text


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_the_code_on_the_rendered_page_reads_as_the_link(dpi):
    found = zxingcpp.read_barcodes(pictures(printed(invoice()), dpi)[0])
    assert [code.text for code in found] == [LINK]


def test_the_codes_link_is_made_of_the_files_hash():
    link = links.kod1(
        base_url="https://qr.ksef.mf.gov.pl",
        seller_nip="5265877635",
        issued_on=date(2026, 11, 23),
        sha256_hex="ab" * 32,
    )
    page = pictures(printed(invoice(), link=link), 150)[0]
    assert zxingcpp.read_barcode(page).text == link
    assert "q6urq6ur" in link


def test_the_ksef_number_is_the_codes_label_and_stands_in_the_foot():
    first = page_texts(printed(invoice()))[0]
    assert first.count(squeezed(KSEF_NUMBER)) == 4  # head, transfer title, label, foot


@pytest.mark.parametrize("state", ["waiting", "draft"])
def test_before_the_number_there_is_no_code_and_no_link(state):
    data = printed(invoice(), state=state)
    text = text_of(data)
    assert zxingcpp.read_barcodes(pictures(data, 150)[0]) == []
    assert squeezed(LINK) not in text
    assert squeezed(KSEF_NUMBER) not in text


@pytest.mark.parametrize(
    ("state", "language", "mark"),
    [
        ("waiting", "pl", "Oczekuje na numer KSeF: nie wydawać nabywcy"),
        ("waiting", "en", "Oczekuje na numer KSeF: nie wydawać nabywcy"),
        ("waiting", "en", "Awaiting its KSeF number: do not hand to the buyer"),
        ("draft", "pl", "Szkic: to nie jest faktura"),
        ("draft", "en", "Draft: this is not an invoice"),
    ],
)
def test_the_mark_runs_across_every_page(state, language, mark):
    pages = page_texts(printed(invoice(lines=120), state=state, language=language))
    assert len(pages) > 2
    assert all(squeezed(mark) in page for page in pages)


@pytest.mark.parametrize(
    ("environment", "mark"),
    [
        ("simulator", "SYMULATOR: to nie jest faktura"),
        ("test", "TEST: to nie jest faktura"),
        ("demo", "DEMO: to nie jest faktura"),
    ],
)
@pytest.mark.parametrize("state", ["draft", "waiting", "numbered"])
def test_outside_production_every_page_says_so(environment, mark, state):
    pages = page_texts(printed(invoice(lines=60), environment=environment, state=state))
    assert len(pages) > 1
    assert all(squeezed(mark) in page for page in pages)


def test_a_numbered_production_print_carries_no_mark():
    text = text_of(printed(invoice(lines=60)))
    assert "niejestfaktura" not in text
    assert "niewydawać" not in text


def test_five_hundred_lines_keep_their_heads_and_page_numbers():
    pages = page_texts(printed(invoice(lines=500)))
    number = squeezed("FV/2026/11/0141")
    assert len(pages) > 10
    for position, page in enumerate(pages, 1):
        assert f"strona{position}z{len(pages)}" in page
        assert page.count(number) >= 2 or position == len(pages)
    lines = [page for page in pages if "Blatjesionowy" in page]
    assert all("Lp.NazwaIlość" in page for page in lines)
    assert sum(page.count("Blatjesionowy") for page in pages) == 500


def test_the_document_says_its_title_author_and_language():
    document = pypdfium2.PdfDocument(printed(invoice(), language="en"))
    metadata = document.get_metadata_dict()
    assert metadata["Title"] == "Invoice FV/2026/11/0141"
    assert metadata["Author"] == "Stolarnia Wierzba sp. z o.o."
    assert pdfium.FPDFCatalog_IsTagged(document.raw)
    length = pdfium.FPDFCatalog_GetLanguage(document.raw, None, 0)
    buffer = (pdfium.FPDF_WCHAR * (length // 2))()
    pdfium.FPDFCatalog_GetLanguage(document.raw, buffer, length)
    assert bytes(buffer).decode("utf-16-le").rstrip("\0") == "en"


def test_every_font_is_embedded():
    document = pypdfium2.PdfDocument(printed(invoice()))
    fonts = {
        pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(found.raw))
        for page in document
        for found in page.get_objects()
        if found.type == pdfium.FPDF_PAGEOBJ_TEXT
    }
    assert fonts == {1}


POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"


def test_polish_letters_come_back_as_text():
    assert POLISH in text_of(printed(invoice(FaWiersz=[line(1, name=POLISH)])))


def test_polish_letters_have_glyphs_of_their_own():
    """Extraction can look right while the wrong or no letter is drawn: compare the ink."""
    shapes = [_ink(letter) for letter in POLISH]
    bare = [_ink(letter) for letter in "acelnoszzACELNOSZZ"]
    absent = _ink("\U000f0000")
    assert len(set(shapes)) == len(POLISH)
    assert absent not in shapes
    assert all(drawn != plain for drawn, plain in zip(shapes, bare, strict=True))


def _ink(letter: str) -> bytes:
    html = f"""<html lang="pl"><style>@page {{ size: 20mm; margin: 2mm }}
    body {{ font: 30pt/1.4 "IBM Plex Sans", Inter, "DejaVu Sans", sans-serif }}</style>{letter}"""
    return pictures(pdf.html_to_pdf(html), 72)[0].convert("1").tobytes()


HOSTILE = (
    '<img src="http://127.0.0.1:9/x.png"><link rel=stylesheet href="http://127.0.0.1:9/x.css">'
    "<script>1</script></style><style>*{display:none}</style>@import url(file:///etc/passwd);"
)


def test_markup_in_values_is_printed_and_never_run():
    tree = invoice(FaWiersz=[line(1, name=HOSTILE, P_8A="<b>szt</b>")], P_2="</title><b>1")
    tree["Podmiot1"]["DaneIdentyfikacyjne"]["Nazwa"] = '"><script>alert(1)</script>'
    tree["Stopka"] = {"Informacje": [{"StopkaFaktury": "{{ 7|add:7 }} {% load x %}"}]}
    text = text_of(printed(tree))
    assert squeezed(HOSTILE) in text
    assert squeezed("{{ 7|add:7 }} {% load x %}") in text
    assert squeezed("</title><b>1") in text


@pytest.mark.parametrize(
    "name",
    [
        "W" * 512,
        "שלום עולם " * 20,
        "\u202eodwrócone\u202c zwykłe",
        "🚀🧾" * 40,
        "a\u0301" * 200,
        "＜全角＞漢字" * 30,
        "\u00ad\u200b" * 100 + "x",
    ],
)
def test_strange_names_do_not_break_the_print(name):
    tree = invoice(FaWiersz=[line(1, name=name), line(2)], P_2=name[:256])
    tree["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] = name
    data = printed(tree)
    assert "2200,00" in text_of(data)
    assert zxingcpp.read_barcode(pictures(data, 150)[-1]).text == LINK


def test_nothing_long_leaves_the_page():
    tree = invoice(
        FaWiersz=[line(1, name="W" * 512, P_8A="x" * 256, P_9A="12345678901234.12345678")]
    )
    tree["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] = "Z" * 512
    for page in pypdfium2.PdfDocument(printed(tree)):
        boxes = [item.get_bounds() for item in page.get_objects() if item.type == 1]
        assert min(left for left, *_ in boxes) > 40
        assert max(right for _, _, right, _ in boxes) < page.get_width() - 40


def test_no_address_is_fetched_but_data(monkeypatch):
    asked = []
    monkeypatch.setattr("socket.socket.connect", lambda self, address: asked.append(address))
    html = (
        '<img src="http://127.0.0.1:9/a.png"><img src="file:///etc/hostname">'
        '<link rel=stylesheet href="https://127.0.0.1:9/a.css">'
        "<style>@import 'http://127.0.0.1:9/b.css'; body{background:url(http://127.0.0.1:9/c)}"
        "</style><p>tekst"
    )
    assert "tekst" in text_of(pdf.html_to_pdf(html))
    assert asked == []


def test_a_file_address_is_not_read():
    html = (
        '<a rel="attachment" href="file:///etc/hostname">x</a><object data="file:///etc/hostname">'
    )
    document = pypdfium2.PdfDocument(pdf.html_to_pdf(html))
    assert document.count_attachments() == 0


def test_a_numbered_print_without_number_or_link_is_refused():
    for absent in ("ksef_number", "link"):
        with pytest.raises(ValueError, match="numbered print"):
            pdf.invoice_html(invoice(), **arguments(**{absent: None}))


def test_an_unknown_state_or_environment_is_refused():
    with pytest.raises(ValueError, match="unknown state"):
        pdf.invoice_html(invoice(), **arguments(state="sent"))
    with pytest.raises(ValueError, match="unknown environment"):
        pdf.invoice_html(invoice(), **arguments(environment="prod"))


def test_an_empty_draft_prints():
    data = printed({}, state="draft", ksef_number=None, link=None, sha256="")
    assert "Szkic:toniejestfaktura" in text_of(data)


def test_long_sections_go_on_over_pages():
    parties = [
        {"DaneIdentyfikacyjne": {"BrakID": "1", "Nazwa": f"Podmiot numer {n}"}, "Rola": "11"}
        for n in range(60)
    ]
    accounts = [{"NrRB": f"6811409999000012340056{n:04}"} for n in range(60)]
    note = "\n".join(f"wiersz uwagi {n}" for n in range(200))
    tree = invoice(Platnosc={"FormaPlatnosci": "6", "RachunekBankowy": accounts})
    tree |= {"Podmiot3": parties, "Stopka": {"Informacje": [{"StopkaFaktury": note}]}}
    text = text_of(printed(tree))
    wanted = [f"Podmiotnumer{n}" for n in range(60)] + [f"wierszuwagi{n}" for n in range(200)]
    assert [word for word in wanted if word not in text] == []
    assert text.count("681140999900001234") == 60


def test_the_module_loads_where_weasyprint_cannot(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    reason = pdf.available.__wrapped__()
    assert "apt-get install" in reason
    assert "fonts-dejavu-core" in reason
    assert "Faktura" in pdf.invoice_html(invoice(), **arguments())


def test_the_same_document_prints_the_same_pixels():
    first, second = (pictures(printed(invoice()), 72)[0] for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_the_code_is_drawn_without_blurred_edges():
    page = pictures(printed(invoice()), 300)[0].convert("L")
    code = zxingcpp.read_barcode(page).position
    box = (code.top_left.x, code.top_left.y, code.bottom_right.x, code.bottom_right.y)
    grey = [count for count, shade in page.crop(box).getcolors() if 64 < shade < 192]
    assert sum(grey) < 0.05 * (box[2] - box[0]) * (box[3] - box[1])


def test_a_print_is_a_small_file():
    assert len(printed(invoice())) < 60_000
    assert io.BytesIO(printed(invoice())).read(5) == b"%PDF-"


def test_the_largest_amounts_of_the_schema_stay_on_the_page_and_leave_the_name_its_room():
    most, price = "9999999999999999.99", "99999999999999.99999999"
    row = line(1, name="Nazwa towaru " * 20, P_9A=price, P_11=most, P_11A=most, P_11Vat=most)
    tree = invoice(FaWiersz=[row, row], P_13_1=most, P_14_1=most, P_15=most)
    data = printed(tree, language="pl-en")
    for page in pypdfium2.PdfDocument(data):
        boxes = [item.get_bounds() for item in page.get_objects() if item.type == 1]
        assert max(right for _, _, right, _ in boxes) < page.get_width() - 40
    assert len(pypdfium2.PdfDocument(data)) <= 3
    assert "99999999999999,99999999" in text_of(data)
