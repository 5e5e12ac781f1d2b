"""The PDF is marked as PDF/A-3 and carries the very file that it shows."""

import hashlib
import re
import zlib

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from invoices.models import DocumentPrint
from invoices.render import confirmation
from invoices.services.prints import print_make
from tests.paper_support import numbered, paper
from tests.render_support import invoice, needs_pdf, printed

pytestmark = needs_pdf
XML = "<Faktura>zażółć\r\n  </Faktura>\n".encode() * 300


def embedded(data: bytes) -> dict[str, bytes]:
    document = pypdfium2.PdfDocument(data)
    found = [document.get_attachment(at) for at in range(document.count_attachments())]
    return {item.get_name(): bytes(item.get_data()) for item in found}


def test_the_file_comes_out_byte_for_byte_under_the_invoices_number():
    assert embedded(printed(invoice(), xml=XML)) == {"FV-2026-11-0141.xml": XML}


def test_two_prints_of_one_process_both_carry_it():
    assert [embedded(printed(invoice(), xml=XML)) for _ in range(2)] == [
        {"FV-2026-11-0141.xml": XML}
    ] * 2


def test_it_is_named_the_source_of_the_document_and_xml():
    data = printed(invoice(), xml=XML)
    assert b"/AFRelationship /Source" in _plain(data)
    assert re.search(rb"/Subtype /(text|application)#2fxml", data)
    assert re.search(rb"/AF \[\d+ 0 R\]", _plain(data))


def _plain(data: bytes) -> bytes:
    """All streams of the PDF without their compression, one after another."""
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    return b"\n".join(zlib.decompressobj().decompress(each) for each in found if each[:1] == b"x")


@pytest.mark.parametrize("state", ["numbered", "draft"])
def test_the_file_says_that_it_is_pdf_a_3b(state):
    data = printed(invoice(), state=state)
    marks = re.findall(rb"pdfaid:(part|conformance)\W+(\w)", _plain(data))
    assert marks == [(b"part", b"3"), (b"conformance", b"B")]
    assert pdfium.FPDFCatalog_IsTagged(pypdfium2.PdfDocument(data).raw)


def test_a_draft_and_a_confirmation_carry_no_file():
    links = {"link": "https://a.example/1", "kod2_link": "https://a.example/2"}
    paper_made = confirmation.confirmation_pdf(
        invoice(), language="pl", environment="production", sentences=["x"], **links
    )
    assert embedded(paper_made) == {}
    assert embedded(printed(invoice(), state="draft")) == {}


@pytest.mark.parametrize(
    ("number", "name"),
    [("FV/1/ą 2", "FV-1-2.xml"), ("../../etc/passwd", "etc-passwd.xml"), ("żółć", "faktura.xml")],
)
def test_the_name_is_one_that_every_system_takes(number, name):
    assert list(embedded(printed(invoice(P_2=number), xml=XML))) == [name]


@pytest.mark.django_db
def test_a_stored_print_carries_the_issued_bytes(company, owner):
    document = numbered(paper(company, owner, mode="online"))
    row = print_make(document=document, language="pl")
    (content,) = embedded(bytes(row.content)).values()
    assert hashlib.sha256(content).hexdigest() == document.sha256
    assert row.state == DocumentPrint.State.NUMBERED
