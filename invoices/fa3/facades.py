"""Read-only English views of a tree, for lists and printing.

Drafts are read too, so everything may be missing: texts are then "", numbers and dates None.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3.lines import Line, number
from invoices.fa3.rates import NET_FIELDS, RATES, vat_field_of
from invoices.fa3.totals import line_amounts
from ksefapp.lib import money

Tree = trees.Tree
_YEARS = range(1900, 2100)  # FA(3) has dates from 1990 to 2050


@dataclass(frozen=True)
class Party:
    """Seller, buyer or third party. `id_kind`: "nip", "vat_ue", "internal", "other", "none", ""."""

    name: str
    id_kind: str
    id: str
    country: str
    address: tuple[str, ...]
    email: str
    phone: str


@dataclass(frozen=True)
class LineView:
    """A line as a person reads it; net, vat and gross are None where they cannot be told."""

    number: str
    name: str
    quantity: Decimal | None
    unit: str
    price: Decimal | None
    is_gross_price: bool
    discount: Decimal
    rate: str
    net: Decimal | None
    vat: Decimal | None
    gross: Decimal | None
    is_before_correction: bool


@dataclass(frozen=True)
class VatRow:
    """One total of the invoice: `field` is its P_13, `rates` the values of P_12 it stands for."""

    field: str
    rates: tuple[str, ...]
    net: Decimal
    vat: Decimal | None
    vat_pln: Decimal | None

    @property
    def gross(self) -> Decimal:
        return self.net + (self.vat or money.ZERO)


@dataclass(frozen=True)
class Payment:
    """Terms of payment; `method` is the code of FormaPlatnosci, `other_method` a free text."""

    method: str
    other_method: str
    is_paid: bool
    paid_on: date | None
    due_on: tuple[date, ...]
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """An invoice in brief. `gross` is P_15; `sold_on` is P_6, a period has `period`."""

    kind: str
    number: str
    issued_on: date | None
    place: str
    sold_on: date | None
    period: tuple[date | None, date | None] | None
    currency: str
    gross: Decimal | None
    seller: Party
    buyer: Party
    lines: tuple[LineView, ...]
    vat_table: tuple[VatRow, ...]
    payment: Payment
    notes: tuple[str, ...]

    @property
    def net(self) -> Decimal:
        """Sum of the P_13 fields."""
        return money.total(row.net for row in self.vat_table)

    @property
    def vat(self) -> Decimal:
        """Sum of the P_14 fields."""
        return money.total(row.vat for row in self.vat_table if row.vat is not None)

    @property
    def vat_pln(self) -> Decimal | None:
        """VAT in PLN: of a foreign currency the sum of the P_14_xW, None if there are none."""
        if self.currency in ("", "PLN"):
            return self.vat
        said = [row.vat_pln for row in self.vat_table if row.vat_pln is not None]
        return money.total(said) if said or not self.vat else None


def summary(tree: Tree) -> Summary:
    """Everything a list row or a printed head needs; never raises on an incomplete tree."""
    lines = line_reader.read(tree)
    return Summary(
        kind=trees.text(tree, "Fa/RodzajFaktury"),
        number=trees.text(tree, "Fa/P_2"),
        issued_on=day(tree, "Fa/P_1"),
        place=trees.text(tree, "Fa/P_1M"),
        sold_on=day(tree, "Fa/P_6"),
        period=_period(tree),
        currency=trees.text(tree, "Fa/KodWaluty"),
        gross=number(tree, "Fa/P_15"),
        seller=party(tree, "Podmiot1"),
        buyer=party(tree, "Podmiot2"),
        lines=tuple(_views(tree, lines)),
        vat_table=tuple(vat_table(tree, lines)),
        payment=payment(tree),
        notes=tuple(_notes(tree)),
    )


def day(tree: Tree, path: str) -> date | None:
    """The date at a path, None if there is none or it is no date of the form YYYY-MM-DD.

    A year far from all that FA(3) takes is no date either: what is counted from it would leave
    the calendar. The schema says at the field what is wrong with it.
    """
    text = trees.text(tree, path)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # Python also reads 20261120 and 2026-W47-5, which FA(3) does not.
    return found if found.isoformat() == text and found.year in _YEARS else None


def party(tree: Tree, path: str) -> Party:
    """The party at a path such as "Podmiot2"."""
    id_kind, identifier = identity(tree, f"{path}/DaneIdentyfikacyjne")
    address = (trees.text(tree, f"{path}/Adres/{line}") for line in ("AdresL1", "AdresL2"))
    return Party(
        name=trees.text(tree, f"{path}/DaneIdentyfikacyjne/Nazwa"),
        id_kind=id_kind,
        id=identifier,
        country=trees.text(tree, f"{path}/Adres/KodKraju"),
        address=tuple(line for line in address if line),
        email=trees.text(tree, f"{path}/DaneKontaktowe/Email"),
        phone=trees.text(tree, f"{path}/DaneKontaktowe/Telefon"),
    )


def identity(tree: Tree, path: str) -> tuple[str, str]:
    """(kind, identifier) of a DaneIdentyfikacyjne; prefixes are put before the number."""
    values = trees.get(tree, path)
    values = values if isinstance(values, dict) else {}
    nip, internal, vat_ue, other = (
        trees.text(values, name) for name in ("NIP", "IDWew", "NrVatUE", "NrID")
    )
    if nip:
        return "nip", nip
    if internal:
        return "internal", internal
    if vat_ue:
        return "vat_ue", trees.text(values, "KodUE") + vat_ue
    if other:
        return "other", f"{trees.text(values, 'KodKraju')} {other}".strip()
    return ("none", "") if trees.text(values, "BrakID") else ("", "")


def vat_table(tree: Tree, lines: list[Line] | None = None) -> Iterator[VatRow]:
    """The totals as they stand in the document, in schema order, not recomputed."""
    used = {line.rate for line in lines or line_reader.read(tree)}
    for field in NET_FIELDS:
        net = number(tree, f"Fa/{field}")
        if net is None:
            continue
        vat_field = vat_field_of(field)
        rates = [code for code, rate in RATES.items() if rate.net_field == field]
        yield VatRow(
            field=field,
            rates=tuple(code for code in rates if code in used) or tuple(rates[:1]),
            net=net,
            vat=number(tree, f"Fa/{vat_field}") if vat_field else None,
            vat_pln=number(tree, f"Fa/{vat_field}W") if vat_field else None,
        )


def payment(tree: Tree) -> Payment:
    """The terms of payment."""
    base = "Fa/Platnosc"
    due = (day(term, "Termin") for term in trees.groups(tree, f"{base}/TerminPlatnosci"))
    accounts = trees.groups(tree, f"{base}/RachunekBankowy")
    return Payment(
        method=trees.text(tree, f"{base}/FormaPlatnosci"),
        other_method=trees.text(tree, f"{base}/OpisPlatnosci"),
        is_paid=trees.text(tree, f"{base}/Zaplacono") == "1"
        or trees.text(tree, f"{base}/ZnacznikZaplatyCzesciowej") == "2",
        paid_on=day(tree, f"{base}/DataZaplaty"),
        due_on=tuple(each for each in due if each is not None),
        accounts=tuple(trees.text(account, "NrRB") for account in accounts),
    )


def _period(tree: Tree) -> tuple[date | None, date | None] | None:
    if not isinstance(trees.get(tree, "Fa/OkresFa"), dict):
        return None
    return day(tree, "Fa/OkresFa/P_6_Od"), day(tree, "Fa/OkresFa/P_6_Do")


def _notes(tree: Tree) -> Iterator[str]:
    """Footers with their line breaks, which the schema keeps."""
    for block in trees.groups(tree, "Stopka/Informacje"):
        text = block.get("StopkaFaktury")
        if isinstance(text, str) and text.strip():
            yield text


def _views(tree: Tree, lines: list[Line]) -> Iterator[LineView]:
    for line, entry in zip(lines, trees.items(tree, "Fa/FaWiersz"), strict=True):
        entry = entry if isinstance(entry, dict) else {}
        net, vat, gross = _amounts(line)
        yield LineView(
            number=trees.text(entry, "NrWierszaFa"),
            name=trees.text(entry, "P_7"),
            quantity=line.quantity,
            unit=trees.text(entry, "P_8A"),
            price=line.gross_price if line.net_price is None else line.net_price,
            is_gross_price=line.net_price is None and line.gross_price is not None,
            discount=line.discount,
            rate=line.rate,
            net=net,
            vat=vat,
            gross=gross,
            is_before_correction=line.is_before,
        )


def _amounts(line: Line) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """(net, VAT, gross): what the document says, the missing part computed from the rate."""
    one = Decimal(1)
    if line.is_margin:
        return None, None, line.gross
    if line.net is not None:
        computed = line_amounts(one, line.net, line.percent)
        vat = computed.vat if line.vat is None else line.vat
        return line.net, vat, line.net + vat
    if line.gross is not None:
        computed = line_amounts(one, line.gross, line.percent, is_gross_price=True)
        vat = computed.vat if line.vat is None else line.vat
        return line.gross - vat, vat, line.gross
    return None, line.vat, None
