"""The pages on which a buyer gets a paper: what is offered, what is refused, what is kept."""

import io
import zipfile

import pypdfium2
import pytest

from invoices.models import DocumentPrint, HandOver, Kod2, MailSent, MailSettings, Submission
from invoices.render.pdf import PRINT_VERSION
from invoices.services.handover import handover_record, is_due
from invoices.services.handover_files import file_name, pdf_joined
from invoices.services.papers import kod2_make
from tests.cast import program_of
from tests.paper_support import certified, numbered, paper

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(company, owner):
    certified(company, owner)
    return company


def url(company, document, *, name="wydruk", what="faktura") -> str:
    return f"/firma/{company.nip}/faktury/{document.pk}/{name}/{what}/"


def small_pdf(width: int = 200) -> bytes:
    target = io.BytesIO()
    document = pypdfium2.PdfDocument.new()
    document.new_page(width, 200)
    document.save(target)
    return target.getvalue()


def printed(document, state: str) -> DocumentPrint:
    return DocumentPrint.objects.create(
        document=document,
        state=state,
        language="pl",
        template_version=PRINT_VERSION,
        content=small_pdf(),
        sha256="cd" * 32,
    )


# --- Papers ----------------------------------------------------------------------------------
def test_a_paper_that_is_not_made_is_ordered_and_waited_for(ready, owner, client_of):
    document = paper(ready, owner, mode="awaria")
    answer = client_of(owner).get(url(ready, document))
    assert answer.status_code == 202
    assert answer["Refresh"]
    assert Kod2.objects.filter(document=document).exists()


