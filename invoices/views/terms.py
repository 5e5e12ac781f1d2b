"""What a page says about a deadline: until when, by which law, on which outages it rests."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from auth_ksef.messages import chosen, told
from invoices.models import Document, Submission
from invoices.services.deadlines import deadline_find, is_late
from invoices.services.delivery_states import FINAL, State
from invoices.services.warnings import Span, span_of
from invoices.views.ruler import Ruler, left_words, ruler_of
from ksefapp.lib import clock
from ksefapp.ui.formats import datetime_pl, weekday_date
from offline import journal
from offline.deadlines import Deadline
from offline.events import Event
from offline.models import Category

NEAR = 0.5


@dataclass(frozen=True)
class Term:
    """The deadline of one invoice. `tone` is calm, near, late, open or met.

    `left` is the countdown in words; `steps` say how the day was found, `outages` name what it
    rests on, each {"text", "url"}.
    """

    text: str
    tone: str
    left: str = ""
    ruler: Ruler | None = None
    steps: list[str] = field(default_factory=list)
    outages: list[dict] = field(default_factory=list)


def term_of(document: Document) -> Term | None:
    """The deadline in words and as days; None where the invoice has none to show."""
    row = document.submission
    if row.deadline_on is None and not row.deadline_open:
        return None
    if row.state in FINAL:
        return _past(row)
    events = journal.event_list(document.company)
    rests_on = [event for event in events if event.id in row.deadline_rests_on]
    outages = [_outage(document, event) for event in rests_on]
    steps = _steps(row, deadline_find(row, events), rests_on)
    if row.deadline_open:
        return Term(_open(row), "open", steps=steps, outages=outages)
    if _was_sent_in_time(row):
        text = _("Wysłana przed terminem (%(day)s, 23:59). Czekamy na numer.")
        return Term(text % {"day": weekday_date(row.deadline_on)}, "met", steps=steps)
    if is_late(row):
        return Term(_late(row), "late", steps=steps, outages=outages)
    return _running(document, span_of(row, events), rests_on, steps, outages)


def _running(document, span: Span, rests_on: list[Event], steps, outages) -> Term:
    now = clock.now()
    near = span.share(now) >= NEAR
    return Term(
        _until(document.submission),
        "near" if near else "calm",
        left=left_words(span.end - now),
        ruler=_ruler(document, rests_on, near),
        steps=steps,
        outages=outages,
    )


def _ruler(document: Document, rests_on: list[Event], near: bool) -> Ruler | None:
    """Counted from the day of issue, or from the last day of the latest outage."""
    ended = [event for event in rests_on if event.ended_on]
    latest = max(ended, key=lambda event: event.ended_on, default=None)
    if latest is None or latest.ended_on < document.issued_on:
        return ruler_of(document, near=near, counted_from=document.issued_on)
    name = str(Category(latest.category).label)
    return ruler_of(document, near=near, counted_from=latest.ended_on, outage=name)


def _was_sent_in_time(row: Submission) -> bool:
    return row.state == State.SENT and row.sent_at is not None and not is_late(row)


def _past(row: Submission) -> Term | None:
    """Of what is over only a missed deadline is worth a line."""
    if row.state != State.ACCEPTED or not is_late(row):
        return None
    facts = {"sent": datetime_pl(row.sent_at), "day": weekday_date(row.deadline_on)}
    text = _("Spóźniona: wysłana %(sent)s, termin minął %(day)s o 23:59.")
    return Term(text % facts, "late")


def _basis(row: Submission) -> str:
    return told(row.deadline_basis)


def _until(row: Submission) -> str:
    facts = {"day": weekday_date(row.deadline_on), "basis": _basis(row)}
    if row.mode == Submission.Mode.ONLINE:
        return _("Jeśli KSeF jej nie ma, termin: %(day)s, 23:59. Podstawa: %(basis)s.") % facts
    return _("Termin: %(day)s, 23:59. Podstawa: %(basis)s.") % facts


def _open(row: Submission) -> str:
    text = _("Termin poznamy po ogłoszeniu końca awarii. Podstawa: %(basis)s.")
    return text % {"basis": _basis(row)}


def _late(row: Submission) -> str:
    day = {"day": weekday_date(row.deadline_on)}
    if row.state == State.REFUSED:
        text = _("Termin minął: %(day)s, 23:59. Popraw ją i wyślij mimo to: obowiązek nie znika.")
        return text % day
    if row.state == State.UNKNOWN:
        text = _("Termin minął: %(day)s, 23:59. Nie wiemy jeszcze, czy dotarła przed nim.")
        return text % day
    late = _("Termin minął: %(day)s, 23:59. Wyślemy ją mimo to: obowiązek nie znika.")
    return late % day + " " + _("Oznaczymy ją jako spóźnioną.")


def _steps(row: Submission, found: Deadline, rests_on: list[Event]) -> list[str]:
    """How the day was found, one thought each."""
    document = row.document
    facts = {"day": weekday_date(document.issued_on), "mode": row.get_mode_display()}
    steps = [_("Data wystawienia: %(day)s, tryb: %(mode)s. Ten dzień się nie liczy.") % facts]
    if not rests_on:
        steps.append(_("Żadne ogłoszenie Ministerstwa nie wydłuża tego terminu."))
    for event in rests_on:
        if event.ended_on:
            steps.append(_counted_from(event))
    if found.strict_on and row.deadline_on and found.strict_on < row.deadline_on:
        text = _(
            "Ustawa nie mówi, czy sobota jest dniem roboczym. Gdyby była, termin minąłby "
            "wcześniej: %(day)s. Zalecamy wysłać do tego dnia."
        )
        steps.append(text % {"day": weekday_date(found.strict_on)})
    return steps + [chosen(warning) for warning in found.warnings]


def _counted_from(event: Event) -> str:
    text = _("Liczymy od końca awarii: %(day)s.")
    if event.category == Category.MAINTENANCE:
        text = _("Liczymy od końca niedostępności: %(day)s.")
    return text % {"day": weekday_date(event.ended_on)}


def _outage(document: Document, event: Event) -> dict:
    facts = {"what": Category(event.category).label, "start": datetime_pl(event.start)}
    text = _("%(what)s: od %(start)s, trwa") % facts
    if event.end:
        text = _("%(what)s: od %(start)s do %(end)s") % (facts | {"end": datetime_pl(event.end)})
    url = f"{reverse('journal', args=[document.company.nip])}#wpis-{event.id}"
    return {"text": text, "url": url}
