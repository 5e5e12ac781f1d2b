"""What people enter: announcements, amendments, standing rules, reasons."""

from datetime import datetime, time, timedelta

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from ksefapp.lib import clock
from ksefapp.ui.formats import datetime_pl
from offline.models import Category, Outage

LONGEST_NOTE = 2000
MOMENT = [
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y, %H:%M",
]


def _moment(label: str, **options) -> forms.DateTimeField:
    """An instant typed as Warsaw time (settings.TIME_ZONE); an hour the change of clocks leaves
    out or repeats is refused."""
    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    wrong = _("Podaj dzień i godzinę, na przykład 21.11.2026 14:30.")
    return forms.DateTimeField(
        label=label,
        widget=widget,
        input_formats=MOMENT,
        error_messages={"invalid": wrong},
        **options,
    )


class AnnouncementForm(forms.Form):
    """What was announced: kind, from, to, and where it stands.

    Only reads what was typed: whether it can be so is `offline.journal`'s to say.
    """

    category = forms.ChoiceField(
        label=_("Co ogłoszono"), choices=Category.choices, widget=forms.RadioSelect
    )
    start = _moment(_("Od"))
    end = _moment(
        _("Do"), required=False, help_text=_("Puste, dopóki Ministerstwo nie ogłosi końca.")
    )
    published = _moment(
        _("Ogłoszono"), required=False, help_text=_("Puste, jeśli z chwilą początku.")
    )
    link = forms.URLField(
        label=_("Odnośnik do komunikatu"),
        required=False,
        max_length=1000,
        assume_scheme="https",
        validators=[URLValidator(["http", "https"])],
        help_text=_("Na przykład strona BIP Ministerstwa Finansów."),
    )
    note = forms.CharField(
        label=_("Notatka"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Skąd to wiesz i dlaczego wpisujesz. Bez odnośnika notatka jest potrzebna."),
    )


class AnnouncedField(forms.ModelChoiceField):
    """Latarnia's outages by kind and time, as people know them."""

    def label_from_instance(self, outage: Outage) -> str:
        row = list(outage.versions.all())[-1]
        end = datetime_pl(row.end) if row.end else _("trwa")
        return f"{row.get_category_display()}, {datetime_pl(row.start)} – {end}"


class OutageForm(AnnouncementForm):
    """A new entry, perhaps instead of what Latarnia said."""

    replaces = AnnouncedField(
        label=_("Zastępuje komunikat Latarni"),
        queryset=Outage.objects.none(),
        required=False,
        empty_label=_("Nie, to osobny komunikat"),
        help_text=_("Dla tej firmy będzie się liczył Twój wpis zamiast komunikatu z Latarni."),
    )

    def __init__(self, *args, replaceable, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        rows = replaceable.prefetch_related("versions").order_by("-id")
        self.fields["replaces"].queryset = rows


class AmendForm(AnnouncementForm):
    """Another version of an own entry; the older ones stay readable."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
        self.fields["note"].label = _("Co się zmieniło i skąd to wiesz")
        self.fields["note"].help_text = ""


class VoidForm(forms.Form):
    """Why an own entry was a mistake."""

    note = forms.CharField(label=_("Dlaczego wpis był błędny"), max_length=LONGEST_NOTE)


class Offline24Form(forms.Form):
    """The law asks for no reason (art. 106nda); the journal keeps one that is given."""

    why = forms.CharField(label=_("Powód"), required=False, max_length=450)


class OverruleForm(forms.Form):
    """Why the outage mode is set aside, and for how long."""

    UNTIL = [
        ("1", _("na godzinę")),
        ("4", _("na 4 godziny")),
        ("day", _("do końca dnia")),
        ("", _("do końca tej awarii")),
    ]
    why = forms.CharField(label=_("Powód"), max_length=450)
    until = forms.ChoiceField(
        label=_("Jak długo"), choices=UNTIL, widget=forms.RadioSelect, required=False, initial="1"
    )

    def until_instant(self) -> datetime | None:
        """When the outage mode comes back; None: not while this outage lasts."""
        chosen = self.cleaned_data["until"]
        if chosen == "day":
            tomorrow = clock.today() + timedelta(days=1)
            return datetime.combine(tomorrow, time(), tzinfo=clock.WARSAW)
        return clock.now() + timedelta(hours=int(chosen)) if chosen else None


class RulesForm(forms.Form):
    """What the application may decide without asking."""

    auto_outage = forms.BooleanField(
        label=_("Gdy Ministerstwo ogłosi awarię lub niedostępność, wystawiaj od razu w tym trybie"),
        required=False,
    )
    auto_offline24_minutes = forms.IntegerField(
        label=_("Gdy nie ma połączenia z KSeF, przejdź na offline24 po"),
        required=False,
        min_value=1,
        max_value=1440,
        help_text=_("Puste: aplikacja tylko zaproponuje, zdecyduje osoba."),
    )
