"""An invoice of two lines that KSeF has numbered, to be corrected in tests."""

from itertools import count

from invoices.fa3 import totals
from invoices.models import Document, Submission
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.fa3_support import line
from tests.invoice_support import content

NUMBERS = count(1)
RIGHT_NIP = "5260250274"


def numbered(document: Document) -> Document:
    """As KSeF answers: the document has its number."""
    number = f"{document.seller_nip}-20261122-{next(NUMBERS):06X}ABCDEF-00"
    Document.objects.filter(pk=document.pk).update(ksef_number=number, ksef_number_at=clock.now())
    Submission.objects.filter(document=document).update(state=Submission.State.ACCEPTED)
    document.refresh_from_db()
    return document


def original_made(company, user) -> Document:
    """200.00 and 50.00 net, both at 23 %."""
    tree = content(company)
    tree["Fa"]["FaWiersz"] = [
        line(1, P_7="Blat", P_8B="2", P_11=None),
        line(2, P_7="Montaż", P_9A="50.00", P_11=None),
    ]
    draft = draft_create(company=company, content=totals.compute(tree), created_by=user)
    return numbered(invoice_issue(draft=draft, issued_by=user, on=clock.today()))
