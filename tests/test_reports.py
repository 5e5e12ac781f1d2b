"""Totals per month and per contractor: what counts, where, in which currency, how fast."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.services.reports import (
    Period,
    Sums,
    buyer_totals,
    month_totals,
    receivables,
    whole_of,
)
from invoices.services.reports_csv import buyers_csv
from invoices.views.reports_chart import BOTTOM, TOP, chart
from ksefapp.lib import clock
from tests.form_support import page
from tests.payment_support import corrected, paid, sold

pytestmark = pytest.mark.django_db

YEAR = Period(2026)


def counted(company, user, on: date = date(2026, 3, 5), **columns):
    """A document of that day with these amounts."""
    amounts = {"net": Decimal(100), "vat": Decimal(23), "gross": "123.00"} | columns
    return sold(company, user, issued_on=on, **amounts)


def months(company, period: Period = YEAR) -> list[tuple[str, str, Decimal]]:
    return [
        (f"{row.month:%m}", row.currency, row.sums.net) for row in month_totals(company, period)
    ]


def test_a_document_counts_in_the_month_of_its_date(company, owner):
    counted(company, owner, date(2026, 3, 31))
    counted(company, owner, date(2026, 4, 1))
    counted(company, owner, date(2025, 12, 31))
    assert months(company) == [("03", "PLN", Decimal(100)), ("04", "PLN", Decimal(100))]


def test_a_correction_counts_in_its_own_month(company, owner):
    first = counted(company, owner, date(2026, 3, 5))
    row = corrected(company, owner, first, gross="-12.30")
    type(row).objects.filter(pk=row.pk).update(
        issued_on=date(2026, 5, 2), net=Decimal(-10), vat=Decimal("-2.30")
    )
    assert months(company) == [("03", "PLN", Decimal(100)), ("05", "PLN", Decimal(-10))]


def test_withdrawn_ones_never_count(company, owner):
    counted(company, owner, withdrawn_at=clock.now())
    assert months(company) == []
    assert buyer_totals(company, YEAR) == []


def test_currencies_are_not_added_to_each_other(company, owner):
    counted(company, owner)
    counted(company, owner, currency="EUR", vat_pln=Decimal("98.90"))
    rows = month_totals(company, YEAR)
    assert [(row.currency, row.sums.net) for row in rows] == [("PLN", 100), ("EUR", 100)]
    assert rows[1].sums.vat_pln == Decimal("98.90")


def test_where_no_invoice_says_vat_in_pln_none_is_shown(company, owner):
    counted(company, owner, currency="EUR", vat_pln=None)
    assert month_totals(company, YEAR)[0].sums.vat_pln is None


def test_what_stayed_outside_ksef_counts_and_is_told_apart(company, owner):
    counted(company, owner)
    counted(company, owner, state="outside")
    (row,) = month_totals(company, YEAR)
    assert (row.sums.count, row.outside.count, row.outside.gross) == (2, 1, Decimal("123.00"))


def test_the_period_ends_with_its_last_month(company, owner):
    for month in (1, 3, 4, 12):
        counted(company, owner, date(2026, month, 28))
    assert [row[0] for row in months(company, Period(2026, 1, 3))] == ["01", "03"]
    assert [row[0] for row in months(company, Period(2026, 12, 12))] == ["12"]


def test_months_add_up_to_the_whole(company, owner):
    for month in range(1, 6):
        counted(company, owner, date(2026, month, 1), net=Decimal("0.10"), vat=Decimal("0.02"))
    sums, outside = whole_of(month_totals(company, YEAR))["PLN"]
    assert (sums.count, sums.net, outside) == (5, Decimal("0.50"), Sums())


def test_one_nip_is_one_buyer_whatever_its_name(company, owner):
    counted(company, owner, buyer_name="Lipa")
    counted(company, owner, buyer_name="LIPA sp. z o.o.")
    counted(company, owner, buyer_id="", buyer_name="Jan Kowalski", net=Decimal(50))
    rows = buyer_totals(company, YEAR)
    assert [(row.sums.net, row.share) for row in rows] == [
        (Decimal(200), Decimal("80.0")),
        (Decimal(50), Decimal("20.0")),
    ]


def test_a_buyer_s_row_says_what_is_still_due(company, owner):
    paid(counted(company, owner), owner, "23.00")
    (row,) = buyer_totals(company, YEAR)
    assert row.due == Decimal("100.00")


def test_nothing_sold_has_no_share(company, owner):
    counted(company, owner, net=Decimal(-5))
    assert buyer_totals(company, YEAR)[0].share is None


def test_receivables_are_those_of_today(company, owner):
    counted(company, owner, due_on=date(2026, 1, 2))
    counted(company, owner)
    paid(counted(company, owner), owner, "124.00")
    (row,) = receivables(company)
    assert (row.count, row.unpaid) == (2, Decimal("246.00"))
    assert (row.overdue_count, row.overdue, row.to_give_back) == (1, Decimal("123.00"), Decimal(1))


def test_another_company_s_documents_never_count(company, owner, other_company, stranger):
    counted(other_company, stranger)
    assert months(company) == []
    assert receivables(company) == []


def test_what_the_company_bills_itself_is_no_sale(company, owner):
    counted(company, owner, seller_nip="9542742932")
    assert months(company) == []
    assert receivables(company) == []


def test_a_name_that_is_a_formula_is_no_formula_in_the_file(company, owner):
    counted(company, owner, buyer_name="=cmd|' /C calc'!A0")
    assert b"'=cmd" in buyers_csv(buyer_totals(company, YEAR))


@pytest.mark.parametrize("what", ["months", "buyers"])
def test_the_files_open_in_a_spreadsheet(company, owner, client_of, what):
    counted(company, owner, on=clock.today(), net=Decimal("1234.50"))
    answer = client_of(owner).get(reverse(f"report-{what}-csv", args=[company.nip]))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert b";1234,50;" in answer.content


def shown(client, company, **query):
    answer = client.get(reverse("report", args=[company.nip]), query)
    assert answer.status_code == 200
    return page(answer)


def test_the_page_has_the_table_and_the_chart_of_the_year(company, owner, client_of):
    counted(company, owner, date(2026, 3, 5))
    html = shown(client_of(owner), company, rok="2026", okres="q1")
    assert len(html.xpath("//svg//rect[@fill='currentColor']")) == 1
    (title,) = html.xpath("//svg/title")
    assert "100,00 zł" in title.text_content().replace("\xa0", " ")
    assert "Marzec 2026" in html.xpath("//main")[0].text_content()


@pytest.mark.parametrize(
    "query", [{"rok": "0"}, {"rok": "٢٠٢٦"}, {"rok": "99999"}, {"okres": "q9"}]
)
def test_a_period_that_makes_no_sense_is_this_year(company, owner, client_of, query):
    html = shown(client_of(owner), company, **query)
    assert html.get_element_by_id("year").value == str(clock.today().year)


def test_numbers_of_the_drawing_are_written_for_machines(company, owner, client_of):
    counted(company, owner, date(2026, 3, 5))
    html = shown(client_of(owner), company, rok="2026")
    for rect in html.xpath("//svg//rect"):
        assert float(rect.get("height")) >= 0
        assert float(rect.get("x").removesuffix("%")) > 0


def test_bars_keep_within_the_drawing_also_below_zero():
    made = chart(2026, {1: Decimal(100), 2: Decimal(-50)}, {1: Decimal(40)})
    ends = [(float(bar.y), float(bar.y) + float(bar.height)) for bar in made.bars]
    assert all(TOP <= top <= end <= BOTTOM for top, end in ends)
    assert ends[0][1] == pytest.approx(ends[1][0], abs=0.02)
    assert [bar.month.year for bar in made.before] == [2025]


def test_nothing_is_drawn_of_nothing():
    assert chart(2026, {}, {}) is None
    assert chart(2026, {1: Decimal(0)}, {}) is None


def test_the_page_asks_as_many_questions_for_many_documents(company, owner, client_of):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(client_of(owner), company, rok="2026")
        return len(queries)

    counted(company, owner)
    few = asked()
    for month in range(1, 8):
        counted(company, owner, date(2026, month, 3))
    assert asked() == few
