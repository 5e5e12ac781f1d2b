"""The part of an invoice's page about one that is unknown: where we look, and what follows."""

from datetime import datetime

from django.utils.translation import gettext as _

from invoices.models import Attempt, Document, Submission
from invoices.services.delivery_states import State
from invoices.services.evidence import UNDECIDED
from ksefapp.lib import clock
from ksefapp.ui.formats import datetime_pl, local, plural, time_pl


def search_context(document: Document) -> dict | None:
    """When it left, where we look and how far we are; None unless it is unknown."""
    row = document.submission
    if row.state != State.UNKNOWN:
        return None
    looks = list(row.attempts.filter(step="reconcile").order_by("at"))
    return {
        "left": _left(row),
        "undecided": row.last_code == UNDECIDED,
        "steps": [_in_session(row, looks), _in_sales(row, looks)],
    }


def _left(row: Submission) -> str:
    last = row.attempts.filter(step="send", outcome="leaving").order_by("-at").first()
    return _moment(last.at) if last else ""


def _in_session(row: Submission, looks: list[Attempt]) -> dict:
    tries = [look for look in looks if look.outcome in ("pending", "later", "undecided", "hidden")]
    title = _("Skrót pliku na liście faktur sesji, w której wyszła")
    if row.session is None:
        title = _("Skrót pliku na listach faktur naszych sesji w KSeF")
    told = []
    if tries:
        told.append(plural(len(tries), _("próba,próby,prób")))
    if any(look.outcome == "hidden" for look in tries):
        told.append(_("KSeF nie pokazuje nam tej sesji"))
    if row.not_before and row.not_before > clock.now():
        told.append(_("następna %(when)s") % {"when": _moment(row.not_before)})
    return {"title": title, "detail": ", ".join(told) or _("za chwilę")}


def _in_sales(row: Submission, looks: list[Attempt]) -> dict:
    title = _("Nasza sprzedaż w KSeF według numeru i daty")
    after = row.facts.get("metadata_after")
    if not after:
        return {"title": title, "detail": _("jeśli lista sesji nie odpowie")}
    text = _("następna próba %(when)s")
    if any(look.outcome == "unseen" for look in looks):
        text = _("nie ma jej tam, co jeszcze nic nie znaczy; następna próba %(when)s")
    return {"title": title, "detail": text % {"when": _moment(datetime.fromisoformat(after))}}


def _moment(at: datetime) -> str:
    """`14:10:12` today, with its date on another day."""
    today = local(at).date() == clock.today()
    return time_pl(at, True) if today else datetime_pl(at, seconds=True)
