"""The outage journal: what was announced, by Latarnia or by a person's entry with its source.

An outage is a chain of versions, the newest counts; nothing is changed or deleted. Entries by
hand belong to one company and may stand in for what Latarnia said (LAT-08). Latarnia's own
outages count where it drives modes: in production and in the simulator (LAT-01).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, Environment, User
from ksefapp.lib import clock
from offline.events import FAILURE, TOTAL_FAILURE, Event
from offline.models import Category, LatarniaMessage, Outage, OutageVersion
from offline.signals import outage_changed

DRIVEN = (Environment.PRODUCTION, Environment.SIMULATOR)
CLOCKS_DIFFER = timedelta(minutes=5)
FURTHEST_AHEAD = timedelta(days=366)


# --- Reading --------------------------------------------------------------------------------
def outage_list(company: Company) -> QuerySet[Outage]:
    """Every outage that the company may see in its environment: Latarnia's and its own."""
    mine = Q(company=company) | Q(company=None)
    return Outage.objects.filter(mine, environment=company.environment)


def newest(outages: Iterable[int] | QuerySet) -> dict[int, OutageVersion]:
    """What is known now of these outages (ids or a queryset), by id."""
    rows = OutageVersion.objects.filter(outage__in=outages).select_related("outage")
    return {row.outage_id: row for row in rows.order_by("id")}


def version_list(company: Company) -> list[OutageVersion]:
    """The newest versions of the outages that count for this company.

    Latarnia's where it drives modes, without those that an own entry stands in for; the
    company's own without the void ones.
    """
    known = newest(outage_list(company))
    replaced = {
        row.outage.replaces_id for row in known.values() if row.outage.company_id and not row.void
    }
    driven = company.environment in DRIVEN
    return [
        row
        for pk, row in known.items()
        if not row.void and pk not in replaced and (driven or row.outage.company_id)
    ]


def event_list(company: Company) -> list[Event]:
    """What counts for the company's deadlines and modes; the id is the outage's."""
    return [event_of(row) for row in version_list(company)]


def event_of(row: OutageVersion) -> Event:
    """A version as the law sees it."""
    return Event(row.category, row.start, row.end, row.published, row.outage_id)


def revision() -> int:
    """The newest version's id; 0 while the journal is empty."""
    return OutageVersion.objects.aggregate(newest=Max("id"))["newest"] or 0


def replaceable_list(company: Company) -> QuerySet[Outage]:
    """Latarnia's outages that an entry of this company may stand in for."""
    rows = outage_list(company).filter(company=None)
    standing = [
        pk
        for pk, row in newest(outage_list(company).filter(company=company)).items()
        if not row.void
    ]
    return rows.exclude(replaced_by__in=standing)


# --- Entries by hand ----------------------------------------------------------------------------
def outage_enter(
    *,
    company: Company,
    by: User,
    category: str,
    start: datetime,
    end: datetime | None = None,
    published: datetime | None = None,
    link: str = "",
    note: str = "",
    replaces: Outage | None = None,
) -> Outage:
    """A new entry of one company, with a link or a note as evidence.

    `published` is when it was announced (OFF-05 asks for it); None: at its start. Raises
    ValidationError by field: category, start, end, published, note, replaces.
    """
    facts = {"category": category, "start": start, "end": end, "published": published}
    facts |= {"link": link, "note": note}
    _check(**facts)
    with transaction.atomic():
        # "No key": rows that refer to the company are checked at their commit, which must not
        # wait for this one while it waits for the version below.
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        if replaces and not replaceable_list(company).filter(pk=replaces.pk).exists():
            raise ValidationError({"replaces": _("Tego komunikatu nie można już zastąpić.")})
        outage = Outage.objects.create(
            environment=company.environment, company=company, replaces=replaces
        )
        _written(outage, "outage.enter", by, **facts)
    return outage


def outage_amend(
    *,
    outage: Outage,
    by: User,
    category: str,
    start: datetime,
    end: datetime | None = None,
    published: datetime | None = None,
    link: str = "",
    note: str = "",
) -> OutageVersion:
    """A further version of an own entry; the former ones stay. The same facts again: no version.

    Raises ValidationError by field, and for Latarnia's outage or a void one.
    """
    facts = {"category": category, "start": start, "end": end, "published": published}
    facts |= {"link": link, "note": note}
    _check(**facts)
    with transaction.atomic():
        before = _own(outage)
        if all(getattr(before, name) == value for name, value in facts.items()):
            return before
        return _written(outage, "outage.amend", by, **facts)


def outage_void(*, outage: Outage, by: User, note: str) -> OutageVersion:
    """Says that an own entry was a mistake: it counts no more, and stays readable.

    What it stood in for counts again. Raises ValidationError without a note, and for Latarnia's.
    """
    if not note.strip():
        raise ValidationError({"note": _("Napisz, dlaczego wpis był błędny.")})
    with transaction.atomic():
        before = _own(outage)
        names = ("category", "start", "end", "published", "link")
        facts = {name: getattr(before, name) for name in names}
        return _written(outage, "outage.void", by, **facts, note=note, void=True)


