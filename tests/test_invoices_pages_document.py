"""The page of an issued invoice: its state, its files, its repair, its links."""

from functools import partial

import pytest
from django.urls import reverse

from invoices.models import Chore, Document, DocumentPrint, Draft, Submission, Upo
from invoices.render.pdf import PRINT_VERSION
from invoices.services.delivery_states import State
from tests.at_once import at_once
from tests.form_support import edit, page
from tests.invoice_support import fault, issued, submission_of, work

NUMBER = "5265877635-20261121-0100001234AB-5F"


def url(name: str, document: Document) -> str:
    return reverse(name, args=[document.company.nip, document.pk])


def refused(document: Document) -> Document:
    Submission.objects.filter(document=document).update(
        state=State.REFUSED, last_code=450, last_text="Błąd semantyki"
    )
    return Document.objects.get(pk=document.pk)


def numbered(document: Document) -> Document:
    Document.objects.filter(pk=document.pk).update(
        ksef_number=NUMBER, ksef_number_at=document.issued_at
    )
    Submission.objects.filter(document=document).update(state=State.ACCEPTED)
    return Document.objects.get(pk=document.pk)


def printed(document: Document, state: str, content: bytes = b"%PDF-1.7") -> DocumentPrint:
    return DocumentPrint.objects.create(
        document=document,
        state=state,
        language="pl",
        content=content,
        template_version=PRINT_VERSION,
    )


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_page_and_a_live_part(company, owner, client_of, state):
    document = issued(company, owner)
    if state == State.ACCEPTED:
        document = numbered(document)
    Submission.objects.update(state=state)
    client = client_of(owner)
    assert client.get(url("invoice-detail", document)).status_code == 200
    assert client.get(url("invoice-state", document)).status_code in (200, 286)


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_the_live_part_stops_asking_when_nothing_will_change(company, owner, client_of, state):
    document = issued(company, owner)
    Submission.objects.update(state=state)
    assert client_of(owner).get(url("invoice-state", document)).status_code == 286


def test_the_xml_is_the_frozen_bytes(company, owner, client_of):
    document = issued(company, owner)
    answer = client_of(owner).get(url("invoice-xml", document))
    assert answer.content == bytes(document.file.content)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_upo_is_not_there_before_ksef_gave_it(company, owner, client_of):
    document = issued(company, owner)
    assert client_of(owner).get(url("invoice-upo", document)).status_code == 404


def test_the_upo_is_the_stored_bytes(company, owner, client_of):
    document = numbered(issued(company, owner))
    Upo.objects.create(document=document, content=b"<UPO/>", sha256="0" * 64)
    assert client_of(owner).get(url("invoice-upo", document)).content == b"<UPO/>"


def test_a_print_that_is_not_made_yet_is_ordered_once_and_waited_for(company, owner, client_of):
    document = issued(company, owner)
    for _ in range(2):
        answer = client_of(owner).get(url("invoice-pdf", document))
        assert answer.status_code == 202
        assert int(answer.headers["Retry-After"]) > 0
    assert Chore.objects.filter(document=document, kind="print").count() == 1


def test_a_print_is_shown_as_it_is_stored(company, owner, client_of):
    document = numbered(issued(company, owner))
    printed(document, "numbered", b"%PDF-1.7 mine")
    answer = client_of(owner).get(url("invoice-pdf", document))
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 mine")
    assert NUMBER in answer.headers["Content-Disposition"]


def test_the_preview_is_no_print_once_the_number_is_there(company, owner, client_of):
    document = issued(company, owner)
    printed(document, "waiting")
    assert client_of(owner).get(url("invoice-pdf", document)).status_code == 200
    numbered(document)
    assert client_of(owner).get(url("invoice-pdf", document)).status_code == 202


@pytest.mark.parametrize("language", ["xx", "", "en\0", "pl-PL", "../../etc"])
def test_a_language_that_is_none_is_polish(company, owner, client_of, language):
    document = issued(company, owner)
    printed(document, "waiting")
    answer = client_of(owner).get(url("invoice-pdf", document), {"jezyk": language})
    assert answer.status_code == 200


def test_repair_opens_a_draft_with_content_and_number(company, owner, client_of):
    document = refused(issued(company, owner))
    answer = client_of(owner).post(url("invoice-repair", document))
    draft = Draft.objects.get(replaces=document)
    assert str(draft.pk) in answer.headers["Location"]
    assert draft.content["Fa"]["P_2"] == document.number
    assert "SystemInfo" not in draft.content["Naglowek"]


def test_repairing_twice_opens_the_same_draft(company, owner, client_of):
    document = refused(issued(company, owner))
    places = {client_of(owner).post(url("invoice-repair", document)).url for _ in range(2)}
    assert len(places) == 1


def repaired(company, owner, client) -> tuple[Document, Document]:
    old = refused(issued(company, owner))
    client.post(url("invoice-repair", old))
    edit(client, Draft.objects.get(replaces=old), "issue", buyer_name="Poprawny nabywca")
    return Document.objects.get(pk=old.pk), Document.objects.get(replaces=old)


def test_a_repaired_invoice_is_withdrawn_and_replaced_under_its_number(company, owner, client_of):
    old, new = repaired(company, owner, client_of(owner))
    assert (old.submission.state, new.submission.state) == (State.WITHDRAWN, State.QUEUED)
    assert old.withdrawn_at
    assert new.number == old.number
    assert new.sha256 != old.sha256


def test_both_versions_link_to_each_other(company, owner, client_of):
    old, new = repaired(company, owner, client_of(owner))
    for here, there in ((old, new), (new, old)):
        shown = page(client_of(owner).get(url("invoice-detail", here)))
        assert url("invoice-detail", there) in shown.xpath("//main//a/@href")


