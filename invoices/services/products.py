"""Products and price lists: what a line of an invoice gets from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from invoices.models import Contractor, Price, PriceList, Product
from invoices.services.registers import rows_of, searched
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import money

SUGGESTED = 8
# Columns of a product and the elements of FaWiersz that they fill.
ELEMENTS = {
    "name": "P_7",
    "symbol": "Indeks",
    "gtin": "GTIN",
    "pkwiu": "PKWiU",
    "cn": "CN",
    "pkob": "PKOB",
    "unit": "P_8A",
    "rate": "P_12",
    "gtu": "GTU",
}
PRICES = {False: "P_9A", True: "P_9B"}


@dataclass(frozen=True)
class Offer:
    """A product as a line may take it: `price` None where none fits, `why` says so."""

    product: Product
    price: Decimal | None
    why: str = ""


def products_found(company: Company, words: str) -> QuerySet[Product]:
    """A few living products that say the words; those whose name begins with them first."""
    begins = Case(When(name__istartswith=words.strip(), then=Value(0)), default=Value(1))
    rows = searched(rows_of(Product, company), words)
    return rows.order_by(begins, "name", "pk")[:SUGGESTED]


def offers_of(
    products: Iterable[Product],
    *,
    price_list: PriceList | None = None,
    currency: str = "PLN",
    is_gross: bool = False,
) -> list[Offer]:
    """What the products cost on an invoice in this currency with net or gross prices."""
    products = list(products)
    listed = {}
    if price_list and (price_list.currency, price_list.is_gross) == (currency, is_gross):
        prices = Price.objects.filter(price_list=price_list, product__in=products)
        listed = {price.product_id: price.price for price in prices}
    return [_offer(product, listed.get(product.pk), currency, is_gross) for product in products]


def price_list_of(contractor: Contractor | None) -> PriceList | None:
    """The contractor's list while it is in use."""
    found = contractor.price_list if contractor else None
    return found if found and found.archived_at is None else None


def _offer(product: Product, listed: Decimal | None, currency: str, is_gross: bool) -> Offer:
    if listed is not None:
        return Offer(product, listed)
    if product.price is None:
        return Offer(product, None, _("bez ceny w katalogu"))
    if product.currency != currency:
        told = {"theirs": product.currency, "ours": currency}
        return Offer(product, None, _("cena w %(theirs)s, faktura w %(ours)s") % told)
    if product.is_gross != is_gross:
        text = (
            _("cena brutto, faktura netto") if product.is_gross else _("cena netto, faktura brutto")
        )
        return Offer(product, None, text)
    return Offer(product, product.price)


def line_of(offer: Offer, *, is_gross: bool = False, quantity: str = "1") -> dict[str, str]:
    """A FaWiersz as a tree, without its number and amounts."""
    product = offer.product
    texts = {element: getattr(product, name) for name, element in ELEMENTS.items()}
    line = {element: text for element, text in texts.items() if text} | {"P_8B": quantity}
    if offer.price is not None:
        line[PRICES[is_gross]] = money.plain(offer.price, 8, 2)
    if product.annex_15:
        line["P_12_Zal_15"] = "1"
    return line


@transaction.atomic
def prices_set(*, price_list: PriceList, prices: Mapping[int, Decimal | None], by: User) -> int:
    """Prices by product key; None takes one away. Gives how many changed."""
    known = {price.product_id: price for price in price_list.prices.select_for_update()}
    ours = set(
        Product.objects.filter(company=price_list.company, pk__in=prices).values_list(
            "pk", flat=True
        )
    )
    gone = [pk for pk, amount in prices.items() if amount is None and pk in known]
    new = [pk for pk, amount in prices.items() if amount is not None and pk not in known]
    changed = [pk for pk, amount in prices.items() if _differs(known.get(pk), amount)]
    for pk in changed:
        known[pk].price = prices[pk]
    Price.objects.filter(price_list=price_list, product_id__in=gone).delete()
    Price.objects.bulk_update([known[pk] for pk in changed], ["price"], batch_size=500)
    made = (
        Price(price_list=price_list, product_id=pk, price=prices[pk]) for pk in new if pk in ours
    )
    Price.objects.bulk_create(made, batch_size=500)
    count = len(gone) + len(new) + len(changed)
    if count:
        subject = price_list.name
        audit("price_list.prices", company=price_list.company, user=by, subject=subject, rows=count)
    return count


def _differs(row: Price | None, amount: Decimal | None) -> bool:
    return row is not None and amount is not None and row.price != amount
