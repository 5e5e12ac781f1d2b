"""Rules ID: who sells, who buys, and how they are identified."""

import re
from collections.abc import Iterator

from invoices.fa3 import tree as trees
from invoices.fa3.problems import Problem
from invoices.fa3.rules.finding import found
from invoices.fa3.rules.invoice import Invoice
from ksefapp.lib import bank, money, nip

SELLER_ID = "Podmiot1/DaneIdentyfikacyjne"
BUYER_ID = "Podmiot2/DaneIdentyfikacyjne"
_EU_RATES = frozenset({"0 WDT", "np II"})
_NOT_EU = {"GR": "EL", "GB": "XI", "UK": "XI"}  # as people know them → as VIES does


def check(invoice: Invoice) -> Iterator[Problem]:
    yield from _seller(invoice)
    yield from _checksums(invoice)
    yield from _misplaced_nip(invoice)
    yield from _buyer_identifier(invoice)
    yield from _buyer_data(invoice)
    yield from _markers(invoice)
    yield from _third_parties(invoice)
    yield from _eu_trade(invoice)
    yield from _accounts(invoice)


def _seller(invoice: Invoice) -> Iterator[Problem]:
    number = invoice.text(f"{SELLER_ID}/NIP")
    if not nip.has_form(number):
        yield found("ID-01", f"{SELLER_ID}/NIP")
    elif number == invoice.text(f"{BUYER_ID}/NIP"):
        yield found("ID-17", f"{BUYER_ID}/NIP")


def _identities(invoice: Invoice) -> Iterator[tuple[str, trees.Tree]]:
    """(path, DaneIdentyfikacyjne) of every party whose NIP KSeF checks."""
    for party in ("Podmiot1", "Podmiot2", "PodmiotUpowazniony"):
        for identity in invoice.groups(f"{party}/DaneIdentyfikacyjne"):
            yield f"{party}/DaneIdentyfikacyjne", identity
    for path, party in invoice.numbered("Podmiot3"):
        for identity in trees.groups(party, "DaneIdentyfikacyjne"):
            yield f"{path}/DaneIdentyfikacyjne", identity


def _checksums(invoice: Invoice) -> Iterator[Problem]:
    # KSeF looks at checksums in production only; its test data break them on purpose.
    severity = "block" if invoice.environment == "production" else "warn"
    for path, identity in _identities(invoice):
        number = trees.text(identity, "NIP")
        if nip.has_form(number) and not nip.has_checksum(number):
            yield found("ID-02", f"{path}/NIP", severity=severity, nip=number)
        internal = trees.text(identity, "IDWew")
        if internal:
            yield from _internal_id(f"{path}/IDWew", internal, severity)


def _internal_id(path: str, internal: str, severity) -> Iterator[Problem]:
    number = nip.nip_of_internal_id(internal)
    if number is None:
        yield found("ID-03", path)
    elif not nip.has_checksum(number):
        yield found("ID-02", path, severity=severity, nip=number)
    elif not nip.has_internal_check_digit(internal):
        yield found("ID-03", path, severity="warn")


def _misplaced_nip(invoice: Invoice) -> Iterator[Problem]:
    """A foreign number may look like a NIP by chance, so the country must say Poland, too."""
    for path, identity in _identities(invoice):
        if trees.text(identity, "KodUE") == "PL":
            number = nip.clean(trees.text(identity, "NrVatUE"))
            yield found("ID-04" if nip.is_valid(number) else "ID-16", f"{path}/NrVatUE")
        if (code := trees.text(identity, "KodUE")) in _NOT_EU:
            yield found("ID-16a", f"{path}/KodUE", code=code, right=_NOT_EU[code])
        other = nip.clean(trees.text(identity, "NrID"))
        if trees.text(identity, "KodKraju") in {"", "PL"} and nip.is_valid(other):
            yield found("ID-04", f"{path}/NrID")


def _buyer_identifier(invoice: Invoice) -> Iterator[Problem]:
    kinds = ("NIP", "NrVatUE", "NrID", "BrakID")
    if sum(invoice.has(f"{BUYER_ID}/{kind}") for kind in kinds) != 1:
        yield found("ID-05", BUYER_ID)
    prefix = invoice.text(f"{BUYER_ID}/KodUE")
    number = invoice.text(f"{BUYER_ID}/NrVatUE").upper()
    # The first two of eleven French characters are a key that may be letters.
    is_french = prefix == "FR" and len(number) == 11
    if prefix not in {"", "PL"} and number.startswith(prefix) and not is_french:
        yield found("ID-16", f"{BUYER_ID}/NrVatUE")


