"""Messages to buyers over the API: only what is lawful, once, and told how it went."""

import pytest

from invoices.models import MailSent, MailSettings
from tests.api_support import API, code_of, post_json
from tests.paper_support import numbered
from tests.payment_support import sold

pytestmark = pytest.mark.django_db
TO = "biuro@lipa.example"


@pytest.fixture
def document(company, owner):
    MailSettings.objects.create(
        company=company, host="127.0.0.1", port=25, security="none", sender="f@sosna.example"
    )
    return sold(company, owner)


def send(program, document, **body):
    return post_json(program, f"documents/{document.pk}/mails/", body)


def test_a_numbered_invoice_waits_to_be_sent(program, document):
    answer = send(program, document, to=TO)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["to"], made["what"], made["state"]) == (TO, "invoice", "waiting")
    listed = program.get(f"{API}/documents/{document.pk}/mails/").json()["mails"]
    assert listed == [made]


def test_the_same_that_still_waits_is_not_doubled(program, document):
    assert send(program, document, to=TO).json() == send(program, document, to=TO).json()
    assert MailSent.objects.count() == 1


def test_before_its_number_the_invoice_is_not_mailed(program, company, owner, document):
    waiting = sold(company, owner, state="queued")
    answer = send(program, waiting, to=TO)
    assert (answer.status_code, code_of(answer)) == (409, "not_allowed")
    assert not MailSent.objects.exists()


def test_without_a_mail_server_it_says_so(program, company, owner):
    answer = send(program, numbered(sold(company, owner)), to=TO)
    assert (answer.status_code, code_of(answer)) == (409, "not_allowed")


@pytest.mark.parametrize(
    "body",
    [
        {"to": "nikt"},
        {"to": ""},
        {"to": "a@b.pl, c@d.pl"},
        {"to": 7},
        {"to": TO, "what": "all"},
        {"to": TO, "language": "de"},
        {"to": TO, "copy": TO},
        {},
    ],
)
def test_what_is_wrong_is_400(program, document, body):
    assert send(program, document, **body).status_code == 400
    assert not MailSent.objects.exists()
