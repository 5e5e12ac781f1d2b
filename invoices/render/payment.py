"""How and when to pay: method, dates, accounts, discount, what was paid already."""

from invoices.render import groups
from invoices.render.parts import Block, Fact, Section
from invoices.render.reader import Reader

# FormaPlatnosci 6 is a bank transfer: only that needs a title.
_TRANSFER = "6"


def section(fa: Reader, ksef_number: str | None) -> Section:
    """Payment terms; a transfer's title names the invoice and, once there is one, KSeF's number."""
    payment = fa.at("Platnosc")
    facts = [*_method(payment), *_due(payment), *_paid(payment), *_accounts(payment)]
    if payment.dict.get("FormaPlatnosci") == _TRANSFER and ksef_number:
        title = "\n".join(filter(None, [fa.value("P_2"), ksef_number]))
        facts.append(Fact(fa.text("transfer_title"), title, "code"))
    facts += _discount(payment)
    rest = groups.blocks(payment)
    blocks = [Block(facts=facts)] if facts else []
    return Section("payment", fa.text("payment"), [*blocks, *rest])


def _method(payment: Reader) -> list[Fact]:
    described = payment.value("OpisPlatnosci")
    method = ", ".join(filter(None, [payment.value("FormaPlatnosci"), described]))
    if described:
        payment.raw("PlatnoscInna")
    return [Fact(payment.text("method"), method)] if method else []


def first_due(fa: Reader) -> str:
    """The first due date as text, "" where there is none."""
    terms = fa.at("Platnosc").each("TerminPlatnosci")
    return terms[0].value("Termin") if terms else ""


def _due(payment: Reader) -> list[Fact]:
    texts = [_term(term) for term in payment.each("TerminPlatnosci")]
    texts = [text for text in texts if text]
    return [Fact(payment.text("term"), "\n".join(texts))] if texts else []


def _term(term: Reader) -> str:
    """`7.12.2026` or `14 dni, od dnia dostawy`, in the issuer's own words."""
    words = term.at("TerminOpis")
    count = " ".join(filter(None, [words.value("Ilosc"), words.value("Jednostka")]))
    described = ", ".join(filter(None, [count, words.value("ZdarzeniePoczatkowe")]))
    return "; ".join(filter(None, [term.value("Termin"), described]))


def _paid(payment: Reader) -> list[Fact]:
    day = payment.value("DataZaplaty")
    if day:
        payment.raw("Zaplacono")
        return [Fact(payment.text("paid"), day)]
    return []


def _accounts(payment: Reader) -> list[Fact]:
    pairs = (("RachunekBankowy", "account"), ("RachunekBankowyFaktora", "factor_account"))
    return [
        Fact(payment.text(label), _account(account), "whole")
        for name, label in pairs
        for account in payment.each(name)
    ]


def _account(account: Reader) -> str:
    swift = account.value("SWIFT")
    bank = ", ".join(filter(None, [account.value("NazwaBanku"), swift and f"SWIFT {swift}"]))
    lines = [account.value("NrRB"), bank, account.value("OpisRachunku")]
    return "\n".join(filter(None, [*lines, account.value("RachunekWlasnyBanku")]))


def _discount(payment: Reader) -> list[Fact]:
    discount = payment.at("Skonto")
    text = ": ".join(
        filter(None, [discount.value("WysokoscSkonta"), discount.value("WarunkiSkonta")])
    )
    return [Fact(payment.text("early_discount"), text)] if text else []
