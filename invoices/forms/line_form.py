"""One row of the line grid as a Django form."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import totals
from invoices.forms.controls import keep_unknown_choices, text_box, values_of
from invoices.forms.lines import LINE_BOXES
from ksefapp.lib import money

RATE_NAMES = {
    "0 KR": _("0% kraj"),
    "0 WDT": _("0% WDT"),
    "0 EX": _("0% eksport"),
    "zw": _("zw"),
    "oo": _("oo"),
    "np I": _("np I"),
    "np II": _("np II"),
}
FACTORS = ("quantity", "price")
ROW_NAMES = ("position", "price", *LINE_BOXES)
ROW = re.compile(r"line-([0-9]{1,5})-name")


def rates() -> list[tuple[str, str]]:
    """Choices for the rate: the schema's list, in the words of a bookkeeper."""
    listed = values_of("Fa/FaWiersz/P_12")
    return [("", "–"), *((rate, RATE_NAMES.get(rate, f"{rate}%")) for rate in listed)]


class LineForm(forms.Form):
    """One line of the grid: the `number`-th row; `index` is in the names of its boxes."""

    position = forms.CharField(required=False, widget=forms.HiddenInput)
    name = text_box(_("Nazwa towaru lub usługi"))
    quantity = text_box(_("Ilość"))
    unit = text_box(_("J.m."))
    price = text_box(_("Cena"))
    rate = forms.ChoiceField(label=_("Stawka"), required=False)

    def __init__(self, *args, number: int, index: int, **kwargs) -> None:
        super().__init__(*args, prefix=f"line-{index}", **kwargs)
        self.number, self.index = number, index
        self.fields["rate"].choices = rates()
        keep_unknown_choices(self)
        for name, field in self.fields.items():
            said = _("Pozycja %(number)d: %(name)s") % {"number": number, "name": field.label}
            field.widget.attrs["aria-label"] = said
            if name in ("quantity", "price"):
                field.widget.attrs["inputmode"] = "decimal"

    CSS = {
        "name": "col-name",
        "quantity": "col-small num",
        "unit": "col-small",
        "price": "col-amount num",
        "rate": "col-rate",
    }

    @property
    def hidden(self):
        """What ties the row to its line in the tree."""
        return self["position"]

    @property
    def cells(self) -> list[dict]:
        """The visible boxes, each tied to its error in the row below."""
        return [self._cell(self[name], css) for name, css in self.CSS.items()]

    def _cell(self, bound, css: str) -> dict:
        attrs = {}
        if bound.errors:
            attrs = {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}
        return {"css": css, "label": bound.label, "control": bound.as_widget(attrs=attrs)}

    @property
    def value(self) -> Decimal | None:
        """Quantity times price, None until both are numbers."""
        quantity, price = (money.from_input(str(self[n].value() or "")) for n in FACTORS)
        if quantity is None or price is None:
            return None
        return totals.line_amounts(quantity, price, None).net

    @property
    def error_list(self) -> list[tuple[str, str, str]]:
        """(id, label, text) of each error."""
        return [
            (f"{self[name].auto_id}_error", self[name].label, error)
            for name in self.CSS
            for error in self[name].errors
        ]
