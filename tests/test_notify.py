"""Messages to people: after the commit, one each, never an error for the caller."""

import pytest

from ksefapp.notify.messages import notify


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """Runs a call and what it left for after the commit."""

    def run(*arguments):
        with django_capture_on_commit_callbacks(execute=True):
            notify(*arguments)

    return run


def test_each_person_gets_a_message_of_their_own(owner, viewer, settings, sent, mailoutbox):
    settings.EMAIL_HOST = "mail.example.com"
    sent([owner, viewer], "Termin\njutro", "Faktura FV/1 czeka.")
    assert [mail.to for mail in mailoutbox] == [[owner.email], [viewer.email]]
    assert mailoutbox[0].subject == "Termin jutro"


def test_nothing_is_sent_before_the_commit(owner, settings, mailoutbox):
    settings.EMAIL_HOST = "mail.example.com"
    notify([owner], "Temat", "Treść")
    assert mailoutbox == []


def test_nothing_is_sent_without_a_mail_server(owner, settings, sent, mailoutbox):
    settings.EMAIL_HOST = ""
    sent([owner], "Temat", "Treść")
    assert mailoutbox == []


def test_a_closed_account_gets_nothing(owner, settings, sent, mailoutbox):
    settings.EMAIL_HOST = "mail.example.com"
    owner.is_active = False
    sent([owner], "Temat", "Treść")
    assert mailoutbox == []


def test_a_mail_server_that_fails_is_logged_without_the_text(owner, settings, sent, caplog):
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    sent([owner], "Temat", "odnośnik-tajny")
    assert "could not be sent" in caplog.text
    assert "tajny" not in caplog.text
