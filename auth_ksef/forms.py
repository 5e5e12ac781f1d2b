"""The form that connects a company with KSeF."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from auth_ksef.credentials import certificate_add, token_add
from auth_ksef.errors import CredentialRefused
from auth_ksef.keyfiles import KeyFileError
from auth_ksef.models import Credential
from ksefapp.accounts.models import Company, User

FILE_LIMIT = 64 * 1024
TOKEN, CERTIFICATE = Credential.Kind.TOKEN, Credential.Kind.CERTIFICATE
COMPANY, MINE = "company", "mine"


class KeyFileField(forms.FileField):
    """A small uploaded file, cleaned to its bytes; None where nothing was chosen."""

    def __init__(self, *, accept: str, **options) -> None:
        widget = forms.FileInput(attrs={"accept": accept})
        empty = _("Ten plik jest pusty. Wybierz właściwy plik.")
        super().__init__(required=False, widget=widget, error_messages={"empty": empty}, **options)

    def clean(self, data, initial=None) -> bytes | None:
        """The content. Raises ValidationError for an empty or a large file."""
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > FILE_LIMIT:
            error = CredentialRefused.by_file(KeyFileError("too_big"), "file")
            raise forms.ValidationError(error.message(), code=error.code)
        return file.read()


class ConnectForm(forms.Form):
    """A certificate with its key, or a token; whose it is; consent to work in the background.

    Nothing secret is ever written back into the page: password and token are typed again, and
    files chosen again, as the browser demands.
    """

    kind = forms.ChoiceField(
        label=_("Czym firma będzie się logować?"),
        choices=[(CERTIFICATE, _("Certyfikat KSeF")), (TOKEN, _("Token KSeF"))],
        initial=CERTIFICATE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Wybierz certyfikat albo token.")},
    )
    certificate = KeyFileField(
        label=_("Plik certyfikatu (.crt)"), accept=".crt,.cer,.pem,.der,.p12,.pfx"
    )
    key = KeyFileField(label=_("Plik klucza (.key)"), accept=".key,.pem,.der")
    password = forms.CharField(
        label=_("Hasło do klucza"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    token = forms.CharField(
        label=_("Wklej token"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    owner = forms.ChoiceField(
        label=_("Czyje to jest?"),
        choices=[(COMPANY, pgettext_lazy("whose", "Firmy")), (MINE, _("Moje własne"))],
        initial=COMPANY,
        widget=forms.RadioSelect,
        error_messages={"required": _("Wybierz, czy to poświadczenie firmy, czy Twoje.")},
    )
    consent = forms.BooleanField(
        label=_(
            "Zgadzam się, żeby aplikacja używała mojego klucza w tle, także bez mojego udziału, "
            "do wysyłania faktur tej firmy"
        ),
        required=False,
    )

    def __init__(self, *args, only_own: bool = False, **options) -> None:
        """`only_own`: the person may bring nothing but what is theirs."""
        super().__init__(*args, **options)
        if only_own:
            owner = self.fields["owner"]
            owner.choices, owner.initial = [(MINE, _("Moje własne"))], MINE

    def clean(self) -> dict:
        """Says at its field which part of the chosen way is missing."""
        data = super().clean()
        if data.get("kind") == CERTIFICATE and "certificate" in data and not data["certificate"]:
            self.add_error("certificate", _("Wybierz plik certyfikatu z Aplikacji Podatnika."))
        return data

    def save(self, *, company: Company, user: User) -> Credential | None:
        """Stores what was given; None with the errors at their fields when it is refused."""
        data = self.cleaned_data
        common = {
            "company": company,
            "added_by": user,
            "owner_user": user if data["owner"] == MINE else None,
            "consent": data["consent"],
        }
        try:
            if data["kind"] == TOKEN:
                return token_add(token=data["token"], **common)
            files = {name: data[name] for name in ("certificate", "key", "password")}
            return certificate_add(**files, **common)
        except CredentialRefused as error:
            self.add_error(error.field, forms.ValidationError(error.message(), code=error.code))
            return None
