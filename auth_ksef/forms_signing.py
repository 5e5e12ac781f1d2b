"""Forms of the ways in that need another program: signature, fingerprint, data for ZAW-FA."""

from django import forms
from django.utils.translation import gettext_lazy as _

from auth_ksef.forms import KeyFileField
from ksefapp.accounts.models import Company

CERTIFICATE_FILES = ".crt,.cer,.pem,.der,.p7b,.p7c,.p12,.pfx,.xml"


class SignForm(forms.Form):
    """For whom to log in and how KSeF is to know the person; the rest keeps its usual value."""

    context_type = forms.ChoiceField(
        label=_("Do czego się logujesz?"),
        choices=[
            ("Nip", _("NIP firmy")),
            ("InternalId", _("Identyfikator wewnętrzny")),
            ("NipVatUe", _("NIP i VAT UE")),
        ],
        initial="Nip",
        required=False,
        widget=forms.RadioSelect,
    )
    unit = forms.RegexField(
        label=_("Pięć cyfr jednostki"),
        regex=r"^\d{5}$",
        required=False,
        error_messages={"invalid": _("Identyfikator wewnętrzny kończy się pięcioma cyframi.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    vat_ue = forms.RegexField(
        label=_("Numer VAT UE"),
        regex=r"^[A-Z]{2}[A-Z0-9+*]{2,13}$",
        required=False,
        error_messages={"invalid": _("Numer VAT UE zaczyna się kodem kraju: DE123456789.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    subject_type = forms.ChoiceField(
        label=_("Po czym KSeF pozna osobę albo firmę?"),
        choices=[
            ("certificateSubject", _("po numerze w certyfikacie")),
            ("certificateFingerprint", _("po odcisku certyfikatu")),
        ],
        initial="certificateSubject",
        required=False,
        widget=forms.RadioSelect,
    )
    allowed_ips = forms.CharField(
        label=_("Dozwolone adresy IP"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict:
        """What the chosen context needs besides the NIP stands at its own field."""
        data = super().clean()
        needed = {"InternalId": "unit", "NipVatUe": "vat_ue"}.get(data.get("context_type"))
        if needed and needed in data and not data[needed]:
            self.add_error(needed, _("Tego kontekstu nie ma bez tego numeru."))
        return data

    def wanted(self, company: Company) -> dict:
        """The arguments of `signed_login_start`."""
        data = self.cleaned_data
        kind = data["context_type"] or "Nip"
        rest = {"InternalId": data["unit"], "NipVatUe": data["vat_ue"]}.get(kind)
        return {
            "context_type": kind,
            "context_value": f"{company.nip}-{rest}" if rest else company.nip,
            "subject_type": data["subject_type"] or "certificateSubject",
            "allowed_ips": tuple(data["allowed_ips"].replace(",", " ").split()),
        }


class SignedFileForm(forms.Form):
    """The file that another program signed."""

    file = forms.FileField(
        label=_("Podpisany plik"),
        widget=forms.FileInput(attrs={"accept": ".xml,.xades,.sig,application/xml,text/xml"}),
        error_messages={
            "required": _("Wybierz plik, który podpisał Twój program."),
            "empty": _("Ten plik jest pusty. Wybierz plik, który podpisał Twój program."),
        },
    )


class FingerprintForm(forms.Form):
    """A file with a certificate; a password only where the file has one."""

    certificate = KeyFileField(label=_("Plik z certyfikatem"), accept=CERTIFICATE_FILES)
    password = forms.CharField(
        label=_("Hasło do pliku"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean_certificate(self) -> bytes:
        """The content; without it there is nothing to compute."""
        data = self.cleaned_data["certificate"]
        if not data:
            raise forms.ValidationError(_("Wybierz plik z certyfikatem."))
        return data


class ZawfaForm(forms.Form):
    """What the form ZAW-FA asks about the one who is to act; only shown for printing."""

    purpose = forms.ChoiceField(
        label=_("Co zgłaszasz?"),
        choices=[
            ("person", _("osobę z PESEL albo NIP")),
            ("print", _("podpis bez PESEL i NIP")),
            ("seal", _("pieczęć firmy bez NIP")),
        ],
        initial="person",
        required=False,
        widget=forms.RadioSelect,
    )
    first_name = forms.CharField(label=_("Imię"), required=False, max_length=60)
    last_name = forms.CharField(label=_("Nazwisko"), required=False, max_length=80)
    number = forms.CharField(label=_("PESEL albo NIP osoby"), required=False, max_length=20)
    born = forms.CharField(label=_("Data urodzenia"), required=False, max_length=20)
    document = forms.CharField(
        label=_("Dokument tożsamości: rodzaj, numer, kraj"), required=False, max_length=120
    )
    email = forms.CharField(label=_("Adres e-mail"), required=False, max_length=120)
    fingerprint = forms.CharField(label=_("Odcisk certyfikatu"), required=False, max_length=200)
    serial = forms.CharField(
        label=_("Numer seryjny i wystawca certyfikatu"), required=False, max_length=300
    )

    def clean_fingerprint(self) -> str:
        """64 hex digits, typed in any way; upper case as in the API."""
        text = "".join(self.cleaned_data["fingerprint"].replace(":", "").split()).upper()
        if text and (len(text) != 64 or set(text) - set("0123456789ABCDEF")):
            raise forms.ValidationError(_("Odcisk SHA-256 ma 64 znaki: cyfry i litery od A do F."))
        return text
