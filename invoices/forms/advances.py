"""What a person picks and types to settle advances, or to begin the next one."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.fa3.rates import RATES
from invoices.services.advances_settle import OtherAdvance
from ksefapp.lib import ksef_number, money

OTHER_ROWS = 3  # of advances issued by another program; one may take several rows
LONGEST_NUMBER = 256
MOST_AMOUNT = Decimal(10) ** 16


class AmountField(forms.CharField):
    """An amount as people type it, `1 234,56`; None where nothing was typed."""

    def clean(self, value) -> Decimal | None:
        """Raises ValidationError for what is no amount of two decimal places."""
        text = super().clean(value)
        if not text:
            return None
        number = money.from_input(text)
        is_amount = number is not None and abs(number) < MOST_AMOUNT
        if not is_amount or number != money.round_half_up(number):
            raise forms.ValidationError(_("Wpisz kwotę, na przykład 1 234,56."))
        return number


def amount_field(label, *, required: bool = False, **options) -> AmountField:
    """A box for an amount."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
    return AmountField(label=label, required=required, widget=widget, max_length=40, **options)


class OtherForm(forms.Form):
    """One rate of an advance that is not in this archive."""

    number = forms.CharField(
        label=gettext_lazy("Numer KSeF albo numer faktury"),
        required=False,
        max_length=LONGEST_NUMBER,
    )
    rate = forms.ChoiceField(
        label=gettext_lazy("Stawka VAT"),
        required=False,
        choices=[(code, f"{code}%" if code.isdigit() else code) for code in RATES],
        initial="23",
    )
    net = amount_field(gettext_lazy("Netto"))
    vat = amount_field("VAT")

    def clean(self) -> dict:
        """Number and amounts go together."""
        found = super().clean()
        has_amount = found.get("net") is not None
        if has_amount and not found.get("number"):
            self.add_error("number", _("Wpisz numer tej zaliczki."))
        if found.get("number") and not has_amount and "net" not in self.errors:
            self.add_error("net", _("Wpisz kwotę netto tej zaliczki."))
        return found


def others_forms(data, prefix: str) -> list[OtherForm]:
    """The rows, empty ones too; `data` is None for a page that was not sent."""
    return [OtherForm(data, prefix=f"{prefix}-{place}") for place in range(OTHER_ROWS)]


def others_read(rows: list[OtherForm]) -> list[OtherAdvance]:
    """The advances of valid rows: those of one number are one advance."""
    parts: dict[str, list] = {}
    for row in rows:
        given = row.cleaned_data
        if given.get("number"):
            vat = given.get("vat") or Decimal(0)
            parts.setdefault(given["number"], []).append((given["rate"], given["net"], vat))
    return [other_advance(number, found) for number, found in parts.items()]


def other_advance(number: str, parts: list[tuple[str, Decimal, Decimal]]) -> OtherAdvance:
    """`number` is that of KSeF where it has its form, else P_2 of an invoice outside KSeF."""
    text = " ".join(number.split())
    is_ksef = ksef_number.is_valid(text.upper())
    return OtherAdvance("" if is_ksef else text, text.upper() if is_ksef else "", tuple(parts))


class NextAdvanceForm(forms.Form):
    """How much came for the order now."""

    payment = amount_field(gettext_lazy("Ile wpłynęło"), required=True)

    def clean_payment(self) -> Decimal:
        """More than nothing."""
        payment = self.cleaned_data["payment"]
        if payment is None or payment <= 0:
            raise forms.ValidationError(_("Wpisz kwotę większą od zera."))
        return payment
