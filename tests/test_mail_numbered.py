"""Invoices that are mailed by themselves with their number: once, lawfully, to the right person."""

from dataclasses import fields
from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.client import InvoiceStatus
from invoices.models import (
    Contractor,
    Document,
    HandOver,
    MailSent,
    MailSettings,
    Recurring,
    RecurringRun,
    Submission,
)
from invoices.services import mail as mails
from invoices.services import verdicts
from invoices.services.acceptance import accept_many
from invoices.services.delivery_states import LostRace
from invoices.services.mail import mail_run
from invoices.services.mail_itself import mails_order
from invoices.services.verdicts import accept
from ksefapp.lib import clock
from tests.form_support import page
from tests.invoice_support import issued
from tests.smtp_support import mail_server
from tests.test_handover_mail import _stored

pytestmark = pytest.mark.django_db

TO = "faktury@lipa.example"
KSEF = "5265877635-20261122-0100001234AB-5F"


@pytest.fixture
def server(company, monkeypatch):
    monkeypatch.setattr(mails, "print_make", _stored)
    with mail_server() as script:
        MailSettings.objects.create(
            company=company,
            host="127.0.0.1",
            port=script.port,
            security="none",
            sender="faktury@sosna.example",
        )
        yield script


def bought(company, owner, **wishes) -> Document:
    """An invoice on its way to KSeF for a contractor with these wishes."""
    wishes = {"email": TO, "mail_when_numbered": True} | wishes
    contractor = Contractor.objects.create(company=company, name="Kawiarnia", **wishes)
    return sent(issued(company, owner), contractor=contractor)


def sent(document: Document, **columns) -> Document:
    Document.objects.filter(pk=document.pk).update(**columns)
    Submission.objects.filter(document=document).update(state="sent")
    return Document.objects.select_related("submission").get(pk=document.pk)


def numbered_now(document: Document) -> None:
    accept(document.submission, ksef_number=KSEF, at=clock.now())


def test_the_number_puts_the_message_on_the_list(company, owner):
    document = bought(company, owner)
    numbered_now(document)
    row = MailSent.objects.get()
    assert (row.document, row.to, row.what, row.queued_by) == (document, TO, "invoice", None)


def test_it_goes_out_once_with_the_print_that_has_the_number(company, owner, server):
    numbered_now(bought(company, owner))
    assert [mail_run(), mail_run()] == [1, 0]
    assert [mail["To"] for mail in server.mails] == [TO]
    assert HandOver.objects.get().print_state == "numbered"


def test_nothing_is_on_the_list_before_the_number(company, owner):
    mails_order([bought(company, owner).pk])
    assert not MailSent.objects.exists()


@pytest.mark.parametrize("wishes", [{"mail_when_numbered": False}, {"email": ""}])
def test_who_did_not_ask_for_it_gets_nothing(company, owner, wishes):
    numbered_now(bought(company, owner, **wishes))
    assert not MailSent.objects.exists()


def test_a_withdrawn_invoice_is_never_mailed(company, owner):
    document = bought(company, owner)
    numbered_now(document)
    MailSent.objects.all().delete()
    Document.objects.filter(pk=document.pk).update(withdrawn_at=clock.now())
    assert mails_order([document.pk]) == 0


@pytest.mark.parametrize("language", ["en", "pl-en"])
def test_it_speaks_the_contractor_s_language(company, owner, language):
    numbered_now(bought(company, owner, language=language))
    assert MailSent.objects.get().language == language


def test_a_verdict_that_comes_twice_mails_once(company, owner):
    document = bought(company, owner)
    twin = Submission.objects.select_related("document").get(document=document)
    numbered_now(document)
    with pytest.raises(LostRace):
        accept(twin, ksef_number=KSEF, at=clock.now())
    assert MailSent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_neither_number_nor_message(
    company, owner, monkeypatch
):
    document = bought(company, owner)
    with monkeypatch.context() as broken:
        broken.setattr(verdicts, "audit", lambda *args, **facts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            numbered_now(document)
    assert not MailSent.objects.exists()
    numbered_now(sent(document))
    assert MailSent.objects.count() == 1


def test_an_answer_lost_after_the_transfer_is_never_sent_again(company, owner, server):
    server.hang_up_at = "BODY"
    numbered_now(bought(company, owner))
    assert mail_run() == 0
    server.hang_up_at = ""
    MailSent.objects.update(not_before=clock.now() - timedelta(days=1))
    assert mail_run() == 0
    assert len(server.mails) == 1
    assert MailSent.objects.get().failed_at


def test_what_a_person_mailed_there_already_is_not_mailed_again(company, owner):
    document = bought(company, owner)
    MailSent.objects.create(document=document, what="invoice", to=TO, sent_at=clock.now())
    numbered_now(document)
    assert MailSent.objects.count() == 1


def test_many_accepted_at_once_are_each_mailed_once(company, owner):
    first, plain = bought(company, owner), sent(issued(company, owner))
    answers = [_accepted(f"{KSEF[:-1]}{n}") for n in range(2)]
    rows = [Submission.objects.select_related("document").get(document=d) for d in (first, plain)]
    accept_many(list(zip(rows, answers, strict=True)))
    assert MailSent.objects.get().document == first


def _accepted(number: str) -> InvoiceStatus:
    facts = dict.fromkeys(field.name for field in fields(InvoiceStatus))
    return InvoiceStatus(**facts | {"ksef_number": number, "acquisition_date": clock.now()})


def test_a_rhythm_that_mails_writes_to_the_address_on_the_invoice(company, owner, monkeypatch):
    document = sent(issued(company, owner))
    recurring = Recurring.objects.create(
        company=company,
        environment="simulator",
        content={},
        starts_on=clock.today(),
        created_by=owner,
        mails_itself=True,
    )
    RecurringRun.objects.create(recurring=recurring, due_on=clock.today(), document=document)
    monkeypatch.setattr("invoices.services.mail_itself._address_inside", lambda document: TO)
    numbered_now(document)
    assert MailSent.objects.get().to == TO


def test_without_a_mail_server_a_person_is_told(company, owner):
    numbered_now(bought(company, owner))
    mail_run()
    assert "serwera poczty" in mails.mail_said(MailSent.objects.get())


def test_the_page_says_that_it_will_be_mailed(company, owner, client_of):
    document = bought(company, owner)
    assert TO in papers_text(client_of(owner), document)


def test_the_form_begins_with_the_contractor_s_address_and_language(
    company, owner, server, client_of
):
    document = bought(company, owner, language="en", mail_when_numbered=False)
    numbered_now(document)
    html = page(client_of(owner).get(detail(document)))
    assert html.get_element_by_id("mail_to").value == TO
    assert html.get_element_by_id("mail_language").value == "en"


def papers_text(client, document) -> str:
    return page(client.get(detail(document))).get_element_by_id("papers").text_content()


def detail(document) -> str:
    return reverse("invoice-detail", args=[document.company.nip, document.pk])


@pytest.mark.parametrize("mode", ["calkowita", "poza"])
def test_what_ksef_will_never_have_is_mailed_at_issue(company, owner, mode):
    document = bought(company, owner)
    Submission.objects.filter(document=document).update(mode=mode, state="outside")
    assert [mails_order([document.pk]), mails_order([document.pk])] == [1, 0]
