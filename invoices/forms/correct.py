"""What a person says about a correction before its draft is made."""

import re
from dataclasses import replace
from datetime import date

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.fa3.correcting import DATA_METHODS, EFFECTS, Reference, Wanted
from invoices.forms.options import OptionsForm
from invoices.services.correct import effect_proposed
from ksefapp.lib import clock, ksef_number, nip

WRONG_NIP = "wrong-nip"
METHOD_NAMES = {
    "lines": gettext_lazy("Ceny, ilości albo stawki"),
    "difference": gettext_lazy("Tylko różnica"),
    "zero": gettext_lazy("Cofnij całą fakturę (do zera)"),
    "buyer": gettext_lazy("Dane nabywcy"),
    WRONG_NIP: gettext_lazy("Zły NIP nabywcy"),
    "seller": gettext_lazy("Dane sprzedawcy"),
    "number": gettext_lazy("Zły numer faktury"),
}
METHOD_TEXTS = {
    "lines": gettext_lazy("Każda pozycja dwa razy: jak było i jak ma być. Różnicę policzymy."),
    "difference": gettext_lazy("O ile mniej albo więcej, na przykład −2 szt. po zwrocie."),
    "zero": gettext_lazy("Sprzedaży nie było albo nabywca oddał wszystko. Sumy wyjdą dokładnie."),
    "buyer": gettext_lazy("Nazwa albo adres, przy tym samym NIP. Kwoty zostają."),
    WRONG_NIP: gettext_lazy(
        "Cofniemy tę fakturę i wystawimy nową, na właściwy NIP, za jednym razem."
    ),
    "seller": gettext_lazy("Nazwa albo adres Twojej firmy. Wpiszemy te z danych firmy."),
    "number": gettext_lazy("Numer był inny, niż miał być. Kwoty zostają."),
}
REASONS = (
    gettext_lazy("zwrot towaru"),
    gettext_lazy("pomyłka w cenie"),
    gettext_lazy("pomyłka w ilości"),
    gettext_lazy("pomyłka w stawce podatku"),
    gettext_lazy("rabat po sprzedaży"),
    gettext_lazy("sprzedaż nie doszła do skutku"),
    gettext_lazy("błędna nazwa nabywcy"),
    gettext_lazy("błędny adres nabywcy"),
)
EFFECT_NAMES = (
    ("", gettext_lazy("Zaproponuj według przyczyny")),
    ("1", gettext_lazy("w dacie ujęcia faktury pierwotnej")),
    ("2", gettext_lazy("w dacie wystawienia korekty")),
    ("3", gettext_lazy("w innej dacie albo w różnych datach")),
)
# The codes of CannotCorrect, in words.
WHY_NOT = {
    "nothing-left": gettext_lazy("Ta faktura jest już cofnięta do zera. Nie ma czego korygować."),
    "no-lines": gettext_lazy("Ta faktura nie ma już pozycji. Możesz poprawić jej dane."),
    "no-such-buyer": gettext_lazy("Takiego nabywcy nie ma na tej fakturze. Wybierz jeszcze raz."),
    "no-such-line": gettext_lazy("Takiej pozycji już nie ma. Wybierz jeszcze raz."),
    "not-correctable": gettext_lazy("Tak nie można skorygować tego rodzaju faktury."),
    "other-environment": gettext_lazy("Ta faktura powstała w innym środowisku KSeF niż obecne."),
    "withdrawn": gettext_lazy("Ta faktura jest wycofana: nie ma czego korygować."),
    "refused": gettext_lazy(
        "KSeF odrzucił tę fakturę, więc nie ma czego cofać. Na jej stronie popraw dane i wyślij "
        "ją ponownie."
    ),
    "same-buyer": gettext_lazy("To ten sam NIP co na fakturze. Wpisz właściwy."),
    "other-seller": gettext_lazy("W tym pliku sprzedawcą jest inna firma."),
    "a-correction": gettext_lazy("Ten plik to korekta. Wczytaj fakturę pierwotną."),
    "no-file": gettext_lazy("Bez pliku XML znamy tylko różnicę. Wczytaj plik."),
}
PLACES = re.compile(r"[0-9]{1,5}([-–][0-9]{1,5})?")
MOST_LINES = 10_000
FIRST_DAY = date(2006, 1, 1)  # DataWystFaKorygowanej


