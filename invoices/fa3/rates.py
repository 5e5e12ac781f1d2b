"""The VAT rates of P_12 and the totals they belong to (rules of FA(3), fields P_13, P_14)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Rate:
    """One value of P_12. `percent` is None where no tax is charged by the seller."""

    code: str
    percent: Decimal | None
    net_field: str
    vat_field: str | None


_TAXED = {"23": "1", "22": "1", "8": "2", "7": "2", "5": "3", "4": "4", "3": "4"}
_UNTAXED = {
    "0 KR": "P_13_6_1",
    "0 WDT": "P_13_6_2",
    "0 EX": "P_13_6_3",
    "zw": "P_13_7",
    "np I": "P_13_8",
    "np II": "P_13_9",
    "oo": "P_13_10",
}

RATES: dict[str, Rate] = {
    code: Rate(code, Decimal(code), f"P_13_{n}", f"P_14_{n}") for code, n in _TAXED.items()
} | {code: Rate(code, None, field, None) for code, field in _UNTAXED.items()}

OSS_NET, OSS_VAT, MARGIN = "P_13_5", "P_14_5", "P_13_11"
VAT_FIELDS = tuple(f"P_14_{n}" for n in range(1, 6))
NET_FIELDS = (
    *(f"P_13_{n}" for n in range(1, 6)),
    *_UNTAXED.values(),
    MARGIN,
)
PLN_VAT_FIELDS = tuple(f"P_14_{n}W" for n in range(1, 5))


def vat_field_of(net_field: str) -> str | None:
    """The P_14 that belongs to a P_13, None for those without tax."""
    field = net_field.replace("P_13_", "P_14_")
    return field if field in VAT_FIELDS else None
