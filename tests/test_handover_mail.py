"""Messages to buyers: what is sent, at most once, and what happens when it fails."""

import ssl
from datetime import timedelta

import pytest

from invoices.models import DocumentPrint, HandOver, MailSent, MailSettings
from invoices.render.pdf import PRINT_VERSION
from invoices.services import mail as mails
from invoices.services import smtp
from invoices.services.mail import MailNotQueued, mail_again, mail_queue, mail_run, mail_test
from invoices.services.mail_words import mail_words, unknown_placeholders
from invoices.services.smtp import MailFailed
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.auth_support import pem_files
from tests.paper_support import certified, numbered, paper
from tests.smtp_support import mail_server

pytestmark = pytest.mark.django_db

TO = "biuro@lipa.example"


@pytest.fixture
def server():
    with mail_server() as script:
        yield script


@pytest.fixture
def posted(company, owner, server, monkeypatch):
    """The company with a certificate and a mail server; prints are made without a renderer."""
    certified(company, owner)
    MailSettings.objects.create(
        company=company,
        host="127.0.0.1",
        port=server.port,
        security="none",
        sender="faktury@sosna.example",
    )
    monkeypatch.setattr(mails, "print_make", _stored)
    return company


def _stored(*, document, language) -> None:
    state = mails.paper_state(document, "invoice" if document.ksef_number else "confirm")
    if document.submission.mode == "awaria" and not document.ksef_number:
        state = "offline"
    DocumentPrint.objects.create(
        document=document,
        state=state,
        language=language,
        template_version=PRINT_VERSION,
        content=b"%PDF-1.7 test",
        sha256="ab" * 32,
    )


def queued(document, by, what="invoice", **changes) -> MailSent:
    options = {"document": document, "what": what, "to": TO, "language": "pl", "by": by}
    return mail_queue(**options | changes)


def now(row: MailSent) -> MailSent:
    return MailSent.objects.get(pk=row.pk)


def test_the_invoice_goes_out_once_with_its_pdf(posted, owner, server):
    document = paper(posted, owner, mode="awaria")
    row = queued(document, owner)
    assert mail_run() == 1
    assert mail_run() == 0
    (message,) = server.mails
    assert message["To"] == TO
    assert message["From"] == "Sosna i Syn <faktury@sosna.example>"
    (pdf,) = message.iter_attachments()
    assert pdf.get_content() == b"%PDF-1.7 test"
    assert pdf.get_content_type() == "application/pdf"
    assert now(row).sent_at
    assert document.number in now(row).subject


def test_what_went_out_is_a_hand_over_with_its_hash(posted, owner):
    document = paper(posted, owner, mode="awaria")
    queued(document, owner)
    mail_run()
    row = HandOver.objects.get(document=document)
    assert (row.what, row.how, row.to, row.by) == ("invoice", "mail", TO, owner)
    assert (row.print_state, row.print_sha256) == ("offline", "ab" * 32)


def test_a_domestic_buyer_gets_no_invoice_in_offline24(posted, owner):
    document = paper(posted, owner, mode="offline24")
    with pytest.raises(MailNotQueued, match="confirmation"):
        queued(document, owner)
    assert queued(document, owner, what="confirm")


def test_the_confirmation_says_that_it_is_no_invoice(posted, owner, server):
    MailSettings.objects.update(subject="Twoja faktura", text="Faktura w załączniku")
    queued(paper(posted, owner, mode="offline24"), owner, what="confirm")
    mail_run()
    body = server.mails[0].get_body().get_content()
    assert "To nie jest faktura." in body
    assert "Twoja faktura" not in server.mails[0]["Subject"]


def test_if_the_number_comes_first_the_confirmation_is_not_sent(posted, owner, server):
    document = paper(posted, owner, mode="offline24")
    row = queued(document, owner, what="confirm")
    numbered(document)
    mail_run()
    assert server.mails == []
    assert now(row).failed_at
    assert Notice.objects.filter(key=f"mail:{row.pk}").exists()


