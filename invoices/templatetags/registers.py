"""Prices and rates of products, for templates."""

from decimal import Decimal

from django import template

from invoices.forms.line_form import RATE_NAMES
from ksefapp.lib import money
from ksefapp.ui import formats

register = template.Library()


@register.filter
def price(value: Decimal | None, currency: str = "") -> str:
    """`1 234,5678 EUR`: at least two decimal places, superfluous zeros of the column left out."""
    if value is None:
        return formats.DASH
    text = money.plain(value, 8, 2)
    return formats.money(text, currency) if currency else formats.amount(text)


@register.filter
def rate(value: str | None) -> str:
    """`23%`, `0% WDT`, `zw`: a P_12 as the form's list calls it."""
    return str(RATE_NAMES.get(value, f"{value}%")) if value else formats.DASH
