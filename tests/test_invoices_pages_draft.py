"""The pages of a draft: problems at their boxes, two people, two clicks, hostile posts."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.models import Document, Draft, Submission
from invoices.services.drafts import draft_create
from invoices.views import form_actions as views
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.cast import logged_in
from tests.fa3_support import line
from tests.form_support import (
    FILLED,
    boxes,
    draft_url,
    edit,
    errors,
    fill,
    listed,
    new_url,
    only_document,
    only_draft,
    page,
)
from tests.invoice_support import content

# What is wrong → the box where it is said.
WRONG = {
    "line-0-name": {"line__0__name": ""},
    "line-0-quantity": {"line__0__quantity": ""},
    "line-0-price": {"line__0__price": "1,123456789"},
    "line-0-rate": {"line__0__rate": ""},
    "buyer_nip": {"buyer_nip": ""},
    "buyer_name": {"buyer_name": ""},
    "buyer_address1": {"buyer_address1": "", "buyer_address2": ""},
    "buyer_country": {"buyer_country": ""},
    "buyer_eu_country": {"buyer_kind": "eu", "buyer_eu_number": "811234567"},
    "buyer_eu_number": {"buyer_kind": "eu", "buyer_eu_country": "DE"},
    "buyer_id": {"buyer_kind": "other", "buyer_id_country": "US"},
    "number": {"number": "X" * 257},
    "issued_on": {"issued_on": "01.01.1999"},
    "sale_on": {"sale_on": "jutro"},
    "due_on": {"due_on": "32.01.2026"},
    "account": {"account": "123"},
    "paid_on": {"paid": "1", "paid_on": "wczoraj"},
    "notes": {"notes": "x" * 4000},
    "exempt_basis": {"line__0__rate": "zw", "exempt_basis": ""},
}


def made(company, owner, **fa) -> Draft:
    return draft_create(company=company, content=content(company, **fa), created_by=owner)


@pytest.mark.parametrize("box", WRONG)
def test_a_problem_stands_at_its_box(company, owner, client_of, box):
    answer = fill(client_of(owner), company, "issue", **WRONG[box])
    assert answer.status_code == 422
    assert box in errors(answer)
    assert errors(answer)[box]
    assert not Document.objects.exists()


@pytest.mark.parametrize("box", WRONG)
def test_nothing_typed_is_lost_by_a_problem(company, owner, client_of, box):
    sent = {name.replace("__", "-"): text for name, text in WRONG[box].items()}
    back = boxes(fill(client_of(owner), company, "issue", **WRONG[box]))
    assert {name: back.get(name, "") for name in sent} == sent


@pytest.mark.parametrize("kind", ["eu", "other"])
def test_an_empty_identifier_is_said_once(company, owner, client_of, kind):
    answer = fill(client_of(owner), company, "issue", buyer_kind=kind, buyer_nip="")
    assert set(errors(answer).values()) == {"Uzupełnij to pole."}


def test_a_missing_address_is_asked_for_in_words_of_the_form(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", buyer_address1="", buyer_address2="")
    assert errors(answer) == {"buyer_address1": "Uzupełnij to pole."}


def test_too_many_places_are_said_in_words_of_the_form(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", line__0__quantity="0,1234567")
    assert "Najwyżej 6 miejsc po przecinku" in errors(answer)["line-0-quantity"]


def test_every_problem_is_listed_with_a_link_to_its_box(company, owner, client_of):
    answer = fill(client_of(owner), company, "issue", buyer_nip="x", line__0__price="y")
    links = page(answer).xpath("//*[@id='problems']//li//a/@href")
    assert links == ["#id_buyer_nip", "#id_line-0-price"]
    assert len(listed(answer)) == 2


def test_a_problem_without_a_box_is_listed(company, owner, client_of):
    draft = made(company, owner)
    draft.content["Podmiot1"]["DaneIdentyfikacyjne"]["NIP"] = "1111111111"
    draft.save()
    answer = edit(client_of(owner), draft, "issue")
    assert answer.status_code == 422
    assert any("5265877635" in text for text in listed(answer))


def test_checking_saves_and_issues_nothing(company, owner, client_of):
    client = client_of(owner)
    answer = client.get(fill(client, company, "check", buyer_nip="12").headers["Location"])
    assert "buyer_nip" in errors(answer)
    assert not Document.objects.exists()


def test_an_early_date_is_refused_until_it_is_accepted(company, owner, client_of):
    yesterday = clock.today() - timedelta(days=1)
    answer = fill(client_of(owner), company, "issue", issued_on=f"{yesterday:%d.%m.%Y}")
    assert answer.status_code == 422
    assert page(answer).xpath("//input[@name='accept']/@value") == ["DT-02"]
    edit(client_of(owner), only_draft(), "issue", accept="DT-02")
    assert only_document().submission.mode == Submission.Mode.OFFLINE24
    assert only_document().submission.deadline_on > yesterday


def test_a_date_to_come_is_refused_even_when_accepted(company, owner, client_of):
    tomorrow = clock.today() + timedelta(days=1)
    answer = fill(
        client_of(owner), company, "issue", issued_on=f"{tomorrow:%d.%m.%Y}", accept="DT-01"
    )
    assert (answer.status_code, list(errors(answer))) == (422, ["issued_on"])


def test_a_number_that_is_taken_is_said_at_its_box(company, owner, client_of):
    fill(client_of(owner), company, "issue", number="A/1")
    answer = fill(client_of(owner), company, "issue", number="A/1")
    assert "number" in errors(answer)


def test_the_second_of_two_people_gets_the_conflict_and_loses_nothing(
    company, owner, teammate, client_of
):
    draft = made(company, owner)
    mine, theirs = client_of(owner), client_of(teammate)
    opened = boxes(mine.get(draft_url(draft)))
    edit(theirs, draft, buyer_name="Ich nabywca")
    answer = mine.post(draft_url(draft), opened | {"buyer_name": "Mój nabywca", "notes": "moje"})
    assert answer.status_code == 409
    assert boxes(answer)["buyer_name"] == "Mój nabywca"
    assert boxes(answer)["notes"] == "moje"
    assert "Ich nabywca" in answer.content.decode()


def conflicted(company, owner, teammate) -> tuple[Draft, dict]:
    draft = made(company, owner)
    client = logged_in(owner)
    opened = boxes(client.get(draft_url(draft)))
    edit(logged_in(teammate), draft, buyer_name="Ich nabywca")
    answer = client.post(draft_url(draft), opened | {"buyer_name": "Mój", "action": "issue"})
    return draft, boxes(answer)


def test_a_conflict_issues_nothing(company, owner, teammate):
    conflicted(company, owner, teammate)
    assert not Document.objects.exists()


def test_after_a_conflict_mine_can_replace_theirs(company, owner, teammate, client_of):
    draft, sent = conflicted(company, owner, teammate)
    client_of(owner).post(draft_url(draft), sent | {"action": "save-mine:2"})
    draft.refresh_from_db()
    assert draft.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] == "Mój"


def test_after_a_conflict_mine_can_be_saved_beside(company, owner, teammate, client_of):
    draft, sent = conflicted(company, owner, teammate)
    client_of(owner).post(draft_url(draft), sent | {"version": "1", "action": "save-beside"})
    names = [d.content["Podmiot2"]["DaneIdentyfikacyjne"]["Nazwa"] for d in Draft.objects.all()]
    assert sorted(names) == ["Ich nabywca", "Mój"]


def test_rows_with_gaps_in_their_names_survive_a_conflict(company, owner, client_of):
    draft = made(company, owner)
    rows = {
        f"line-{n}-{k}": v for n in (2, 5) for k, v in {"name": f"Nowa {n}", "price": "1"}.items()
    }
    sent = boxes(client_of(owner).get(draft_url(draft))) | rows | {"version": "0"}
    again = boxes(client_of(owner).post(draft_url(draft), sent)) | {"action": "save-mine:1"}
    client_of(owner).post(draft_url(draft), again)
    draft.refresh_from_db()
    assert [e["P_7"] for e in draft.content["Fa"]["FaWiersz"]] == [
        "Blat jesionowy",
        "Nowa 2",
        "Nowa 5",
    ]


@pytest.mark.parametrize("kind", ["eu", "other", "none"])
def test_the_kind_of_buyer_stays_chosen_while_its_boxes_are_empty(company, owner, client_of, kind):
    fill(client_of(owner), company, buyer_kind=kind, buyer_nip="")
    assert boxes(client_of(owner).get(draft_url(only_draft())))["buyer_kind"] == kind


def test_two_clicks_on_issue_make_one_document(company, owner, client_of):
    client = client_of(owner)
    sent = boxes(client.get(new_url(company))) | FILLED | {"action": "issue"}
    answers = [client.post(new_url(company), sent) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert Document.objects.count() == 1


def test_two_clicks_on_issue_in_a_draft_make_one_document(company, owner, client_of):
    draft, client = made(company, owner), client_of(owner)
    sent = boxes(client.get(draft_url(draft))) | {"notes": "x", "action": "issue"}
    answers = [client.post(draft_url(draft), sent) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert Document.objects.count() == 1


def test_two_clicks_on_save_make_one_draft_and_no_conflict(company, owner, client_of):
    client = client_of(owner)
    sent = boxes(client.get(new_url(company))) | FILLED
    answers = [client.post(new_url(company), sent).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    again = boxes(client.get(answers[0])) | {"notes": "więcej"}
    assert [client.post(answers[0], again).status_code for _ in range(2)] == [302, 302]


def test_another_invoice_from_the_same_page_is_another_draft(company, owner, client_of):
    client = client_of(owner)
    sent = boxes(client.get(new_url(company))) | FILLED
    client.post(new_url(company), sent | {"action": "issue"})
    client.post(new_url(company), sent | {"buyer_name": "Inny nabywca", "action": "issue"})
    assert Document.objects.count() == 2


def test_the_key_of_a_strangers_draft_opens_nothing(
    company, owner, stranger, other_company, client_of
):
    theirs = draft_create(company=other_company, content={}, created_by=stranger)
    answer = client_of(owner).post(new_url(company), FILLED | {"once": str(theirs.pk)})
    assert str(theirs.pk) not in answer.headers["Location"]
    assert Draft.objects.get(pk=theirs.pk).content == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.servers
def test_clicks_at_the_same_moment_make_one_document(company, owner):
    sent = boxes(logged_in(owner).get(new_url(company))) | FILLED | {"action": "issue"}
    clicks = [partial(logged_in(owner).post, new_url(company), sent) for _ in range(4)]
    answers = [answer.headers.get("Location") for answer in at_once(*clicks)]
    assert len(set(answers)) == 1
    assert Document.objects.count() == 1


def test_somebody_elses_save_is_not_issued_unseen(company, owner, client_of, monkeypatch):
    """Between saving and issuing somebody else saves: the person sees the conflict first."""
    draft = made(company, owner)

    def saved_in_between(**options):
        Draft.objects.filter(pk=draft.pk).update(version=7)
        return real(**options)

    real = views.invoice_issue
    monkeypatch.setattr(views, "invoice_issue", saved_in_between)
    assert edit(client_of(owner), draft, "issue").status_code == 409
    assert not Document.objects.exists()


def test_a_row_is_removed_where_it_stands(company, owner, client_of):
    draft = made(company, owner, FaWiersz=[line(n, P_7=f"Poz. {n}") for n in (1, 2, 3)])
    edit(client_of(owner), draft, "remove-line-1", line__0__name="")
    draft.refresh_from_db()
    assert [e.get("P_7") for e in draft.content["Fa"]["FaWiersz"]] == [None, "Poz. 3"]


def test_another_row_is_offered_and_what_was_typed_is_kept(company, owner, client_of):
    answer = fill(client_of(owner), company, "add-line")
    assert boxes(answer)["line-0-name"] == "Blat jesionowy"
    assert boxes(answer)["line-1-unit"] == "szt."


def test_totals_of_what_stands_in_the_form(company, owner, client_of):
    client = client_of(owner)
    sent = boxes(client.get(new_url(company))) | FILLED
    answer = client.post(reverse("invoice-totals", args=[company.nip]), sent)
    assert "3 037,02" in answer.content.decode().replace("\u00a0", " ")
    assert not Draft.objects.exists()


def test_a_draft_is_deleted_after_a_question(company, owner, client_of):
    draft, client = made(company, owner), client_of(owner)
    url = reverse("invoice-draft-delete", args=[company.nip, draft.pk])
    assert client.get(url).status_code == 200
    assert Draft.objects.exists()
    client.post(url)
    assert not Draft.objects.exists()


def test_an_issued_draft_is_not_deleted(company, owner, client_of):
    draft = made(company, owner)
    edit(client_of(owner), draft, "issue")
    url = reverse("invoice-draft-delete", args=[company.nip, draft.pk])
    assert client_of(owner).post(url).status_code == 302
    assert Draft.objects.filter(pk=draft.pk).exists()
    assert Document.objects.count() == 1


# --- Hostile posts: an answer, never an accident ---------------------------------------------
HOSTILE = {
    "NUL in texts": {"buyer_name": "a\0b", "notes": "\0", "line-0-name": "\0", "number": "\0"},
    "control characters": {"buyer_name": "a\x01b", "line-0-price": "\x1b", "account": "\x7f"},
    "unknown boxes": {"is_admin": "1", "Fa/P_15": "0", "line-x-name": "?", "line--1-name": "?"},
    "odd places": {"line-0-position": "²", "version": "²", "lines": "-5"},
    "huge numbers": {"version": "9" * 5000, "lines": "9" * 5000, "line-0-position": "9" * 5000},
    "long numbers": {"line-0-price": "9" * 40, "line-0-quantity": "0." + "1" * 38},
    "choices that are none": {"price_mode": "x", "buyer_kind": "y", "line-0-rate": "z" * 300},
    "no line at all": {"line-0-name": "", "line-0-price": "", "lines": "0"},
    "wrong key": {"once": "not-a-uuid", "draft": "not-a-uuid"},
    "odd actions": {"action": "remove-line-²"},
    "removed row that is none": {"action": "remove-line-99999"},
    "half a surrogate": {"buyer_name": "\udc80".encode("utf-8", "surrogatepass")},
    "markup": {"buyer_name": "<script>alert(1)</script>", "notes": "</textarea><b>"},
    "right to left": {"buyer_name": "\u202egro.elpmaxe", "number": "\u200b"},
}


@pytest.mark.servers
@pytest.mark.parametrize("action", ["save", "issue", "check", "add-line", "save-beside"])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_post_gets_an_answer(company, owner, client_of, case, action):
    sent = FILLED | {"action": action} | HOSTILE[case]
    answer = client_of(owner).post(new_url(company), sent)
    assert answer.status_code in (200, 302, 422)
    for draft in Draft.objects.filter(issued_as=None):
        assert client_of(owner).get(f"{draft_url(draft)}?sprawdz=1").status_code == 200
        assert client_of(owner).post(draft_url(draft), sent).status_code in (200, 302, 409, 422)


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_boxes_have_totals(company, owner, client_of, case):
    url = reverse("invoice-totals", args=[company.nip])
    assert client_of(owner).post(url, FILLED | HOSTILE[case]).status_code == 200


PREVIEWS = {
    "nothing": {},
    "control characters": {"Podmiot2": {"DaneIdentyfikacyjne": {"Nazwa": "a\x01b\x1b"}}},
    "numbers that are none": {"Fa": {"P_15": "dużo", "FaWiersz": [{"P_9A": "x", "P_8B": "²"}]}},
    "markup": {"Fa": {"P_2": "<script>", "FaWiersz": [{"P_7": "</td>&<b>"}]}},
}


@pytest.mark.parametrize("case", PREVIEWS)
def test_any_draft_has_a_preview(company, owner, client_of, case):
    draft = draft_create(company=company, content=PREVIEWS[case], created_by=owner)
    answer = client_of(owner).get(reverse("invoice-draft-pdf", args=[company.nip, draft.pk]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_long_draft_has_no_preview_and_says_so(company, owner, client_of):
    draft = made(company, owner, FaWiersz=[line(n) for n in range(1, 102)])
    client = client_of(owner)
    answer = client.get(reverse("invoice-draft-pdf", args=[company.nip, draft.pk]), follow=True)
    assert "100 pozycji" in answer.content.decode().replace("\u00a0", " ")


names = st.sampled_from([*FILLED, "issued_on", "sale_on", "due_on", "account", "notes", "paid"])
texts = st.text(max_size=40)


@pytest.mark.django_db
@given(st.dictionaries(names, texts), st.sampled_from(["save", "issue", "check"]))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_text_in_any_box_gets_an_answer(company, owner, sent, action):
    clean = {name: text.encode("utf-8", "replace").decode() for name, text in sent.items()}
    answer = logged_in(owner).post(new_url(company), FILLED | clean | {"action": action})
    assert answer.status_code in (302, 422)


@pytest.mark.parametrize("day", ["31.12.9999", "9999-12-31", "01.01.0001", "10000-01-01"])
def test_a_draft_of_a_day_beyond_the_calendar_can_be_opened_and_mended(
    company, owner, client_of, day
):
    client = client_of(owner)
    fill(client, company, issued_on=day, sale_on=day)
    assert client.get(draft_url(only_draft()) + "?sprawdz=1").status_code == 200
    assert "issued_on" in errors(edit(client, only_draft(), "issue"))


def test_a_post_of_thirteen_megabytes_is_refused(company, owner, client_of):
    answer = client_of(owner).post(new_url(company), FILLED | {"notes": "x" * 13_000_000})
    assert answer.status_code in (400, 413)


def test_a_post_of_too_many_fields_is_refused(company, owner, client_of):
    many = {f"line-{n}-name": "x" for n in range(20_001)}
    assert client_of(owner).post(new_url(company), many).status_code == 413


@pytest.mark.parametrize("pk", ["00000000-0000-0000-0000-000000000000", str(uuid4())])
@pytest.mark.parametrize(
    "name", ["invoice-draft", "invoice-draft-delete", "invoice-draft-pdf", "invoice-detail"]
)
def test_a_wrong_id_is_not_found(company, owner, client_of, name, pk):
    assert client_of(owner).get(reverse(name, args=[company.nip, pk])).status_code == 404


def test_rich_content_is_opened_and_issued_as_it_is(company, owner, client_of):
    tree = content(company, WZ=["WZ/1"], DodatkowyOpis=[{"Klucz": "Zlecenie", "Wartosc": "7"}])
    draft = draft_create(company=company, content=tree, created_by=owner)
    edit(client_of(owner), draft, "issue")
    stored = bytes(only_document().file.content).decode()
    assert "<WZ>WZ/1</WZ>" in stored
    assert "<Klucz>Zlecenie</Klucz>" in stored


def test_the_invoice_of_another_draft_is_unharmed_by_totals(company, owner, client_of):
    draft = made(company, owner)
    sent = boxes(client_of(owner).get(draft_url(draft))) | {"line-0-price": "1"}
    client_of(owner).post(reverse("invoice-totals", args=[company.nip]), sent)
    assert Draft.objects.get(pk=draft.pk).content == draft.content
