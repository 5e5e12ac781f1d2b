"""Trees for the tests of prints, and what a PDF says when it is read back."""

import re
from collections.abc import Iterator
from functools import lru_cache

import pypdfium2
import pytest

from invoices.fa3 import registry, schema
from invoices.fa3.nodes import Node
from invoices.render import formats, labels, pdf

needs_pdf = pytest.mark.skipif(
    pdf.available() is not None, reason=f"no PDF can be made here: {pdf.available()}"
)

KSEF_NUMBER = "5265877635-20261123-0100C4A7F31B-EF"
SHA256 = "85f3c2b2c8d84d9a9d7f5d9b24c4b9c8f8fe8f2fd749d01bb50aee8fb041bf9b"
LINK = (
    "https://qr-test.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/"
    "UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
)

_SAMPLES = {
    "TKwotowy": "-1234.50",
    "TKwotowy2": "1234.12345678",
    "TIlosci": "1.234567",
    "TProcentowy": "12.5",
    "TNaturalny": "7",
    "integer": "14",
    "TNrNIP": "5265877635",
    "TNrRB": "PL61109010140000071219812874",
    "TNumerKSeF": KSEF_NUMBER,
}
_BASES = {"date": "2026-11-23", "dateTime": "2026-11-23T12:22:07Z", "nonNegativeInteger": "7"}


def invoice(lines: int = 2, **fa: object) -> dict:
    """A small domestic invoice; keyword arguments replace or add elements of Fa."""
    return {
        "Naglowek": {
            "KodFormularza": {"@kodSystemowy": "FA (3)", "@wersjaSchemy": "1-0E", "#": "FA"},
            "WariantFormularza": "3",
            "DataWytworzeniaFa": "2026-11-23T12:22:07Z",
        },
        "Podmiot1": {
            "DaneIdentyfikacyjne": {"NIP": "5265877635", "Nazwa": "Stolarnia Wierzba sp. z o.o."},
            "Adres": {"KodKraju": "PL", "AdresL1": "ul. Leśna 14", "AdresL2": "05-500 Piaseczno"},
        },
        "Podmiot2": {
            "DaneIdentyfikacyjne": {"NIP": "1111111111", "Nazwa": "Kawiarnia Pod Lipą"},
            "Adres": {"KodKraju": "PL", "AdresL1": "ul. Rynkowa 8", "AdresL2": "05-600 Grójec"},
            "JST": "2",
            "GV": "2",
        },
        "Fa": {
            "KodWaluty": "PLN",
            "P_1": "2026-11-23",
            "P_2": "FV/2026/11/0141",
            "P_13_1": "3400.00",
            "P_14_1": "782.00",
            "P_15": "4182.00",
            "Adnotacje": denials(),
            "RodzajFaktury": "VAT",
            "FaWiersz": [line(number) for number in range(1, lines + 1)],
            "Platnosc": {
                "TerminPlatnosci": [{"Termin": "2026-12-07"}],
                "FormaPlatnosci": "6",
                "RachunekBankowy": [{"NrRB": "68114099990000123400567801"}],
            },
            **fa,
        },
    }


def denials() -> dict:
    """Adnotacje of an invoice to which none applies."""
    return {
        "P_16": "2",
        "P_17": "2",
        "P_18": "2",
        "P_18A": "2",
        "Zwolnienie": {"P_19N": "1"},
        "NoweSrodkiTransportu": {"P_22N": "1"},
        "P_23": "2",
        "PMarzy": {"P_PMarzyN": "1"},
    }


def line(number: int, name: str = "Blat jesionowy 80 × 80 cm", **more: str) -> dict:
    """One line with net price, 23%."""
    return {
        "NrWierszaFa": str(number),
        "P_7": name,
        "P_8A": "szt.",
        "P_8B": "4",
        "P_9A": "550",
        "P_11": "2200.00",
        "P_12": "23",
        **more,
    }


def everything(items: int = 1) -> dict:
    """A tree with every element and attribute of the schema at once, lists `items` long.

    It is not valid (choices exclude one another); each free text is unlike every other.
    """
    return {child.name: _filled(child, items, "") for child in schema.root().children}


def _filled(node: Node, items: int, mark: str):
    if node.is_list:
        return [_one(node, items, f"{mark}{at}") for at in range(items)]
    return _one(node, items, mark)


def _one(node: Node, items: int, mark: str):
    attributes = {attribute.key: attribute.fixed or "txt" for attribute in node.attributes}
    if node.is_leaf:
        text = _sample(node, mark)
        return {**attributes, "#": text} if attributes else text
    return attributes | {child.name: _filled(child, items, mark) for child in node.children}


def _sample(node: Node, mark: str) -> str:
    if node.facets.enumeration:
        return node.facets.values[0]
    if node.type_name in _SAMPLES:
        return _SAMPLES[node.type_name]
    return _BASES.get(node.facets.base) or f"t{node.path.replace('/', '.')}.{mark}"


def printed(tree: dict, **changes: object) -> bytes:
    """The PDF of a numbered production print in Polish unless told otherwise."""
    return pdf.invoice_pdf(tree, **arguments(**changes))


def arguments(**changes: object) -> dict:
    """Keyword arguments of `invoice_pdf` and `invoice_html`."""
    return {
        "language": "pl",
        "ksef_number": KSEF_NUMBER,
        "link": LINK,
        "environment": "production",
        "state": "numbered",
        "sha256": SHA256,
        **changes,
    }


def page_texts(data: bytes) -> list[str]:
    """The text of each page, squeezed."""
    document = pypdfium2.PdfDocument(data)
    return [squeezed(page.get_textpage().get_text_range()) for page in document]


MM = 72 / 25.4


def flowing(data: bytes) -> str:
    """The text of all pages without heads and feet: a value may go on over the page's end."""
    document = pypdfium2.PdfDocument(data)
    return "".join(
        squeezed(
            page.get_textpage().get_text_bounded(
                bottom=15 * MM, top=page.get_height() - 13 * MM, left=0, right=page.get_width()
            )
        )
        for page in document
    )


def squeezed(text: str) -> str:
    """Without blanks, hyphens and the marks that pdfium puts where a line was broken."""
    return re.sub(r"[\s\u00a0\ufffe\x02-]", "", text)


def shown_texts(sections: list) -> Iterator[str]:
    """Every text of a view: labels, values, cells, small print."""
    for section in sections:
        for block in section.blocks:
            yield from (block.title, *block.texts)
            for fact in block.facts:
                yield from (fact.label, fact.text)
            for table in block.tables:
                yield from _table_texts(table)


def _table_texts(table) -> Iterator[str]:
    yield table.caption
    yield from (column.label for column in table.columns)
    for fact in table.notes:
        yield from (fact.label, fact.text)
    for row in [*table.lines, *table.foot]:
        for cell in row.cells:
            yield from (cell.text, cell.detail)


@lru_cache(maxsize=1)
def weasyprint_reason() -> str | None:
    """Why no PDF can be made here, None if it can."""
    return pdf.available()


FLAG_WORDS = {
    "BrakID": "no_id",
    "P_12_Zal_15": "annex15",
    "P_12Z_Zal_15": "annex15",
    "StanPrzed": "before",
    "StanPrzedZ": "before",
}


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
        stated = labels.STATEMENTS.get(path.removeprefix("Fa/Adnotacje/"), ())
        found = [*own, *stated, registry.label(path, language), above]
    else:
        found = [formats.value(path, value, language), formats.decimal(value)]
        found.append(formats.value("Fa/P_1", value, language))
    return [squeezed(word).casefold() for word in found]
