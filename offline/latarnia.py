"""Asking Latarnia politely, and keeping what it said.

One worker asks at a time, by a lease on the environment's row. Every message is kept in every
version (LAT-05); the newest of an event's messages make its outage: the beginning and the end
are joined by `eventId`, moments come from the fields and never from the text (LAT-04). What
vanishes from the feed changes nothing. No answer, or one that cannot be trusted, is UNKNOWN
and changes nothing either (LAT-02); nor does a category or type that we do not know (LAT-03).
"""

import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from auth_ksef.api import lighthouse_api
from auth_ksef.client.lighthouse import LighthouseError, LighthouseMessage, LighthouseStatus
from auth_ksef.messages import stored
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from offline.events import CATEGORIES
from offline.journal import announcement_record, newest
from offline.models import LatarniaMessage, LatarniaState, Outage

LEASE = timedelta(seconds=90)
LONGEST_PAUSE = 600
NEARBY_SECONDS = 5  # the simulator's, on our own machine
STARTS = ("FAILURE_START", "MAINTENANCE_ANNOUNCEMENT")
END = "FAILURE_END"
NO_ANSWER = (
    "Latarnia nie odpowiada albo jej odpowiedzi nie da się odczytać: {said}",
    "Latarnia does not answer, or its answer cannot be read: {said}",
)
SILENT_CHANGE = "changed in the feed under the same version number: {raw}"

log = logging.getLogger(__name__)


def environments() -> list[str]:
    """Those that some company works in and that have a Latarnia."""
    used = Company.objects.order_by().values_list("environment", flat=True).distinct()
    return sorted(set(used) - {Environment.DEMO})


def latarnia_poll(environment: str, *, api=None) -> bool:
    """Asks if it is time and nobody else does; whether it asked.

    `api` replaces the connection in tests. Never raises for what Latarnia does.
    """
    if environment != Environment.SIMULATOR and clock.is_shifted():
        return False
    state = _leased(environment, clock.now())
    if state is None:
        return False
    try:
        heard = _asked(environment, api)
    except LighthouseError as error:
        _failed(state, error)
        return True
    status, messages = heard
    messages_keep(environment, messages)
    _answered(state, status)
    return True


def state_get(environment: str) -> LatarniaState | None:
    """What is known of the environment's Latarnia; None before the first question."""
    return LatarniaState.objects.filter(environment=environment).first()


# --- Asking ---------------------------------------------------------------------------------
def _leased(environment: str, now: datetime) -> LatarniaState | None:
    LatarniaState.objects.get_or_create(environment=environment, defaults={"next_at": now})
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    # Asked in what is now the future: the clock was put back, and with it the next time. Well
    # ahead, because another worker may have asked since `now`.
    due = Q(next_at__lte=now) | Q(asked_at__gt=now + LEASE)
    rows = LatarniaState.objects.filter(free, due, environment=environment)
    if not rows.update(lease_until=now + LEASE, asked_at=now):
        return None
    return LatarniaState.objects.get(environment=environment)


def _asked(environment: str, api) -> tuple[LighthouseStatus, list[LighthouseMessage]]:
    own = lighthouse_api(environment) if api is None else None
    api = api or own
    if api is None:
        raise LighthouseError("no address")
    try:
        status = api.status()
        return status, [*api.messages(), *status.messages]
    finally:
        if own is not None:
            own.close()


def _failed(state: LatarniaState, error: LighthouseError) -> None:
    said = {"said": str(error)[:200]}
    text = stored(tuple(sentence.format_map(said) for sentence in NO_ANSWER))[:500]
    failures = state.failures + 1
    pause = max(_pause(state.environment, failures), error.retry_after or 0)
    changed = {} if state.status == "UNKNOWN" else {"changed_at": clock.now()}
    _store(state, pause, status="UNKNOWN", failed_text=text, failures=failures, **changed)


def _answered(state: LatarniaState, status: LighthouseStatus) -> None:
    now = clock.now()
    changed = {} if state.status == status.status else {"changed_at": now}
    _store(
        state,
        _pause(state.environment, 0),
        status=status.status,
        raw_status=status.raw_status[:100],
        answered_at=now,
        failed_text="",
        failures=0,
        **changed,
    )


def _store(state: LatarniaState, pause: float, **facts) -> None:
    next_at = clock.now() + timedelta(seconds=pause)
    rows = LatarniaState.objects.filter(pk=state.pk)
    rows.update(lease_until=None, next_at=next_at, **facts)


def _pause(environment: str, failures: int) -> float:
    """Seconds until the next question: short while an outage is open, longer after failures.

    A fifth up or down by chance, so that installations do not ask all at the same second.
    """
    usual = settings.KSEF_LATARNIA_SECONDS
    if environment == Environment.SIMULATOR:
        usual = min(usual, NEARBY_SECONDS)
    elif not failures and _is_any_open(environment):
        usual = max(usual / 2, 15)
    seconds = min(usual * 2 ** min(failures, 10), max(LONGEST_PAUSE, usual))
    return seconds * (0.8 + secrets.randbelow(401) / 1000)


