"""Documents we issue, and the rows that get them to KSeF."""

from invoices.models.delivery import Attempt, Chore, KsefSession, Submission
from invoices.models.documents import Document, DocumentPrint, DocumentXml, Draft, Upo
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
