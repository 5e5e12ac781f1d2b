"""Does our own network work? Asked only while KSeF or Latarnia is silent, and by one worker.

A TCP connection to hosts that have nothing to do with KSeF, closed at once; nothing is sent.
"""

import socket
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from auth_ksef.messages import Pair, stored
from auth_ksef.models import Contact
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from offline.models import LatarniaState, NetworkState

EVERY = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
CONNECT_SECONDS = 4


def network_check() -> bool | None:
    """Asks if there is a reason, somebody to ask, and nobody asks already; what it found."""
    if not settings.KSEF_NETWORK_HOSTS or not is_needed():
        return None
    row = _leased(clock.now())
    if row is None:
        return None
    answering = next(filter(answers, settings.KSEF_NETWORK_HOSTS), None)
    _store(row, answering)
    return answering is not None


def is_needed() -> bool:
    """Whether KSeF or Latarnia of a real environment that is in use does not answer us."""
    used = Company.objects.exclude(environment=Environment.SIMULATOR).order_by()
    used = used.values_list("environment", flat=True).distinct()
    return (
        Contact.objects.filter(environment__in=used).exclude(failing_since=None).exists()
        or LatarniaState.objects.filter(environment__in=used, failures__gt=0).exists()
    )


def answers(host: str) -> bool:
    """Whether `name:port` takes a connection."""
    name, _, port = host.rpartition(":")
    try:
        with socket.create_connection((name.strip("[]"), int(port)), timeout=CONNECT_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _leased(now: datetime) -> NetworkState | None:
    row, _ = NetworkState.objects.get_or_create(pk=1)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    old = Q(asked_at=None) | Q(asked_at__lte=now - EVERY)
    rows = NetworkState.objects.filter(free, old, pk=row.pk)
    return row if rows.update(lease_until=now + LEASE) else None


def _store(row: NetworkState, answering: str | None) -> None:
    now, works = clock.now(), answering is not None
    since = row.since if row.works is works and row.since else now
    NetworkState.objects.filter(pk=row.pk).update(
        works=works, since=since, asked_at=now, text=stored(_words(answering)), lease_until=None
    )


def _words(answering: str | None) -> Pair:
    if answering:
        return f"Odpowiada {answering}.", f"{answering} answers."
    hosts = ", ".join(settings.KSEF_NETWORK_HOSTS)
    return (
        f"Żaden niezależny adres nie odpowiada ({hosts}).",
        f"No independent address answers ({hosts}).",
    )