def test_a_repair_that_nobody_issued_can_be_deleted_and_begun_again(company, owner, client_of):
    document = refused(issued(company, owner))
    client = client_of(owner)
    client.post(url("invoice-repair", document))
    draft = Draft.objects.get(replaces=document)
    client.post(reverse("invoice-draft-delete", args=[company.nip, draft.pk]))
    client.post(url("invoice-repair", document))
    assert Draft.objects.get(replaces=document).pk != draft.pk
    assert submission_of(document).state == State.REFUSED


@pytest.mark.parametrize("state", sorted(set(State.values) - {"refused", "withdrawn"}))
def test_only_a_refused_invoice_is_repaired(company, owner, client_of, state):
    document = issued(company, owner)
    Submission.objects.update(state=state)
    client_of(owner).post(url("invoice-repair", document))
    assert not Draft.objects.filter(replaces=document).exists()


def test_a_refused_invoice_of_another_environment_is_not_repaired(company, owner, client_of):
    document = refused(issued(company, owner))
    company.environment = "test"
    company.save()
    client = client_of(owner)
    assert client.post(url("invoice-repair", document)).status_code == 302
    assert not Draft.objects.filter(replaces=document).exists()
    shown = page(client.get(url("invoice-detail", document)))
    assert url("invoice-repair", document) not in shown.xpath("//form/@action")


def test_who_may_not_issue_may_not_repair(company, owner, viewer, client_of):
    document = refused(issued(company, owner))
    assert client_of(viewer).post(url("invoice-repair", document)).status_code == 403


def test_nothing_of_an_issued_invoice_is_changed_by_its_old_form(company, owner, client_of):
    document = issued(company, owner)
    draft = Draft.objects.get(issued_as=document)
    answer = client_of(owner).post(
        reverse("invoice-draft", args=[company.nip, draft.pk]), {"version": "1", "number": "X"}
    )
    assert answer.url == url("invoice-detail", document)
    assert Document.objects.get().number == document.number


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_refusal_of_ksef_is_repaired_to_the_end(connected, owner, client_of, simulator):
    fault(simulator, "verdict", "invoice_send", code=450)
    old = issued(connected, owner)
    work()
    assert submission_of(old).state == State.REFUSED
    client = client_of(owner)
    client.post(url("invoice-repair", old))
    edit(client, Draft.objects.get(replaces=old), "issue")
    work()
    assert submission_of(Document.objects.get(replaces=old)).state == State.ACCEPTED
    assert submission_of(old).state == State.WITHDRAWN


@pytest.mark.django_db(transaction=True)
@pytest.mark.servers
def test_two_people_who_repair_at_once_share_one_draft(company, owner, teammate, client_of):
    document = refused(issued(company, owner))
    presses = [
        partial(client.post, url("invoice-repair", document))
        for client in (client_of(owner), client_of(teammate))
    ]
    places = [answer.headers["Location"] for answer in at_once(*presses)]
    assert len(places) == 2
    assert len(set(places)) == 1


def test_a_number_that_another_document_has_is_told_once_with_the_next_step(
    company, owner, client_of
):
    document = refused(issued(company, owner))
    text = f"Duplikat faktury. Faktura o numerze KSeF: {NUMBER}"
    facts = {"original_ksef_number": NUMBER}
    Submission.objects.update(last_code=440, last_text=text, facts=facts)
    card = client_of(owner).get(url("invoice-state", document)).content.decode()
    assert card.count(NUMBER) == 1
    assert "popraw numer" in card


def waiting(document: Document, **facts) -> Document:
    Submission.objects.filter(document=document).update(state=State.WAITING, **facts)
    return Document.objects.get(pk=document.pk)


def test_what_waits_can_be_taken_back_corrected_and_issued_under_its_number(
    company, owner, client_of
):
    client, old = client_of(owner), waiting(issued(company, owner))
    shown = page(client.get(url("invoice-detail", old)))
    assert url("invoice-take-back", old) in shown.xpath("//form/@action")
    client.post(url("invoice-take-back", old))
    assert Submission.objects.get(document=old).state == State.WITHDRAWN
    edit(client, Draft.objects.get(replaces=old), "issue", buyer_name="Poprawny nabywca")
    assert Document.objects.get(replaces=old).number == old.number


def test_what_was_taken_back_can_be_corrected_later(company, owner, client_of):
    client, old = client_of(owner), waiting(issued(company, owner))
    client.post(url("invoice-take-back", old))
    Draft.objects.get(replaces=old).delete()
    shown = page(client.get(url("invoice-detail", old)))
    assert url("invoice-repair", old) in shown.xpath("//form/@action")


@pytest.mark.parametrize(
    "state", sorted(set(State.values) - {"queued", "waiting", "withdrawn", "refused"})
)
def test_what_left_is_never_taken_back(company, owner, client_of, state):
    document = issued(company, owner)
    Submission.objects.update(state=state)
    client_of(owner).post(url("invoice-take-back", document))
    assert Submission.objects.get().state == state
    assert not Draft.objects.filter(replaces=document).exists()


def test_what_was_issued_offline_is_not_taken_back(company, owner, client_of):
    mode = Submission.Mode.OFFLINE24
    document = waiting(issued(company, owner), mode=mode, deadline_on="2026-11-23")
    client = client_of(owner)
    shown = page(client.get(url("invoice-detail", document)))
    assert url("invoice-take-back", document) not in shown.xpath("//form/@action")
    client.post(url("invoice-take-back", document))
    assert Submission.objects.get().state == State.WAITING


def test_who_may_not_issue_may_not_take_back(company, owner, viewer, client_of):
    document = waiting(issued(company, owner))
    assert client_of(viewer).post(url("invoice-take-back", document)).status_code == 403
