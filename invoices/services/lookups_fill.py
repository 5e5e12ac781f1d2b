"""What registers say, put into an invoice: buyer, rate of exchange with its table."""

import copy
import re
from dataclasses import dataclass
from decimal import Decimal

from invoices.fa3 import lines as line_reader
from invoices.fa3 import tree as trees
from invoices.fa3 import zloty
from invoices.models import RegisterAnswer
from invoices.services.exchange import Rate
from ksefapp.lib import money

BUYER = "Podmiot2/DaneIdentyfikacyjne"
LONGEST = 512  # Nazwa, AdresL1, AdresL2
MOST_PLACES = 6  # KursWaluty, KursWalutyZ
ADVANCES = frozenset({"ZAL", "KOR_ZAL"})
CORRECTIONS = frozenset({"KOR", "KOR_ZAL", "KOR_ROZ"})
# Klucz of the DodatkowyOpis that names the table; the invoice is in Polish.
RATE_KEY = "Kurs waluty"
_POSTAL = re.compile(r"(.+?)[,;]?\s+([0-9]{2}-[0-9]{3}\s+.+)", re.DOTALL)


@dataclass(frozen=True)
class Party:
    """A company as a register knows it; "" where it does not say."""

    name: str
    address_l1: str
    address_l2: str
    country: str


def party_of(row: RegisterAnswer) -> Party | None:
    """Name and address in an answer of the white list or VIES; None without an entry."""
    if row.source == RegisterAnswer.Source.VIES:
        said, country = row.answer, row.key[:2]
        return _party(said, "GR" if country == "EL" else country) if said["is_valid"] else None
    subject = row.answer["subject"]
    return _party(subject, "PL") if subject else None


def _party(said: dict, country: str) -> Party:
    street, town = said["address"], ""
    if country == "PL" and (match := _POSTAL.fullmatch(street)):
        street, town = match[1], match[2]
    return Party(said["name"][:LONGEST], street[:LONGEST], town[:LONGEST], country)


def with_buyer(tree: trees.Tree, party: Party, *, only_empty: bool = False) -> trees.Tree:
    """A copy with the party as buyer; what the register does not say stays as it is."""
    made = copy.deepcopy(tree)
    facts = {
        f"{BUYER}/Nazwa": party.name,
        "Podmiot2/Adres/AdresL1": party.address_l1,
    }
    has_address = bool(trees.text(made, "Podmiot2/Adres/AdresL1"))
    for path, text in facts.items():
        if text and not (only_empty and trees.text(made, path)):
            trees.put(made, path, text)
    if party.address_l1 and not (only_empty and has_address):
        trees.put(made, "Podmiot2/Adres/AdresL2", party.address_l2 or None)
        trees.put(made, "Podmiot2/Adres/KodKraju", party.country)
    return made


def stated_rates(tree: trees.Tree) -> set[Decimal]:
    """The rates that stand on the invoice: of an advance, else of its lines."""
    if is_advance(tree):
        stated = [line_reader.number(tree, "Fa/KursWalutyZ")]
    else:
        entries = trees.groups(tree, "Fa/FaWiersz")
        stated = [line_reader.number(entry, "KursWaluty") for entry in entries]
    return {rate for rate in stated if rate is not None}


def is_advance(tree: trees.Tree) -> bool:
    """Whether the rate stands in KursWalutyZ: an advance without lines."""
    kind = trees.text(tree, "Fa/RodzajFaktury")
    return kind in ADVANCES and not trees.items(tree, "Fa/FaWiersz")


def is_by_hand(tree: trees.Tree, rate: Rate) -> bool:
    """Whether a rate stands there that is neither this one nor one that we put there."""
    stated = stated_rates(tree) - {rate.mid}
    return any(not _is_named(tree, each, rate.currency) for each in stated)


def with_rate(tree: trees.Tree, rate: Rate) -> trees.Tree | None:
    """A copy with the rate in all lines (an advance: KursWalutyZ), its table and VAT in złoty.

    None where the rate does not fit: FA(3) takes six decimal places, and without a line there is
    no place for it.
    """
    text = money.plain(rate.mid, 12)
    if len(text.partition(".")[2]) > MOST_PLACES:
        return None
    made = copy.deepcopy(tree)
    if is_advance(made):
        trees.put(made, "Fa/KursWalutyZ", text)
    elif not trees.groups(made, "Fa/FaWiersz"):
        return None
    for entry in trees.groups(made, "Fa/FaWiersz"):
        entry["KursWaluty"] = text
    _name_table(made, rate)
    return zloty.filled(made)


def _name_table(tree: trees.Tree, rate: Rate) -> None:
    notes = [
        note
        for note in trees.items(tree, "Fa/DodatkowyOpis")
        if not (isinstance(note, dict) and trees.text(note, "Klucz") == RATE_KEY)
    ]
    text = f"{_said(rate.currency, rate.mid)}, tabela NBP {rate.table} z dnia {rate.effective_on}"
    trees.put(tree, "Fa/DodatkowyOpis", [*notes, {"Klucz": RATE_KEY, "Wartosc": text}])


def _is_named(tree: trees.Tree, rate: Decimal, currency: str) -> bool:
    notes = trees.groups(tree, "Fa/DodatkowyOpis")
    said = [trees.text(note, "Wartosc") for note in notes if trees.text(note, "Klucz") == RATE_KEY]
    return any(text.startswith(f"{_said(currency, rate)}, ") for text in said)


def _said(currency: str, rate: Decimal) -> str:
    return f"1 {currency} = {money.plain(rate, 6, 4).replace('.', ',')} PLN"
