"""Forms around certificates: the request, the export of a key, revoking, the mode of renewal."""

from datetime import UTC, datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from auth_ksef.compromise import REASONS
from auth_ksef.enrolment import ADDED, LONGEST, NAME, SHORTEST
from auth_ksef.key_export import password_problems, problem_text
from auth_ksef.messages import chosen
from auth_ksef.models import Credential, Enrolment
from ksefapp.accounts.forms import PasswordForm
from ksefapp.accounts.models import User
from ksefapp.lib import clock

LOGIN, OFFLINE = Credential.Use.LOGIN, Credential.Use.OFFLINE


class EnrolForm(forms.Form):
    """Which certificates, under what name, from when on; consent to background use."""

    uses = forms.MultipleChoiceField(
        label=_("Które certyfikaty?"),
        choices=[(LOGIN, _("Typ 1, do logowania")), (OFFLINE, _("Typ 2, do KODU II"))],
        initial=[LOGIN, OFFLINE],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Wybierz co najmniej jeden certyfikat.")},
    )
    name = forms.CharField(
        label=_("Nazwa w KSeF"),
        min_length=SHORTEST,
        max_length=LONGEST - ADDED,
        error_messages={"required": _("Nazwij certyfikaty, na przykład nazwą firmy.")},
    )
    consent = forms.BooleanField(
        label=_(
            "Zgadzam się, żeby aplikacja używała mojego klucza w tle, także bez mojego udziału, "
            "do wysyłania faktur tej firmy"
        ),
        required=False,
    )
    algorithm = forms.ChoiceField(
        label=_("Rodzaj klucza"),
        choices=[
            (Enrolment.Algorithm.EC, _("EC P-256, zalecany")),
            (Enrolment.Algorithm.RSA, "RSA 2048"),
        ],
        initial=Enrolment.Algorithm.EC,
        widget=forms.RadioSelect,
    )
    valid_from = forms.DateField(
        label=_("Ważne od"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_name(self) -> str:
        """Only characters that KSeF takes."""
        name = self.cleaned_data["name"].strip()
        if not NAME.fullmatch(name):
            raise forms.ValidationError(
                _("Nazwa może mieć tylko litery, cyfry, spacje, myślniki i podkreślenia.")
            )
        return name

    def clean_valid_from(self) -> datetime | None:
        """The day's beginning in Warsaw as an instant; today and nothing are at once."""
        day = self.cleaned_data["valid_from"]
        if day is None or day == clock.today():
            return None
        if day < clock.today():
            raise forms.ValidationError(_("Ta data już minęła."))
        return datetime.combine(day, time(), clock.WARSAW).astimezone(UTC)

    def wanted(self) -> dict[str, object]:
        """Arguments of `enrolment_request`."""
        names = ("uses", "name", "consent", "algorithm", "valid_from")
        return {name: self.cleaned_data[name] for name in names}


class ExportForm(PasswordForm):
    """A new password for the file, and one's own password of the account."""

    key_password = forms.CharField(
        label=_("Hasło do pliku z kluczem"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        # Not in the template: a percent sign is doubled there.
        help_text=_(
            "Od 15 do 32 znaków: mała i wielka litera, cyfra i jeden ze znaków !@#$%^&*()-_+=. "
            "Bez polskich liter. Nie zapiszemy go, więc zapamiętaj je."
        ),
        error_messages={"required": _("Wymyśl hasło do pliku.")},
    )
    key_password_again = forms.CharField(
        label=_("To samo hasło jeszcze raz"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Powtórz hasło do pliku.")},
    )
    field_order = ("key_password", "key_password_again", "password")

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["password"].label = _("Twoje hasło do tego konta")

    def clean_key_password(self) -> str:
        """By the rules of the Taxpayer App, all faults at once."""
        password = self.cleaned_data["key_password"]
        problems = password_problems(password)
        if problems:
            raise forms.ValidationError([problem_text(code) for code in problems])
        return password

    def clean(self) -> dict:
        """The two must be equal: nobody can read what was typed."""
        data = super().clean()
        first, again = data.get("key_password"), data.get("key_password_again")
        if first and again and first != again:
            self.add_error("key_password_again", _("Hasła się różnią."))
        return data


class RevokeForm(forms.Form):
    """Why, and the knowledge of what dies with it."""

    reason = forms.ChoiceField(label=_("Powód"), widget=forms.RadioSelect)
    understood = forms.BooleanField(
        label=_("Rozumiem: tego nie da się cofnąć"),
        error_messages={"required": _("Potwierdź, że wiesz, co przestanie działać.")},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(code, chosen(pair)) for code, pair in REASONS.items()]


class RenewalForm(forms.ModelForm):
    """What happens when the certificate nears its end."""

    class Meta:
        model = Credential
        fields = ("renewal",)
        widgets = {"renewal": forms.RadioSelect}
        labels = {"renewal": _("Gdy zbliży się koniec ważności")}
