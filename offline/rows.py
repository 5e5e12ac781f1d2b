"""The entries of the journal as a person reads them: announcements with versions, modes."""

import json
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from auth_ksef.messages import BETWEEN, told
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.ui.formats import plural, short_day
from offline.hooks import Effect, effects_get
from offline.journal import outage_list
from offline.models import Category, ModeEntry, Outage, OutageVersion
from offline.shown import ONLINE, mode_label

MOST = 500  # of each kind; what is older is in the file
LONGEST = 5000
TITLES = {
    Category.FAILURE: ("warn", "bad"),
    Category.TOTAL_FAILURE: ("bad", "bad"),
    Category.MAINTENANCE: ("clock", "warn"),
}


def outages_whole(company: Company) -> QuerySet[Outage]:
    """Every outage the company may see, with its versions and where they come from."""
    return outage_list(company).prefetch_related(
        "versions__message", "versions__entered_by", "replaced_by__versions"
    )


def outage_own(company: Company, pk: int) -> Outage | None:
    """One of the company's own entries that still counts."""
    outage = outages_whole(company).filter(company=company, pk=pk).first()
    return None if outage is None or newest_of(outage).void else outage


def newest_of(outage: Outage) -> OutageVersion:
    """What is known of it now."""
    return list(outage.versions.all())[-1]


def mode_entry_list(company: Company):
    """The company's entries about modes and rules in its environment, newest first."""
    rows = ModeEntry.objects.filter(company=company, environment=company.environment)
    return rows.select_related("by")


def rows_shown(company: Company, kind: str = "") -> list[dict]:
    """Entries newest first; `kind`: komunikaty, tryb, or all."""
    outages = [] if kind == "tryb" else list(outages_whole(company).order_by("-id")[:MOST])
    effects = effects_get(company, [row.pk for row in outages]) if outages else {}
    found = [outage_row(row, company, effects.get(row.pk)) for row in outages]
    if kind != "komunikaty":
        found += [mode_row(row) for row in mode_entry_list(company)[:MOST]]
    return sorted(found, key=lambda row: row["at"], reverse=True)


# --- Announcements --------------------------------------------------------------------------
def outage_row(outage: Outage, company: Company, effect: Effect | None) -> dict:
    """One outage as it stands now, with what was known before."""
    versions = list(outage.versions.all())
    newest = versions[-1]
    now = clock.now()
    glyph, kind = ("withdrawn", "quiet") if newest.void else TITLES[newest.category]
    replaced = _replaced(outage, company)
    return {
        **{"at": newest.start, "outage": outage, "newest": newest, "glyph": glyph, "kind": kind},
        "versions": [_version(row) for row in reversed(versions)],
        "title": _("KSeF: %(category)s") % {"category": newest.get_category_display()},
        "state": _state(newest, now),
        "lasting": newest.end is None and not newest.void and newest.start <= now,
        "source": _source(newest),
        "note": told(newest.note),
        "void": newest.void,
        "replaced": replaced,
        "own": outage.company_id is not None,
        "effect": _effect_words(effect, newest, now) if not newest.void else "",
        "change": _change(versions),
        "has_more": len(versions) > 1 or newest.message is not None,
    }


def _replaced(outage: Outage, company: Company) -> bool:
    """Whether an entry of this company counts instead, one that was not taken back."""
    return any(
        other.company_id == company.pk and not newest_of(other).void
        for other in outage.replaced_by.all()
    )


def _version(row: OutageVersion) -> dict:
    message = row.message
    return {
        **{"row": row, "source": _source(row), "message": message},
        "note": told(row.note),
        "text": _cut(message.text) if message else "",
        "raw_text": (
            _cut(json.dumps(message.raw, ensure_ascii=False, indent=1)) if message else ""
        ),
    }


def _cut(text: str) -> str:
    """What a page can carry of a stranger's text; the file has all of it."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _source(row: OutageVersion) -> str:
    if row.message:
        facts = {"id": row.message.message_id, "version": row.message.version}
        return _("Latarnia, %(id)s, wersja %(version)s") % facts
    return str(row.entered_by) if row.entered_by else _("Latarnia")


def _state(row: OutageVersion, now: datetime) -> str:
    if row.void:
        return _("unieważniony")
    if row.start > now:
        return _("zapowiedziana")
    if row.end is None or row.end > now:
        return _("trwa")
    return ""


def _change(versions: list[OutageVersion]) -> str:
    """What the last amendment changed, in words; empty for the first version."""
    if len(versions) < 2 or versions[-1].void:
        return ""
    before, after = versions[-2:]
    if before.end is None and after.end is not None:
        return _("Ogłoszono koniec.")
    if before.end != after.end or before.start != after.start:
        return _("Godziny poprawiono w późniejszej wersji.")
    return ""


def _effect_words(effect: Effect | None, newest: OutageVersion, now: datetime) -> str:
    if effect is None or not effect.count:
        return _("Jeszcze nie obowiązuje") if newest.start > now else _("Bez wpływu na faktury")
    parts = [plural(effect.count, _("faktura,faktury,faktur"))]
    if effect.waiting:
        parts.append(_("czeka: %(count)d") % {"count": effect.waiting})
    if effect.nearest:
        parts.append(_("termin %(day)s") % {"day": short_day(effect.nearest)})
    elif effect.waiting:
        parts.append(_("termin po ogłoszeniu końca"))
    if effect.outside:
        parts.append(_("poza KSeF: %(count)d") % {"count": effect.outside})
    return ", ".join(parts)


# --- Modes ----------------------------------------------------------------------------------
def mode_row(entry: ModeEntry) -> dict:
    """One entry about a mode: what, why, who."""
    return {
        **{"at": entry.at, "entry": entry, "glyph": "dot", "kind": "quiet"},
        "title": _mode_title(entry),
        "mode": entry.mode if entry.mode != ONLINE else "",
        "text": _words(entry.why),
        "source": str(entry.by) if entry.by else _("aplikacja, według stałej reguły"),
    }


def _mode_title(entry: ModeEntry) -> str:
    if entry.what == ModeEntry.What.RULES:
        return _("Zmieniono stałe reguły")
    if entry.what == ModeEntry.What.OVERRULE:
        return _("Pominięto tryb awarii")
    if entry.mode == ONLINE:
        return _("Powrót do trybu online")
    return _("Tryb firmy: %(mode)s") % {"mode": mode_label(entry.mode)}


def _words(why: str) -> str:
    """A sentence of ours in the active language; a person's own words in quotation marks."""
    if not why or BETWEEN in why:
        return told(why)
    return f"„{why}”"


def kinds_shown(chosen: str) -> list[dict]:
    """The saved views of the list."""
    labels = [("", _("Wszystkie")), ("komunikaty", _("Komunikaty")), ("tryb", _("Tryb firmy"))]
    return [
        {"url": f"?rodzaj={key}" if key else "?", "label": label, "active": key == chosen}
        for key, label in labels
    ]
