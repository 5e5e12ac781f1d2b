"""The archive of a company: the stored bytes, and an index that a Polish Excel opens."""

import csv
import hashlib
import io
import tracemalloc
import zipfile
from uuid import uuid4

import pytest
from django.urls import reverse

from invoices.models import Document, DocumentPrint, DocumentXml, Submission, Upo
from invoices.render.pdf import PRINT_VERSION
from invoices.services.export import company_export
from ksefapp.accounts.models import AuditEntry
from tests.invoice_support import issued

FORMULAS = ["=1+1", "+48 600", "-5", "@SUM(A1)", "\t=1", "＝1"]


def url(company) -> str:
    return reverse("invoice-export", args=[company.nip])


def archive_of(company) -> zipfile.ZipFile:
    to = io.BytesIO()
    company_export(company=company, to=to)
    return zipfile.ZipFile(to)


def index_of(archive: zipfile.ZipFile) -> list[dict]:
    text = archive.read("index.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def with_receipt_and_print(document: Document) -> Document:
    Document.objects.filter(pk=document.pk).update(
        ksef_number="5265877635-20261121-0100001234AB-5F"
    )
    Upo.objects.create(document=document, content=b"<UPO/>", sha256="0" * 64)
    DocumentPrint.objects.create(
        document=document,
        state="numbered",
        language="pl",
        content=b"%PDF-1.7 x",
        template_version=PRINT_VERSION,
    )
    return document


def test_xml_upo_and_pdf_are_byte_for_byte_what_is_stored(company, owner):
    document = with_receipt_and_print(issued(company, owner))
    archive = archive_of(company)
    row = index_of(archive)[0]
    assert archive.read(row["xml"]) == bytes(document.file.content)
    assert hashlib.sha256(archive.read(row["xml"])).hexdigest() == row["sha256"]
    assert archive.read(row["upo"]) == b"<UPO/>"
    assert archive.read(row["pdf"]) == b"%PDF-1.7 x"


def test_every_file_of_the_archive_stands_in_the_index(company, owner):
    with_receipt_and_print(issued(company, owner))
    issued(company, owner)
    archive = archive_of(company)
    named = {row[kind] for row in index_of(archive) for kind in ("xml", "upo", "pdf")} - {""}
    assert named | {"index.csv"} == set(archive.namelist())
    assert archive.testzip() is None


def test_the_index_opens_in_a_polish_excel(company, owner):
    issued(company, owner, price="1234.50")
    raw = archive_of(company).read("index.csv")
    assert raw.startswith(b"\xef\xbb\xbfnumber;kind;")
    assert "Kawiarnia Pod Lipą" in raw.decode("utf-8-sig")
    assert index_of(archive_of(company))[0]["net"] == "1234,50"


@pytest.mark.parametrize("name", FORMULAS)
def test_a_cell_is_never_a_formula(company, owner, name):
    document = issued(company, owner)
    Document.objects.filter(pk=document.pk).update(buyer_name=name, number=name)
    row = index_of(archive_of(company))[0]
    assert row["buyer"] == row["number"] == f"'{name}"


def test_quotes_semicolons_and_line_breaks_stay_in_their_cell(company, owner):
    odd = 'Ma"ria;\n=1+1'
    document = issued(company, owner)
    Document.objects.filter(pk=document.pk).update(buyer_name=odd)
    assert index_of(archive_of(company))[0]["buyer"] == odd


def test_a_negative_amount_stays_a_number(company, owner):
    document = issued(company, owner)
    Document.objects.filter(pk=document.pk).update(net="-5.50")
    assert index_of(archive_of(company))[0]["net"] == "-5,50"


def test_withdrawn_documents_and_other_environments_are_there_too(company, owner):
    document = issued(company, owner)
    Submission.objects.filter(document=document).update(state="withdrawn")
    company.environment = "test"
    company.save()
    issued(company, owner)
    rows = index_of(archive_of(company))
    assert {(row["environment"], row["state"]) for row in rows} == {
        ("simulator", "withdrawn"),
        ("test", "queued"),
    }


def test_another_companys_documents_are_not_there(company, owner, other_company, stranger):
    issued(other_company, stranger)
    assert index_of(archive_of(company)) == []


MAY_TAKE = {"owner": 200, "accountant": 200, "teammate": 403, "viewer": 403, "stranger": 404}


@pytest.mark.parametrize(("person", "status"), MAY_TAKE.items())
def test_who_may_take_everything_away(company, client_of, request, person, status):
    client = client_of(request.getfixturevalue(person))
    assert client.post(url(company)).status_code == status


def test_the_page_streams_a_zip_and_leaves_a_trace(company, owner, client_of):
    issued(company, owner)
    answer = client_of(owner).post(url(company))
    assert answer.streaming
    assert answer.headers["Content-Type"] == "application/zip"
    assert len(zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()) == 2
    assert AuditEntry.objects.get(action="company.export").details["documents"] == 1


def test_a_big_archive_does_not_sit_in_memory(company, owner, tmp_path):
    """Forty megabytes of documents pass through a few."""
    first = issued(company, owner)
    facts = {f.attname: getattr(first, f.attname) for f in Document._meta.concrete_fields}
    many = [Document(**facts | {"id": uuid4(), "number": f"D/{n}"}) for n in range(40)]
    Document.objects.bulk_create(many)
    DocumentXml.objects.bulk_create(DocumentXml(document=d, content=bytes(10**6)) for d in many)
    Submission.objects.bulk_create(Submission(document=d, environment="simulator") for d in many)
    tracemalloc.start()
    with (tmp_path / "x.zip").open("wb") as to:
        assert company_export(company=company, to=to) == 41
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_an_empty_company_has_an_index_without_rows(company):
    assert index_of(archive_of(company)) == []


def test_the_index_says_what_the_document_says(company, owner):
    document = issued(company, owner, number="A/1")
    row = index_of(archive_of(company))[0]
    assert (row["number"], row["gross"], row["ksef_number"]) == ("A/1", "123,00", "")
    assert row["issued_on"] == document.issued_on.isoformat()
