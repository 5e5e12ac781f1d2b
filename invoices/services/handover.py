"""Handing invoices to buyers outside KSeF: what was given, who still waits, whether it is true."""

import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from auth_ksef.messages import Pair, Refusal
from invoices.models import Document, DocumentPrint, HandOver, Submission
from invoices.services.papers import (
    DUTIES,
    Allowed,
    duty_of,
    kod2_make,
    may_hand_over,
    paper_state,
)
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.notify.notices import notice_raise

__all__ = ["DUTIES", "Allowed", "duty_of", "kod2_make", "may_hand_over", "paper_state"]

What, Paper = HandOver.What, DocumentPrint.State
NOT_ALLOWED: Pair = (
    "Tego nie wolno teraz wydać nabywcy.",
    "This may not be handed to the buyer now.",
)
NO_PAPER: Pair = (
    "Ten wydruk jeszcze nie powstał. Otwórz go najpierw.",
    "This print is not made yet. Open it first.",
)
GIVEN: Pair = (
    "Nabywca dostał wydruk faktury {number} z innym skrótem pliku niż ten, który przyjął KSeF. "
    "Przekaż mu nowy wydruk, z numerem KSeF.",
    "The buyer got a print of invoice {number} with another hash than the file that KSeF "
    "accepted. Hand over a new print, with the KSeF number.",
)
PRINTED: Pair = (
    "Powstał wydruk faktury {number} z innym skrótem pliku niż ten, który przyjął KSeF. Jeśli "
    "trafił do nabywcy, przekaż mu nowy, z numerem KSeF.",
    "A print of invoice {number} was made with another hash than the file that KSeF accepted. "
    "If the buyer got it, hand over a new one, with the KSeF number.",
)


class HandOverRefused(Refusal):
    """Nothing was recorded; two sentences say why."""


def handover_record(
    *,
    document: Document,
    what: str,
    how: str,
    by: User | None,
    to: str = "",
    note: str = "",
    paper: DocumentPrint | None = None,
    was_allowed: bool = False,
) -> HandOver:
    """Writes down what the buyer got: hashes of the PDF and of the XML that its KOD I names.

    `paper` is the print that was given; only HandOver.How.OTHER goes without one. `was_allowed`:
    it has left already, when the law was asked. Raises HandOverRefused.
    """
    if not was_allowed and what not in may_hand_over(document, acting=by):
        raise HandOverRefused(may_hand_over(document, acting=by).why or NOT_ALLOWED)
    if paper is None and how != HandOver.How.OTHER:
        raise HandOverRefused(NO_PAPER)
    with transaction.atomic():
        row = HandOver.objects.create(
            document=document,
            what=what,
            how=how,
            to=to[:320],
            note=note[:500],
            print_state=paper.state if paper else "",
            print_sha256=_hash(paper) if paper else "",
            xml_sha256=document.sha256,
            by=by,
        )
        audit(
            "invoice.hand_over",
            company=document.company,
            user=by,
            subject=document.number,
            document=str(document.pk),
            pdf=row.print_sha256,
        )
    return row


def _hash(paper: DocumentPrint) -> str:
    """Prints that were made before hashes were kept have none."""
    return paper.sha256 or hashlib.sha256(bytes(paper.content)).hexdigest()


def is_due(document: Document) -> bool:
    """Whether the buyer must get the invoice outside KSeF and has not, by our rows."""
    owed = document.hand_over_why or document.submission.state == Submission.State.OUTSIDE
    given = document.hand_overs.filter(what=What.INVOICE)
    return bool(owed) and document.withdrawn_at is None and not given.exists()


def language_for(document: Document) -> str:
    """In which language this buyer's paper is made unless somebody chooses."""
    if document.contractor and document.contractor.language:
        return document.contractor.language
    return "en" if document.hand_over_why in ("eu", "foreign") else "pl"


def handover_list(document: Document) -> QuerySet[HandOver]:
    """What the buyer got of this document, the latest first."""
    return document.hand_overs.select_related("by")


def handover_due(company: Company) -> QuerySet[Document]:
    """Documents whose buyer must get the invoice outside KSeF and has not (art. 106gb ust. 4).

    In the company's present environment, the oldest first. What KSeF refused waits for its
    repair and is not among them.
    """
    given = HandOver.objects.filter(document=OuterRef("pk"), what=What.INVOICE)
    rows = Document.objects.filter(
        company=company, environment=company.environment, withdrawn_at=None
    )
    rows = rows.exclude(submission__state=Submission.State.REFUSED).exclude(Exists(given))
    rows = rows.exclude(hand_over_why="", submission__state__in=_IN_KSEF_OR_ON_THE_WAY)
    return rows.select_related("submission", "company", "issued_by").order_by(
        "issued_on", "issued_at"
    )


# A buyer without that duty still needs the invoice where KSeF will never have it.
_IN_KSEF_OR_ON_THE_WAY = [
    state for state in Submission.State.values if state != Submission.State.OUTSIDE
]


def paper_check(document: Document) -> None:
    """After acceptance: alarms where a paper says another hash than the document KSeF has.

    That happens when a refused offline invoice was repaired (technical correction) after its
    paper had been made. Safe to call again.
    """
    older = list(_predecessors(document))
    if not older:
        return
    papers = HandOver.objects.filter(document__in=older).exclude(xml_sha256=document.sha256)
    prints = DocumentPrint.objects.filter(
        document__in=older, state__in=[Paper.OFFLINE, Paper.CONFIRMATION]
    ).exclude(document__sha256=document.sha256)
    if papers.exists():
        _alarm(document, "bad", GIVEN)
    elif prints.exists():
        _alarm(document, "warn", PRINTED)


def _predecessors(document: Document) -> Iterable[Document]:
    """What the document replaces, and what that one replaced."""
    while document.replaces_id:
        document = document.replaces
        yield document


def _alarm(document: Document, kind: str, pair: Pair) -> None:
    pl, en = (text.format(number=document.number) for text in pair)
    notice_raise(
        company=document.company,
        environment=document.environment,
        key=f"paper:{document.pk}",
        kind=kind,
        text=(pl, en),
        path=reverse("invoice-detail", args=[document.company.nip, document.pk]),
    )