def test_a_paper_that_is_made_is_shown(ready, owner, client_of):
    document = paper(ready, owner, mode="awaria")
    stored = printed(document, "offline")
    answer = client_of(owner).get(url(ready, document))
    assert answer.content == bytes(stored.content)
    assert answer["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_a_paper_of_a_refused_invoice_is_not_shown_any_more(ready, owner, client_of, state):
    document = paper(ready, owner, mode="awaria")
    printed(document, "offline")
    Submission.objects.filter(document=document).update(state=state)
    for path in (url(ready, document), f"/firma/{ready.nip}/faktury/{document.pk}/pdf/"):
        answer = client_of(owner).get(path)
        assert (answer.status_code, answer["Content-Type"][:9]) == (302, "text/html")


def test_a_program_that_only_looks_signs_nothing(ready, owner, viewer):
    document = paper(ready, owner, mode="awaria")
    path = f"/api/v1/documents/{document.pk}/pdf/"
    assert program_of(viewer, ready).get(path).status_code == 409
    assert not Kod2.objects.exists()
    assert program_of(owner, ready).get(path).status_code == 202
    assert Kod2.objects.exists()


def test_the_invoice_is_refused_to_a_domestic_buyer_in_offline24(ready, owner, client_of):
    document = paper(ready, owner)
    printed(document, "offline")
    answer = client_of(owner).get(url(ready, document), follow=True)
    assert "To nie jest faktura." in answer.content.decode()


def test_without_a_certificate_the_page_says_so(company, owner, client_of):
    document = paper(company, owner, mode="awaria")
    answer = client_of(owner).get(url(company, document), follow=True)
    assert "certyfikatu KSeF typu" in answer.content.decode()
    assert not Kod2.objects.exists()


def test_an_unknown_paper_is_404(ready, owner, client_of):
    document = paper(ready, owner, mode="awaria")
    assert client_of(owner).get(url(ready, document, what="cokolwiek")).status_code == 404


def test_one_who_only_looks_signs_nothing(ready, owner, viewer, client_of):
    document = paper(ready, owner, mode="awaria")
    answer = client_of(viewer).get(url(ready, document))
    assert answer.status_code == 302
    assert not Kod2.objects.exists()
    kod2_make(document)
    assert client_of(viewer).get(url(ready, document)).status_code == 202


# --- What was given --------------------------------------------------------------------------
def test_marking_keeps_the_hash_of_the_print(ready, owner, client_of):
    document = paper(ready, owner, mode="awaria")
    printed(document, "offline")
    data = {"how": "print", "to": "Jan", "note": "do ręki"}
    client_of(owner).post(url(ready, document, name="przekazana"), data)
    row = HandOver.objects.get()
    assert (row.how, row.to, row.note, row.print_sha256) == ("print", "Jan", "do ręki", "cd" * 32)


def test_what_is_forbidden_cannot_be_marked(ready, owner, client_of):
    document = paper(ready, owner)
    client_of(owner).post(url(ready, document, name="przekazana"), {"how": "other"})
    assert not HandOver.objects.exists()


def test_a_wrong_way_is_refused(ready, owner, client_of):
    document = paper(ready, owner, mode="awaria")
    client_of(owner).post(url(ready, document, name="przekazana"), {"how": "mail"})
    assert not HandOver.objects.exists()


def test_a_document_of_another_environment_is_only_read(ready, owner, client_of):
    document = numbered(paper(ready, owner, mode="awaria"))
    ready.environment = "test"
    ready.save()
    answer = client_of(owner).post(url(ready, document, name="przekazana"), {"how": "other"})
    assert answer.status_code == 404


# --- E-mail ----------------------------------------------------------------------------------
def test_an_e_mail_is_queued(ready, owner, client_of):
    MailSettings.objects.create(company=ready, host="localhost", sender="a@sosna.example")
    document = paper(ready, owner, mode="awaria")
    data = {"to": " biuro@lipa.example ", "language": "en"}
    client_of(owner).post(url(ready, document, name="e-mail"), data)
    row = MailSent.objects.get()
    assert (row.to, row.language, row.what, row.queued_by) == (
        "biuro@lipa.example",
        "en",
        "invoice",
        owner,
    )


@pytest.mark.parametrize("to", ["", "a b@c.pl", "a@b.pl,c@d.pl", "ż@b.pl", "a@b.pl\r\nBcc: c@d.pl"])
def test_a_wrong_address_is_refused(ready, owner, client_of, to):
    MailSettings.objects.create(company=ready, host="localhost", sender="a@sosna.example")
    document = paper(ready, owner, mode="awaria")
    client_of(owner).post(url(ready, document, name="e-mail"), {"to": to, "language": "pl"})
    assert not MailSent.objects.exists()


# --- The list --------------------------------------------------------------------------------
def test_the_list_says_who_waits_and_why(ready, owner, client_of):
    due, waits = paper(ready, owner, buyer="eu"), paper(ready, owner, mode="online", buyer="eu")
    paper(ready, owner)
    text = client_of(owner).get(f"/firma/{ready.nip}/do-przekazania/").content.decode()
    text = text.replace("\u00a0", " ")
    assert due.number in text
    assert waits.number in text
    assert "Nabywca z numerem VAT UE" in text
    assert text.count('name="id"') == 1


def test_the_chosen_ones_come_as_one_pdf(ready, owner, client_of):
    documents = [paper(ready, owner, buyer="eu") for _ in range(2)]
    for document in documents:
        printed(document, "offline")
    data = {"id": [str(document.pk) for document in documents], "plik": "pdf", "jezyk": "pl"}
    answer = client_of(owner).get(f"/firma/{ready.nip}/do-przekazania/wydruki/", data)
    assert len(pypdfium2.PdfDocument(answer.content)) == 2


def test_the_chosen_ones_come_as_a_zip_with_the_stored_bytes(ready, owner, client_of):
    document = paper(ready, owner, buyer="eu")
    stored = printed(document, "offline")
    data = {"id": str(document.pk), "plik": "zip", "jezyk": "pl"}
    answer = client_of(owner).get(f"/firma/{ready.nip}/do-przekazania/wydruki/", data)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [file_name(document)]
        assert archive.read(file_name(document)) == bytes(stored.content)


def test_files_that_are_not_made_are_waited_for(ready, owner, client_of):
    document = paper(ready, owner, buyer="eu")
    data = {"id": str(document.pk)}
    answer = client_of(owner).get(f"/firma/{ready.nip}/do-przekazania/wydruki/", data)
    assert answer.status_code == 202


def test_only_rows_of_the_list_can_be_chosen(ready, owner, client_of):
    document = paper(ready, owner)
    printed(document, "offline")
    data = {"id": [str(document.pk), "nonsense"]}
    answer = client_of(owner).get(f"/firma/{ready.nip}/do-przekazania/wydruki/", data)
    assert answer.status_code == 302


def test_the_chosen_ones_are_marked_after_a_question(ready, owner, client_of):
    document = paper(ready, owner, buyer="eu")
    browser, address = client_of(owner), f"/firma/{ready.nip}/do-przekazania/zapisz/"
    assert document.number in browser.get(address, {"id": str(document.pk)}).content.decode()
    assert not HandOver.objects.exists()
    browser.post(address, {"id": str(document.pk), "how": "other"})
    assert HandOver.objects.get().document == document


def test_joined_pages_keep_their_order():
    papers = [DocumentPrint(content=small_pdf(width)) for width in (300, 100, 200)]
    joined = pypdfium2.PdfDocument(pdf_joined(papers))
    assert [page.get_width() for page in joined] == [300, 100, 200]


# --- Settings --------------------------------------------------------------------------------
SETTINGS = {
    "host": "smtp.sosna.example",
    "port": "587",
    "security": "starttls",
    "username": "sosna",
    "password": "tajne-hasło",
    "sender": "faktury@sosna.example",
}


def saved(company, owner, client_of, **changes):
    return client_of(owner).post(f"/firma/{company.nip}/poczta/", SETTINGS | changes)


def test_the_password_is_sealed_and_never_shown(company, owner, client_of):
    saved(company, owner, client_of)
    assert MailSettings.objects.get().password == "tajne-hasło"
    text = client_of(owner).get(f"/firma/{company.nip}/poczta/").content.decode()
    assert "tajne" not in text
    assert "Hasło jest zapisane" in text


def test_an_empty_password_keeps_the_stored_one(company, owner, client_of):
    saved(company, owner, client_of)
    saved(company, owner, client_of, password="", port="465")
    row = MailSettings.objects.get()
    assert (row.password, row.port) == ("tajne-hasło", 465)


def test_without_a_user_name_no_password_is_kept(company, owner, client_of):
    saved(company, owner, client_of, username="")
    assert MailSettings.objects.get().password == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "http://smtp.pl/x"},
        {"host": "a b"},
        {"port": "0"},
        {"port": "70000"},
        {"security": "none"},
        {"sender": "nie"},
        {"sender": ""},
        {"subject": "{nieznany}"},
    ],
)
def test_wrong_settings_are_refused(company, owner, client_of, changes):
    assert saved(company, owner, client_of, **changes).status_code == 422
    assert not MailSettings.objects.exists()


