"""Self-billing (art. 106d): the buyer, our company, issues in its supplier's name.

The supplier is Podmiot1, our company Podmiot2, P_17 is 1. KSeF takes it from our context when the
supplier granted our NIP the permission SelfInvoicing. For us it is a purchase:
`Document.seller_nip` is the supplier's, so whatever adds up sales leaves it out.
"""

import re
from datetime import date, timedelta

from django.db.models import QuerySet

from invoices.fa3 import tree as trees
from invoices.fa3.defaults import new_invoice
from invoices.models import Contractor, Document, Draft
from invoices.services.drafts import draft_create
from invoices.services.seller import TRANSFER, seller_tree
from invoices.services.series import (
    DEFAULT_PATTERNS,
    NUMBER,
    SELF_BILLED,
    number_format,
    series_get,
)
from ksefapp.accounts.models import Company, User
from ksefapp.lib import nip as nips

MARK = "Fa/Adnotacje/P_17"
SELLER_NIP = "Podmiot1/DaneIdentyfikacyjne/NIP"
BUYER_NIP = "Podmiot2/DaneIdentyfikacyjne/NIP"
RUNNING = re.compile(r"[0-9]{1,8}")


def is_self_billed(tree: trees.Tree, company: Company) -> bool:
    """Whether this company bills itself here: P_17, itself the buyer, somebody else the seller."""
    seller = trees.text(tree, SELLER_NIP)
    is_ours = trees.text(tree, BUYER_NIP) == company.nip
    is_marked = trees.text(tree, MARK) == "1"
    return is_marked and is_ours and nips.has_form(seller) and seller != company.nip


def seller_nip(tree: trees.Tree, company: Company) -> str:
    """Who the seller of a document is: the supplier in self-billing, else the company."""
    return trees.text(tree, SELLER_NIP) if is_self_billed(tree, company) else company.nip


def number_next(tree: trees.Tree, company: Company, on: date) -> str:
    """The next number in this supplier's name: each supplier is counted by itself.

    The pattern is that of the company's series for self-billing; the numbers count on from the
    highest that this supplier has with the same month and year in it, from 1 where there is none.
    Two issued at once meet in the database's constraint; call it inside the transaction that
    stores the document.
    """
    kind, seller = trees.text(tree, "Fa/RodzajFaktury"), seller_nip(tree, company)
    kind = kind if kind in DEFAULT_PATTERNS else "VAT"  # a draft may say anything
    pattern = series_get(company=company, kind=kind, scope=SELF_BILLED).pattern
    rows = Document.objects.filter(
        environment=company.environment, seller_nip=seller, kind=kind, withdrawn_at=None
    )
    # Everything up to the running number and after it, so that few rows are read.
    head, _nr, tail = number_format(NUMBER.sub("\0", pattern), 0, on).partition("\0")
    rows = rows.filter(number__startswith=head, number__endswith=tail)
    middles = (
        number.removeprefix(head).removesuffix(tail)
        for number in rows.values_list("number", flat=True)
    )
    used = [int(text) for text in middles if RUNNING.fullmatch(text)]
    return number_format(pattern, max(used, default=0) + 1, on)


def supplier_list(company: Company) -> QuerySet[Contractor]:
    """Contractors that may be billed for: with a NIP, marked as suppliers, not archived."""
    return company.contractors.filter(
        is_supplier=True, id_kind=Contractor.IdKind.NIP, archived_at=None
    )


def self_billing_start(
    *, company: Company, seller: trees.Tree, user: User, today: date, contractor=None
) -> Draft:
    """A draft in the supplier's name; `seller` is the content of Podmiot1 as a tree."""
    tree = new_invoice(seller, today=today)
    buyer = seller_tree(company)
    tree["Podmiot2"] = {
        "DaneIdentyfikacyjne": buyer["DaneIdentyfikacyjne"],
        "Adres": buyer["Adres"],
        "JST": "2",
        "GV": "2",
    }
    tree["Fa"]["Adnotacje"]["P_17"] = "1"
    due = today + timedelta(days=company.payment_days)
    terms = [{"Termin": due.isoformat()}]
    tree["Fa"]["Platnosc"] = {"TerminPlatnosci": terms, "FormaPlatnosci": TRANSFER}
    options = {"contractor": contractor.pk} if contractor else {}
    return draft_create(company=company, content=tree, created_by=user, options=options)


def supplier_tree(contractor: Contractor) -> trees.Tree:
    """Podmiot1 as an FA(3) tree, of a supplier in the register."""
    return party_tree(
        contractor.id_number,
        contractor.name,
        contractor.address_l1,
        contractor.address_l2,
        contractor.country,
    )


def party_tree(nip: str, name: str, line1: str, line2: str = "", country: str = "PL") -> trees.Tree:
    """Podmiot1 as an FA(3) tree, of what was typed."""
    address = {"KodKraju": country, "AdresL1": line1} | ({"AdresL2": line2} if line2 else {})
    return {"DaneIdentyfikacyjne": {"NIP": nip, "Nazwa": name}, "Adres": address}
