"""What a row of the list says about delivery: a pill, and one line under it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from invoices.models import Document, DocumentLink, Submission
from invoices.services.deadlines import is_late
from invoices.services.delivery_states import FINAL, State
from invoices.services.payments import Standing
from invoices.views.ruler import left_words
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl, money, plural, short_day

LONGEST = 80
REISSUES = DocumentLink.What.REISSUES


@dataclass(frozen=True)
class Line:
    """`pill` is a key of ksefapp.ui.states, `tone` colours the text: "", warn, bad, unknown."""

    pill: str
    text: str = ""
    tone: str = ""


def kind_lines(documents: Iterable[Document]) -> dict[UUID, str]:
    """What stands under each number: the kind, and what it corrects or settles; one query."""
    rows = list(documents)
    links = DocumentLink.objects.filter(document__in=rows).order_by().exclude(what=REISSUES)
    found = links.values_list("document_id").annotate(Count("pk"), Min("other__number"))
    others = {pk: (count, number) for pk, count, number in found}
    return {row.pk: _kind_line(row.kind, *others.get(row.pk, (0, ""))) for row in rows}


def _kind_line(kind: str, count: int, number: str) -> str:
    if kind.startswith("KOR"):
        what = number if count == 1 else plural(count, _("faktury,faktur,faktur"))
        return _("do %(what)s") % {"what": what} if count else _("korekta")
    if kind == "ROZ":
        what = number if count == 1 else plural(count, _("zaliczkę,zaliczki,zaliczek"))
        return _("rozlicza %(what)s") % {"what": what} if count else _("rozliczenie zaliczek")
    return {"ZAL": _("zaliczka"), "UPR": _("uproszczona")}.get(kind, "")


def line_of(document: Document) -> Line:
    """The row's delivery in a pill and a few words."""
    row = document.submission
    if row.state == State.REFUSED:
        return Line("refused", _joined(_short(row.said), _term(row)), "bad")
    if row.state == State.UNKNOWN:
        return Line("unknown", _joined(_("Nie wystawiaj ponownie"), _term(row)), "unknown")
    if row.state in FINAL:
        return Line(row.state, _("spóźniona") if is_late(row) else "", "bad")
    if row.waits_for is not None and not row.waits_for.ksef_number:
        return Line("waiting_original", _("Wyślemy po numerze KSeF oryginału"))
    if is_late(row):
        late = _("Termin minął %(day)s. Wyślemy mimo to.") % {"day": short_day(row.deadline_on)}
        return Line("late", late, "bad")
    has_term = row.deadline_on or row.deadline_open
    pill = "waiting_deadline" if row.state == State.WAITING and has_term else row.state
    return Line(pill, _term(row), "warn" if _is_today(row) else "")


def _short(text: str) -> str:
    return Truncator(text).chars(LONGEST)


def _joined(*texts: str) -> str:
    return ". ".join(text.rstrip(".") for text in texts if text)


def _is_today(row: Submission) -> bool:
    return row.deadline_on == clock.today() and row.state != State.SENT


def _term(row: Submission) -> str:
    if row.deadline_open:
        return _("Termin po ogłoszeniu końca awarii")
    if row.deadline_on is None:
        return ""
    if is_late(row):
        return _("Termin minął %(day)s") % {"day": short_day(row.deadline_on)}
    if _is_today(row):
        return _("Termin: dziś 23:59, zostało %(left)s") % {"left": left_words(_left(row))}
    return _("Termin: %(day)s, 23:59") % {"day": short_day(row.deadline_on)}


def _left(row: Submission) -> timedelta:
    end = datetime.combine(row.deadline_on + timedelta(days=1), datetime.min.time())
    return end.replace(tzinfo=clock.WARSAW) - clock.now()


@dataclass(frozen=True)
class PaymentLine:
    """Under the amount: what is left of it, and when that is due; `tone` as in Line."""

    rest: str = ""
    text: str = ""
    tone: str = ""


def payment_line(now: Standing, currency: str) -> PaymentLine:
    """What stands under the amount: quiet unless its day has passed."""
    if now.state == "none":
        return PaymentLine()
    if now.state == "purchase":
        return PaymentLine(text=_("Twój zakup"))
    if now.state == "with":
        return PaymentLine(text=_("rozliczana z fakturą"))
    if now.state == "paid":
        return PaymentLine(text=_paid_text(now))
    if now.state == "overpaid":
        rest = _("do zwrotu %(rest)s") % {"rest": money(-now.rest, currency)}
        return PaymentLine(text=rest, tone="warn")
    part = _("zostało %(rest)s") % {"rest": money(now.rest, currency)}
    tone = "bad" if now.overdue_days else ""
    return PaymentLine(part if now.rest != now.gross else "", _due_text(now), tone)


def _paid_text(now: Standing) -> str:
    if now.paid_on and not now.paid_at_issue:
        return _("zapłacona %(day)s") % {"day": date_pl(now.paid_on)}
    return _("zapłacona") if now.received or now.paid_at_issue else ""


def _due_text(now: Standing) -> str:
    if now.overdue_days:
        return _("%(days)s po terminie") % {"days": plural(now.overdue_days, _("dzień,dni,dni"))}
    return _("do %(day)s") % {"day": date_pl(now.due_on)} if now.due_on else ""