def test_a_double_click_is_one_message(posted, owner):
    document = paper(posted, owner, mode="awaria")
    assert queued(document, owner) == queued(document, owner)


def test_without_settings_nothing_is_queued(company, owner):
    certified(company, owner)
    with pytest.raises(MailNotQueued, match="mail server"):
        queued(paper(company, owner, mode="awaria"), owner)


def test_outside_production_the_message_says_so(posted, owner, server):
    queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    assert server.mails[0]["Subject"].startswith("[SYMULATOR: to nie jest faktura]")


def test_the_copy_is_in_the_envelope_only(posted, owner, server):
    MailSettings.objects.update(copy_to="archiwum@sosna.example")
    queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    assert server.recipients == [TO, "archiwum@sosna.example"]
    assert "archiwum" not in server.mails[0].as_string()


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT"])
def test_a_connection_that_breaks_before_the_transfer_is_tried_again(posted, owner, server, step):
    server.hang_up_at = step
    row = queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    assert now(row).failed_at is None
    assert now(row).not_before > clock.now()
    assert mails.mail_said(now(row))


@pytest.mark.parametrize("step", ["DATA", "BODY"])
def test_a_connection_that_breaks_in_the_transfer_is_never_repeated(posted, owner, server, step):
    server.hang_up_at = step
    row = queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    server.hang_up_at = ""
    mail_run()
    assert len(server.mails) == (step == "BODY")
    assert now(row).failed_at
    assert "Nie wiemy" in Notice.objects.get(key=f"mail:{row.pk}").pl


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "BODY"])
def test_a_no_for_good_is_told_at_once(posted, owner, server, step):
    server.replies[step] = "550 not <b>here</b>\x1b[1m"
    row = queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    assert now(row).failed_at
    said = Notice.objects.get(key=f"mail:{row.pk}").pl
    assert "not <b>here</b>" in said
    assert "\x1b" not in said
    assert not HandOver.objects.exists()


def test_a_no_for_now_is_tried_again_and_at_last_given_up(posted, owner, server):
    server.replies["RCPT"] = "450 grey list"
    row = queued(paper(posted, owner, mode="awaria"), owner)
    for _ in mails.PAUSES:
        mail_run()
        assert now(row).failed_at is None
        MailSent.objects.update(not_before=clock.now())
    mail_run()
    assert now(row).failed_at
    assert now(row).tries == len(mails.PAUSES) + 1


@pytest.mark.parametrize(("text", "is_given_up"), [("sending", True), ("", False)])
def test_a_sender_that_died_is_repeated_only_if_nothing_can_have_left(
    posted, owner, server, text, is_given_up
):
    row = queued(paper(posted, owner, mode="awaria"), owner)
    past = clock.now() - timedelta(seconds=1)
    MailSent.objects.update(tries=1, lease_until=past, last_text=text)
    mail_run()
    assert bool(now(row).failed_at) == is_given_up
    assert len(server.mails) == (not is_given_up)


def test_a_message_that_another_process_sends_is_left_alone(posted, owner, server):
    queued(paper(posted, owner, mode="awaria"), owner)
    MailSent.objects.update(lease_until=clock.now() + timedelta(minutes=1))
    assert mail_run() == 0
    assert server.mails == []


def test_a_person_sends_again_what_failed(posted, owner, server):
    server.replies["RCPT"] = "550 no"
    row = queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    server.replies.clear()
    again = mail_again(mail=now(row), by=owner)
    mail_run()
    assert now(again).sent_at
    assert not Notice.objects.filter(key=f"mail:{row.pk}", resolved_at=None).exists()


def test_a_pdf_too_large_is_refused(posted, owner, server, monkeypatch):
    monkeypatch.setattr(mails, "MOST_BYTES", 5)
    row = queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    assert server.mails == []
    assert now(row).failed_at


