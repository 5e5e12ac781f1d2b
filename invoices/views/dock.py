"""The foot of the form: in which mode an invoice issued now would be, and what its buttons do."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auth_ksef.messages import chosen
from invoices.models import Draft, Submission
from invoices.services.deadlines import first_issued_at, is_carried
from invoices.services.issue_mode import CATEGORY
from invoices.services.midnight import near_midnight
from invoices.services.outside import reason_of
from invoices.services.proforma_checks import is_proforma
from invoices.services.series import DEFAULT_PATTERNS, KSEF, OUTSIDE, PROFORMA, number_preview
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.ui.formats import weekday_date
from offline import journal
from offline.deadlines import Deadline, deadline
from offline.events import Event
from offline.modes import mode_now

Mode = Submission.Mode
BUTTONS = {
    Mode.ONLINE: gettext_lazy("Wystaw i wyślij do KSeF"),
    Mode.OFFLINE24: gettext_lazy("Wystaw offline24"),
    Mode.UNAVAILABLE: gettext_lazy("Wystaw w trybie niedostępności"),
    Mode.FAILURE: gettext_lazy("Wystaw w trybie awarii"),
    Mode.TOTAL: gettext_lazy("Wystaw poza KSeF, awaria całkowita"),
    Mode.OUTSIDE: gettext_lazy("Wystaw poza KSeF"),
    PROFORMA: gettext_lazy("Wystaw pro formę"),
}
OUTSIDE_WHY = {
    Submission.Outside.CONSUMER: gettext_lazy("Konsument. Nie wysyła się jej do KSeF."),
    Submission.Outside.RELIEF: gettext_lazy("Ulga do 10 000 zł. Nie wysyła się jej do KSeF."),
}


@dataclass(frozen=True)
class Button:
    """One way to issue: the mode, the button's words, and what follows from pressing it."""

    mode: str
    text: str
    until: str


@dataclass(frozen=True)
class Dock:
    """`main` is what the company's mode gives, `proposed` what we suggest, `others` the rest."""

    main: Button
    proposed: Button | None
    others: list[Button]
    why: str
    midnight: str


def next_number(company: Company, kind: str, options: dict, on: date) -> str:
    """The number that the button of the dock would give; "" for a kind without a series."""
    scope = KSEF
    if is_proforma(options):
        kind, scope = "VAT", PROFORMA
    elif reason_of(options):
        scope = OUTSIDE
    if kind not in DEFAULT_PATTERNS:
        return ""
    return number_preview(company=company, kind=kind, on=on, scope=scope)


def dock_of(
    company: Company,
    draft: Draft | None,
    issued_on: date,
    picked: str = "",
    options: dict | None = None,
) -> Dock:
    """`picked` is the mode of the button that was pressed before the form came back.

    What stays outside KSeF and a pro forma have one button each: no other may be pressed.
    """
    options = options or {}
    if is_proforma(options):
        return Dock(Button(PROFORMA, str(BUTTONS[PROFORMA]), ""), None, [], "", "")
    if why := reason_of(options):
        text = str(OUTSIDE_WHY[why])
        return Dock(Button(Mode.OUTSIDE, str(BUTTONS[Mode.OUTSIDE]), text), None, [], "", "")
    if draft is not None and draft.replaces is not None and is_carried(draft.replaces, issued_on):
        return _carried(draft, issued_on)
    decision, events = mode_now(company), journal.event_list(company)
    modes = _possible(events, issued_on)
    first = picked or decision.mode
    main = first if first in modes else Mode.OFFLINE24
    proposal = decision.proposal if decision.proposal in modes else None
    if picked == proposal:
        proposal = None
    buttons = {mode: _button(mode, issued_on, events) for mode in modes}
    rest = [buttons[mode] for mode in modes if mode not in (main, proposal)]
    return Dock(
        main=buttons[main],
        proposed=buttons.get(proposal),
        others=rest,
        why=_why(decision, main),
        midnight=_midnight(issued_on) if main == Mode.ONLINE else "",
    )


def _possible(events: list[Event], issued_on: date) -> list[str]:
    """Modes that the law knows at this moment for an invoice of this date."""
    now = clock.now()
    lasting = {
        event.category
        for event in events
        if event.in_force(now) and clock.warsaw(event.start).date() <= issued_on
    }
    online = [Mode.ONLINE] if issued_on >= clock.today() else []
    outages = [mode for mode, category in CATEGORY.items() if category in lasting]
    return [*online, Mode.OFFLINE24, *outages]


def _carried(draft: Draft, issued_on: date) -> Dock:
    """A replacement of a refused offline invoice goes on with its mode and deadline."""
    mode = draft.replaces.submission.mode
    at = first_issued_at(draft.replaces)
    events = journal.event_list(draft.company)
    button = Button(mode, str(BUTTONS[Mode.ONLINE]), _until(mode, issued_on, at, events))
    why = _("Data, tryb i termin są takie jak w odrzuconej wersji.")
    return Dock(button, None, [], why, "")


def _button(mode: str, issued_on: date, events: list[Event]) -> Button:
    until = "" if mode == Mode.ONLINE else _until(mode, issued_on, clock.now(), events)
    return Button(mode, str(BUTTONS[mode]), until)


def _until(mode: str, issued_on: date, at: datetime, events: list[Event]) -> str:
    found = deadline(
        issued_on=issued_on,
        issued_at=at,
        mode=mode,
        events=events,
        saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY,
    )
    return until_words(found)


def until_words(found: Deadline) -> str:
    """Until when it must be sent, in half a sentence."""
    if found.state == "none":
        return _("Nie wysyła się jej do KSeF.")
    if found.state == "open":
        return _("Termin wysłania poznamy po ogłoszeniu końca awarii.")
    return _("Termin wysłania: %(day)s, 23:59.") % {"day": weekday_date(found.on)}


def _why(decision, main: str) -> str:
    if main == decision.mode and main != Mode.ONLINE:
        return chosen(decision.why)
    return chosen(decision.proposal_why) if decision.proposal_why else ""


def _midnight(issued_on: date) -> str:
    """Near the end of the day: what it means when it leaves after midnight."""
    if not near_midnight() or issued_on != clock.today():
        return ""
    found = deadline(
        issued_on=issued_on,
        issued_at=clock.now(),
        mode=Mode.ONLINE,
        events=[],
        saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY,
    )
    text = _(
        "Dzień się kończy. Wysłana po północy przejdzie w tryb offline24 (art. 106nda ust. 16). "
        "Termin: %(day)s, 23:59."
    )
    return text % {"day": weekday_date(found.on)}
