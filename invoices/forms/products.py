"""The pages of a product and of a price list as forms."""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import registry
from invoices.forms import writing
from invoices.forms.head_form import currencies
from invoices.forms.line_form import rates
from invoices.forms.lines import entries, line_boxes, price_mode
from invoices.forms.registers import RegisterForm, box, select, tick
from invoices.services.products import Offer, line_of
from invoices.services.products_read import GTU, LINE, price_list_read, product_read

WAYS = [("", _("netto")), ("1", _("brutto"))]


def _gtu() -> list[tuple[str, str]]:
    language = get_language() or "pl"
    named = ((code, registry.value_label(f"{LINE}/GTU", code, language)) for code in GTU())
    return [("", "–"), *((c, name if name == c else f"{c} {name}") for c, name in named)]


class _PricedForm(RegisterForm):
    """A row with prices: net or gross, in one currency."""

    def fill_choices(self) -> None:
        self.fields["currency"].choices = currencies()[1:]

    def shown(self, name: str) -> object:
        if name == "is_gross":
            return "1" if self.row.is_gross else ""
        return super().shown(name)


class ProductForm(_PricedForm):
    """What a line of an invoice starts with."""

    name = box(_("Nazwa na fakturze"))
    symbol = box(_("Symbol"))
    unit = box(_("Jednostka"))
    price = box(_("Cena"))
    is_gross = select(_("Cena jest"), WAYS)
    currency = select(_("Waluta"))
    rate = select(_("Stawka VAT"))
    gtin = box("GTIN")
    pkwiu = box("PKWiU")
    cn = box("CN")
    pkob = box("PKOB")
    gtu = select("GTU")
    annex_15 = tick(_("Towar albo usługa z załącznika nr 15 do ustawy o VAT"))

    def fill_choices(self) -> None:
        super().fill_choices()
        self.fields["rate"].choices = rates()[1:]
        self.fields["gtu"].choices = _gtu()

    def read(self, given):
        return product_read(given, self.company, row=self.row)


class PriceListForm(_PricedForm):
    """A name, a currency, and whether prices are net or gross."""

    name = box(_("Nazwa cennika"))
    is_gross = select(_("Ceny są"), WAYS)
    currency = select(_("Waluta"))

    def read(self, given):
        return price_list_read(given, self.company, row=self.row)


def with_products(tree: dict, wanted: list[tuple[Offer, str]]) -> dict:
    """A copy of the tree with a line more for each (offer, quantity), at the end."""
    mode, total = price_mode(tree), len(entries(tree))
    rows = [
        line_boxes(line_of(offer, is_gross=mode == "gross"), mode) | {"quantity": quantity}
        for offer, quantity in wanted
    ]
    return writing.tree_with(tree, {}, rows, drawn=range(total, total))
