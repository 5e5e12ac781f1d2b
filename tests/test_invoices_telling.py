"""What takes too long is told calmly, once, and is over by itself; and the page of an unknown."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.models import Credential
from invoices.models import KsefSession, Submission
from invoices.services.delivery_states import State, attempt
from invoices.services.telling import stuck_tell
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_list
from tests.invoice_support import issued


@pytest.fixture
def document(company, owner):
    return issued(company, owner)


def stands(document, state: str, **facts) -> None:
    """As if it had been in this state for a day."""
    then = clock.now() - timedelta(days=1)
    rows = Submission.objects.filter(document=document)
    rows.update(state=state, changed_at=then, **facts)


def keys(company) -> list[str]:
    return sorted(notice.key.partition(":")[0] for notice in notice_list(company))


def page(client_of, user, document) -> str:
    url = reverse("invoice-detail", args=[document.company.nip, document.pk])
    return client_of(user).get(url).content.decode()


def test_a_verdict_that_takes_long_is_told_once_for_the_company(document, company, owner):
    other = issued(company, owner)
    for row in (document, other):
        stands(row, State.SENT)
    assert stuck_tell() == 2
    stuck_tell()
    assert keys(company) == ["slow-verdicts"]
    assert "Nie wystawiaj ich ponownie" in notice_list(company).get().pl


def test_it_is_over_when_the_verdict_came(document, company):
    stands(document, State.SENT)
    stuck_tell()
    stands(document, State.ACCEPTED)
    stuck_tell()
    assert keys(company) == []


def test_what_was_sent_a_moment_ago_is_not_news(document, company):
    Submission.objects.update(state=State.SENT)
    assert stuck_tell() == 0
    assert keys(company) == []


def test_an_unknown_one_is_told_of(document, company):
    stands(document, State.UNKNOWN)
    stuck_tell()
    assert keys(company) == ["unknown"]


def test_an_undecided_one_is_told_with_the_evidence_for_the_help_desk(document, company, owner):
    session = session_of(company, owner)
    facts = {"last_code": 500, "session": session, "invoice_reference": "20261121-EE-1"}
    stands(document, State.UNKNOWN, **facts)
    stuck_tell()
    told = notice_list(company).get()
    assert told.key == f"undecided:{document.pk}"
    assert session.reference in told.pl
    assert "20261121-EE-1" in told.en


def test_an_undecided_one_that_was_decided_is_over(document, company, owner):
    stands(document, State.UNKNOWN, last_code=500, session=session_of(company, owner))
    stuck_tell()
    stands(document, State.ACCEPTED)
    stuck_tell()
    assert keys(company) == []


def session_of(company, owner) -> KsefSession:
    credential = Credential.objects.create(
        kind="token", environment="simulator", owner_user=owner, added_by=owner, secret="x"
    )
    return KsefSession.objects.create(
        company=company,
        environment="simulator",
        credential=credential,
        reference="20261121-SO-1",
        key="k",
        valid_until=clock.now(),
    )


def test_the_page_says_when_it_left_where_we_look_and_what_follows(document, owner, client_of):
    attempt(document.submission, "send", "leaving")
    stands(document, State.UNKNOWN)
    shown = page(client_of, owner, document)
    assert "Gdzie jej szukamy" in shown
    assert "wyślemy ten sam plik, bez zmian" in shown
    assert "Wycofaj i popraw" not in shown


def test_the_page_of_an_undecided_one_says_that_ksef_has_the_file(document, owner, client_of):
    stands(document, State.UNKNOWN, last_code=500)
    assert "nie rozstrzygnął" in page(client_of, owner, document)


def test_the_page_says_that_a_search_in_own_sales_means_nothing_yet(document, owner, client_of):
    attempt(document.submission, "reconcile", "hidden")
    attempt(document.submission, "reconcile", "unseen")
    after = (clock.now() + timedelta(hours=1)).isoformat()
    stands(document, State.UNKNOWN, facts={"metadata_after": after})
    shown = page(client_of, owner, document)
    assert "co jeszcze nic nie znaczy" in shown
    assert "KSeF nie pokazuje nam tej sesji" in shown


def test_the_page_says_that_a_verdict_takes_unusually_long(document, owner, client_of):
    stands(document, State.SENT, sent_at=clock.now() - timedelta(hours=5))
    assert "wyjątkowo długo" in page(client_of, owner, document)