def _buyer_data(invoice: Invoice) -> Iterator[Problem]:
    """Name and address; a simplified invoice needs neither (art. 106e(5)(3))."""
    if invoice.kind == "UPR":
        return
    if invoice.is_correction and _is_simplified(invoice):
        return
    severity = "warn" if invoice.is_correction else "block"
    if not invoice.has(f"{BUYER_ID}/Nazwa"):
        rule = "ID-06" if invoice.has(f"{BUYER_ID}/BrakID") else "ID-07"
        own = severity if rule == "ID-07" else None
        yield found(rule, f"{BUYER_ID}/Nazwa", severity=own)
    if not invoice.has("Podmiot2/Adres"):
        yield found("ID-07", "Podmiot2/Adres", severity=severity)


def _is_simplified(invoice: Invoice) -> bool:
    """A buyer by NIP alone, as on the simplified invoice that is corrected (art. 106e ust. 5)."""
    has_more = invoice.has(f"{BUYER_ID}/Nazwa") or invoice.has("Podmiot2/Adres")
    return invoice.has(f"{BUYER_ID}/NIP") and not has_more


def _markers(invoice: Invoice) -> Iterator[Problem]:
    for flag, role in (("JST", "8"), ("GV", "10")):
        value = invoice.text(f"Podmiot2/{flag}")
        if not value:
            yield found("ID-08", f"Podmiot2/{flag}")
        if value == "1" and not _has_identified_role(invoice, role):
            yield found("ID-09", f"Podmiot2/{flag}", role=role)


def _has_identified_role(invoice: Invoice, role: str) -> bool:
    return any(
        trees.text(party, "Rola") == role
        and (
            trees.text(party, "DaneIdentyfikacyjne/NIP")
            or trees.text(party, "DaneIdentyfikacyjne/IDWew")
        )
        for party in invoice.groups("Podmiot3")
    )


def _third_parties(invoice: Invoice) -> Iterator[Problem]:
    shares = []
    for path, party in invoice.numbered("Podmiot3"):
        role = trees.text(party, "Rola")
        flag = {"8": "JST", "10": "GV"}.get(role)
        if flag and invoice.text(f"Podmiot2/{flag}") != "1":
            yield found("ID-10", f"{path}/Rola", role=role, flag=flag)
        if role == "5" and invoice.text("Fa/Adnotacje/P_17") == "1":
            yield found("ID-12", f"{path}/Rola")
        if role == "11":
            yield from _employee(party, f"{path}/DaneIdentyfikacyjne")
        share = money.parse(trees.text(party, "Udzial"))
        shares.append(share or money.ZERO)
        if share is not None and role != "4":
            yield found("ID-11", f"{path}/Udzial")
    if money.total(shares) >= 100:
        yield found("ID-11", "Podmiot3")


def _employee(party: trees.Tree, path: str) -> Iterator[Problem]:
    if trees.text(party, "DaneIdentyfikacyjne/BrakID") != "1":
        yield found("ID-13", path)
    elif not trees.text(party, "DaneIdentyfikacyjne/Nazwa"):
        yield found("ID-13a", f"{path}/Nazwa")


def _eu_trade(invoice: Invoice) -> Iterator[Problem]:
    if invoice.rates & _EU_RATES:
        if not invoice.has(f"{BUYER_ID}/NrVatUE"):
            yield found("ID-14", BUYER_ID)
        if invoice.text("Podmiot1/PrefiksPodatnika") != "PL":
            yield found("ID-15", "Podmiot1/PrefiksPodatnika")


def _accounts(invoice: Invoice) -> Iterator[Problem]:
    for kind in ("RachunekBankowy", "RachunekBankowyFaktora"):
        for path, account in invoice.numbered(f"Fa/Platnosc/{kind}"):
            if _is_wrong_account(trees.text(account, "NrRB")):
                yield found("ID-19", f"{path}/NrRB")
            swift = trees.text(account, "SWIFT")
            if swift and not bank.is_swift(swift):
                yield found("ID-19", f"{path}/SWIFT")


def _is_wrong_account(text: str) -> bool:
    """Polish accounts and IBANs have check digits; other foreign numbers are free text."""
    account = bank.clean(text)
    if re.fullmatch(r"(?:PL)?[0-9]{26}", account):
        return not bank.is_nrb(account)
    looks_like_iban = re.match(r"[A-Z]{2}[0-9]{2}", account)
    return bool(looks_like_iban) and not bank.is_iban(account)
