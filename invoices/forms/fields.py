"""Which box of the simple screen stands for which FA(3) element."""

from collections.abc import Callable
from dataclasses import dataclass

from invoices.forms import typed
from ksefapp.ui.formats import account_number


@dataclass(frozen=True)
class Box:
    """One box: its element, how typed text is read, how stored text is shown."""

    path: str
    read: Callable[[str], str] = typed.line
    show: Callable[[str], str] = str


BUYER = "Podmiot2/DaneIdentyfikacyjne"
PAYMENT = "Fa/Platnosc"

BOXES: dict[str, Box] = {
    "number": Box("Fa/P_2"),
    "issued_on": Box("Fa/P_1", typed.day, typed.shown_day),
    "sale_on": Box("Fa/P_6", typed.day, typed.shown_day),
    "buyer_nip": Box(f"{BUYER}/NIP", typed.nip),
    "buyer_eu_country": Box(f"{BUYER}/KodUE", typed.code),
    "buyer_eu_number": Box(f"{BUYER}/NrVatUE", typed.code),
    "buyer_id_country": Box(f"{BUYER}/KodKraju", typed.code),
    "buyer_id": Box(f"{BUYER}/NrID", str.strip),  # blanks inside it count
    "buyer_name": Box(f"{BUYER}/Nazwa"),
    "buyer_country": Box("Podmiot2/Adres/KodKraju", typed.code),
    "buyer_address1": Box("Podmiot2/Adres/AdresL1"),
    "buyer_address2": Box("Podmiot2/Adres/AdresL2"),
    "payment_method": Box(f"{PAYMENT}/FormaPlatnosci"),
    "other_method": Box(f"{PAYMENT}/OpisPlatnosci"),
    "due_on": Box(f"{PAYMENT}/TerminPlatnosci[0]/Termin", typed.day, typed.shown_day),
    "account": Box(f"{PAYMENT}/RachunekBankowy[0]/NrRB", typed.account, account_number),
    "paid_on": Box(f"{PAYMENT}/DataZaplaty", typed.day, typed.shown_day),
    "notes": Box("Stopka/Informacje[0]/StopkaFaktury", typed.prose),
    "currency": Box("Fa/KodWaluty", typed.code),
    "kind": Box("Fa/RodzajFaktury"),
}
# Ticks: the element, what a ticked and what an empty box writes (None: nothing stands there).
FLAGS: dict[str, tuple[str, str | None]] = {
    "split_payment": ("Fa/Adnotacje/P_18A", "2"),
    "reverse_charge": ("Fa/Adnotacje/P_18", "2"),
    "jst": ("Podmiot2/JST", "2"),
    "gv": ("Podmiot2/GV", "2"),
    "to_receipt": ("Fa/FP", None),
}
# The choice that stands for PlatnoscInna, whose text has a box of its own.
OTHER = "other"
OTHER_METHOD = (f"{PAYMENT}/PlatnoscInna", f"{PAYMENT}/OpisPlatnosci")
# What the head draws; the line grid draws all below Fa/FaWiersz, the panels draw the rest.
HAND: frozenset[str] = frozenset(
    {box.path for box in BOXES.values()}
    | {path for path, _ in FLAGS.values()}
    | {f"{BUYER}/BrakID", f"{PAYMENT}/Zaplacono", *OTHER_METHOD}
)
# Elements that belong to each kind of buyer; the others are taken out when the kind changes.
BUYER_KINDS: dict[str, tuple[str, ...]] = {
    "nip": ("NIP",),
    "eu": ("KodUE", "NrVatUE"),
    "other": ("KodKraju", "NrID"),
    "none": ("BrakID",),
}
# What a chosen kind starts with: it stays chosen, and what is still empty is asked for.
EMPTY_IDENTITIES: dict[str, dict[str, str]] = {
    "nip": {},
    "eu": {"KodUE": "", "NrVatUE": ""},
    "other": {"NrID": ""},
    "none": {"BrakID": "1"},
}
EXEMPTION = "Fa/Adnotacje/Zwolnienie"
EXEMPT_KINDS = ("P_19A", "P_19B", "P_19C")
