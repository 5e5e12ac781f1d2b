"""A 440 and the document it names: adopted, compared, or an alarm; and what a person decides."""

from datetime import timedelta
from time import sleep

import pytest
from django.urls import reverse

from auth_ksef.client import KsefApi, KsefRefused
from invoices.models import Draft, Submission
from invoices.services import duplicates
from invoices.services.delivery_states import State
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_list
from tests.invoice_support import (
    accepted,
    content,
    fault,
    issued,
    received,
    submission_of,
    work,
)
from tests.test_invoices_delivery import forget

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def other_sale(connected, owner):
    """Refused: KSeF has another sale under its number."""
    return renamed(connected, owner, "7.00")


def renamed(connected, owner, price: str):
    """An invoice whose number another program, it seems, has used at KSeF before."""
    number = f"D/{connected.series.first().pattern[:9]}"
    first = issued(connected, owner, number=number)
    work()
    type(first).objects.filter(pk=first.pk).update(number=f"{number}-other")
    while clock.now() < first.issued_at + timedelta(seconds=1):
        sleep(0.05)  # in the same second the same sale would be the same file
    second = issued(connected, owner, number=number, price=price)
    work()
    return second


def page(client_of, user, document) -> str:
    url = reverse("invoice-detail", args=[document.company.nip, document.pk])
    return client_of(user).get(url).content.decode()


def send_to(client_of, user, document, name):
    url = reverse(name, args=[document.company.nip, document.pk])
    return client_of(user).post(url)


def test_another_sale_under_our_number_is_an_alarm_with_both_side_by_side(
    other_sale, owner, client_of
):
    row = submission_of(other_sale)
    assert (row.state, row.facts["original"]["verdict"]) == (State.REFUSED, duplicates.OTHER)
    assert [n.kind for n in notice_list(other_sale.company)] == ["bad"]
    shown = page(client_of, owner, other_sale)
    assert "Wystaw naszą jako" in shown
    assert "8,61" in shown
    assert "123,00" in shown


def test_only_what_differs_is_tinted(other_sale, owner, client_of):
    shown = page(client_of, owner, other_sale)
    part = shown[shown.index('id="duplicate"') :]
    rows = part[: part.index("</table>")].split("<tr>")
    tinted = {row.partition("</th>")[0].rpartition(">")[2] for row in rows if "differs" in row}
    assert {"Razem", "Wiersz 1"} <= tinted
    assert not tinted & {"Nabywca", "Data wystawienia"}
    assert "Popraw i wyślij ponownie" not in shown


def test_ours_goes_out_with_the_next_number_and_the_alarm_ends(other_sale, owner, client_of):
    answer = send_to(client_of, owner, other_sale, "invoice-renumber")
    draft = Draft.objects.get(replaces=other_sale)
    assert answer.url == reverse("invoice-draft", args=[other_sale.company.nip, draft.pk])
    assert draft.content["Fa"]["P_2"] not in ("", other_sale.number)


def test_a_number_that_a_person_put_into_the_draft_stays(other_sale, owner, client_of):
    send_to(client_of, owner, other_sale, "invoice-renumber")
    draft = Draft.objects.get(replaces=other_sale)
    draft.content["Fa"]["P_2"] = "my own"
    Draft.objects.filter(pk=draft.pk).update(content=draft.content)
    send_to(client_of, owner, other_sale, "invoice-renumber")
    assert Draft.objects.get(pk=draft.pk).content["Fa"]["P_2"] == "my own"


def test_the_same_sale_once_more_is_said_to_be_the_same(connected, owner, simulator, client_of):
    document = renamed(connected, owner, "100.00")
    assert submission_of(document).facts["original"]["verdict"] == duplicates.SAME_SALE
    shown = page(client_of, owner, document)
    assert "nie wystawiaj jej drugi raz" in shown
    assert "Wystaw naszą jako" not in shown


def test_a_person_may_say_that_it_is_the_same_and_ours_is_withdrawn(
    connected, owner, simulator, client_of
):
    document = renamed(connected, owner, "100.00")
    send_to(client_of, owner, document, "invoice-same")
    assert submission_of(document).state == State.WITHDRAWN
    assert not notice_list(connected)


