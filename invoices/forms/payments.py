"""A payment as a person types it."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy

from invoices.services.payments import LONGEST_NOTE
from ksefapp.lib import money


class PaymentForm(forms.Form):
    """How much came, when, and perhaps a note. `seen` is the rest that the page showed."""

    amount = forms.CharField(
        label=gettext_lazy("Kwota"),
        max_length=30,
        help_text=gettext_lazy("Zwrot wpisz z minusem."),
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )
    received_on = forms.DateField(
        label=gettext_lazy("Dzień wpłaty"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(label=gettext_lazy("Uwagi"), max_length=LONGEST_NOTE, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=30, required=False)

    def clean_amount(self) -> Decimal:
        """The number; whether it is money the service says."""
        amount = money.from_input(self.cleaned_data["amount"])
        if amount is None:
            raise forms.ValidationError(gettext_lazy("Wpisz kwotę, na przykład 1 234,56."))
        return amount

    def clean_seen(self) -> Decimal | None:
        """The rest that the person saw, None where the form does not say."""
        return money.parse(self.cleaned_data["seen"])
