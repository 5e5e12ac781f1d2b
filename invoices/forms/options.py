"""Answers that no element of FA(3) carries; they live in a draft's options."""

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.services.issue_checks import SEAT, SEAT_ANSWERS


class OptionsForm(forms.Form):
    """Asked when a buyer with a Polish NIP has an address abroad (art. 106gb ust. 4 pkt 2)."""

    buyer_without_seat = forms.ChoiceField(
        label=_("Czy nabywca ma w Polsce siedzibę albo stałe miejsce prowadzenia działalności?"),
        required=False,
        choices=[("no", _("Ma")), ("yes", _("Nie ma"))],
        widget=forms.RadioSelect,
    )


def options_posted(data, before: dict) -> dict:
    """The options with what was answered; what was not asked stays."""
    given = data.get(SEAT, "")
    return before | {SEAT: given} if given in SEAT_ANSWERS else before
