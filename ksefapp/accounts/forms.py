"""Forms of this room. Their errors are Polish sentences that say what to do."""

import re
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.companies import DATA_FIELDS
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role
from ksefapp.lib import bank, clock, nip
from ksefapp.ui.formats import account_number

NIP_WRONG = _("Ostatnia cyfra NIP nie zgadza się z resztą. Sprawdź numer.")
NIP_SHORT = _("NIP ma 10 cyfr. Wpisz go z kreskami albo bez.")
NIP_TAKEN = _(
    "Firma z tym NIP-em jest już w tej aplikacji. Poproś osobę, która jest w niej właścicielem, "
    "o zaproszenie."
)


class NipField(forms.CharField):
    """A NIP pasted in any form: with hyphens, spaces, PL in front; gives ten digits."""

    def __init__(self, **kwargs) -> None:
        super().__init__(max_length=40, **kwargs)

    def to_python(self, value) -> str:
        return nip.clean(re.sub(r"(?i)^\s*NIP:?", "", super().to_python(value)))

    def validate(self, value) -> None:
        super().validate(value)
        if value and not re.fullmatch(r"[0-9]{10}", value):
            raise forms.ValidationError(NIP_SHORT, code="short")
        if value and not nip.is_valid(value):
            raise forms.ValidationError(NIP_WRONG, code="wrong")


class CompanyForm(forms.ModelForm):
    """The data of a company that go onto its invoices."""

    class Meta:
        model = Company
        fields = DATA_FIELDS
        error_messages = {
            "name": {"required": _("Wpisz nazwę, pod którą firma wystawia faktury.")},
            "address_l1": {"required": _("Wpisz ulicę i numer albo miejscowość i numer.")},
            "email": {"invalid": _("Wpisz jeden adres e-mail, na przykład biuro@firma.pl.")},
            "payment_days": {
                "required": _("Wpisz liczbę dni, na przykład 14."),
                "invalid": _("Wpisz samą liczbę dni, na przykład 14."),
            },
        }

    payment_days = forms.IntegerField(
        label=_("Termin płatności, dni"),
        min_value=0,
        max_value=3650,
        error_messages=Meta.error_messages["payment_days"],
    )
    attachments_notified_on = forms.DateField(
        label=_("Załączniki zgłoszone w e-Urzędzie Skarbowym dnia"),
        required=False,
        input_formats=["%d.%m.%Y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d.%m.%Y"),
        error_messages={"invalid": _("Wpisz datę, na przykład 23.11.2026.")},
    )
    # Wider than the column: people paste it with spaces.
    bank_account = forms.CharField(label=_("Rachunek bankowy"), max_length=60, required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial["bank_account"] = account_number(self.initial.get("bank_account"))

    def clean_bank_account(self) -> str:
        number = bank.without_prefix(self.cleaned_data["bank_account"])
        if number and not bank.has_form(number):
            raise forms.ValidationError(
                _("Wpisz 26 cyfr polskiego rachunku albo IBAN zaczynający się od kodu kraju.")
            )
        return number

    def clean_attachments_notified_on(self) -> date | None:
        day = self.cleaned_data["attachments_notified_on"]
        if day and day > clock.today():
            raise forms.ValidationError(_("Wpisz dzień, w którym zgłoszenie już wysłano."))
        return day

    def clean_krs(self) -> str:
        return self._digits("krs", {10}, _("Numer KRS ma 10 cyfr."))

    def clean_regon(self) -> str:
        return self._digits("regon", {9, 14}, _("REGON ma 9 albo 14 cyfr."))

    def _digits(self, name: str, lengths: set[int], message) -> str:
        text = re.sub(r"\s", "", self.cleaned_data[name])
        if text and not (re.fullmatch("[0-9]+", text) and len(text) in lengths):
            raise forms.ValidationError(message)
        return text


class CompanyNewForm(CompanyForm):
    """The same with the NIP, which never changes afterwards."""

    nip = NipField(
        label="NIP",
        error_messages={"required": _("Wpisz NIP firmy: 10 cyfr."), "unique": NIP_TAKEN},
    )

    class Meta(CompanyForm.Meta):
        fields = ["nip", "name", "address_l1", "address_l2", "bank_account", "vat_exempt"]

    payment_days = None
    attachments_notified_on = None


class InviteForm(forms.Form):
    """Whom to invite and with which role."""

    email = forms.EmailField(
        label=_("Adres e-mail"),
        error_messages={
            "required": _("Wpisz adres osoby, którą zapraszasz."),
            "invalid": _("Wpisz jeden adres e-mail, na przykład anna@firma.pl."),
        },
    )
    role = forms.ChoiceField(label=_("Rola"), choices=Role.choices, initial=Role.ISSUER)

    def __init__(self, *args, company: Company, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.company = company

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if self.company.members.filter(email__iexact=email).exists():
            raise forms.ValidationError(
                _("Ta osoba już należy do firmy. Jej rolę zmienisz na liście obok.")
            )
        return email


class RoleForm(forms.ModelForm):
    """A member's role."""

    class Meta:
        model = Membership
        fields = ["role"]


class ApiKeyForm(forms.Form):
    """A new key: what it is for and which companies it reaches."""

    name = forms.CharField(
        label=_("Nazwa klucza"),
        max_length=100,
        error_messages={"required": _("Nazwij klucz, na przykład „sklep internetowy”.")},
    )
    companies = forms.ModelMultipleChoiceField(
        label=_("Firmy"),
        queryset=Company.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Wybierz co najmniej jedną firmę."),
            "invalid_choice": _(
                "Klucz może sięgać tylko do firm, w których masz rolę właściciela."
            ),
        },
    )

    def __init__(self, *args, user: User, companies, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["companies"].queryset = companies

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if self.user.api_keys.filter(name=name, revoked_at=None).exists():
            raise forms.ValidationError(_("Masz już klucz o tej nazwie. Nazwij nowy inaczej."))
        return name


class ProductionForm(forms.Form):
    """The NIP typed by hand, as the last step before production."""

    nip = NipField(label=_("NIP firmy"), error_messages={"required": _("Przepisz NIP firmy.")})

    def __init__(self, *args, company: Company, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.company = company

    def clean_nip(self) -> str:
        if self.cleaned_data["nip"] != self.company.nip:
            raise forms.ValidationError(_("To nie jest NIP tej firmy. Przepisz go z góry strony."))
        return self.cleaned_data["nip"]


class NameForm(forms.ModelForm):
    """A person's name as others see it."""

    class Meta:
        model = User
        fields = ["full_name"]


class PasswordForm(forms.Form):
    """One's own password, before something that cannot be undone."""

    password = forms.CharField(
        label=_("Hasło"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Wpisz swoje hasło.")},
    )

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("To nie jest Twoje hasło."))
        return self.cleaned_data["password"]
