"""What the journal's page shows: facts, conclusion, lanes, in words of the active language."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from auth_ksef.messages import chosen
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.ui.formats import SHORT_DAYS, plural, recent, time_pl, weekday_date
from ksefapp.ui.states import MODES
from offline import lanes
from offline.facts import FRESH
from offline.hooks import Waiting
from offline.journal import newest
from offline.models import Category, ModeEntry

ONLINE = "online"
LANE_HEIGHT = 50
# Latarnia of these drives modes; elsewhere it is information (LAT-01).
DRIVING = {Environment.PRODUCTION, Environment.SIMULATOR}


def mode_label(mode: str) -> str:
    """The mode in words: `online`, `offline24`, `awaria`, …"""
    return str(MODES.get(mode, mode))


# --- Three facts ----------------------------------------------------------------------------
def fact_rows(facts) -> list[dict]:
    """The facts one by one: {"name", "title", "text", "mini", "glyph", "kind", …}; never merged.

    `facts` is `offline.modes.Facts`.
    """
    return [_fact(name, getattr(facts, name)) for name in ("api", "latarnia", "network")]


def _fact(name: str, fact) -> dict:
    title, mini = _fact_words(name, fact.works)
    broken = ("warn", "warn") if name == "latarnia" else ("bad", "bad")
    glyph, kind = {True: ("ok", "ok"), False: broken, None: ("ring", "quiet")}[fact.works]
    if name == "api" and fact.works and clock.now() - fact.asked_at > FRESH:
        # Nobody asks where nothing is sent: what it was then is not what it is now.
        glyph, kind = "ring", "quiet"
        title, mini = _("API ostatnio odpowiadało"), _("API KSeF: ostatnio odpowiadało")
    return {
        **{"name": name, "title": title, "mini": mini, "glyph": glyph, "kind": kind},
        **{"text": chosen((fact.pl, fact.en)), "asked": _asked(fact)},
    }


def _asked(fact) -> str:
    """`Sprawdzone 19:23, api.example.com`; with the day where that is not today."""
    if fact.asked_at is None:
        return fact.source
    when = recent(fact.asked_at)
    return ", ".join(filter(None, [_("Sprawdzone %(when)s") % {"when": when}, fact.source]))


def _fact_words(name: str, works: bool | None) -> tuple[str, str]:
    words = {
        ("api", True): (_("API odpowiada"), _("API KSeF: odpowiada")),
        ("api", False): (_("API nie odpowiada"), _("API KSeF: nie odpowiada")),
        ("api", None): (_("Nie wiemy, czy API odpowiada"), _("API KSeF: nie wiadomo")),
        ("latarnia", True): (_("Latarnia: KSeF dostępny"), _("Latarnia: dostępny")),
        ("latarnia", False): (_("Latarnia: KSeF nie działa"), _("Latarnia: KSeF nie działa")),
        ("latarnia", None): (_("Latarnia: nie wiadomo"), _("Latarnia: nie wiadomo")),
        ("network", True): (_("Nasza sieć działa"), _("Nasza sieć: działa")),
        ("network", False): (_("Nasza sieć nie działa"), _("Nasza sieć: nie działa")),
        ("network", None): (_("Nie wiemy, czy nasza sieć działa"), _("Nasza sieć: nie wiadomo")),
    }
    return words[name, works]


# --- What follows from them -----------------------------------------------------------------
def conclusion(facts, decision, environment: str) -> list[str]:
    """What the three facts mean together, a sentence each; what is not known is said so."""
    if decision.outage is not None:
        return [_about_outage(newest([decision.outage.pk])[decision.outage.pk].category)]
    found = [_about_connection(facts)]
    if facts.latarnia.works is None and environment in DRIVING:
        found.append(_("Latarnia nie mówi, czy trwa awaria. Trybu z tego powodu nie zmieniamy."))
    if environment not in DRIVING:
        found.append(_("Latarnia tego środowiska to tylko informacja: trybów nie zmienia."))
    return [sentence for sentence in found if sentence]


def _about_outage(category: str) -> str:
    if category == Category.TOTAL_FAILURE:
        return _(
            "Ogłoszono awarię całkowitą. Faktur wystawionych w jej trybie nie wysyła się do KSeF."
        )
    if category == Category.MAINTENANCE:
        return _(
            "Ogłoszono niedostępność KSeF. Termin faktur wystawionych w jej trybie liczy się od "
            "jej końca."
        )
    return _(
        "Ogłoszono awarię KSeF. Termin faktur wystawionych w jej trybie liczy się od jej końca."
    )


def _about_connection(facts) -> str:
    if facts.network.works is False:
        return _(
            "To nasza sieć, nie KSeF. To nie jest awaria w rozumieniu ustawy: terminy się nie "
            "wydłużają."
        )
    if facts.api.works is False:
        return _("To nie jest awaria w rozumieniu ustawy: terminy się nie wydłużają.")
    if facts.api.works and facts.network.works is not False:
        return _("Faktury wychodzą normalnie. Nie musisz nic robić.")
    return _("Nie pytaliśmy jeszcze KSeF. Zapytamy przy pierwszej fakturze.")


def waiting_words(waiting: Waiting) -> str:
    """`2 faktury czekają na wysłanie, najbliższy termin: …`; empty when nothing waits."""
    if not waiting.count:
        return ""
    parts = [_("Czeka na KSeF: %(count)s.") % {"count": _invoices(waiting.count)}]
    if waiting.nearest:
        day = weekday_date(waiting.nearest)
        parts.append(_("Najbliższy termin: %(day)s, 23:59.") % {"day": day})
    if waiting.open:
        parts.append(
            _("Termin poznamy po ogłoszeniu końca awarii: %(count)s.")
            % {"count": _invoices(waiting.open)}
        )
    if waiting.late:
        parts.append(
            _("Po terminie: %(count)s. Wyślemy je mimo to.") % {"count": _invoices(waiting.late)}
        )
    return " ".join(parts)


def _invoices(count: int) -> str:
    return plural(count, _("faktura,faktury,faktur"))


# --- Lanes ----------------------------------------------------------------------------------
def lanes_shown(company: Company, *, announced: Sequence, silences: Iterable, until=None) -> dict:
    """The picture of two weeks: days, now, three lanes of bars, and the finding in words.

    `announced` are `offline.events.Event`, `silences` are rows of that model.
    """
    now, today = clock.now(), clock.today()
    ministry = [_announced(event) for event in announced]
    frame = lanes.window(until or lanes.last_day(today, ministry))
    days = lanes.days(frame, saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY)
    rows = [
        {"name": _("Ministerstwo"), "spans": ministry},
        {"name": _("Nasze połączenie"), "spans": [_silence(row) for row in silences]},
        {"name": _("Tryb firmy"), "spans": mode_spans(company)},
    ]
    for place, row in enumerate(rows):
        row |= {"bars": lanes.bars(row["spans"], frame, now), "y": place * LANE_HEIGHT}
    return {
        "rows": rows,
        "days": [day | {"label": _day_label(day["date"])} for day in days],
        "now": lanes.mark(frame, now),
        "now_time": time_pl(now),
        "first": frame.first,
        "last": frame.last,
        "finding": _finding(rows),
    }


def _day_label(day: date) -> str:
    return f"{SHORT_DAYS[day.weekday()]} {day.day}"


def _announced(event) -> lanes.Span:
    label = str(Category(event.category).label)
    return lanes.Span(event.start, event.end, event.category, label)


def _silence(row) -> lanes.Span:
    return lanes.Span(row.since, row.until, row.what, "")


def mode_spans(company: Company) -> list[lanes.Span]:
    """When the company was not in the mode online, oldest first."""
    rows = ModeEntry.objects.filter(company=company, environment=company.environment)
    rows = rows.exclude(mode="").order_by("at", "id").values_list("at", "mode")
    found: list[lanes.Span] = []
    mode, since = ONLINE, None
    for at, next_mode in rows:
        if next_mode == mode:
            continue
        if since is not None:
            found.append(lanes.Span(since, at, "mode", mode_label(mode)))
        mode, since = next_mode, (None if next_mode == ONLINE else at)
    if since is not None:
        found.append(lanes.Span(since, None, "mode", mode_label(mode)))
    return found


def _finding(rows: list[dict]) -> str:
    seen = [len(row["bars"]) for row in rows]
    if not any(seen):
        return _("Żadnych komunikatów ani przerw, firma cały czas w trybie online.")
    return _(
        "Komunikaty Ministerstwa: %(ministry)d. Nasze przerwy w połączeniu: %(ours)d. Okresy "
        "firmy poza trybem online: %(mode)d."
    ) % {"ministry": seen[0], "ours": seen[1], "mode": seen[2]}