def _is_any_open(environment: str) -> bool:
    outages = Outage.objects.filter(environment=environment, company=None)
    return any(row.end is None and not row.void for row in newest(outages).values())


# --- Keeping ----------------------------------------------------------------------------------
def messages_keep(environment: str, messages: Iterable[LighthouseMessage]) -> int:
    """Stores new versions and brings the outages up to date; how many outages changed."""
    events: dict[str, dict[str, LighthouseMessage]] = defaultdict(dict)
    for message in filter(_is_storable, messages):
        is_new = _keep(environment, message)
        if message.category not in CATEGORIES or message.type not in (*STARTS, END):
            if is_new:
                log.warning("Latarnia: unknown %s / %s", message.category, message.type)
            continue
        heard = events[_event_id(message)]
        if message.id not in heard or heard[message.id].version < message.version:
            heard[message.id] = message
    return sum(_event_keep(environment, name, heard) for name, heard in events.items())


def _event_id(message: LighthouseMessage | LatarniaMessage) -> str:
    if message.event_id is not None:
        return str(message.event_id)
    # The identity of a message of the feed, or of its row.
    return f"message {getattr(message, 'message_id', message.id)}"[:100]


def _is_storable(message: LighthouseMessage) -> bool:
    """Not every JSON fits into every database: NUL, NaN, numbers beyond 64 bits."""
    if abs(message.event_id or 0) >= 2**63:
        return False
    try:
        return "\\u0000" not in json.dumps(message.raw, allow_nan=False)
    except ValueError:
        return False


def _keep(environment: str, message: LighthouseMessage) -> bool:
    identity = {
        "environment": environment,
        "message_id": message.id,
        "version": message.version,
    }
    if LatarniaMessage.objects.filter(**identity).exists():
        return False
    names = ("event_id", "category", "type", "title", "text", "start", "end", "published", "raw")
    facts = {name: getattr(message, name) for name in names}
    try:
        with transaction.atomic():
            LatarniaMessage.objects.create(**identity, **facts)
    except IntegrityError:  # another worker was first
        return False
    return True


def _event_keep(environment: str, event_id: str, heard: dict[str, LighthouseMessage]) -> bool:
    rows = list(_stored(environment, event_id, heard))
    latest: dict[str, LatarniaMessage | LighthouseMessage] = {}
    for row in rows:  # by version, ascending
        latest[row.message_id] = row
    note, silent = "", {}
    for name, message in heard.items():
        row = latest.get(name)
        if row and row.version == message.version and _moments(row) != _moments(message):
            silent[name] = message
            note = SILENT_CHANGE.format(raw=message.raw)[:2000]
    return _outage_keep(environment, event_id, rows, latest | silent, note)


def _stored(environment: str, event_id: str, heard: Iterable[str]) -> list[LatarniaMessage]:
    rows = LatarniaMessage.objects.filter(environment=environment, category__in=CATEGORIES)
    rows = rows.filter(type__in=(*STARTS, END)).order_by("version", "id")
    if event_id.isdigit() or event_id.startswith("-"):
        return list(rows.filter(event_id=int(event_id)))
    return list(rows.filter(event_id=None, message_id__in=heard))


def _moments(message: LatarniaMessage | LighthouseMessage) -> tuple:
    return message.category, message.type, message.start, message.end


def _outage_keep(environment: str, event_id: str, rows: list, latest: dict, note: str) -> bool:
    begun = [message for message in latest.values() if message.type in STARTS]
    ended = [message for message in latest.values() if message.type == END]
    told = _latest(begun) or _latest(ended)
    start = told.start
    end = _end(begun, ended)
    if end is not None and end < start:
        log.warning("Latarnia: event %s ends before it starts, left as it was", event_id)
        return False
    evidence = next((row for row in reversed(rows) if row == told), None) or rows[-1]
    written = announcement_record(
        environment=environment,
        event_id=event_id,
        message=evidence,
        category=told.category,
        start=start,
        end=end,
        published=_announced(rows, told.category),
        title=told.title,
        note=note,
    )
    return written is not None


def _latest(messages: list):
    return max(messages, key=lambda message: message.published or message.start, default=None)


def _end(begun: list, ended: list) -> datetime | None:
    """The announced end. An end message without the moment ends it when it was published."""
    if last := _latest(ended):
        return last.end or last.published or last.start
    told = _latest(begun)
    return told.end if told else None


def _announced(rows: list[LatarniaMessage], category: str) -> datetime | None:
    """The first announcement of what it is now: an amendment does not announce it anew."""
    told = [row for row in rows if row.type in STARTS and row.category == category]
    return min((row.published for row in told if row.published), default=None)
