"""The prices of one price list as a table: products by symbol, or by name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from django.utils.translation import gettext as _

from invoices.models import PriceList, Product
from invoices.services import register_values as values
from invoices.services.products import prices_set
from invoices.services.register_csv import CHANGED, NEW, SAME, Column, Entry
from invoices.services.registers import rows_of
from ksefapp.accounts.models import User

COLUMNS = {
    "symbol": Column("Symbol", "Symbol", "indeks|kod|kod towaru|sku|index|code"),
    "name": Column("Nazwa", "Name", "towar|usługa|produkt|product|item"),
    "price": Column("Cena", "Price", "cena netto|cena brutto|cena w cenniku|unit price"),
}


class Prices:
    """An empty price takes the product off the list."""

    columns = COLUMNS
    needed = ("price",)

    def __init__(self, price_list: PriceList) -> None:
        self.price_list = price_list
        self.seen: dict[int, int] = {}

    def rows(self) -> Iterable[Product]:
        return rows_of(Product, self.price_list.company)

    def texts(self, row: Product) -> dict[str, str]:
        shown = values.shown(self.known.get(row.pk))
        return {"symbol": row.symbol, "name": row.name, "price": shown}

    @cached_property
    def known(self) -> dict[int, object]:
        return dict(self.price_list.prices.values_list("product_id", "price"))

    @cached_property
    def found(self) -> dict[tuple[str, str], list[Product]]:
        found = defaultdict(list)
        for row in self.rows():
            found["name", row.name.casefold()].append(row)
            if row.symbol:
                found["symbol", row.symbol].append(row)
        return found

    def plan(self, entry: Entry, given: Mapping[str, str]) -> None:
        symbol, name = given.get("symbol", ""), given.get("name", "")
        entry.title = name or symbol
        rows = self.found.get(("symbol", symbol) if symbol else ("name", name.casefold()), [])
        if len(rows) != 1:
            texts = _("Nie ma takiego produktu."), _("Tę nazwę ma kilka produktów. Podaj symbol.")
            entry.refuse(texts[bool(rows)])
            return
        try:
            self._settle(entry, rows[0], values.price(given.get("price", "")))
        except values.Wrong as wrong:
            entry.refuse(f"{self.columns['price'].heading}: {wrong}")

    def _settle(self, entry: Entry, row: Product, price: object) -> None:
        first = self.seen.setdefault(row.pk, entry.number)
        if first != entry.number:
            entry.refuse(_("To samo jest już w wierszu %(row)d.") % {"row": first})
            return
        was = self.known.get(row.pk)
        entry.row, entry.values, entry.title = row, {"price": price}, row.name
        entry.state = SAME if price == was else NEW if was is None else CHANGED
        entry.changed = [f"{values.shown(was) or '–'} → {values.shown(price) or '–'}"]

    def write(self, entries: Sequence[Entry], by: User) -> None:
        prices = {entry.row.pk: entry.values["price"] for entry in entries}
        prices_set(price_list=self.price_list, prices=prices, by=by)
