"""The page of a contractor as a form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.fa3.zloty import ZLOTY
from invoices.forms import counting
from invoices.forms.head_form import BUYER_KINDS, countries, currencies, methods
from invoices.forms.lines import entries
from invoices.forms.registers import RegisterForm, box, select, tick
from invoices.models import Contractor, PriceList
from invoices.services.contractors import defaults_apply
from invoices.services.contractors_read import BUYER, contractor_read
from invoices.services.registers import rows_of
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

LANGUAGES = [
    ("", _("jak zwykle")),
    ("pl", _("polski")),
    ("en", _("angielski")),
    ("pl-en", _("polski i angielski")),
]
SEATS = [("", _("nie wiem")), ("no", _("Ma")), ("yes", _("Nie ma"))]


class ContractorForm(RegisterForm):
    """Who it is, and what its invoices start with."""

    id_kind = select(_("Kim jest"), BUYER_KINDS, widget=forms.RadioSelect)
    id_country = select(_("Kraj numeru"))
    id_number = box(_("Numer"))
    name = box(_("Nazwa albo imię i nazwisko"))
    short_name = box(_("Skrót, po którym szukasz"))
    country = select(_("Kraj"))
    address_l1 = box(_("Ulica i numer"))
    address_l2 = box(_("Kod i miejscowość"))
    without_seat = select(
        _("Czy ma w Polsce siedzibę albo stałe miejsce prowadzenia działalności?"),
        SEATS,
        widget=forms.RadioSelect,
    )
    jst = tick(_("jednostka samorządu (JST)"))
    gv = tick(_("członek grupy VAT"))
    is_supplier = tick(_("Dostawca: wystawiam faktury w jego imieniu (samofakturowanie)"))
    client_number = box(_("Numer klienta na fakturze"))
    email = box(_("E-mail do faktur"))
    phone = box(_("Telefon"))
    mail_when_numbered = tick(_("Wysyłaj fakturę e-mailem, gdy dostanie numer KSeF"))
    payment_days = box(_("Termin płatności"))
    payment_method = select(_("Sposób zapłaty"))
    currency = select(_("Waluta"))
    language = select(_("Język wydruku"), LANGUAGES)
    price_list = select(_("Cennik"))
    note = box(_("Notatka, tylko dla was"))

    def fill_choices(self) -> None:
        ids = countries(f"{BUYER}/KodKraju") + countries(f"{BUYER}/KodUE")
        self.fields["id_country"].choices = list(dict(ids).items())  # EL and XI are no countries
        self.fields["country"].choices = countries("Podmiot2/Adres/KodKraju")[1:]
        self.fields["payment_method"].choices = [("", _("jak w firmie")), *methods()[1:-1]]
        self.fields["currency"].choices = [("", _("jak na fakturze")), *currencies()[1:]]
        lists = {str(row.pk): row.name for row in rows_of(PriceList, self.company)}
        if self.row.price_list:  # perhaps archived meanwhile
            lists[str(self.row.price_list_id)] = self.row.price_list.name
        self.fields["price_list"].choices = [("", _("ceny z katalogu")), *lists.items()]

    def shown(self, name: str) -> object:
        if name == "price_list":
            return str(self.row.price_list_id or "")
        return super().shown(name)

    def read(self, given):
        return contractor_read(given, self.company)


def with_contractor(tree: dict, contractor: Contractor, company: Company) -> dict:
    """A copy of a form's tree for this contractor; our totals follow another currency."""
    result = defaults_apply(tree, contractor, company, clock.today())
    was, now = (trees.text(each, "Fa/KodWaluty") for each in (tree, result))
    if was == now:
        return result
    if now == ZLOTY:
        for entry in entries(result):
            entry.pop("KursWaluty", None)
    if not counting.are_ours(tree):
        return result
    return counting.counted(result, totals.method_of(result), anew=False)
