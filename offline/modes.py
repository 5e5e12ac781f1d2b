"""Which mode a new invoice of a company gets, who decided that, and the journal of it.

Announced outages alone make outage modes, and only where the company's standing rule says so;
else the application proposes and a person decides. That KSeF does not answer us is no outage:
it leads to offline24 at most (LAT-09). A failure goes before a niedostępność and before an
offline24 that a person switched on (OFF-11). Awaria całkowita is never automatic: its documents
carry no codes and are never sent, so a person must want each.

What a person set in one environment does not count in another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from auth_ksef.contact import contact_get
from auth_ksef.messages import Pair, stored
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.ui.formats import recent, time_pl
from offline.deadlines import AWARIA, OFFLINE24, ONLINE, TOTAL, UNAVAILABLE
from offline.events import FAILURE, MAINTENANCE, TOTAL_FAILURE
from offline.facts import Fact, Facts, facts
from offline.journal import event_of, version_list
from offline.models import CompanyMode, ModeEntry, Outage, OutageVersion

__all__ = ["Decision", "Fact", "Facts", "facts", "mode_now", "standing"]

PROPOSE_AFTER = timedelta(minutes=3)
LONGEST_MINUTES = 24 * 60
WHY_LENGTH = 450
MODE_OF = {FAILURE: AWARIA, MAINTENANCE: UNAVAILABLE, TOTAL_FAILURE: TOTAL}
What = ModeEntry.What


@dataclass(frozen=True)
class Decision:
    """`mode` is what a new invoice gets unless the person chooses.

    `by_rule`: a standing rule decided. `proposal` is what the application suggests where it
    may not decide. `outage` is the one that mode or proposal rests on.
    """

    mode: str
    outage: Outage | None
    why: Pair
    by_rule: bool = False
    proposal: str | None = None
    proposal_why: Pair | None = None

    @property
    def follows_outage(self) -> bool:
        """Whether a rule put the announced outage's own mode in force; it may be overruled."""
        return self.by_rule and self.mode in MODE_OF.values()


def mode_now(company: Company, at: datetime | None = None) -> Decision:
    """What holds for the company's new invoices at the instant (default: now)."""
    return decide(company, standing(company), at or clock.now())


def standing(company: Company) -> CompanyMode:
    """The company's rules and switches; an unsaved row of defaults where it has none here."""
    row = CompanyMode.objects.filter(company=company).first()
    last = ModeEntry.objects.filter(company=company).order_by("-id").first()
    if row is None or (last and last.environment != company.environment):
        return CompanyMode(company=company)
    return row


# --- Deciding -----------------------------------------------------------------------------------
NOTHING: Pair = (
    "Nic nie wskazuje na awarię ani niedostępność KSeF.",
    "Nothing points to a failure or an unavailability of KSeF.",
)
NO_RULE: Pair = (
    "Firma nie ma reguły, która po ogłoszeniu zmienia tryb: decyduje osoba.",
    "The company has no rule that changes the mode on an announcement: a person decides.",
)


def decide(company: Company, row: CompanyMode, now: datetime) -> Decision:
    """The decision from the rules and switches of `row`, the journal and the contact."""
    in_force = {}
    for version in version_list(company):
        if event_of(version).in_force(now):
            # The latest that began; which one of a kind is named changes no mode.
            in_force[version.category] = max(
                version, in_force.get(version.category, version), key=lambda v: (v.start, v.id)
            )
    silent_since = _silent_since(company)
    if total := in_force.get(TOTAL_FAILURE):
        return _total(row, total)
    if failure := in_force.get(FAILURE):
        return _announced(row, failure, now, silent_since)
    if (window := in_force.get(MAINTENANCE)) and not row.offline24_since:
        return _announced(row, window, now, silent_since)
    return _without_outage(row, now, silent_since)


def _silent_since(company: Company) -> datetime | None:
    contact = contact_get(company.environment)
    return contact.failing_since if contact else None


def _total(row: CompanyMode, version: OutageVersion) -> Decision:
    why = _outage_words(version)
    mode = OFFLINE24 if row.offline24_since else ONLINE
    must = (
        f"{why[0]} Faktury wystawia się bez wysyłania do KSeF (art. 106ng); o tym decyduje osoba.",
        f"{why[1]} Invoices are issued without sending them to KSeF (art. 106ng); a person "
        "decides that.",
    )
    return Decision(mode, version.outage, why, proposal=TOTAL, proposal_why=must)