def _own(outage: Outage) -> OutageVersion:
    row = Outage.objects.select_for_update().get(pk=outage.pk)
    version = newest([row.pk])[row.pk]
    if row.company_id is None:
        raise ValidationError(_("Komunikatu Latarni nie zmienia się: wpisz własny zamiast niego."))
    if version.void:
        raise ValidationError(_("Ten wpis jest już unieważniony."))
    return version


def _written(outage: Outage, action: str, by: User, **facts) -> OutageVersion:
    row = version_write(outage, entered_by=by, **facts)
    told = {name: facts[name] for name in ("link", "note") if facts.get(name)}
    period = {
        name: facts[name].isoformat() for name in ("start", "end", "published") if facts[name]
    }
    audit(
        action,
        company=outage.company,
        user=by,
        subject=Category(facts["category"]).label,
        outage=outage.pk,
        version=row.pk,
        environment=outage.environment,
        **period,
        **told,
    )
    return row


def _check(
    *,
    category: str,
    start: datetime,
    end: datetime | None,
    published: datetime | None,
    link: str,
    note: str,
) -> None:
    wrong: dict[str, str] = {}
    if category not in Category.values:
        wrong["category"] = _("Wybierz, co ogłoszono.")
    limit = clock.now() + CLOCKS_DIFFER
    if end is not None and end < start:
        wrong["end"] = _("Koniec musi być po początku.")
    if category in (FAILURE, TOTAL_FAILURE):
        # The end of a failure is its message (art. 106nf ust. 4), not a forecast.
        if start > limit:
            wrong["start"] = _("Awarii nie ogłasza się z wyprzedzeniem. Sprawdź datę.")
        if end is not None and end > limit:
            wrong["end"] = _("Wpisz koniec awarii dopiero, gdy Ministerstwo go ogłosi.")
    elif max(start, end or start) > limit + FURTHEST_AHEAD:
        wrong["start"] = _("To więcej niż rok naprzód. Sprawdź datę.")
    if published is not None and published > limit:
        wrong["published"] = _("Wpisz komunikat, gdy Ministerstwo go ogłosi.")
    if link and not link.startswith(("https://", "http://")):
        wrong["link"] = _("Podaj adres strony, który zaczyna się od https://.")
    if not (link.strip() or note.strip()):
        wrong["note"] = _("Podaj odnośnik albo napisz, skąd wiesz o komunikacie.")
    if wrong:
        raise ValidationError(wrong)


# --- Latarnia ---------------------------------------------------------------------------------
def announcement_record(
    *,
    environment: str,
    event_id: str,
    message: LatarniaMessage | None,
    category: str,
    start: datetime,
    end: datetime | None,
    published: datetime | None,
    title: str,
    note: str = "",
) -> OutageVersion | None:
    """What Latarnia says of one event now; None if that was known. For `offline.latarnia` only."""
    facts = {"category": category, "start": start, "end": end, "published": published}
    rows = Outage.objects.filter(environment=environment, event_id=event_id)
    if _is_known(rows.first(), facts):  # nearly always: no lock is taken for it
        return None
    with transaction.atomic():
        outage = _of_event(environment, event_id)
        if _is_known(outage, facts):
            return None
        return version_write(outage, message=message, title=title, note=note, **facts)


def _is_known(outage: Outage | None, facts: dict) -> bool:
    row = outage and newest([outage.pk]).get(outage.pk)
    return row is not None and all(getattr(row, name) == value for name, value in facts.items())


def _of_event(environment: str, event_id: str) -> Outage:
    rows = Outage.objects.select_for_update().filter(environment=environment, event_id=event_id)
    if (outage := rows.first()) is not None:
        return outage
    try:
        with transaction.atomic():
            return Outage.objects.create(environment=environment, event_id=event_id)
    except IntegrityError:  # another worker was first
        return rows.get()


def version_write(outage: Outage, **facts) -> OutageVersion:
    """Adds a version in the caller's transaction and announces it after the commit."""
    Event(facts["category"], facts["start"], facts["end"])  # raises for what cannot have been
    # Writers one after another, or a lower id could be committed after a higher one was taken
    # for the revision. The oldest row, because it is the same for all of them.
    OutageVersion.objects.select_for_update(no_key=True).order_by("id").first()
    row = OutageVersion.objects.create(outage=outage, **facts)
    transaction.on_commit(_announcement(row), robust=True)
    return row


def _announcement(row: OutageVersion) -> Callable[[], None]:
    outage = row.outage

    def announce() -> None:
        outage_changed.send_robust(
            sender=Outage,
            environment=outage.environment,
            company=outage.company,
            revision=row.pk,
        )

    return announce
