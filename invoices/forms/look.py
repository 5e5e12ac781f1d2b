"""The form of a print's look."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.render.look import ACCENTS, Look, is_readable
from invoices.services.look import LogoRefused, logo_png

NAMES = (
    gettext_lazy("granatowy"),
    gettext_lazy("czarny"),
    gettext_lazy("zielony"),
    gettext_lazy("morski"),
    gettext_lazy("fioletowy"),
    gettext_lazy("bordowy"),
    gettext_lazy("brązowy"),
)
OWN = "own"


class LookForm(forms.Form):
    """Accent from the list or one's own, a new logo or none."""

    accent = forms.ChoiceField(
        label=gettext_lazy("Kolor"),
        choices=[*zip(ACCENTS, NAMES, strict=True), (OWN, gettext_lazy("własny"))],
        widget=forms.RadioSelect,
    )
    own = forms.CharField(label=gettext_lazy("Własny kolor"), max_length=20, required=False)
    logo = forms.FileField(label=gettext_lazy("Logo"), required=False, allow_empty_file=True)
    remove = forms.BooleanField(label=gettext_lazy("Usuń logo"), required=False)

    def __init__(self, *args, stored: Look, **options) -> None:
        self.stored = stored
        listed = stored.colour in ACCENTS
        initial = {"accent": stored.colour if listed else OWN}
        initial["own"] = "" if listed else stored.colour
        super().__init__(*args, initial=initial, **options)

    def clean_logo(self) -> bytes:
        """The upload as our PNG, b"" where there is none."""
        upload = self.cleaned_data["logo"]
        if upload is None:
            return b""
        try:
            return logo_png(upload.read())
        except LogoRefused as refusal:
            raise forms.ValidationError(refusal.message()) from None

    def clean(self):
        """One's own colour is a readable one."""
        data = super().clean()
        own = (data.get("own") or "").strip().lower()
        data["own"] = own if own.startswith("#") or not own else f"#{own}"
        if data.get("accent") == OWN and not is_readable(data["own"]):
            text = _("Wpisz kolor jak #14693d, dość ciemny, żeby był czytelny na białym papierze.")
            self.add_error("own", text)
        return data

    def look(self) -> Look:
        """What was chosen; without a new logo the stored one stays."""
        data = self.cleaned_data
        accent = data["own"] if data["accent"] == OWN else data["accent"]
        kept = b"" if data["remove"] else self.stored.logo
        return Look(accent, data["logo"] or kept)
