"""Documents we issue, and the rows that get them to KSeF."""

from invoices.models.delivery import Attempt, Chore, KsefSession, SessionUpo, Submission
from invoices.models.documents import Document, DocumentPrint, DocumentXml, Draft, Upo
from invoices.models.handing import HandOver, Kod2, MailSent, MailSettings
from invoices.models.series import Counter, Series

__all__ = [
    "Attempt",
    "Chore",
    "Counter",
    "Document",
    "DocumentPrint",
    "DocumentXml",
    "Draft",
    "HandOver",
    "Kod2",
    "KsefSession",
    "MailSent",
    "MailSettings",
    "Series",
    "SessionUpo",
    "Submission",
    "Upo",
]