def places_read(text: str, total: int) -> tuple[int, ...] | None:
    """0-based places of `1, 4-6`; None for nothing said. Raises ValidationError."""
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    found: set[int] = set()
    for part in parts:
        if not PLACES.fullmatch(part):
            raise forms.ValidationError(_("Wpisz numery pozycji, na przykład 1, 4-6."))
        first, _dash, last = part.replace("–", "-").partition("-")
        start, stop = int(first), int(last or first)
        if not 1 <= start <= stop <= total:
            text = _("Ta faktura ma pozycje od 1 do %(total)d.") % {"total": total}
            raise forms.ValidationError(text)
        found |= set(range(start - 1, stop))
    return tuple(sorted(found)) or None


class CorrectionForm(forms.Form):
    """What changed, in which lines, why."""

    method = forms.ChoiceField(
        label=gettext_lazy("Co się zmieniło?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Wybierz, co się zmieniło.")},
    )
    lines = forms.CharField(label=gettext_lazy("Które pozycje"), required=False, max_length=2000)
    number = forms.CharField(
        label=gettext_lazy("Poprawny numer faktury"), required=False, max_length=256
    )
    reason = forms.CharField(
        label=gettext_lazy("Przyczyna korekty"), required=False, max_length=256
    )
    effect = forms.ChoiceField(
        label=gettext_lazy("Skutek w ewidencji VAT"), required=False, choices=EFFECT_NAMES
    )
    buyers = forms.MultipleChoiceField(
        label=gettext_lazy("Czyje dane się zmieniły?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=["0"],
    )

    def __init__(
        self,
        data=None,
        *,
        methods: tuple[str, ...],
        total: int = 0,
        buyers: tuple[str, ...] = (),
        **options,
    ) -> None:
        super().__init__(data, **options)
        self.total = total
        self.fields["buyers"].choices = [(str(at), name) for at, name in enumerate(buyers)]
        known = [name for name in METHOD_NAMES if name in methods]
        self.fields["method"].choices = [(name, METHOD_NAMES[name]) for name in known]
        self.ticked = data.getlist("line") if data is not None else []

    @property
    def details(self) -> dict:
        """The sentence under each way to correct."""
        return {name: {"text": text} for name, text in METHOD_TEXTS.items()}

    @property
    def reasons(self) -> tuple[str, ...]:
        """Common reasons, to pick from."""
        return REASONS

    def clean(self) -> dict:
        """Places of the chosen lines; the right number where the number was wrong."""
        data = super().clean()
        data["places"] = None
        if self.total:
            try:
                said = " ".join(self.ticked) or data.get("lines", "")
                data["places"] = places_read(said, self.total)
            except forms.ValidationError as error:
                self.add_error("lines", error)
        if data.get("method") == "number" and not data.get("number"):
            self.add_error("number", _("Wpisz numer, który faktura miała mieć."))
        return data

    def wanted(self) -> Wanted:
        """What to build; a proposed effect where none was chosen."""
        data = self.cleaned_data
        method, reason = data["method"], data["reason"]
        effect = data["effect"] if data["effect"] in EFFECTS else effect_proposed(method, reason)
        places = None if method in DATA_METHODS else data["places"]
        chosen = {int(place): {} for place in data["buyers"]} if method == "buyer" else None
        return Wanted(method, reason, effect, places, number=data["number"], buyers=chosen)


class BuyerForm(OptionsForm):
    """The buyer that the invoice should have had, and whether it has its seat here."""

    nip = forms.CharField(
        label=gettext_lazy("Właściwy NIP"),
        max_length=20,
        error_messages={"required": gettext_lazy("Wpisz właściwy NIP nabywcy.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Nazwa nabywcy"),
        max_length=512,
        error_messages={"required": gettext_lazy("Wpisz nazwę nabywcy.")},
    )
    address_l1 = forms.CharField(label=gettext_lazy("Ulica i numer"), max_length=512)
    address_l2 = forms.CharField(
        label=gettext_lazy("Kod i miejscowość"), max_length=512, required=False
    )
    country = forms.RegexField(
        "[A-Z]{2}", label=gettext_lazy("Kraj"), initial="PL", max_length=2, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Przyczyna korekty"), required=False, max_length=256
    )

    def clean_nip(self) -> str:
        """Ten digits with a right check digit, however they were typed."""
        digits = nip.clean(self.cleaned_data["nip"])
        if not nip.is_valid(digits):
            raise forms.ValidationError(_("To nie jest NIP: sprawdź cyfry."))
        return digits

    @property
    def is_abroad(self) -> bool:
        """Whether the address, as it stands in the form, is in another country."""
        return (self["country"].value() or "PL") != "PL"

    def buyer(self) -> dict:
        """As much of Podmiot2 as it says."""
        data = self.cleaned_data
        address = {"KodKraju": data["country"] or "PL", "AdresL1": data["address_l1"]}
        if data["address_l2"]:
            address["AdresL2"] = data["address_l2"]
        return {
            "DaneIdentyfikacyjne": {"NIP": data["nip"], "Nazwa": data["name"]},
            "Adres": address,
        }


class OutsideForm(CorrectionForm):
    """An invoice that this application did not issue: its file, or what is printed on it."""

    KINDS = (
        ("VAT", gettext_lazy("Faktura")),
        ("UPR", gettext_lazy("Faktura uproszczona")),
        ("ZAL", gettext_lazy("Faktura zaliczkowa")),
        ("ROZ", gettext_lazy("Faktura rozliczająca")),
    )
    file = forms.FileField(label=gettext_lazy("Plik XML tej faktury"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Rodzaj"), choices=KINDS, required=False)
    original_number = forms.CharField(
        label=gettext_lazy("Numer faktury"), max_length=256, required=False
    )
    issued_on = forms.DateField(
        label=gettext_lazy("Data wystawienia"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ksef = forms.CharField(label=gettext_lazy("Numer KSeF"), max_length=36, required=False)
    without_ksef = forms.BooleanField(
        label=gettext_lazy("Ta faktura nie ma numeru KSeF"), required=False
    )
    buyer_nip = forms.CharField(label=gettext_lazy("NIP nabywcy"), max_length=20, required=False)
    buyer_name = forms.CharField(
        label=gettext_lazy("Nazwa nabywcy"), max_length=512, required=False
    )

    def clean_ksef(self) -> str:
        """A KSeF number with a right check sum, or nothing."""
        number = self.cleaned_data["ksef"].strip().upper()
        if number and not ksef_number.is_valid(number):
            raise forms.ValidationError(_("To nie jest numer KSeF: sprawdź znaki."))
        return number

    def clean_buyer_nip(self) -> str:
        """Ten digits, or nothing; its check digit is looked at with the draft."""
        digits = nip.clean(self.cleaned_data["buyer_nip"])
        if digits and not nip.has_form(digits):
            text = _("To nie jest NIP. Numer z innego kraju wpisz potem w szkicu.")
            raise forms.ValidationError(text)
        return digits

    def clean_issued_on(self) -> date | None:
        """A day that an invoice of FA(3) may have, not to come."""
        day = self.cleaned_data["issued_on"]
        if day and not FIRST_DAY <= day <= clock.today():
            raise forms.ValidationError(_("Wpisz dzień od 2006 roku do dziś."))
        return day

    def clean(self) -> dict:
        """Either a number or the statement that there is none; without a file what it says."""
        data = super().clean()
        if "ksef" in data and bool(data["ksef"]) == bool(data.get("without_ksef")):
            self.add_error("ksef", _("Wpisz numer KSeF albo zaznacz, że faktura go nie ma."))
        if data.get("file") is None and "file" not in self.errors:
            self._need_words(data)
        return data

    def _need_words(self, data: dict) -> None:
        for name in ("original_number", "issued_on", "buyer_name"):
            if name not in self.errors and not data.get(name):
                self.add_error(name, _("Wpisz to albo wczytaj plik XML faktury."))
        if data.get("method") not in (None, "difference"):
            text = _("Bez pliku XML wybierz „Tylko różnica”: nie znamy pozycji.")
            self.add_error("method", text)

    def reference(self) -> Reference:
        """How the correction names an invoice without a file."""
        data = self.cleaned_data
        return Reference(data["issued_on"].isoformat(), data["original_number"], data["ksef"])

    def buyer(self) -> dict:
        """Podmiot2 as far as it was typed."""
        digits = self.cleaned_data["buyer_nip"]
        identity = {"NIP": digits} if digits else {"BrakID": "1"}
        return {"DaneIdentyfikacyjne": identity | {"Nazwa": self.cleaned_data["buyer_name"]}}

    def wanted_by_hand(self) -> Wanted:
        """As `wanted`, with the buyer that was typed."""
        return replace(self.wanted(), party=self.buyer())