def _announced(
    row: CompanyMode, version: OutageVersion, now: datetime, silent_since: datetime | None
) -> Decision:
    why = _outage_words(version)
    mode = MODE_OF[version.category]
    if _is_overruled(row, version, now):
        other = _without_outage(row, now, silent_since)
        return Decision(other.mode, version.outage, _overruled_words(row), other.by_rule)
    if row.auto_outage:
        return Decision(mode, version.outage, why, by_rule=True)
    other = _without_outage(row, now, silent_since)
    because = NO_RULE if other.why == NOTHING else other.why
    return Decision(
        other.mode, version.outage, because, other.by_rule, proposal=mode, proposal_why=why
    )


def _is_overruled(row: CompanyMode, version: OutageVersion, now: datetime) -> bool:
    if row.overruled_outage_id != version.outage_id:
        return False
    return row.overruled_until is None or now < row.overruled_until


def _without_outage(row: CompanyMode, now: datetime, silent_since: datetime | None) -> Decision:
    if row.offline24_since:
        return _switched_on(row, silent_since)
    if silent_since is None:
        return Decision(ONLINE, None, NOTHING)
    why = _silence_words(silent_since)
    minutes = row.auto_offline24_minutes
    if minutes is not None and now - silent_since >= timedelta(minutes=minutes):
        return Decision(OFFLINE24, None, why, by_rule=True)
    if minutes is None and now - silent_since >= PROPOSE_AFTER:
        return Decision(ONLINE, None, why, proposal=OFFLINE24, proposal_why=why)
    return Decision(ONLINE, None, why)


def _switched_on(row: CompanyMode, silent_since: datetime | None) -> Decision:
    who = row.offline24_by
    since = recent(row.offline24_since)
    why = (
        f"Tryb offline24 włączony: {since}, {who}.",
        f"Offline24 switched on: {since}, {who}.",
    )
    if silent_since is not None:
        return Decision(OFFLINE24, None, why)
    back = ("KSeF odpowiada, można wrócić do trybu online.", "KSeF answers; online is possible.")
    return Decision(OFFLINE24, None, why, proposal=ONLINE, proposal_why=back)


CATEGORY_WORDS: dict[str, Pair] = {
    FAILURE: ("Trwa ogłoszona awaria KSeF", "An announced failure of KSeF is on"),
    MAINTENANCE: (
        "Trwa ogłoszona niedostępność KSeF",
        "An announced unavailability of KSeF is on",
    ),
    TOTAL_FAILURE: ("Trwa awaria całkowita", "There is a total failure"),
}


def _outage_words(version: OutageVersion) -> Pair:
    begun = clock.warsaw(version.start)
    since = f"{begun:%d.%m.%Y} {time_pl(begun)}"
    polish, english = CATEGORY_WORDS[version.category]
    return f"{polish}, od {since}.", f"{english}, since {since}."


def _overruled_words(row: CompanyMode) -> Pair:
    if row.overruled_until is None:
        return (
            "Tryb ogłoszonej awarii pominięto do jej końca.",
            "The mode of the announced outage is set aside until its end.",
        )
    until = recent(row.overruled_until)
    return (
        f"Tryb ogłoszonej awarii pominięto do {until}.",
        f"The mode of the announced outage is set aside until {until}.",
    )


def _silence_words(since: datetime) -> Pair:
    at = recent(since)
    return f"KSeF nie odpowiada nam od {at}.", f"KSeF has not answered us since {at}."


# --- A person decides ---------------------------------------------------------------------------
def rules_set(
    *, company: Company, by: User, auto_outage: bool, auto_offline24_minutes: int | None
) -> CompanyMode:
    """Stores the standing rules. Raises ValidationError for minutes outside 1 to 1440."""
    minutes = auto_offline24_minutes
    if minutes is not None and not 1 <= minutes <= LONGEST_MINUTES:
        raise ValidationError({"auto_offline24_minutes": _("Podaj od 1 do 1440 minut.")})
    rules = {"auto_outage": auto_outage, "auto_offline24_minutes": minutes}
    with transaction.atomic():
        row = _locked(company)
        if all(getattr(row, name) == value for name, value in rules.items()):
            return row
        _change(row, **rules)
        _entry(row, What.RULES, by=by, why=stored(_rules_words(auto_outage, minutes)))
        audit("mode.rules", company=company, user=by, **rules)
    return row


def _rules_words(auto_outage: bool, minutes: int | None) -> Pair:
    polish, english = ["ogłoszona awaria: "], ["announced outage: "]
    polish[0] += "jej tryb od razu" if auto_outage else "decyduje osoba"
    english[0] += "its mode at once" if auto_outage else "a person decides"
    polish.append(f"brak połączenia: offline24 po {minutes} min" if minutes else "")
    english.append(f"no connection: offline24 after {minutes} min" if minutes else "")
    return "; ".join(filter(None, polish)), "; ".join(filter(None, english))


