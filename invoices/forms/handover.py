"""Forms about buyers: an e-mail, a note that something was given, the company's mail server."""

import ipaddress
import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.models import HandOver, MailSettings
from invoices.services.mail_words import NAMES, unknown_placeholders

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\]")
BY_HAND = (HandOver.How.PRINT, HandOver.How.DOWNLOAD, HandOver.How.OTHER)


class AddressField(forms.EmailField):
    """One address that every mail server takes: letters of other alphabets are refused."""

    def __init__(self, **options) -> None:
        errors = {
            "required": gettext_lazy("Wpisz adres e-mail nabywcy."),
            "invalid": gettext_lazy("Wpisz jeden adres e-mail, na przykład biuro@firma.pl."),
        }
        super().__init__(max_length=254, error_messages=errors, **options)

    def clean(self, value):
        """The address without blanks around it."""
        address = super().clean(value)
        if not address.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return address


class MailForm(forms.Form):
    """To whom and in which language."""

    to = AddressField(label=gettext_lazy("Adres e-mail nabywcy"))
    language = forms.ChoiceField(
        label=gettext_lazy("Język"),
        choices=[
            ("pl", "polski"),
            ("en", "English"),
            ("pl-en", gettext_lazy("polski i angielski")),
        ],
        initial="pl",
    )


class HandedForm(forms.Form):
    """What a person did outside the application."""

    how = forms.ChoiceField(
        label=gettext_lazy("Jak"), choices=[(how.value, how.label) for how in BY_HAND]
    )
    to = forms.CharField(label=gettext_lazy("Komu"), max_length=320, required=False)
    note = forms.CharField(label=gettext_lazy("Uwagi"), max_length=500, required=False)


class MailSettingsForm(forms.ModelForm):
    """The company's own mail server and words."""

    class Meta:
        model = MailSettings
        fields = [
            *("host", "port", "security", "username", "sender", "copy_to"),
            *("subject", "text", "subject_en", "text_en"),
        ]
        labels = {
            "host": gettext_lazy("Serwer SMTP"),
            "port": gettext_lazy("Port"),
            "security": gettext_lazy("Szyfrowanie"),
            "username": gettext_lazy("Nazwa użytkownika"),
            "subject": gettext_lazy("Temat po polsku"),
            "text": gettext_lazy("Treść po polsku"),
            "subject_en": gettext_lazy("Temat po angielsku"),
            "text_en": gettext_lazy("Treść po angielsku"),
        }
        widgets = {
            "text": forms.Textarea(attrs={"rows": 6}),
            "text_en": forms.Textarea(attrs={"rows": 6}),
        }

    host = forms.CharField(label=gettext_lazy("Serwer SMTP"), max_length=253)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535)
    sender = AddressField(label=gettext_lazy("Adres nadawcy"))
    copy_to = AddressField(label=gettext_lazy("Kopia każdej wiadomości do"), required=False)
    password = forms.CharField(
        label=gettext_lazy("Hasło"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_host(self) -> str:
        """A name or an address, nothing else."""
        host = self.cleaned_data["host"].strip()
        if not HOST.fullmatch(host):
            raise forms.ValidationError(_("Wpisz samą nazwę serwera, na przykład smtp.firma.pl."))
        return host

    def clean(self):
        """Placeholders that we know; a password never travels in the clear."""
        data = super().clean()
        for name in ("subject", "text", "subject_en", "text_en"):
            if unknown := unknown_placeholders(data.get(name) or ""):
                known = ", ".join(f"{{{known}}}" for known in NAMES)
                text = _("Nie znamy znacznika {%(name)s}. Są: %(known)s.")
                self.add_error(name, text % {"name": unknown[0], "known": known})
        is_open = data.get("security") == "none" and not _is_this_machine(data.get("host", ""))
        if is_open and data.get("username"):
            text = _("Bez szyfrowania hasło szłoby otwartym tekstem. Wybierz STARTTLS.")
            self.add_error("security", text)
        return data

    def save(self, commit: bool = True) -> MailSettings:
        """An empty password keeps the stored one; without a user name there is none."""
        row = super().save(commit=False)
        if self.cleaned_data["password"]:
            row.password = self.cleaned_data["password"]
        if not row.username:
            row.password = ""
        if commit:
            row.save()
        return row


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
