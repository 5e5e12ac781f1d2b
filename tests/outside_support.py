"""Invoices outside KSeF and pro formas, as their tests make them."""

from invoices.models import Document, Proforma
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from invoices.services.proforma import proforma_issue
from ksefapp.lib import clock
from tests.invoice_support import content

PERSON = {"BrakID": "1", "Nazwa": "Anna Lis"}


def outside_draft(company, user, why: str, *, buyer: dict | None = None, **fa):
    """A draft that is to stay outside KSeF; a consumer's has a buyer without a number."""
    tree = content(company, **fa)
    if buyer or why == "consumer":
        tree["Podmiot2"]["DaneIdentyfikacyjne"] = buyer or PERSON
    return draft_create(company=company, content=tree, created_by=user, options={"outside": why})


def outside_issued(company, user, why: str, **options) -> Document:
    """An invoice issued outside KSeF, or to KSeF where `accept` says that the relief is lost."""
    accept = frozenset(options.pop("accept", ()))
    mode = options.pop("mode", None)
    draft = outside_draft(company, user, why, **options)
    return invoice_issue(draft=draft, issued_by=user, on=clock.today(), accept=accept, mode=mode)


def proforma_made(company, user, **options) -> Proforma:
    """An issued pro forma."""
    tree = content(company, **options)
    draft = draft_create(company=company, content=tree, created_by=user, options={"proforma": True})
    return proforma_issue(draft=draft, issued_by=user, on=clock.today())


def gross(company, user, amount: str, **options) -> Document:
    """An invoice under the relief whose P_15 is this amount."""
    row = {"NrWierszaFa": "1", "P_7": "Usługa", "P_8A": "szt.", "P_8B": "1", "P_12": "zw"}
    fa = {"FaWiersz": [row | {"P_9A": amount, "P_11": amount}], "P_13_7": amount, "P_15": amount}
    fa["Adnotacje"] = {
        "P_16": "2",
        "P_17": "2",
        "P_18": "2",
        "P_18A": "2",
        "Zwolnienie": {"P_19": "1", "P_19A": "art. 113 ust. 1"},
        "NoweSrodkiTransportu": {"P_22N": "1"},
        "P_23": "2",
        "PMarzy": {"P_PMarzyN": "1"},
    }
    return outside_issued(company, user, "relief", **fa, **options)