def test_an_offline_invoice_is_not_given_up_as_the_same(connected, owner, simulator, client_of):
    document = renamed(connected, owner, "100.00")
    Submission.objects.filter(document=document).update(mode=Submission.Mode.OFFLINE24)
    send_to(client_of, owner, document, "invoice-same")
    assert submission_of(document).state == State.REFUSED


@pytest.mark.parametrize(("status", "code"), [(400, 21164), (403, None), (410, None)])
def test_an_original_that_ksef_does_not_show_is_an_alarm_and_never_adopted(
    connected, owner, simulator, client_of, monkeypatch, status, code
):
    def refuse(self, **named):
        raise KsefRefused("not shown", http_status=status, code=code)

    monkeypatch.setattr(KsefApi, "invoice_by_number", refuse)
    monkeypatch.setattr(KsefApi, "metadata", refuse)
    document = renamed(connected, owner, "7.00")
    row = submission_of(document)
    assert row.facts["original"]["verdict"] == duplicates.UNREADABLE
    assert row.state == State.REFUSED
    assert "KSeF nie pokazuje nam tamtego dokumentu" in page(client_of, owner, document)


def test_a_file_that_may_not_be_read_is_known_by_the_hash_in_own_sales(
    connected, owner, simulator, monkeypatch
):
    document = issued(connected, owner)
    work()
    number = accepted(simulator, document)[0]["ksefNumber"]
    forget(document)

    def refuse(self, **named):
        raise KsefRefused("not shown", http_status=403)

    monkeypatch.setattr(KsefApi, "invoice_by_number", refuse)
    work()
    document.refresh_from_db()
    assert document.ksef_number == number


def test_a_440_that_names_nothing_is_looked_up_in_own_sales(connected, owner, simulator):
    document = issued(connected, owner)
    work()
    number = accepted(simulator, document)[0]["ksefNumber"]
    forget(document)
    fault(simulator, "plain_duplicate", "invoice_send")
    work()
    document.refresh_from_db()
    assert document.ksef_number == number
    assert len(accepted(simulator, document)) == 1


def test_an_original_that_is_not_to_be_read_yet_is_asked_for_again(
    connected, owner, simulator, monkeypatch
):
    document = issued(connected, owner)
    work()
    forget(document)

    def refuse(self, **named):
        raise KsefRefused("not yet", http_status=400, code=duplicates.NOT_YET)

    monkeypatch.setattr(KsefApi, "invoice_by_number", refuse)
    work(rounds=1)
    assert submission_of(document).state == State.SENT
    monkeypatch.undo()
    assert len(received(simulator, document)) == 2


def test_the_number_is_found_in_the_words_of_an_older_ksef():
    number = "5265877635-20250626-010080DD2B5E-26"

    class Found:
        class status:
            extensions = {}
            details = (f"Faktura o numerze KSeF: {number} została już przesłana",)

    assert duplicates.original_named(Found) == (number, "")


def test_a_comparison_is_json_with_amounts_as_text(company):
    told = duplicates.summary(content(company))
    assert told["gross"] == "123.00"
    assert told["lines"][0] == {
        "name": "Blat jesionowy",
        "quantity": "1 szt.",
        "rate": "23",
        "amount": "100.00",
    }


def test_the_receipt_of_an_adopted_number_is_found_though_the_440_names_a_wrong_session(
    connected, owner, simulator, monkeypatch
):
    document = issued(connected, owner)
    work()
    type(document.upo).objects.all().delete()
    forget(document)
    document.chores.all().delete()
    named = duplicates.original_named

    def wrong(found):
        return named(found)[0], found.reference_number

    monkeypatch.setattr(duplicates, "original_named", wrong)
    work()
    document.refresh_from_db()
    assert document.ksef_number.encode() in document.upo.xml


def test_a_receipt_that_is_not_ours_to_fetch_is_said_to_be(
    connected, owner, simulator, client_of, monkeypatch
):
    document = issued(connected, owner)
    work()
    type(document.upo).objects.all().delete()
    forget(document)
    document.chores.all().delete()

    def refuse(self, **named):
        raise KsefRefused("no such session", http_status=400, code=21173)

    monkeypatch.setattr(KsefApi, "upo_by_number", refuse)
    work()
    assert submission_of(document).state == State.ACCEPTED
    assert "może pobrać tylko ten, kto wysłał ją do KSeF" in page(client_of, owner, document)
