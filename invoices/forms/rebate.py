"""What a person says about a rebate over a period."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.fa3.rates import RATES
from invoices.fa3.rebates import Rebate
from invoices.forms.advances import amount_field
from invoices.services.rebate import Cut
from ksefapp.lib import money

AMOUNT_ROWS = 3
WAYS = (
    ("percent", gettext_lazy("Procent")),
    ("net", gettext_lazy("Kwota netto")),
    ("gross", gettext_lazy("Kwota brutto")),
)
SCOPES = (
    ("all", gettext_lazy("Wszystkie dostawy z okresu")),
    ("some", gettext_lazy("Tylko niektóre towary albo usługi")),
)
MOST_GOODS = 100
LONGEST_GOODS, LONGEST_TEXT = 20_000, 256


def day_field(label) -> forms.DateField:
    """A box for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget)


class PeriodForm(forms.Form):
    """Whose invoices, from when to when."""

    od = day_field(gettext_lazy("Faktury od"))
    do = day_field(gettext_lazy("Faktury do"))

    def clean(self) -> dict:
        """The period does not end before it begins."""
        found = super().clean()
        if found.get("od") and found.get("do") and found["od"] > found["do"]:
            self.add_error("do", _("Okres kończy się przed swoim początkiem."))
        return found


class RebateForm(forms.Form):
    """How big the rebate is, on what, and why."""

    way = forms.ChoiceField(
        label=gettext_lazy("Rabat jako"), choices=WAYS, initial="percent", widget=forms.RadioSelect
    )
    percent = amount_field(gettext_lazy("Ile procent"))
    before_rebates = forms.BooleanField(
        label=gettext_lazy("Licz procent od kwot sprzed wcześniejszych rabatów"), required=False
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("Rabat obejmuje"),
        choices=SCOPES,
        initial="all",
        widget=forms.RadioSelect,
    )
    goods = forms.CharField(
        label=gettext_lazy("Nazwy towarów albo usług"),
        required=False,
        max_length=LONGEST_GOODS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    period = forms.CharField(label=gettext_lazy("Okres na korekcie"), max_length=LONGEST_TEXT)
    reason = forms.CharField(label=gettext_lazy("Przyczyna"), max_length=LONGEST_TEXT)
    rate = forms.CharField(label=gettext_lazy("Kurs waluty"), required=False, max_length=20)

    def __init__(self, *args, currency: str = "PLN", **options) -> None:
        super().__init__(*args, **options)
        self.currency = currency
        for place in range(AMOUNT_ROWS):
            choices = [(code, f"{code}%" if code.isdigit() else code) for code in RATES]
            self.fields[f"code{place}"] = forms.ChoiceField(
                label=gettext_lazy("Stawka VAT"), choices=choices, required=False, initial="23"
            )
            self.fields[f"amount{place}"] = amount_field(gettext_lazy("Kwota rabatu"))

    @property
    def amounts(self) -> list[tuple]:
        """(rate, amount) bound fields of each row."""
        return [(self[f"code{place}"], self[f"amount{place}"]) for place in range(AMOUNT_ROWS)]

    def clean_rate(self) -> Decimal | None:
        """The rate of exchange, needed in another currency than PLN."""
        number = money.from_input(self.cleaned_data["rate"])
        is_rate = number is not None and 0 < number < 10**6
        if self.currency != "PLN" and not is_rate:
            raise forms.ValidationError(_("Wpisz kurs, na przykład 4,2512."))
        return money.round_half_up(number, 6) if is_rate else None

    def clean_goods(self) -> tuple[str, ...]:
        """One name in each line."""
        names = tuple(filter(None, (" ".join(n.split()) for n in _lines(self.cleaned_data))))
        if len(names) > MOST_GOODS or any(len(name) > 512 for name in names):
            raise forms.ValidationError(_("Najwyżej 100 nazw, każda do 512 znaków."))
        return names

    def clean(self) -> dict:
        """Each way has its numbers."""
        found = super().clean()
        percent = found.get("percent")
        if found.get("way") == "percent" and "percent" not in self.errors:
            if percent is None or not 0 < percent <= 100:
                self.add_error("percent", _("Wpisz liczbę od 0 do 100."))
        elif found.get("way") in ("net", "gross"):
            self._check_amounts(found)
        if found.get("scope") == "some" and not found.get("goods") and "goods" not in self.errors:
            self.add_error("goods", _("Wymień towary albo usługi (art. 106j ust. 3 pkt 2)."))
        return found

    def _check_amounts(self, found: dict) -> None:
        amounts = [found.get(f"amount{place}") for place in range(AMOUNT_ROWS)]
        if any(amount is not None and amount <= 0 for amount in amounts):
            self.add_error("amount0", _("Wpisz kwoty bez minusa. Minus dodamy na korekcie."))
        elif not any(amounts) and not any(f"amount{n}" in self.errors for n in range(AMOUNT_ROWS)):
            self.add_error("amount0", _("Wpisz kwotę rabatu."))

    def cut(self) -> Cut:
        """How big the rebate is."""
        found = self.cleaned_data
        if found["way"] == "percent":
            return Cut("percent", found["percent"])
        rows = ((found[f"code{n}"], found.get(f"amount{n}")) for n in range(AMOUNT_ROWS))
        return Cut(found["way"], amounts=tuple((code, sum_) for code, sum_ in rows if sum_))

    def rebate(self) -> Rebate:
        """What the correction says besides amounts."""
        found = self.cleaned_data
        goods = found["goods"] if found["scope"] == "some" else ()
        return Rebate(found["reason"], found["period"], goods, found["rate"])


def _lines(found: dict) -> list[str]:
    return found["goods"].splitlines()
