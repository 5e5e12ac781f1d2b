"""The sweep of this room: is KSeF back, did a company's mode change by itself, who is told.

Deadlines and waiting invoices belong to the room of invoices, which tells of those itself.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.core.cache import cache
from django.urls import reverse

from auth_ksef.api import ksef_api
from auth_ksef.choosing import credential_for
from auth_ksef.client import KsefError
from auth_ksef.contact import contact_get
from auth_ksef.errors import NoCredential
from auth_ksef.messages import Pair
from auth_ksef.models import Binding
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_raise, notice_resolve
from offline.deadlines import AWARIA, OFFLINE24, ONLINE, TOTAL, UNAVAILABLE
from offline.journal import DRIVEN, newest
from offline.latarnia import state_get
from offline.models import CompanyMode, Outage
from offline.modes import PROPOSE_AFTER, Decision, mode_change_note
from offline.silences import silences_note

PROBE_SECONDS = 20
NO_END_AFTER = timedelta(hours=1)
OTHERS_SECONDS = 60  # companies without rules: looked at less often

log = logging.getLogger(__name__)


def modes_sweep() -> int:
    """Once over all environments in use; how many companies changed their mode."""
    used = Company.objects.order_by().values_list("environment", flat=True).distinct()
    changed = 0
    for environment in sorted(set(used)):
        contact_probe(environment)
        changed += sum(_look_at(company) for company in _concerned(environment))
    silences_note()
    return changed


# --- Is KSeF back? ------------------------------------------------------------------------------
def contact_probe(environment: str) -> bool:
    """Asks a silent KSeF for its public keys, now and then; True when it answers again.

    Else nobody would ask while every invoice waits for a later moment.
    """
    contact = contact_get(environment)
    if contact is None or contact.failing_since is None:
        return False
    if not cache.add(f"ksef-probe:{environment}", 1, PROBE_SECONDS):
        return False
    with suppress(KsefError):  # a refusal is an answer too: the row says
        ksef_api(environment).public_keys()
    contact = contact_get(environment)
    return contact is not None and contact.failing_since is None


# --- Modes --------------------------------------------------------------------------------------
def _concerned(environment: str) -> list[Company]:
    here = Company.objects.filter(environment=environment)
    if _is_troubled(environment) and cache.add(f"modes:{environment}", 1, OTHERS_SECONDS):
        return list(here)
    told = Notice.objects.filter(environment=environment, over=False, key__startswith="mode")
    ids = set(CompanyMode.objects.filter(company__in=here).values_list("company", flat=True))
    return list(here.filter(pk__in=ids | set(told.values_list("company", flat=True))))


def _is_troubled(environment: str) -> bool:
    """Whether somebody without rules may have to be told something."""
    contact = contact_get(environment)
    silent_since = contact and contact.failing_since
    if silent_since and clock.now() - silent_since >= PROPOSE_AFTER:
        return True
    outages = Outage.objects.filter(environment=environment)
    if environment not in DRIVEN:
        outages = outages.exclude(company=None)
    now = clock.now()
    return any(
        not row.void and row.start <= now and (row.end is None or row.end > now)
        for row in newest(outages).values()
    )


def _look_at(company: Company) -> bool:
    decision, news = mode_change_note(company)
    _tell(company, decision)
    if news is not None:
        log.info("company %s: mode %s", company.pk, decision.mode)
    return news is not None


# --- Who is told --------------------------------------------------------------------------------
def _tell(company: Company, decision: Decision) -> None:
    outage = decision.outage.pk if decision.outage else ""
    mode = f"mode:{decision.mode}:{outage}" if decision.by_rule else ""
    proposal = f"mode-proposal:{decision.proposal}:{outage}" if decision.proposal else ""
    no_kod2 = _no_kod2(company) if decision.by_rule else None
    kod2 = "mode-kod2" if no_kod2 else ""
    no_end = _no_end(decision.outage)
    unended = f"mode-open:{outage}" if no_end else ""
    overtaken = _overtaken(company)
    ended = _ended(company, {mode, proposal, kod2, unended, *overtaken})
    if mode:
        _raise(company, mode, "warn", _by_rule_words(decision))
    if proposal and decision.proposal != ONLINE:
        # Our own silence may pass at any moment; an announcement is worth a letter.
        _raise(company, proposal, "warn", _proposal_words(decision), mail=bool(outage))
    if no_kod2:
        _raise(company, kod2, "bad", no_kod2)
    if no_end:
        _raise(company, unended, "warn", NO_END, mail=False)
    for key in overtaken:
        _raise(company, key, "warn", OVERTAKEN)
    if ended and not mode:
        back = _back_words(decision)
        _raise(company, f"back:{company.pk}:{ended}", "info", back, mail=False)


NO_END: Pair = (
    "Latarnia od godziny podaje, że KSeF jest dostępny, a komunikatu o końcu awarii nie ma. "
    "Sprawdź BIP i w razie potrzeby wpisz w dzienniku własny komunikat z końcem.",
    "Latarnia has said for an hour that KSeF is available, but there is no message of the end of "
    "the outage. Check BIP and, if need be, enter the announcement with its end in the journal.",
)


def _no_end(outage: Outage | None) -> bool:
    """Whether Latarnia's own outage goes on although it says that all is well."""
    if outage is None or outage.company_id is not None:
        return False
    state = state_get(outage.environment)
    if state is None or state.status != "AVAILABLE" or state.changed_at is None:
        return False
    return clock.now() - state.changed_at >= NO_END_AFTER


