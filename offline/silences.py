"""When KSeF's API or our own network did not answer us, kept as periods for the journal.

A fact of ours and no outage (LAT-09): nothing in modes or deadlines rests on it.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from auth_ksef.models import Contact
from ksefapp.accounts.models import Company
from offline.models import NetworkState, Silence


def silence_list(company: Company) -> QuerySet[Silence]:
    """The periods that concern the company's environment, oldest first."""
    here = Q(environment=company.environment) | Q(what=Silence.What.NETWORK)
    return Silence.objects.filter(here)


def silences_note() -> None:
    """Opens and closes periods by what is known now; called by a sweep."""
    for contact in Contact.objects.all():
        _note(Silence.What.API, contact.environment, contact.failing_since, contact.answered_at)
    network = NetworkState.objects.first()
    if network is not None and network.works is not None:
        failing = network.since if network.works is False else None
        _note(Silence.What.NETWORK, "", failing, network.since)


def _note(what: str, environment: str, failing: datetime | None, back: datetime | None) -> None:
    rows = Silence.objects.filter(what=what, environment=environment, until=None)
    current = rows.first()
    if current is not None and current.since == failing:
        return
    if current is not None and back is not None:
        # It answered in between, though nobody looked at that moment.
        rows.filter(pk=current.pk).update(until=max(current.since, min(back, failing or back)))
    elif current is not None:
        return
    if failing is not None:
        _opened(what, environment, failing)


def _opened(what: str, environment: str, since: datetime) -> None:
    try:
        with transaction.atomic():
            Silence.objects.create(what=what, environment=environment, since=since)
    except IntegrityError:
        pass  # another worker was first
