"""Numbers: patterns, periods, the next number, and that none is given twice."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from invoices.models import Counter, Document, Series
from invoices.services.series import (
    PatternError,
    counter_get,
    number_format,
    number_preview,
    number_take,
    pattern_check,
    series_get,
)
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.form_support import page
from tests.invoice_support import issued

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 21), date(2026, 12, 1), date(2027, 1, 2)
BAD_PATTERNS = {
    "no number": ("FV/{mm}/{rrrr}", "monthly"),
    "two numbers": ("{nr}/{nr}/{rrrr}", "yearly"),
    "unknown mark": ("{nr}/{dd}/{rrrr}", "yearly"),
    "too wide": ("{nr:12}", "never"),
    "monthly without a month": ("{nr}/{rrrr}", "monthly"),
    "monthly without a year": ("{nr}/{mm}", "monthly"),
    "yearly without a year": ("{nr}/{mm}", "yearly"),
    "line break": ("FV\n{nr}", "never"),
    "two blanks": ("FV  {nr}", "never"),
}


@pytest.mark.parametrize("case", BAD_PATTERNS)
def test_a_pattern_that_cannot_number_is_refused(case):
    with pytest.raises(PatternError):
        pattern_check(*BAD_PATTERNS[case])


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("FV/{nr}/{mm}/{rrrr}", "FV/7/11/2026"),
        ("{nr:4}/{rr}", "0007/26"),
        ("{rrrr}-{mm}-{nr:3}", "2026-11-007"),
        ("Faktura nr {nr}", "Faktura nr 7"),
    ],
)
def test_a_pattern_is_filled_in(pattern, number):
    assert number_format(pattern, 7, NOVEMBER) == number


@pytest.mark.parametrize(
    ("reset", "numbers"),
    [("monthly", [1, 1, 1]), ("yearly", [1, 2, 1]), ("never", [1, 2, 3])],
)
def test_counting_starts_anew_with_the_period(company, reset, numbers):
    Series.objects.create(
        company=company,
        environment="simulator",
        kind="VAT",
        pattern="{nr}|{mm}|{rrrr}",
        reset=reset,
    )
    days = (NOVEMBER, DECEMBER, JANUARY)
    taken = [number_take(company=company, kind="VAT", on=day) for day in days]
    assert [int(number.split("|")[0]) for number in taken] == numbers


def test_each_kind_counts_by_itself(company):
    assert number_take(company=company, kind="VAT", on=NOVEMBER) == "FV/1/11/2026"
    assert number_take(company=company, kind="KOR", on=NOVEMBER) == "KOR/1/11/2026"


def test_a_preview_takes_no_number(company):
    shown = [number_preview(company=company, kind="VAT", on=NOVEMBER) for _ in range(2)]
    assert shown == ["FV/1/11/2026"] * 2


def test_a_series_over_many_used_numbers_asks_the_database_a_few_times(
    company, owner, django_assert_max_num_queries
):
    numbers = [number_format("FV/{nr}/{mm}/{rrrr}", n, clock.today()) for n in range(1, 251)]
    first = issued(company, owner, number=numbers[0])
    facts = {f.attname: getattr(first, f.attname) for f in Document._meta.concrete_fields}
    Document.objects.bulk_create(
        Document(**facts | {"id": uuid4(), "number": number}) for number in numbers[1:]
    )
    with django_assert_max_num_queries(12):
        number = number_preview(company=company, kind="VAT", on=clock.today())
    assert number.startswith("FV/251/")


def test_another_environment_has_its_own_series(company):
    number_take(company=company, kind="VAT", on=NOVEMBER)
    company.environment = "test"
    assert number_take(company=company, kind="VAT", on=NOVEMBER) == "FV/1/11/2026"


@pytest.mark.django_db(transaction=True)
@pytest.mark.servers
def test_a_number_taken_by_many_at_once_is_given_once_each(company):
    series_get(company=company, kind="VAT")
    counter_get(series_get(company=company, kind="VAT"), NOVEMBER)

    def take() -> list[str]:
        taken = []
        for _ in range(5):
            with transaction.atomic():
                taken.append(number_take(company=company, kind="VAT", on=NOVEMBER))
        return taken

    taken = [number for numbers in at_once(*[take] * 4) for number in numbers]
    assert sorted(taken, key=lambda n: int(n.split("/")[1])) == [
        f"FV/{n}/11/2026" for n in range(1, 21)
    ]


# --- The page -------------------------------------------------------------------------------
def post(client, company, **texts):
    data = {"kind": "VAT", "VAT-pattern": "FV/{nr}/{mm}/{rrrr}", "VAT-reset": "monthly"}
    data |= {"VAT-next_number": "1"} | {f"VAT-{name}": text for name, text in texts.items()}
    return client.post(reverse("invoice-series", args=[company.nip]), data)


@pytest.mark.parametrize("case", BAD_PATTERNS)
def test_a_bad_pattern_is_said_at_its_box_and_stays(company, owner, client_of, case):
    pattern, reset = BAD_PATTERNS[case]
    answer = post(client_of(owner), company, pattern=pattern, reset=reset)
    box = page(answer).get_element_by_id("id_VAT-pattern")
    assert answer.status_code == 422
    assert box.get("aria-invalid") == "true"
    assert box.value.split() == pattern.split()
    assert series_get(company=company, kind="VAT").pattern == "FV/{nr}/{mm}/{rrrr}"


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "abc", "", "100000000", "9" * 5000, "1\0"])
def test_a_bad_next_number_is_said_at_its_box(company, owner, client_of, text):
    answer = post(client_of(owner), company, next_number=text)
    assert answer.status_code == 422
    assert page(answer).get_element_by_id("id_VAT-next_number").get("aria-invalid") == "true"


def test_the_next_number_can_be_set_for_those_who_come_in_mid_year(company, owner, client_of):
    answer = post(client_of(owner), company, next_number="418")
    assert answer.status_code == 302
    assert issued(company, owner).number.startswith("FV/418/")


def test_a_gap_is_a_hint_and_no_obstacle(company, owner, client_of):
    post(client_of(owner), company, next_number="10")
    answer = client_of(owner).get(reverse("invoice-series", args=[company.nip]))
    assert Counter.objects.get(series__kind="VAT", series__scope="ksef").next_number == 10
    assert answer.status_code == 200


def test_the_hint_about_a_gap_is_shown(company, owner, client_of):
    client = client_of(owner)
    answer = client.get(post(client, company, next_number="10").headers["Location"])
    assert "luka" in page(answer).text_content()


def test_going_back_gives_no_number_twice(company, owner, client_of):
    first = issued(company, owner).number
    post(client_of(owner), company, next_number="1")
    assert issued(company, owner).number != first


def test_changing_one_kind_leaves_the_others_alone(company, owner, client_of):
    post(client_of(owner), company, pattern="X/{nr}", reset="never")
    assert series_get(company=company, kind="VAT").pattern == "X/{nr}"
    assert series_get(company=company, kind="KOR").pattern == "KOR/{nr}/{mm}/{rrrr}"


def test_a_change_stands_in_the_audit_log(company, owner, client_of):
    post(client_of(owner), company, next_number="7")
    entry = AuditEntry.objects.get(action="series.change")
    assert (entry.user, entry.subject) == (owner, "VAT")


@pytest.mark.parametrize("kind", ["", "XYZ", "vat", "\0", "K" * 500])
def test_an_unknown_kind_changes_nothing(company, owner, client_of, kind):
    url = reverse("invoice-series", args=[company.nip])
    answer = client_of(owner).post(url, {"kind": kind, f"{kind}-pattern": "{nr}"})
    assert answer.status_code in (200, 422)