OVERTAKEN: Pair = (
    "Latarnia zmieniła komunikat, zamiast którego liczy się Twój wpis w dzienniku. Sprawdź, czy "
    "wpis trzeba poprawić albo unieważnić: od niego zależą terminy.",
    "Latarnia has changed the announcement that your entry in the journal stands in for. Check "
    "whether the entry must be amended or voided: deadlines depend on it.",
)


def _overtaken(company: Company) -> list[str]:
    """Keys for own entries whose announcement of Latarnia is newer than they are."""
    standing_in = Outage.objects.filter(
        company=company, environment=company.environment, replaces__isnull=False
    )
    own = [row for row in newest(standing_in).values() if not row.void]
    told = newest([row.outage.replaces_id for row in own]) if own else {}
    pairs = [(row, told[row.outage.replaces_id]) for row in own]
    return [f"mode-overtaken:{row.pk}:{other.pk}" for row, other in pairs if other.pk > row.pk]


def _ended(company: Company, current: set[str]) -> str:
    """Resolves what is over; the key of the automatic mode that was left, if one was."""
    rows = Notice.objects.filter(
        company=company, environment=company.environment, over=False, key__startswith="mode"
    )
    left = ""
    for key in rows.values_list("key", flat=True):
        if key not in current:
            notice_resolve(company, key)
            left = key if key.startswith("mode:") else left
    return left


def _raise(company: Company, key: str, kind: str, text: Pair, *, mail: bool = True) -> None:
    path = reverse("journal", args=[company.nip])
    notice_raise(company=company, key=key, kind=kind, text=text, path=path, mail=mail)


WORDS: dict[str, Pair] = {
    ONLINE: ("online", "online"),
    OFFLINE24: ("offline24 (art. 106nda)", "offline24 (art. 106nda)"),
    UNAVAILABLE: ("niedostępność (art. 106nh)", "unavailability (art. 106nh)"),
    AWARIA: ("awaria (art. 106nf)", "failure (art. 106nf)"),
    TOTAL: ("awaria całkowita (art. 106ng)", "total failure (art. 106ng)"),
}


def _by_rule_words(decision: Decision) -> Pair:
    (polish, english), (mode, mode_en) = decision.why, WORDS[decision.mode]
    return (
        f"Nowe faktury dostają teraz tryb: {mode}, zgodnie z regułą firmy. {polish} Wyślemy je "
        "sami, w terminie.",
        f"New invoices now get the mode {mode_en}, by the company's rule. {english} We will "
        "send them in time.",
    )


def _proposal_words(decision: Decision) -> Pair:
    (polish, english), (mode, mode_en) = decision.proposal_why, WORDS[decision.proposal]
    return (
        f"{polish} Proponujemy tryb: {mode}. Zdecyduj przy wystawianiu albo ustaw regułę firmy.",
        f"{english} The mode {mode_en} is proposed: decide when issuing, or set the company's "
        "rule.",
    )


def _back_words(decision: Decision) -> Pair:
    mode, mode_en = WORDS[decision.mode]
    return (
        f"Tryb ustawiony regułą już nie obowiązuje. Nowe faktury dostają tryb: {mode}.",
        f"The mode set by the rule is over. New invoices get the mode {mode_en}.",
    )


def _no_kod2(company: Company) -> Pair | None:
    """Why nothing of the automatic mode could be handed out; a person's own may still serve."""
    try:
        credential_for(company, Binding.Purpose.KOD_II)
    except NoCredential as refusal:
        if refusal.code == "consent":
            return None
        return (
            f"Tryb offline włączył się sam, a bez KODU II nie wolno nic wydać nabywcy. "
            f"{refusal.pl}",
            f"The offline mode came by itself, and without KOD II nothing may be handed out. "
            f"{refusal.en}",
        )
    return None