def offline24_on(*, company: Company, by: User, why: str = "") -> CompanyMode:
    """Switches offline24 on by hand (art. 106nda asks for no reason); already on: nothing."""
    with transaction.atomic():
        row = _locked(company)
        if row.offline24_since is None:
            _change(row, offline24_since=clock.now(), offline24_by=by)
            _entered(row, What.ON, "mode.on", by, why)
    return row


def offline24_off(*, company: Company, by: User, why: str = "") -> CompanyMode:
    """Switches it off again; already off: nothing."""
    with transaction.atomic():
        row = _locked(company)
        if row.offline24_since is not None:
            _change(row, offline24_since=None, offline24_by=None)
            _entered(row, What.OFF, "mode.off", by, why)
    return row


def outage_overrule(
    *, company: Company, by: User, why: str, until: datetime | None = None
) -> CompanyMode:
    """Sets the automatic mode of the outage in force aside until then.

    It comes back by itself when the outage goes on after `until`; None: not while this very
    outage lasts. Raises ValidationError when no rule has switched to an outage's mode now.
    """
    if not why.strip():
        raise ValidationError({"why": _("Napisz, dlaczego.")})
    with transaction.atomic():
        row = _locked(company)
        decision = decide(company, row, clock.now())
        if not decision.follows_outage:
            raise ValidationError(_("Teraz nie działa automatyczny tryb awarii."))
        _change(row, overruled_outage=decision.outage, overruled_until=until)
        told = until.isoformat() if until else ""
        _entered(row, What.OVERRULE, "mode.overrule", by, why, until=told)
    return row


def overrule_end(*, company: Company, by: User) -> CompanyMode:
    """The outage's mode is back before its time; nothing set aside: nothing."""
    with transaction.atomic():
        row = _locked(company)
        if row.overruled_outage_id is not None:
            _change(row, overruled_outage=None, overruled_until=None)
            _entered(row, What.CHANGE, "mode.overrule_end", by, "")
    return row


def _locked(company: Company) -> CompanyMode:
    """The row, locked; what was set in another environment is gone from it."""
    CompanyMode.objects.get_or_create(company=company)
    row = CompanyMode.objects.select_for_update().get(company=company)
    last = ModeEntry.objects.filter(company=company).order_by("-id").first()
    if last and last.environment != company.environment:
        row = CompanyMode(company=company)
        row.save(force_update=True)
    return row


def _change(row: CompanyMode, **facts) -> None:
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=[*facts])


def _entered(row: CompanyMode, what: str, action: str, by: User, why: str, **details: str) -> None:
    """A person's decision: journal and audit, and what is in force from here on."""
    decision = decide(row.company, row, clock.now())
    _change(row, last_mode=decision.mode, last_outage=_rested_on(decision))
    _entry(row, what, by=by, why=why.strip()[:WHY_LENGTH], decision=decision)
    told = {name: value for name, value in details.items() if value}
    audit(action, company=row.company, user=by, why=why[:WHY_LENGTH], **told)


def _entry(
    row: CompanyMode, what: str, *, by: User | None, why: str, decision: Decision | None = None
) -> None:
    company = row.company
    ModeEntry.objects.create(
        company=company,
        environment=company.environment,
        what=what,
        mode=decision.mode if decision else "",
        outage=decision.outage if decision else None,
        why=why,
        by=by,
    )


def _rested_on(decision: Decision) -> Outage | None:
    return decision.outage if decision.follows_outage else None


# --- What changed by itself ---------------------------------------------------------------------
def mode_change_note(company: Company) -> tuple[Decision, Decision | None]:
    """Journals, once, that another mode is in force than when last looked at.

    Returns what is in force, and the same again when that is news. Of two workers one writes.
    """
    row = standing(company)
    decision = decide(company, row, clock.now())
    outage = _rested_on(decision)
    before = (row.last_mode, row.last_outage_id)
    if before == (decision.mode, outage.pk if outage else None):
        return decision, None
    with transaction.atomic():
        row = _locked(company)
        if before != (row.last_mode, row.last_outage_id):
            return decision, None
        _change(row, last_mode=decision.mode, last_outage=outage)
        why = stored(decision.why)
        _entry(row, What.CHANGE, by=None, why=why, decision=decision)
        audit("mode.change", company=company, mode=decision.mode, why=decision.why[0])
    return decision, decision


def companies_set(environment: str) -> Sequence[Company]:
    """Companies of the environment with rules or switches."""
    return list(Company.objects.filter(environment=environment, offline_mode__isnull=False))
