"""Entries of the outage journal by hand: entering, amending, voiding, and the journal as files."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ksefapp.lib import clock
from offline import modes
from offline.journal import announcement_record, event_list, outage_enter
from offline.models import LatarniaMessage, Outage, OutageVersion

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
END = datetime(2026, 11, 2, 19, tzinfo=UTC)
TYPED = {
    "category": "FAILURE",
    "start": "2026-11-02T09:00",
    "end": "2026-11-02T20:00",
    "link": "https://www.example.com/komunikat",
    "note": "Latarnia milczała",
}


@pytest.fixture
def browser(client_of, accountant) -> Client:
    return client_of(accountant)


def send(client, company, name: str, *pks, **data):
    return client.post(reverse(name, args=[company.nip, *pks]), data)


def shown(client, company) -> str:
    answer = client.get(reverse("journal", args=[company.nip]))
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def announced(**more) -> Outage:
    """An outage of the simulator's Latarnia with its message."""
    facts = {"category": "FAILURE", "start": START, "end": None, "published": START} | more
    message = LatarniaMessage.objects.create(
        **{"environment": "simulator", "message_id": "K/2026/AWR/01", "event_id": 7},
        **{"version": LatarniaMessage.objects.count() + 1, "type": "FAILURE_START"},
        **facts,
        title="Awaria <b>KSeF</b>",
        text="Trwa awaria.",
        raw={"id": "K/2026/AWR/01", "text": "<script>alert(1)</script>"},
    )
    return announcement_record(
        **{"environment": "simulator", "event_id": "7", "message": message},
        **facts,
        title=message.title,
    ).outage


def own(company, by, **more) -> Outage:
    facts = {"category": "FAILURE", "start": START, "end": END, "note": "z radia"}
    return outage_enter(company=company, by=by, **(facts | more))


# --- Entering -------------------------------------------------------------------------------
def test_an_announcement_is_entered_in_warsaw_time(company, accountant, browser):
    assert send(browser, company, "journal-outage-new", **TYPED).status_code == 302
    event = event_list(company)[0]
    assert (event.category, event.start, event.end) == ("FAILURE", START, END)
    row = OutageVersion.objects.get()
    assert (row.entered_by, row.link, row.note) == (accountant, TYPED["link"], TYPED["note"])


