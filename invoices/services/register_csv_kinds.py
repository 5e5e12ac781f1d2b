"""Contractors and products as tables: their columns, and how a row of a file finds its own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain

from django.db.models import Model
from django.utils.translation import gettext as _

from invoices.models import Contractor, PriceList, Product
from invoices.services import register_values as values
from invoices.services.contractors_read import contractor_read
from invoices.services.products_read import NAMES as PRODUCT_NAMES
from invoices.services.products_read import product_read
from invoices.services.register_csv import (
    CHANGED,
    NEW,
    SAME,
    Column,
    Entry,
    refuse_errors,
)
from invoices.services.register_words import coded
from invoices.services.registers import row_filled, rows_of
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User

CHUNK = 500
WAYS = {"netto": "", "net": "", "brutto": "1", "gross": "1"}
CONTRACTOR_COLUMNS = {
    "name": Column("Nazwa", "Name", "nazwa kontrahenta|kontrahent|firma|nabywca|customer|company"),
    "nip": Column("NIP", "Polish tax number", "numer nip|vat id|tax id|tax number"),
    "eu": Column("Numer VAT-UE", "EU VAT number", "vat ue|vatue|nip ue|vat eu|eu vat"),
    "other": Column("Inny numer", "Other number", "inny identyfikator|numer identyfikacyjny"),
    "other_country": Column("Kraj innego numeru", "Country of the other number"),
    "short_name": Column("Skrót", "Short name", "nazwa skrócona|alias|akronim"),
    "country": Column("Kraj", "Country", "kod kraju|country code"),
    "address_l1": Column("Ulica i numer", "Address line 1", "adres|ulica|address|street"),
    "address_l2": Column("Kod i miejscowość", "Address line 2", "adres 2|adres cd"),
    "postcode": Column("Kod pocztowy", "Postcode", "zip|postal code|kod"),
    "city": Column("Miejscowość", "City", "miasto|town"),
    "email": Column("E-mail", "E-mail", "email|adres e-mail|poczta"),
    "phone": Column("Telefon", "Phone", "tel|nr telefonu"),
    "client_number": Column("Numer klienta", "Client number", "nr klienta|kod klienta"),
    "without_seat": Column("Bez siedziby w Polsce", "No seat in Poland", "bez siedziby"),
    "jst": Column("JST", "Local government unit", "jednostka samorządu"),
    "gv": Column("Grupa VAT", "VAT group member", "gv|członek grupy vat"),
    "is_supplier": Column("Dostawca", "Supplier", "samofakturowanie"),
    "payment_days": Column("Termin płatności", "Payment days", "dni|termin|termin płatności dni"),
    "payment_method": Column("Sposób zapłaty", "Payment method", "forma płatności"),
    "currency": Column("Waluta", "Currency"),
    "language": Column("Język wydruku", "Print language", "język|language"),
    "mail_when_numbered": Column("Wysyłaj e-mailem", "Send by e-mail"),
    "price_list": Column("Cennik", "Price list"),
    "note": Column("Notatka", "Note", "uwagi|notes|opis"),
}
PRODUCT_COLUMNS = {
    "name": Column("Nazwa", "Name", "towar|usługa|produkt|nazwa towaru|nazwa usługi|product|item"),
    "symbol": Column("Symbol", "Symbol", "indeks|kod|kod towaru|sku|index|code"),
    "unit": Column("Jednostka", "Unit", "jm|j.m.|jednostka miary|miara"),
    "price": Column("Cena", "Price", "cena netto|cena jednostkowa|cena jedn|unit price|net price"),
    "is_gross": Column("Cena netto czy brutto", "Price net or gross", "rodzaj ceny|brutto"),
    "currency": Column("Waluta", "Currency"),
    "rate": Column("Stawka VAT", "VAT rate", "stawka|vat|rate|tax"),
    "gtin": Column("GTIN", "GTIN", "ean|kod ean|barcode"),
    "pkwiu": Column("PKWiU", "PKWiU"),
    "cn": Column("CN", "CN", "kod cn"),
    "pkob": Column("PKOB", "PKOB"),
    "gtu": Column("GTU", "GTU", "kod gtu"),
    "annex_15": Column("Załącznik nr 15", "Annex 15", "zał 15|załącznik 15|mpp"),
}
STORED_IDENTITY = ("id_kind", "id_country", "id_number")
# Columns of a file that are parts of a row's columns.
_IDENTITY = ("nip", "eu", "other", "other_country")
_ADDRESS = ("postcode", "city")


class _Rows:
    """What both registers share: entries that find their rows, bulk writing, one audit entry."""

    model: type[Model]
    columns: Mapping[str, Column]
    word: str

    def __init__(self, company: Company) -> None:
        self.company = company
        self.seen: dict[object, int] = {}  # what an earlier row of the file is about

    def rows(self) -> Iterable[Model]:
        return rows_of(self.model, self.company)

    def settle(self, entry: Entry, row: Model | None, found: values.Found) -> None:
        """New, changed or the same, once everything could be read."""
        entry.values, entry.warnings = found.values, list(found.warnings.values())
        entry.row = row
        if row is None:
            entry.state = NEW
            return
        changed = [name for name, value in found.values.items() if getattr(row, name) != value]
        entry.changed = [self.said(name) for name in changed]
        entry.state = CHANGED if changed else SAME

    def said(self, name: str) -> str:
        return self.columns[name].heading if name in self.columns else name

    def is_repeated(self, entry: Entry, key: object) -> bool:
        """Refuses a row about what an earlier row is about."""
        first = self.seen.setdefault(key, entry.number)
        if first != entry.number:
            entry.refuse(_("To samo jest już w wierszu %(row)d.") % {"row": first})
        return first != entry.number

    def write(self, entries: Sequence[Entry], by: User) -> None:
        """Two statements per chunk, and one line in the history."""
        new, changed = [], []
        for entry in entries:
            row = entry.row or self.model(company=self.company)
            row_filled(row, entry.values)
            (changed if entry.row else new).append(row)
        names = {*(name for entry in entries for name in entry.values), "search", "changed_at"}
        self.model.objects.bulk_create(new, batch_size=CHUNK)
        self.model.objects.bulk_update(changed, sorted(names), batch_size=CHUNK)
        if entries:
            audit(f"{self.word}.import", company=self.company, user=by, rows=len(entries))


class Contractors(_Rows):
    """Found by number, several with one number by name too; without a number by name."""

    model, columns, word = Contractor, CONTRACTOR_COLUMNS, "contractor"
    needed = ("name", "nip", "eu")

    def rows(self) -> Iterable[Contractor]:
        return super().rows().select_related("price_list")

    @cached_property
    def by_identity(self) -> dict[tuple, list[Contractor]]:
        found = defaultdict(list)
        for row in self.rows():
            found[row.id_kind, row.id_country, row.id_number].append(row)
        return found

    @cached_property
    def by_name(self) -> dict[str, list[Contractor]]:
        found = defaultdict(list)
        for row in chain.from_iterable(self.by_identity.values()):
            found[row.name.casefold()].append(row)
        return found

    @cached_property
    def lists(self) -> list[PriceList]:
        return list(PriceList.objects.filter(company=self.company))

    def texts(self, row: Contractor) -> dict[str, str]:
        names = (name for name in self.columns if name not in (*_IDENTITY, *_ADDRESS))
        texts = {name: values.shown(getattr(row, name)) for name in names if name != "price_list"}
        texts["price_list"] = row.price_list.name if row.price_list else ""
        texts["without_seat"] = {"yes": "tak", "no": "nie"}.get(row.without_seat, "")
        return texts | _identity_out(row)

    def plan(self, entry: Entry, given: Mapping[str, str]) -> None:
        entry.title = given.get("name") or given.get("nip") or given.get("eu", "")
        texts = {name: text for name, text in given.items() if name not in (*_IDENTITY, *_ADDRESS)}
        texts = {name: coded(name, text) for name, text in (texts | _address_in(given)).items()}
        identity = _identity_in(given)
        probe = contractor_read(texts | identity, self.company, lists=self.lists)
        row = self._row(entry, identity, probe.values, given.get("name", ""))
        if entry.reasons:
            return
        if row:
            texts = _stored(row) | texts
            identity = identity or {name: getattr(row, name) for name in STORED_IDENTITY}
            found = contractor_read(texts | identity, self.company, lists=self.lists)
        else:
            found = probe
        key = row.pk if row else (*(identity.values()), texts.get("name", "").casefold())
        if not refuse_errors(entry, found, self.columns) and not self.is_repeated(entry, key):
            entry.title = str(found.values["name"])
            self.settle(entry, row, found)

    def _row(self, entry: Entry, identity: Mapping, read: Mapping, name: str) -> Contractor | None:
        """The contractor that a row of the file is about; a file without numbers names it."""
        named = self.by_name.get(name.casefold(), [])
        rows = named
        if identity:
            rows = self.by_identity.get(tuple(read.get(name, "") for name in STORED_IDENTITY), [])
            named = [row for row in rows if row.name.casefold() == name.casefold()]
        if len(rows) == 1 and (rows == named or read.get("id_number")):
            return rows[0]
        if len(named) > 1 or (len(rows) > 1 and not named and read.get("id_number")):
            entry.refuse(_("To może być kilku kontrahentów. Zmień ich na ich stronach."))
        return named[0] if len(named) == 1 else None


def _stored(row: Contractor) -> dict[str, object]:
    """Every column of a row as `contractor_read` takes it."""
    names = (name for name in CONTRACTOR_COLUMNS if name not in (*_IDENTITY, *_ADDRESS))
    return {name: _raw(getattr(row, name)) for name in names} | {
        "price_list": str(row.price_list_id or "")
    }


def _raw(value: object) -> object:
    return value if isinstance(value, str | bool | int) or value is None else str(value)


def _identity_out(row: Contractor) -> dict[str, str]:
    kind, number = row.id_kind, row.id_number
    if kind == Contractor.IdKind.NIP:
        return {"nip": number}
    if kind == Contractor.IdKind.EU:
        return {"eu": f"{row.id_country}{number}"}
    return {"other": number, "other_country": row.id_country}


def _identity_in(given: Mapping[str, str]) -> dict[str, str]:
    """id_kind, id_country, id_number; {} where the file has no column with a number."""
    if not {"nip", "eu", "other"} & given.keys():
        return {}
    nip, eu, other = (given.get(name, "") for name in ("nip", "eu", "other"))
    if nip[:2].isalpha() and nip[:2].upper() != "PL" and not eu:
        nip, eu = "", nip  # people keep all numbers in one column
    kind = "nip" if nip else "eu" if eu else "other" if other else "none"
    country = coded("country", given.get("other_country", "")) if kind == "other" else ""
    return {"id_kind": kind, "id_country": country, "id_number": nip or eu or other}


def _address_in(given: Mapping[str, str]) -> dict[str, str]:
    """Postcode and city of two columns as the one line that FA(3) has for them."""
    if "address_l2" in given or not set(_ADDRESS) & given.keys():
        return {}
    return {"address_l2": " ".join(filter(None, (given.get(name, "") for name in _ADDRESS)))}


class Products(_Rows):
    """Found by symbol; without a symbol by name."""

    model, columns, word = Product, PRODUCT_COLUMNS, "product"
    needed = ("name", "symbol")

    @cached_property
    def owners(self) -> dict[str, int]:
        rows = rows_of(Product, self.company, archived=None).exclude(symbol="")
        return dict(rows.values_list("symbol", "pk"))

    @cached_property
    def found(self) -> dict[tuple[str, str], list[Product]]:
        """Living products by ("symbol", …) and ("name", …)."""
        known = defaultdict(list)
        for row in self.rows():
            known["name", row.name.casefold()].append(row)
            if row.symbol:
                known["symbol", row.symbol].append(row)
        return known

    def texts(self, row: Product) -> dict[str, str]:
        texts = {name: values.shown(getattr(row, name)) for name in PRODUCT_NAMES}
        return texts | {"is_gross": "brutto" if row.is_gross else "netto"}

    def plan(self, entry: Entry, given: Mapping[str, str]) -> None:
        entry.title = given.get("name") or given.get("symbol", "")
        given = dict(given)
        if "is_gross" in given:
            given["is_gross"] = WAYS.get(given["is_gross"].lower(), given["is_gross"])
        row = self._row(entry, given)
        if entry.reasons:
            return
        stored = {name: _raw(getattr(row, name)) for name in PRODUCT_NAMES} if row else {}
        found = product_read(stored | given, self.company, row=row, owners=self.owners)
        key = row.pk if row else (found.values.get("symbol"), entry.title.casefold())
        symbol = found.values.get("symbol")
        if symbol and not row:
            key = symbol
        if not refuse_errors(entry, found, self.columns) and not self.is_repeated(entry, key):
            entry.title = str(found.values["name"])
            self.settle(entry, row, found)

    def _row(self, entry: Entry, given: Mapping[str, str]) -> Product | None:
        symbol, name = given.get("symbol", ""), given.get("name", "").casefold()
        rows = self.found.get(("symbol", symbol) if symbol else ("name", name), [])
        if len(rows) > 1:
            entry.refuse(_("Tę nazwę ma kilka produktów. Podaj symbol."))
        return rows[0] if len(rows) == 1 else None
