"""What contractors, products and price lists look like in the API, in and out."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from invoices.api_shapes import Instant
from invoices.fa3.rates import RATES
from invoices.models import Contractor, PriceList, Product
from invoices.render import tongues
from invoices.services.contractors_read import METHODS
from invoices.services.products_read import GTU
from ksefapp.lib import money

MOST_PRICES = 10_000
LAST = ("changed_at", "archived_at")


class ContractorOut(serializers.ModelSerializer):
    """A contractor; empty defaults are those of the company."""

    changed_at = Instant()
    archived_at = Instant(allow_null=True)
    price_list = serializers.IntegerField(source="price_list_id", allow_null=True)
    email = serializers.CharField(allow_blank=True)

    class Meta:
        model = Contractor
        fields = (
            *("id", "id_kind", "id_country", "id_number", "name", "short_name", "country"),
            *("address_l1", "address_l2", "email", "phone", "client_number", "without_seat"),
            *("jst", "gv", "is_supplier", "payment_days", "payment_method", "currency"),
            *("language", "mail_when_numbered", "price_list", "note", *LAST),
        )


class ProductOut(serializers.ModelSerializer):
    """A product; the price is a decimal text of up to 8 places."""

    changed_at = Instant()
    archived_at = Instant(allow_null=True)
    price = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = (
            *("id", "name", "symbol", "unit", "price", "is_gross", "currency", "rate"),
            *("gtin", "pkwiu", "cn", "pkob", "gtu", "annex_15", *LAST),
        )

    @extend_schema_field({"type": "string", "nullable": True})
    def get_price(self, row) -> str | None:
        """Without superfluous zeros."""
        return None if row.price is None else money.plain(row.price, 8, 2)


class PriceListRowOut(serializers.ModelSerializer):
    """A price list without its prices."""

    archived_at = Instant(allow_null=True)

    class Meta:
        model = PriceList
        fields = ("id", "name", "currency", "is_gross", "archived_at")


class PriceOut(serializers.Serializer):
    """What a product costs on the list."""

    product = serializers.IntegerField()
    price = serializers.CharField()


class PriceListOut(PriceListRowOut):
    """A price list with its prices."""

    prices = serializers.SerializerMethodField()

    class Meta(PriceListRowOut.Meta):
        fields = (*PriceListRowOut.Meta.fields, "prices")

    @extend_schema_field(PriceOut(many=True))
    def get_prices(self, row) -> list[dict]:
        """By product."""
        prices = row.prices.order_by("product_id").values_list("product_id", "price")
        return [{"product": key, "price": money.plain(price, 8, 2)} for key, price in prices]


def _text(most: int, **more) -> dict:
    return {"type": "string", "maxLength": most, **more}


def _one_of(values) -> dict:
    return {"type": "string", "enum": list(values)}


_YES = {"type": "boolean", "default": False}
_KEY = {"type": "integer", "nullable": True}
CONTRACTOR_IN = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "id_kind": _one_of(Contractor.IdKind.values),
        "id_country": _text(2, description="KodUE of an EU number (EL, XI), or KodKraju."),
        "id_number": _text(50, description="NIP, EU number or another one, without country."),
        "name": _text(512, minLength=1),
        "short_name": _text(60),
        "country": _text(2) | {"description": "Left out: that of an EU number, else PL."},
        "address_l1": _text(512),
        "address_l2": _text(512),
        "email": _text(254),
        "phone": _text(16),
        "client_number": _text(256),
        "without_seat": _one_of(["", "yes", "no"]),
        "jst": _YES,
        "gv": _YES,
        "is_supplier": _YES,
        "payment_days": {"type": "integer", "minimum": 0, "maximum": 3650, "nullable": True},
        "payment_method": _one_of(["", *METHODS()]),
        "currency": _text(3, description="Empty: as the invoice has it."),
        "language": _one_of(["", *tongues.LANGUAGES]),
        "mail_when_numbered": _YES,
        "price_list": _KEY,
        "note": _text(1000),
    },
}
_PRICE = {"type": "string", "description": "Up to 8 decimal places.", "example": "12.50"}
PRODUCT_IN = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _text(512, minLength=1),
        "symbol": _text(50),
        "unit": _text(256),
        "price": _PRICE | {"nullable": True},
        "is_gross": _YES,
        "currency": _text(3, default="PLN"),
        "rate": _one_of(RATES) | {"default": "23"},
        "gtin": _text(20),
        "pkwiu": _text(50),
        "cn": _text(50),
        "pkob": _text(50),
        "gtu": _one_of(["", *GTU()]),
        "annex_15": _YES,
    },
}
PRICE_LIST_IN = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _text(100, minLength=1),
        "currency": _text(3, default="PLN"),
        "is_gross": _YES,
        "prices": {
            "type": "array",
            "maxItems": MOST_PRICES,
            "items": {
                "type": "object",
                "required": ["product", "price"],
                "additionalProperties": False,
                "properties": {"product": {"type": "integer"}, "price": _PRICE},
            },
        },
    },
}