def test_a_password_may_go_in_the_clear_to_this_machine_only(company, owner, client_of):
    saved(company, owner, client_of, security="none", host="127.0.0.1")
    assert MailSettings.objects.exists()


def test_the_paper_that_was_given_stays_after_the_number(ready, owner, client_of):
    document = paper(ready, owner, mode="awaria")
    stored = printed(document, "offline")
    client_of(owner).post(url(ready, document, name="przekazana"), {"how": "print"})
    numbered(document)
    kept = client_of(owner).get(url(ready, document, name="wydane", what=stored.sha256))
    assert kept.content == bytes(stored.content)
    assert client_of(owner).get(url(ready, document)).status_code == 202  # the new one, KOD I only
    assert client_of(owner).get(url(ready, document, name="wydane", what="x")).status_code == 404


def test_a_buyer_from_abroad_gets_an_english_paper_by_default(ready, owner, client_of):
    document = paper(ready, owner, buyer="eu")
    client_of(owner).get(f"/firma/{ready.nip}/do-przekazania/wydruki/", {"id": str(document.pk)})
    assert document.chores.filter(kind="print", language="en").exists()


def test_an_invoice_that_ksef_will_never_have_is_due_to_everybody(ready, owner, client_of):
    document = paper(ready, owner, mode="calkowita")
    assert is_due(document)
    handover_record(document=document, what="invoice", how="other", by=owner)
    assert not is_due(document)


def test_an_online_invoice_on_its_way_alarms_nobody(company, owner, client_of):
    document = paper(company, owner, mode="online", state="queued")
    page = client_of(owner).get(f"/firma/{company.nip}/faktury/{document.pk}/").content.decode()
    assert "Nic nie wolno teraz" not in page
    assert "znajdzie ją" in page
