"""What a company's invoices start with."""

from datetime import date, timedelta

from invoices.fa3.defaults import new_invoice
from ksefapp.accounts.models import Company

TRANSFER = "6"
# P_19A: the provision of the act under which a small taxpayer charges no VAT.
SMALL_TAXPAYER = "art. 113 ust. 1 ustawy o VAT"


def seller_tree(company: Company) -> dict:
    """Podmiot1 as an FA(3) tree."""
    address = {"KodKraju": company.country, "AdresL1": company.address_l1}
    if company.address_l2:
        address["AdresL2"] = company.address_l2
    tree: dict = {
        "DaneIdentyfikacyjne": {"NIP": company.nip, "Nazwa": company.name},
        "Adres": address,
    }
    contact = {"Email": company.email, "Telefon": company.phone}
    if any(contact.values()):
        tree["DaneKontaktowe"] = [{name: value for name, value in contact.items() if value}]
    return tree


def invoice_start(company: Company, *, today: date, kind: str = "VAT") -> dict:
    """The tree of a new invoice: seller, buyer's country, payment by the company's habits.

    `kind` is a value of RodzajFaktury.
    """
    tree = new_invoice(seller_tree(company), today=today)
    tree["Fa"]["RodzajFaktury"] = kind
    if kind != "UPR":  # needs no address (art. 106e ust. 5 pkt 3), and a country alone is none
        tree["Podmiot2"]["Adres"] = {"KodKraju": "PL"}
    tree["Fa"]["Platnosc"] = _payment(company, today, kind)
    if company.cash_accounting:
        tree["Fa"]["Adnotacje"]["P_16"] = "1"  # art. 106e ust. 1 pkt 16
    if company.vat_exempt:
        tree["Fa"]["Adnotacje"]["Zwolnienie"] = {"P_19": "1", "P_19A": SMALL_TAXPAYER}
    registers = {"KRS": company.krs, "REGON": company.regon, "BDO": company.bdo}
    kept = {name: value for name, value in registers.items() if value}
    if kept:
        tree["Stopka"] = {"Rejestry": [kept]}
    return tree


def _payment(company: Company, today: date, kind: str) -> dict:
    """What is to be paid, and how; an advance has been paid when it is documented."""
    if kind == "ZAL":
        return {"Zaplacono": "1", "DataZaplaty": today.isoformat(), "FormaPlatnosci": TRANSFER}
    due = today + timedelta(days=company.payment_days)
    payment: dict = {"TerminPlatnosci": [{"Termin": due.isoformat()}], "FormaPlatnosci": TRANSFER}
    if company.bank_account:
        account = {"NrRB": company.bank_account}
        if company.bank_name:
            account["NazwaBanku"] = company.bank_name
        payment["RachunekBankowy"] = [account]
    return payment
