"""The page of KSeF sessions: what each held, how it ended, its collective UPO."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.models import Credential
from invoices.models import KsefSession, SessionUpo, Submission
from ksefapp.lib import clock
from tests.invoice_support import issued

pytestmark = pytest.mark.django_db

REFERENCE = "20261121-SB-213D593000-4DE10D80A5-E9"


@pytest.fixture
def session(company, owner):
    """A batch session that is settled."""
    credential = Credential.objects.create(
        environment="simulator",
        kind="token",
        owner_user=owner,
        added_by=owner,
        label="mój token",
        secret="x",
    )
    return KsefSession.objects.create(
        company=company,
        environment="simulator",
        credential=credential,
        reference=REFERENCE,
        kind="batch",
        key="",
        valid_until=clock.now() + timedelta(minutes=20),
        final_code=200,
        last_code=200,
        last_text="Sesja wsadowa przetworzona pomyślnie",
        total=7,
        accepted=6,
        refused=1,
    )


@pytest.fixture
def person(client, owner):
    """The owner at the screen."""
    client.force_login(owner)
    return client


def page(person, company, name="session-list", **more) -> str:
    answer = person.get(reverse(name, kwargs={"nip": company.nip, **more}))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_list_says_kind_end_and_counts(person, company, session):
    text = page(person, company)
    assert REFERENCE in text
    assert "wsadowa" in text
    assert "Zakończona" in text
    assert "przyjęte: 6" in text
    assert "odrzucone: 1" in text


@pytest.mark.parametrize(
    ("code", "word"),
    [(405, "Błędne części paczki"), (440, "Anulowana"), (0, "KSeF jej nie pokazuje")],
)
def test_every_end_has_words(person, company, session, code, word):
    KsefSession.objects.update(final_code=code)
    assert word in page(person, company)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({}, "Wysyłamy paczkę"),
        ({"uploaded_at": clock.now()}, "Zamykamy"),
        ({"close_asked_at": clock.now()}, "KSeF przetwarza"),
        ({"valid_until": clock.now() - timedelta(hours=1)}, "Czekamy na anulowanie"),
        ({"kind": "online"}, "Otwarta"),
    ],
)
def test_every_step_has_words(person, company, session, facts, word):
    KsefSession.objects.update(final_code=None, **facts)
    assert f"</svg>{word}</span>" in page(person, company)


def test_the_page_of_a_session_lists_its_invoices(person, company, owner, session):
    document = issued(company, owner)
    Submission.objects.update(session=session, state="accepted")
    text = page(person, company, "session-detail", pk=session.pk)
    assert document.number in text
    assert "mój token" in text


def test_the_collective_upo_is_given_byte_for_byte(person, company, session):
    SessionUpo.objects.create(
        session=session, reference="UP", number=1, content=b"<UPO/>", sha256="0" * 64
    )
    assert "Pobierz" in page(person, company)
    address = reverse("session-upo", args=[company.nip, session.pk, 1])
    assert person.get(address).content == b"<UPO/>"


def test_sessions_of_another_environment_are_not_listed(person, company, session):
    KsefSession.objects.update(environment="test")
    assert REFERENCE not in page(person, company)


def test_the_list_costs_the_same_for_many_sessions(
    person, company, session, django_assert_max_num_queries
):
    for number in range(20):
        session.pk, session.reference = None, f"{REFERENCE[:-2]}{number:02}"
        session.save()
    with django_assert_max_num_queries(20):
        page(person, company)
