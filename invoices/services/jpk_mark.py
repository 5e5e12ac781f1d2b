"""How an invoice is marked in the sales register of JPK_V7 (fields NrKSeF, OFF, BFK, DI)."""

from datetime import date

from invoices.models import Document, Submission
from invoices.services.delivery_states import NEVER_SENT, State
from ksefapp.lib import clock

Mode = Submission.Mode
NUMBER, FAILURE, OUTSIDE, OTHER = "NrKSeF", "OFF", "BFK", "DI"
MARKS = (NUMBER, FAILURE, OUTSIDE, OTHER)


def mark_of(document: Document, on: date) -> str:
    """One of MARKS as of the day of filing `on` (Warsaw); "" for what stands in no register.

    A number known by then is given whatever the mode. Without one: an invoice of art. 106nf
    (awaria) is OFF for good; what was rightly issued outside KSeF, or lost the duty to be sent,
    is BFK; offline24 and unavailability (art. 106nda, 106nh) are DI, and the number that comes
    later asks for a correction of the JPK. An online invoice that waits goes the way of
    offline24. What KSeF refused online was never issued, what is withdrawn is none any more.
    """
    if document.withdrawn_at is not None:
        return ""
    if document.ksef_number and _number_on(document) <= on:
        return NUMBER
    row = document.submission
    if row.mode in NEVER_SENT:
        return OUTSIDE
    if row.mode == Mode.FAILURE:
        return FAILURE
    if row.state == State.OUTSIDE:
        return OUTSIDE
    if row.state == State.REFUSED and row.mode == Mode.ONLINE:
        return ""
    return OTHER


def _number_on(document: Document) -> date:
    """The Warsaw day of the number; that of issue where only the number was kept."""
    at = document.ksef_number_at
    return clock.warsaw(at).date() if at else document.issued_on


def changes_later(document: Document, on: date) -> bool:
    """Whether the number that comes after filing has to be put into a corrected JPK."""
    return mark_of(document, on) == OTHER
