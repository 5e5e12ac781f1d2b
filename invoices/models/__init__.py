"""Documents we issue, the rows that get them to KSeF, and what a company knows around them."""

from invoices.models.daily import (
    DocumentLink,
    Payment,
    Proforma,
    Recurring,
    RecurringRun,
    ReliefEntry,
    ReliefLoss,
)
from invoices.models.delivery import Attempt, Chore, KsefSession, SessionUpo, Submission
from invoices.models.documents import Document, DocumentPrint, DocumentXml, Draft, Upo
from invoices.models.handing import HandOver, Kod2, MailSent, MailSettings
from invoices.models.registers import (
    Contractor,
    DocumentProof,
    Price,
    PriceList,
    Product,
    RegisterAnswer,
)
from invoices.models.series import Counter, Series

__all__ = [
    "Attempt",
    "Chore",
    "Contractor",
    "Counter",
    "Document",
    "DocumentLink",
    "DocumentPrint",
    "DocumentProof",
    "DocumentXml",
    "Draft",
    "HandOver",
    "Kod2",
    "KsefSession",
    "MailSent",
    "MailSettings",
    "Payment",
    "Price",
    "PriceList",
    "Product",
    "Proforma",
    "Recurring",
    "RecurringRun",
    "RegisterAnswer",
    "ReliefEntry",
    "ReliefLoss",
    "Series",
    "SessionUpo",
    "Submission",
    "Upo",
]