def test_it_stands_in_the_journal_with_source_and_effect(company, browser):
    send(browser, company, "journal-outage-new", **TYPED)
    page = shown(browser, company)
    for words in ("KSeF: awaria", "Latarnia milczała", "Kasia", "Bez wpływu na faktury"):
        assert words in page
    assert f'href="{TYPED["link"]}"' in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end": "2026-11-02T08:00"}, "Koniec musi być po początku."),
        ({"start": "2027-11-02T09:00", "end": ""}, "Awarii nie ogłasza się z wyprzedzeniem."),
        ({"link": "", "note": ""}, "Podaj odnośnik albo napisz"),
        ({"start": "wczoraj"}, "Podaj dzień i godzinę"),
        ({"link": "javascript:alert(1)"}, "URL"),
        ({"link": "ftp://example.com/a"}, "URL"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(wrong, said, company, browser):
    answer = send(browser, company, "journal-outage-new", **(TYPED | wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("\u00a0", " ")
    assert not Outage.objects.exists()


@pytest.mark.parametrize("field", ["category", "start"])
def test_kind_and_beginning_are_asked_for(field, company, browser):
    answer = send(browser, company, "journal-outage-new", **(TYPED | {field: ""}))
    assert answer.status_code == 422
    assert not Outage.objects.exists()


def test_an_hour_that_the_change_of_clocks_leaves_out_is_refused(company, browser):
    wrong = {"start": "2026-03-29T02:30", "end": ""}
    assert send(browser, company, "journal-outage-new", **(TYPED | wrong)).status_code == 422


@pytest.mark.parametrize("typed", ["2.11.2026 9:00", "02.11.2026, 09:00", "2026-11-02 09:00"])
def test_a_time_may_be_typed_as_people_write_it(typed, company, browser):
    send(browser, company, "journal-outage-new", **(TYPED | {"start": typed}))
    assert event_list(company)[0].start == START


# --- Instead of Latarnia ----------------------------------------------------------------------
def test_an_entry_stands_in_for_what_latarnia_said(company, browser):
    outage = announced()
    url = reverse("journal-outage-new", args=[company.nip])
    form = browser.get(f"{url}?zastepuje={outage.pk}").content.decode()
    assert 'value="2026-11-02T09:00"' in form
    send(browser, company, "journal-outage-new", **TYPED, replaces=outage.pk)
    assert [event.end for event in event_list(company)] == [END]
    assert "zastąpiony wpisem firmy" in shown(browser, company)


def test_latarnias_outages_are_offered_by_kind_and_time(company, browser):
    announced()
    form = browser.get(reverse("journal-outage-new", args=[company.nip])).content.decode()
    assert "awaria, 2.11.2026, 9:00 – trwa</option>" in form


@pytest.mark.parametrize("wanted", ["0", "x", "-1", "9" * 40, "²"])
def test_a_wrong_wish_to_replace_is_ignored(wanted, company, browser):
    url = reverse("journal-outage-new", args=[company.nip])
    assert browser.get(url, {"zastepuje": wanted}).status_code == 200


def test_only_latarnias_can_be_replaced(company, accountant, browser):
    mine = own(company, accountant)
    answer = send(browser, company, "journal-outage-new", **TYPED, replaces=mine.pk)
    assert answer.status_code == 422
    assert Outage.objects.count() == 1


def test_latarnias_versions_are_shown_with_the_message_as_it_came(company, browser):
    announced()
    announced(end=END)
    page = shown(browser, company)
    assert "2 wersje" in page
    assert "Ogłoszono koniec." in page
    assert "Trwa awaria." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_message_of_a_megabyte_makes_no_page_of_one(company, browser):
    announced()
    LatarniaMessage.objects.update(text="y" * 900_000, raw={"text": "z" * 900_000})
    page = shown(browser, company)
    assert "yyy" in page
    assert "zzz" in page
    assert len(page) < 60_000


@pytest.mark.parametrize("name", ["journal-outage-amend", "journal-outage-void"])
def test_latarnias_announcement_is_changed_by_nobody(name, company, browser):
    outage = announced()
    assert send(browser, company, name, outage.pk, note="x").status_code == 404


# --- Amending and voiding -----------------------------------------------------------------------
def test_an_amendment_is_another_version_and_the_first_stays(company, accountant, browser):
    outage = own(company, accountant)
    data = TYPED | {"end": "2026-11-02T21:30", "note": "Sprostowanie w BIP"}
    assert send(browser, company, "journal-outage-amend", outage.pk, **data).status_code == 302
    assert [row.end for row in outage.versions.all()] == [END, END + timedelta(minutes=90)]
    page = shown(browser, company)
    assert "2 wersje" in page
    assert "Godziny poprawiono w późniejszej wersji." in page


def test_an_amendment_says_why(company, accountant, browser):
    outage = own(company, accountant)
    answer = send(browser, company, "journal-outage-amend", outage.pk, **(TYPED | {"note": ""}))
    assert answer.status_code == 422
    assert outage.versions.count() == 1


def test_a_void_entry_counts_no_more_and_stays_readable(company, accountant, browser):
    outage = own(company, accountant)
    answer = send(browser, company, "journal-outage-void", outage.pk, note="To było nasze łącze")
    assert answer.status_code == 302
    assert event_list(company) == []
    page = shown(browser, company)
    assert "unieważniony" in page
    assert "To było nasze łącze" in page


def test_a_void_entry_is_voided_or_amended_no_further(company, accountant, browser):
    outage = own(company, accountant)
    send(browser, company, "journal-outage-void", outage.pk, note="pomyłka")
    for name in ("journal-outage-void", "journal-outage-amend"):
        assert send(browser, company, name, outage.pk, note="x").status_code == 404


def test_voiding_asks_why(company, accountant, browser):
    outage = own(company, accountant)
    assert send(browser, company, "journal-outage-void", outage.pk, note=" ").status_code == 422
    assert len(event_list(company)) == 1


def test_another_companys_entry_is_out_of_reach(company, other_company, stranger, browser):
    outage = own(other_company, stranger)
    for name in ("journal-outage-amend", "journal-outage-void"):
        assert send(browser, company, name, outage.pk, note="x").status_code == 404


# --- As files -------------------------------------------------------------------------------
def rows_of(client, company) -> list[dict]:
    answer = client.get(reverse("journal-csv", args=[company.nip]))
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_csv_holds_every_version_and_every_decision(company, accountant, browser):
    announced()
    announced(end=END)
    own(company, accountant)
    modes.offline24_on(company=company, by=accountant, why="łącze")
    rows = rows_of(browser, company)
    assert [row["entry"] for row in rows] == ["outage", "outage", "outage", "on"]
    assert [row["source"] for row in rows] == ["Latarnia"] * 2 + [accountant.email] * 2
    assert rows[1]["end"] == END.isoformat()
    assert rows[3]["text"] == "łącze"


@pytest.mark.parametrize("start", "=+-@＝＋－＠")
def test_no_cell_is_a_formula(start, company, accountant, browser):
    own(company, accountant, note=f'{start}HYPERLINK("http://example.com")')
    assert rows_of(browser, company)[0]["note"].startswith(f"'{start}")


def test_the_json_holds_the_messages_as_they_came(company, browser):
    announced()
    answer = browser.get(reverse("journal-json", args=[company.nip]))
    facts = json.loads(answer.content)
    assert facts["nip"] == company.nip
    assert facts["entries"][0]["raw"]["id"] == "K/2026/AWR/01"
    assert "attachment" in answer["Content-Disposition"]


def test_files_hold_nothing_of_other_companies(company, other_company, stranger, browser):
    own(other_company, stranger, note="cudze")
    modes.offline24_on(company=other_company, by=stranger, why="cudze")
    assert rows_of(browser, company) == []


def test_files_say_what_is_in_force_of_a_void_entry(company, accountant, browser):
    outage = own(company, accountant)
    send(browser, company, "journal-outage-void", outage.pk, note="pomyłka")
    assert [row["void"] for row in rows_of(browser, company)] == ["False", "True"]
    assert clock.now() >= OutageVersion.objects.last().at
