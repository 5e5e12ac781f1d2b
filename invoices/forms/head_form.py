"""The boxes of the head as a Django form: it draws them and carries errors, it refuses nothing."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import registry
from invoices.forms.controls import keep_unknown_choices, text_box, values_of
from invoices.forms.fields import BOXES, BUYER, EXEMPTION, FLAGS, OTHER, PAYMENT
from invoices.render import labels

BUYER_KINDS = [
    ("nip", _("Firma z NIP")),
    ("eu", _("Firma z UE (VAT-UE)")),
    ("other", _("Spoza UE, inny numer")),
    ("none", _("Osoba bez NIP")),
]
EXEMPT_NAMES = [
    ("P_19A", _("przepis ustawy o VAT")),
    ("P_19B", _("przepis dyrektywy")),
    ("P_19C", _("inna podstawa")),
]
# Provisions that stand on most exempt invoices; any other one can be typed.
EXEMPT_PRESETS = (
    "art. 113 ust. 1 ustawy o VAT",
    "art. 113 ust. 9 ustawy o VAT",
    "art. 43 ust. 1 pkt 2 ustawy o VAT",
    "art. 43 ust. 1 pkt 10 ustawy o VAT",
    "art. 43 ust. 1 pkt 18 ustawy o VAT",
    "art. 43 ust. 1 pkt 19 ustawy o VAT",
    "art. 43 ust. 1 pkt 26 ustawy o VAT",
    "art. 43 ust. 1 pkt 28 ustawy o VAT",
    "art. 43 ust. 1 pkt 29 ustawy o VAT",
    "art. 43 ust. 1 pkt 36 ustawy o VAT",
    "art. 43 ust. 1 pkt 37 ustawy o VAT",
    "art. 43 ust. 1 pkt 38 ustawy o VAT",
)
KINDS = [
    ("VAT", _("zwykła faktura")),
    ("UPR", _("uproszczona, do 450 zł")),
    ("ZAL", _("zaliczkowa")),
    ("ROZ", _("rozliczająca zaliczki")),
    ("KOR", _("korekta")),
    ("KOR_ZAL", _("korekta zaliczkowej")),
    ("KOR_ROZ", _("korekta rozliczającej zaliczki")),
]
# What one may begin with from the list of invoices; other corrections begin at their invoice, a
# settlement at its advances.
OTHER_KINDS = [(kind, name) for kind, name in KINDS if kind in ("UPR", "ZAL", "KOR")]
USUAL_CURRENCIES = ("PLN", "EUR", "USD", "GBP", "CHF", "CZK")
CHECKS = ("paid", "keep_totals", *FLAGS)
SELECTS = ("buyer_kind", "price_mode", "vat_method", "exempt_kind")
TYPED = ("exempt_basis", "due_days", "exchange_rate")
HEAD_NAMES = (*BOXES, *SELECTS, *TYPED)
# The elements of boxes that are more than one, for the small tags of the full form.
CODES = {name: box.path.rpartition("/")[2] for name, box in BOXES.items()}
CODES |= {name: path.rpartition("/")[2] for name, (path, _off) in FLAGS.items()}
CODES |= {"paid": "Zaplacono", "exchange_rate": "KursWaluty", "exempt_basis": "P_19"}


def tick(label) -> forms.CharField:
    """A box to tick; a text, so that nothing it may hold is refused."""
    box = forms.CheckboxInput(attrs={"value": "1"})
    return forms.CharField(label=label, required=False, widget=box)


def select(label, choices=(), **kwargs) -> forms.ChoiceField:
    """One of some values; those of the schema are filled in when the form is made."""
    return forms.ChoiceField(label=label, required=False, choices=choices, **kwargs)


class HeadForm(forms.Form):
    """Everything but the lines and the panels."""

    kind = select(_("Rodzaj faktury"))
    number = text_box(_("Numer"))
    issued_on = text_box(_("Data wystawienia"))
    sale_on = text_box(_("Data sprzedaży"))
    currency = select(_("Waluta"))
    to_receipt = tick(_("Faktura do paragonu"))
    price_mode = select(
        _("Ceny"), [("net", _("netto")), ("gross", _("brutto"))], widget=forms.RadioSelect
    )
    buyer_kind = select(_("Kim jest nabywca"), BUYER_KINDS, widget=forms.RadioSelect)
    buyer_nip = text_box("NIP")
    buyer_eu_country = select(_("Kraj UE"))
    buyer_eu_number = text_box(_("Numer VAT-UE bez kodu kraju"))
    buyer_id_country = select(_("Kraj numeru"))
    buyer_id = text_box(_("Numer identyfikacyjny"))
    buyer_name = text_box(_("Nazwa albo imię i nazwisko"))
    buyer_address1 = text_box(_("Ulica i numer"))
    buyer_address2 = text_box(_("Kod i miejscowość"))
    buyer_country = select(_("Kraj"))
    jst = tick(_("jednostka samorządu (JST)"))
    gv = tick(_("członek grupy VAT"))
    payment_method = select(_("Sposób zapłaty"))
    other_method = text_box(_("Opis sposobu zapłaty"))
    due_on = text_box(_("Termin płatności"))
    due_days = text_box(_("Dni od wystawienia"))
    account = text_box(_("Rachunek"))
    paid = tick(_("Faktura jest już zapłacona"))
    paid_on = text_box(_("Data zapłaty"))
    exempt_kind = select(_("Podstawa zwolnienia"), EXEMPT_NAMES)
    exempt_basis = text_box(_("Przepis, na przykład art. 43 ust. 1"))
    exchange_rate = text_box(_("Kurs waluty"))
    split_payment = tick(_("Mechanizm podzielonej płatności"))
    reverse_charge = tick(_("Odwrotne obciążenie"))
    notes = text_box(_("Uwagi na fakturze"), widget=forms.Textarea(attrs={"rows": 3}))
    vat_method = select(
        _("VAT liczymy"), [("net", _("od sumy netto w stawce")), ("line", _("od każdej pozycji"))]
    )
    keep_totals = tick(_("Sumy wpisane ręcznie"))

    def __init__(self, *args, expert: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["buyer_eu_country"].choices = countries(f"{BUYER}/KodUE")
        self.fields["buyer_id_country"].choices = countries(f"{BUYER}/KodKraju")
        self.fields["buyer_country"].choices = countries("Podmiot2/Adres/KodKraju")
        self.fields["payment_method"].choices = methods()
        self.fields["currency"].choices = currencies()
        self.fields["kind"].choices = [("", "–"), *KINDS]
        keep_unknown_choices(self)
        for name, code in CODES.items() if expert else ():
            self.fields[name].code = code
        self._name_the_sale()

    def _name_the_sale(self) -> None:
        """On an advance invoice P_6 is the day of payment."""
        language = get_language() or "pl"
        self.fields["sale_on"].label = registry.label(
            BOXES["sale_on"].path, language, self["kind"].value()
        )


def path_of(box: str) -> str:
    """The element that a box of the head stands for; "" for questions about several."""
    return BOXES[box].path if box in BOXES else (EXEMPTION if box.startswith("exempt") else "")


def countries(path: str) -> list[tuple[str, str]]:
    """Choices: the codes of countries at a path of FA(3), with their names."""
    language = get_language() or "pl"
    names = {code: labels.country(code, language) for code in values_of(path)}
    said = [(code, code if name == code else f"{code} {name}") for code, name in names.items()]
    return [("", "–"), *said]


def currencies() -> list[tuple[str, str]]:
    """Choices: all currencies, the usual ones first."""
    others = (code for code in values_of(BOXES["currency"].path) if code not in USUAL_CURRENCIES)
    return [("", "–"), *((code, code) for code in (*USUAL_CURRENCIES, *others))]


def methods() -> list[tuple[str, str]]:
    """Choices: the ways of payment, the described one last."""
    language = get_language() or "pl"
    path = f"{PAYMENT}/FormaPlatnosci"
    named = [(v, registry.value_label(path, v, language)) for v in values_of(path)]
    return [("", "–"), *named, (OTHER, _("inny sposób"))]
