"""The list: views, months, words, pages, a steady order and a steady number of queries."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import Document, Submission
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue, search_text
from ksefapp.lib import clock
from tests.fa3_support import invoice
from tests.form_support import page
from tests.invoice_support import content, issued
from tests.offline_support import at, issue

__all__ = ["at"]

KSEF = "5265877635-20261121-0100001234AB-5F"


def listed(client, company, **query) -> list[str]:
    """The numbers on the page, in order."""
    answer = client.get(reverse("invoice-list", args=[company.nip]), query)
    assert answer.status_code == 200
    return [link.text_content().strip() for link in page(answer).xpath("//a[@class='number']")]


def documents(company, owner, count: int, **facts) -> list[Document]:
    """So many documents, stored directly; the first is issued in earnest."""
    first = issued(company, owner)
    common = {f.attname: getattr(first, f.attname) for f in Document._meta.concrete_fields} | facts
    rows = [Document(**common | {"id": uuid4(), "number": f"D/{n:03}"}) for n in range(count)]
    for row in rows:
        row.search = search_text(row)
    Document.objects.bulk_create(rows)
    Submission.objects.bulk_create(Submission(document=r, environment="simulator") for r in rows)
    return rows


@pytest.mark.parametrize(
    ("view", "state"),
    [
        ("wyslij", "queued"),
        ("wyslij", "waiting"),
        ("nie-wiemy", "unknown"),
        ("odrzucone", "refused"),
        ("przyjete", "accepted"),
        ("wycofane", "withdrawn"),
    ],
)
def test_a_view_shows_the_documents_in_its_state(company, owner, client_of, view, state):
    document, _other = issued(company, owner, number="A/1"), issued(company, owner, number="A/2")
    Submission.objects.update(state="session_opened")
    Submission.objects.filter(document=document).update(state=state)
    found = listed(client_of(owner), company, widok=view)
    assert set(found) == ({"A/1", "A/2"} if view == "wyslij" else {"A/1"})


@pytest.mark.parametrize(
    "words",
    [
        "A/17",
        "a/17",
        "kawiarnia",
        "LIPĄ",
        "1111111111",
        "111-111-11-11",
        "PL1111111111",
        "151,29",
        "151.29",
        KSEF,
        "0100001234ab",
        "kawiarnia 151,29",
    ],
)
def test_words_find_number_buyer_nip_amount_and_ksef_number(company, owner, client_of, words):
    wanted = issued(company, owner, number="A/17", price="123.00")
    Document.objects.filter(pk=wanted.pk).update(ksef_number=KSEF)
    tree = content(company, number="B/2", price="5.00")
    tree["Podmiot2"]["DaneIdentyfikacyjne"] = {"NIP": "9542742932", "Nazwa": "Inny"}
    draft = draft_create(company=company, content=tree, created_by=owner)
    invoice_issue(draft=draft, issued_by=owner, on=clock.today())
    assert listed(client_of(owner), company, q=words) == ["A/17"]


@pytest.mark.servers
@pytest.mark.parametrize("words", ["%", "_", "'", '"; DROP TABLE', "\\", "a\0b", "x" * 5000])
def test_odd_words_find_nothing_and_break_nothing(company, owner, client_of, words):
    issued(company, owner, number="A/1")
    assert listed(client_of(owner), company, q=words) in ([], ["A/1"] if words == "a\0b" else [])


def test_a_month_narrows_the_list(company, owner, client_of):
    rows = documents(company, owner, 2)
    Document.objects.filter(pk=rows[0].pk).update(issued_on=date(2026, 2, 3))
    assert listed(client_of(owner), company, miesiac="2026-02") == ["D/000"]
    assert listed(client_of(owner), company, miesiac="2026-03") == []


@pytest.mark.servers
@pytest.mark.parametrize(
    "month", ["²²²²-01", "0000-01", "2026-13", "2026-1", "2026", "x", "٢٠٢٦-٠١", "2026-01\0", "-"]
)
def test_a_month_that_is_none_narrows_nothing(company, owner, client_of, month):
    issued(company, owner, number="A/1")
    assert listed(client_of(owner), company, miesiac=month) == ["A/1"]


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 50, "²", "last", ""])
def test_a_page_that_is_none_is_still_a_page(company, owner, client_of, number):
    issued(company, owner, number="A/1")
    assert listed(client_of(owner), company, page=number) == ["A/1"]


def test_pages_show_every_document_once_in_a_steady_order(company, owner, client_of):
    moment = clock.now()
    documents(company, owner, 60, issued_at=moment, issued_on=clock.today())
    client = client_of(owner)
    seen = [number for p in "123" for number in listed(client, company, page=p)]
    assert len(seen) == len(set(seen)) == 61
    assert seen == [number for p in "123" for number in listed(client, company, page=p)]


def test_the_newest_stand_first(company, owner, client_of):
    rows = documents(company, owner, 3)
    for days, row in enumerate(rows, 1):
        on = clock.today() - timedelta(days=days)
        Document.objects.filter(pk=row.pk).update(issued_on=on)
    assert listed(client_of(owner), company)[1:] == ["D/000", "D/001", "D/002"]


def test_pages_keep_the_filter(company, owner, client_of):
    documents(company, owner, 30)
    answer = client_of(owner).get(
        reverse("invoice-list", args=[company.nip]), {"q": "kawiarnia", "widok": "wyslij"}
    )
    link = page(answer).xpath("//a[@rel='next']/@href")[0]
    assert "q=kawiarnia" in link
    assert "widok=wyslij" in link


def queries(client, company, capture, **query) -> int:
    with capture() as captured:
        client.get(reverse("invoice-list", args=[company.nip]), query)
    return len(captured)


@pytest.fixture
def capture():
    return lambda: CaptureQueriesContext(connection)


def test_fifty_rows_ask_the_database_no_more_than_five(company, owner, client_of, capture):
    client = client_of(owner)
    documents(company, owner, 4)
    few = queries(client, company, capture)
    facts = Document.objects.first()
    common = {f.attname: getattr(facts, f.attname) for f in Document._meta.concrete_fields}
    rows = [Document(**common | {"id": uuid4(), "number": f"E/{n}"}) for n in range(45)]
    Document.objects.bulk_create(rows)
    Submission.objects.bulk_create(Submission(document=r, environment="simulator") for r in rows)
    assert queries(client, company, capture) == few


def test_fifty_drafts_ask_the_database_no_more_than_five(company, owner, client_of, capture):
    client = client_of(owner)
    for _ in range(5):
        draft_create(company=company, content=invoice(), created_by=owner)
    few = queries(client, company, capture, widok="szkice")
    for _ in range(45):
        draft_create(company=company, content=invoice(), created_by=owner)
    assert queries(client, company, capture, widok="szkice") == few


def test_drafts_are_found_on_every_page(company, owner, client_of):
    wanted = content(company, number="SZUKANY")
    draft_create(company=company, content=wanted, created_by=owner)
    for n in range(30):
        draft_create(company=company, content=content(company, number=f"S/{n}"), created_by=owner)
    client = client_of(owner)
    assert listed(client, company, widok="szkice", q="szukany") == ["SZUKANY"]
    assert len(listed(client, company, widok="szkice", q="kawiarnia 123,00")) == 25


def test_issued_drafts_and_other_environments_are_not_listed(company, owner, client_of):
    issued(company, owner, number="A/1")
    draft_create(company=company, content={}, created_by=owner)
    company.environment = "test"
    company.save()
    client = client_of(owner)
    assert listed(client, company) == []
    assert listed(client, company, widok="szkice") == []


def test_the_sum_leaves_out_what_was_withdrawn(company, owner, client_of):
    document = issued(company, owner)
    issued(company, owner)
    Submission.objects.filter(document=document).update(state="withdrawn")
    answer = client_of(owner).get(reverse("invoice-list", args=[company.nip]))
    assert answer.context["sums"]["count"] == 1
    assert answer.context["sums"]["gross"] == 123


@pytest.mark.parametrize("tree", [{}, {"Fa": {}}, {"Fa": {"FaWiersz": []}}, {"Podmiot2": {}}])
def test_a_draft_of_almost_nothing_is_listed_and_opened(company, owner, client_of, tree):
    draft = draft_create(company=company, content=tree, created_by=owner)
    assert len(listed(client_of(owner), company, widok="szkice")) == 1
    url = reverse("invoice-draft", args=[company.nip, draft.pk])
    assert client_of(owner).get(f"{url}?sprawdz=1").status_code == 200


def offline_rows(company, owner, at) -> dict[str, Document]:
    at("2026-11-19 10:00")
    early = issue(company, owner, mode="offline24", number="A/1")
    at("2026-11-20 10:00")
    later = issue(company, owner, mode="offline24", number="A/2")
    issue(company, owner, number="A/3")
    return {"early": early, "later": later}


def test_offline_ones_are_listed_by_their_deadline(company, owner, client_of, at):
    offline_rows(company, owner, at)
    assert listed(client_of(owner), company, widok="offline") == ["A/1", "A/2"]
    assert listed(client_of(owner), company, widok="offline", kolejnosc="najnowsze")[0] == "A/2"


def test_late_ones_have_a_view_until_they_have_their_number(company, owner, client_of, at):
    rows = offline_rows(company, owner, at)
    at("2026-11-21 10:00")
    assert listed(client_of(owner), company, widok="spoznione") == ["A/1"]
    Submission.objects.filter(document=rows["early"]).update(state="accepted")
    assert listed(client_of(owner), company, widok="spoznione") == []


def test_the_list_is_narrowed_by_mode(company, owner, client_of, at):
    offline_rows(company, owner, at)
    assert listed(client_of(owner), company, tryb="online") == ["A/3"]
    assert set(listed(client_of(owner), company, tryb="offline24")) == {"A/1", "A/2"}


@pytest.mark.parametrize(
    ("state", "moment", "words"),
    [
        ("waiting", "2026-11-21 10:00", "Termin: pn\xa023.11, 23:59"),
        ("waiting", "2026-11-23 14:00", "Termin: dziś 23:59, zostało 9 h 59 min"),
        ("waiting", "2026-11-24 00:00", "Termin minął pn\xa023.11. Wyślemy mimo to."),
        ("unknown", "2026-11-21 10:00", "Nie wystawiaj ponownie. Termin: pn\xa023.11, 23:59"),
    ],
)
def test_a_row_says_its_deadline(company, owner, client_of, at, state, moment, words):
    rows = offline_rows(company, owner, at)
    at(moment)
    Submission.objects.filter(document=rows["later"]).update(state=state)
    answer = client_of(owner).get(reverse("invoice-list", args=[company.nip]), {"q": "A/2"})
    assert words in page(answer).text_content()
