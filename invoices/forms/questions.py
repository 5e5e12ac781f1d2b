"""Questions that the data of an invoice ask, each with its answers: proposals, never force."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from invoices.fa3 import lines as line_reader
from invoices.fa3 import orders, totals
from invoices.fa3 import tree as trees
from invoices.fa3.zloty import is_foreign
from invoices.forms import counting
from invoices.forms.controls import values_of
from invoices.forms.fields import BUYER
from invoices.forms.following import EU_RATES, REVERSE_RATES
from invoices.forms.lines import entries, rates

ANSWER = "answer:"
# Over this gross amount goods and services of annex 15 need P_18A (art. 106e ust. 1 pkt 18a).
SPLIT_PAYMENT_LIMIT = Decimal(15_000)
NOTES = "Fa/Adnotacje"
PREFIXED = re.compile(r"([A-Z]{2})[\s-]?([A-Z0-9+*][A-Z0-9+*\s-]{1,14})")


@dataclass(frozen=True)
class Answer:
    """A button: `key` is sent as `action`, after ANSWER."""

    key: str
    text: str

    @property
    def action(self) -> str:
        return f"{ANSWER}{self.key}"


@dataclass(frozen=True)
class Question:
    """What the data ask, in words; `kind` is that of a note (neutral, warn)."""

    key: str
    kind: str
    title: str
    text: str
    answers: tuple[Answer, ...]


_TITLES = {
    "number": _("Ten numer zaczyna się od kodu kraju UE"),
    "eu": _("Towar czy usługa dla firmy z UE?"),
    "split": _("Brakuje adnotacji „mechanizm podzielonej płatności”"),
    "reverse": _("Brakuje adnotacji „odwrotne obciążenie”"),
    "abroad": _("Kto rozlicza podatek od tej sprzedaży?"),
}
_TEXTS = {
    "number": _("Firmę z innego kraju UE wpisuje się z numerem VAT-UE, nie w polu NIP."),
    "eu": _(
        "Towar wysłany do innego kraju UE ma stawkę 0% WDT, a usługa dla firmy stawkę np II "
        "(art. 28b). Gdy sprzedajesz coś innego, zostaw stawki."
    ),
    "split": _(
        "Jest pozycja z załącznika nr 15, a faktura przekracza 15 000 zł brutto "
        "(art. 106e ust. 1 pkt 18a ustawy o VAT). KSeF tego nie sprawdza."
    ),
    "reverse": _("Podatek rozlicza nabywca, więc faktura to mówi (art. 106e ust. 1 pkt 18)."),
    "abroad": _(
        "Gdy rozlicza go nabywca, faktura ma słowa „odwrotne obciążenie” "
        "(art. 106e ust. 1 pkt 18). Gdy nie, nic nie dodawaj."
    ),
}
_KINDS = {"split": "warn", "reverse": "warn"}
_ANSWERS = {
    "number": (Answer("number", _("Zmień na firmę z UE")),),
    "eu": (
        Answer("goods", _("Towar: stawka 0% WDT")),
        Answer("service", _("Usługa: stawka np II")),
    ),
    "split": (Answer("split", _("Dodaj adnotację")),),
    "reverse": (Answer("reverse", _("Dodaj adnotację")),),
    "abroad": (Answer("reverse", _("Rozlicza nabywca, dodaj adnotację")),),
}


def asked(tree: dict) -> list[Question]:
    """The questions that the data ask now."""
    return [
        Question(key, _KINDS.get(key, "neutral"), _TITLES[key], _TEXTS[key], _ANSWERS[key])
        for key in _keys(tree)
    ]


def _keys(tree: dict) -> Iterator[str]:
    used = rates(tree)
    if _prefixed_number(tree):
        yield "number"
    if trees.text(tree, f"{BUYER}/NrVatUE") and used and used <= _domestic():
        yield "eu"
    if _needs_split_payment(tree):
        yield "split"
    if trees.text(tree, f"{NOTES}/P_18") != "1":
        if used & (REVERSE_RATES - {"np I"}):
            yield "reverse"
        elif "np I" in used:
            yield "abroad"


def _domestic() -> set[str]:
    """Rates that change when the buyer turns out to be abroad."""
    return set(values_of("Fa/FaWiersz/P_12")) - EU_RATES - {"0 EX", "np I", "oo", "zw"}


def _prefixed_number(tree: dict) -> tuple[str, str] | None:
    """(country, number) where a VAT-UE number was typed as NIP."""
    match = PREFIXED.fullmatch(trees.text(tree, f"{BUYER}/NIP").upper())
    if not match or match[1] == "PL" or match[1] not in values_of(f"{BUYER}/KodUE"):
        return None
    return match[1], re.sub(r"[\s-]", "", match[2])


def _needs_split_payment(tree: dict) -> bool:
    is_listed = any(trees.text(entry, "P_12_Zal_15") == "1" for entry in entries(tree))
    if not is_listed or trees.text(tree, f"{NOTES}/P_18A") == "1":
        return False
    due = line_reader.number(tree, "Fa/P_15")
    # In another currency the rate decides: the rules say so when the invoice is checked.
    return due is not None and due > SPLIT_PAYMENT_LIMIT and not is_foreign(tree)


def answered(tree: dict, action: str) -> dict:
    """A copy of the tree with what the pressed answer says; the tree itself for anything else."""
    answer = _WRITERS.get(action.removeprefix(ANSWER)) if action.startswith(ANSWER) else None
    if answer is None:
        return tree
    result = deepcopy(tree)
    answer(result)
    if rates(result) == rates(tree) or not counting.are_ours(tree):
        return result
    return counting.counted(result, totals.method_of(result), anew=True)


def _sell_goods(tree: dict) -> None:
    _to_eu(tree, "0 WDT")


def _sell_service(tree: dict) -> None:
    _to_eu(tree, "np II")
    _reverse(tree)


def _to_eu(tree: dict, rate: str) -> None:
    for entry in entries(tree):
        entry["P_12"] = rate
    trees.put(tree, "Podmiot1/PrefiksPodatnika", "PL")  # art. 97 ust. 10


def _reverse(tree: dict) -> None:
    trees.put(tree, f"{NOTES}/P_18", "1")


def _split(tree: dict) -> None:
    trees.put(tree, f"{NOTES}/P_18A", "1")


def _use_eu_number(tree: dict) -> None:
    found = _prefixed_number(tree)
    if found:
        holder = trees.get(tree, BUYER)
        holder.pop("NIP")
        holder |= {"KodUE": found[0], "NrVatUE": found[1]}


def _count_order(tree: dict) -> None:
    tree |= orders.counted(tree)


_WRITERS = {
    "order": _count_order,  # the button of the panel "advance"
    "goods": _sell_goods,
    "service": _sell_service,
    "reverse": _reverse,
    "split": _split,
    "number": _use_eu_number,
}
