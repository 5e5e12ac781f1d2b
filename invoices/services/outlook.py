"""What is not in KSeF yet, counted for pages that know no invoices: journal, list of companies."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Count, F, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from invoices.models import Submission
from invoices.services.delivery_states import FINAL, State
from ksefapp.accounts.hooks import Concern
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.ui.formats import plural, short_day
from offline.hooks import Effect, Waiting

UNSENT = Q(environment=F("document__company__environment")) & ~Q(state__in=FINAL)


def waiting(company: Company) -> Waiting:
    """What of the company is not in KSeF yet in its present environment. One query.

    What KSeF refused waits for a person, so it is not counted, though its deadline runs (OFF-14).
    """
    found = Submission.objects.filter(UNSENT, document__company=company).aggregate(
        count=Count("pk", filter=~Q(state=State.REFUSED)),
        nearest=Min("deadline_on", filter=Q(deadline_on__gte=clock.today())),
        open=Count("pk", filter=Q(deadline_open=True)),
        late=Count("pk", filter=Q(deadline_on__lt=clock.today())),
    )
    return Waiting(**found)


def effects(company: Company, outages: Collection[int]) -> dict[int, Effect]:
    """For each outage, the invoices whose deadline rests on it. One query."""
    wanted = set(outages)
    rows = Submission.objects.filter(
        document__company=company, environment=company.environment
    ).exclude(deadline_rests_on=[])
    by_outage: dict[int, list[tuple[str, date | None]]] = defaultdict(list)
    for ids, state, deadline in rows.values_list("deadline_rests_on", "state", "deadline_on"):
        for outage in wanted.intersection(ids):
            by_outage[outage].append((state, deadline))
    return {outage: _effect(found) for outage, found in by_outage.items()}


def _effect(rows: list[tuple[str, date | None]]) -> Effect:
    states = Counter(state for state, _deadline in rows)
    unsent = [deadline for state, deadline in rows if state not in FINAL]
    dates = [deadline for deadline in unsent if deadline]
    return Effect(len(rows), len(unsent), min(dates, default=None), states[State.OUTSIDE])


def concerns(companies: Collection[Company]) -> dict[int, list[Concern]]:
    """What waits in each company for the page of all companies. One query for all of them."""
    today = clock.today()
    rows = Submission.objects.filter(UNSENT, document__company__in=companies).order_by()
    counted = rows.values("document__company", "document__company__nip").annotate(
        late=Count("pk", filter=Q(deadline_on__lt=today)),
        refused=Count("pk", filter=Q(state=State.REFUSED)),
        unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
        nearest=Min("deadline_on", filter=Q(deadline_on__gte=today)),
        dated=Count("pk", filter=Q(deadline_on__gte=today)),
    )
    return {row["document__company"]: _concerns(row, today) for row in counted}


def _concerns(row: dict, today: date) -> list[Concern]:
    url = reverse("invoice-list", args=[row["document__company__nip"]])
    found = []
    if row["late"]:
        text = _("po terminie: %(count)d") % {"count": row["late"]}
        found.append(Concern(1, "warn", "bad", text, url))
    if row["unknown"]:
        text = _("nie wiemy: %(count)d") % {"count": row["unknown"]}
        found.append(Concern(2, "unknown", "unknown", text, f"{url}?widok=nie-wiemy"))
    if row["refused"]:
        text = _("odrzucone: %(count)d") % {"count": row["refused"]}
        found.append(Concern(2, "bad", "bad", text, f"{url}?widok=odrzucone"))
    if row["nearest"]:
        found.append(_deadline(row, today, url))
    return found


def _deadline(row: dict, today: date, url: str) -> Concern:
    count = plural(row["dated"], _("faktura,faktury,faktur"))
    if row["nearest"] == today:
        text = _("dziś do 23:59: %(count)s") % {"count": count}
        return Concern(2, "clock", "warn", text, url)
    facts = {"day": short_day(row["nearest"]), "count": count}
    return Concern(5, "clock", "quiet", _("do %(day)s: %(count)s") % facts, url)
