"""Documents we issue, and the rows that get them to KSeF."""

from invoices.models.documents import Document, DocumentXml, Draft, DocumentPrint, Upo
from invoices.models.delivery import Attempt, Chore, KsefSession, Submission
from invoices.models.series import Counter, Series

__all__ = [
    "Attempt",
    "Chore",
    "Counter",
    "Document",
    "DocumentPrint",
    "DocumentXml",
    "Draft",
    "KsefSession",
    "Series",
    "Submission",
    "Upo",
]