def test_a_broken_message_does_not_stop_the_next(posted, owner, server, monkeypatch):
    first = queued(paper(posted, owner, mode="awaria"), owner)
    queued(paper(posted, owner, mode="awaria"), owner)
    whole = mails.message_made

    def broken(row, settings, pdf):
        if row.pk == first.pk:
            raise RuntimeError("broken")
        return whole(row, settings, pdf)

    monkeypatch.setattr(mails, "message_made", broken)
    assert mail_run() == 1
    assert now(first).failed_at is None


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y.example", "a\nb", "\u202ea"])
def test_names_and_subjects_cannot_start_a_header(posted, owner, server, bad):
    posted.name = bad
    posted.save()
    MailSettings.objects.update(subject=bad + "{numer}")
    queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    (message,) = server.mails
    assert message["Bcc"] is None
    assert server.recipients == [TO]


def test_an_own_text_is_filled_in_and_nothing_else_is(posted, owner):
    settings = posted.mail
    settings.text = "{numer} {kwota} {firma.__class__} {nieznane} {0}"
    document = paper(posted, owner, mode="awaria")
    _, text = mail_words(document, settings, what="invoice", language="pl")
    assert document.number in text
    assert "{firma.__class__} {nieznane} {0}" in text
    assert unknown_placeholders(settings.text) == ["nieznane"]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_each_language_has_its_words(posted, owner, language):
    document = paper(posted, owner, mode="awaria")
    subject, text = mail_words(document, posted.mail, what="invoice", language=language)
    assert ("Faktura" in subject) == (language == "pl")
    assert ("Dzień dobry" in text) == (language == "pl")


def test_the_password_goes_to_the_server_and_nowhere_else(posted, owner, server):
    MailSettings.objects.update(username="sosna")
    settings = MailSettings.objects.get(company=posted)
    settings.password = "tajne-hasło"
    settings.save()
    server.replies["AUTH"] = "535 wrong"
    row = queued(paper(posted, owner, mode="awaria"), owner)
    mail_run()
    notice = Notice.objects.get(key=f"mail:{row.pk}")
    assert "hasła" in notice.pl
    everything = notice.pl + notice.en + now(row).last_text + str(list(AuditEntry.objects.values()))
    assert "tajne" not in everything


def test_the_settings_can_be_tried_out(posted, owner, server):
    mail_test(settings=posted.mail, to=owner.email, by=owner)
    assert server.mails[0]["To"] == owner.email
    server.replies["RCPT"] = "550 no"
    with pytest.raises(MailFailed):
        mail_test(settings=posted.mail, to=owner.email, by=owner)


@pytest.fixture
def tls(tmp_path) -> ssl.SSLContext:
    """A server's context whose certificate nobody vouches for."""
    file = tmp_path / "server.pem"
    crt, key = pem_files()
    file.write_bytes(crt + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_server_that_cannot_prove_its_name_gets_nothing(posted, owner, tls):
    with mail_server(tls) as script:
        MailSettings.objects.update(port=script.port, security="tls", username="sosna")
        with pytest.raises(MailFailed) as caught:
            mail_test(settings=MailSettings.objects.get(), to=owner.email, by=owner)
    assert caught.value.code == "certificate"
    assert script.logins == []


def test_the_message_goes_through_tls(posted, owner, tls, monkeypatch):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    monkeypatch.setattr(smtp, "tls_context", lambda: trusting)
    with mail_server(tls) as script:
        MailSettings.objects.update(port=script.port, security="tls")
        mail_test(settings=MailSettings.objects.get(), to=owner.email, by=owner)
    assert len(script.mails) == 1


def test_encryption_that_the_server_lacks_is_refused_before_the_password(posted, owner, server):
    MailSettings.objects.update(security="starttls", username="sosna")
    with pytest.raises(MailFailed) as caught:
        mail_test(settings=MailSettings.objects.get(company=posted), to=owner.email, by=owner)
    assert caught.value.code == "starttls"
    assert server.logins == []
