"""The rhythm of a recurring invoice, as a person chooses it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices import rhythm
from invoices.models import Recurring
from invoices.services.recurring import Plan

DRAFTS, ISSUES = "drafts", "issues"
WAYS = [(DRAFTS, _("Tworzy szkice")), (ISSUES, _("Wystawia faktury"))]
PERIODS = [
    ("", _("Nie wpisuj okresu")),
    (rhythm.THIS, _("Miesiąc, w którym wypada termin")),
    (rhythm.PREVIOUS, _("Miesiąc poprzedni")),
]
LAST_DAY = 31
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RhythmForm(forms.Form):
    """When, how often, and what to do on the day."""

    name = forms.CharField(label=_("Nazwa szablonu"), max_length=100)
    every = forms.IntegerField(label=_("Co ile"), min_value=1, max_value=52)
    unit = forms.ChoiceField(label=_("Jednostka"), choices=Recurring.Unit.choices)
    day = forms.TypedChoiceField(
        label=_("Dzień miesiąca"),
        coerce=int,
        choices=[(n, str(n)) for n in range(1, LAST_DAY)] + [(LAST_DAY, _("ostatni dzień"))],
    )
    starts_on = forms.DateField(label=_("Od kiedy"), widget=DATE)
    ends_on = forms.DateField(label=_("Do kiedy"), required=False, widget=DATE)
    period = forms.ChoiceField(label=_("Okres sprzedaży"), required=False, choices=PERIODS)
    way = forms.ChoiceField(label=_("Co robi w terminie"), choices=WAYS, widget=forms.RadioSelect)
    mails_itself = forms.BooleanField(
        label=_("Wyślij e-mailem, gdy faktura ma numer KSeF"), required=False
    )

    def clean(self) -> dict:
        """How often is limited by the unit; the end is not before the start."""
        data = super().clean()
        most = rhythm.MOST_EVERY.get(data.get("unit", ""))
        if most and data.get("every", 0) > most:
            text = _("Najwyżej co %(most)s. Wybierz inną jednostkę.") % {"most": most}
            self.add_error("every", text)
        if data.get("ends_on") and data.get("starts_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("Koniec jest przed początkiem."))
        for name in ("starts_on", "ends_on"):
            if data.get(name) and not 2000 <= data[name].year < rhythm.LAST.year:
                self.add_error(name, _("Wpisz datę od roku 2000 do 2049."))
        return data

    def plan(self) -> Plan:
        """What was chosen, once it is valid."""
        data = dict(self.cleaned_data)
        return Plan(issues_itself=data.pop("way") == ISSUES, **data)


def initial_of(plan: Plan) -> dict:
    """The form's first values for this plan."""
    values = {name: getattr(plan, name) for name in RhythmForm.base_fields if name != "way"}
    return values | {"way": ISSUES if plan.issues_itself else DRAFTS}
