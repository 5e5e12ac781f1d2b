"""The totals for a spreadsheet: UTF-8 with BOM, semicolons, decimal commas, no formulas."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from invoices.forms.csv_lines import safe
from invoices.services.reports import BuyerRow, MonthRow


def months_csv(rows: Iterable[MonthRow]) -> bytes:
    """A line for each month and currency."""
    head = [
        _("Miesiąc"),
        _("Waluta"),
        _("Dokumenty"),
        _("Netto"),
        "VAT",
        _("Brutto"),
        _("VAT w PLN"),
        _("Brutto poza KSeF"),
    ]
    lines = (
        [
            f"{row.month:%Y-%m}",
            row.currency,
            str(row.sums.count),
            *map(_shown, (row.sums.net, row.sums.vat, row.sums.gross, row.sums.vat_pln)),
            _shown(row.outside.gross),
        ]
        for row in rows
    )
    return _csv(head, lines)


def buyers_csv(rows: Iterable[BuyerRow]) -> bytes:
    """A line for each buyer and currency, all of them."""
    head = [
        _("Nabywca"),
        _("Identyfikator"),
        _("Waluta"),
        _("Dokumenty"),
        _("Netto"),
        "VAT",
        _("Brutto"),
        _("Udział w netto, %"),
        _("Do zapłaty"),
    ]
    lines = (
        [
            row.name,
            row.key if row.key != row.name else "",
            row.currency,
            str(row.sums.count),
            *map(_shown, (row.sums.net, row.sums.vat, row.sums.gross)),
            _shown(row.share),
            _shown(row.due),
        ]
        for row in rows
    )
    return _csv(head, lines)


def _shown(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}".replace(".", ",")


def _csv(head: list[str], lines: Iterable[list[str]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([safe(cell) for cell in line] for line in lines)
    return "\ufeff".encode() + target.getvalue().encode("utf-8", "replace")
