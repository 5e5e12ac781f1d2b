"""Answers of a draft that say what becomes of it: an invoice in KSeF, one outside, a pro forma."""

from django.utils.translation import gettext as _

from invoices.models import Submission
from invoices.services.outside import OPTION as OUTSIDE
from invoices.services.proforma_checks import OPTION as PROFORMA
from ksefapp.api.errors import field_error

WHERE = ("", *Submission.Outside.values)
DESCRIBED = {
    OUTSIDE: {
        "type": "string",
        "enum": list(WHERE),
        "description": "Why it stays outside KSeF; empty: it goes there.",
    },
    PROFORMA: {
        "type": "boolean",
        "description": "It becomes a pro forma, never an invoice.",
    },
}


def fate_read(given: dict) -> None:
    """Raises ApiError 400 for an answer of another type or value."""
    if given.get(OUTSIDE, "") not in WHERE:
        known = ", ".join(repr(each) for each in WHERE)
        raise field_error(OUTSIDE, _("jedna z: %(known)s") % {"known": known})
    if type(given.get(PROFORMA, False)) is not bool:
        raise field_error(PROFORMA, _("oczekiwano true albo false"))
