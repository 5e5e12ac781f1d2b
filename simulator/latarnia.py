"""Latarnia, the availability feed: messages published, amended and ended on the clock.

What the feed says follows from its messages and the present moment; a status may be forced
over it. Only the newest published version of a message is shown, and one whose event is over
for more than thirty days is shown no longer.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from werkzeug import Response

from simulator import clock, shapes
from simulator.web import Call, json_response

STATUSES = ("AVAILABLE", "MAINTENANCE", "FAILURE", "TOTAL_FAILURE")
CATEGORIES = ("FAILURE", "TOTAL_FAILURE", "MAINTENANCE")
START, END, ANNOUNCEMENT = "FAILURE_START", "FAILURE_END", "MAINTENANCE_ANNOUNCEMENT"
KEPT = timedelta(days=30)
LETTERS = {"FAILURE": "AWR", "TOTAL_FAILURE": "AWR", "MAINTENANCE": "NI"}
TITLES = {
    "FAILURE": "Awaria Krajowego Systemu e-Faktur",
    "TOTAL_FAILURE": "Awaria całkowita Krajowego Systemu e-Faktur",
    "MAINTENANCE": "Niedostępność Krajowego Systemu e-Faktur",
}
NOTE = "Komunikat symulatora. Nie pochodzi od Ministerstwa Finansów i nie ma mocy prawnej."
FIRST_EVENT = 1000

_changing = threading.Lock()


def moment(value: Any, path: str) -> str:
    """An RFC 3339 text as it is, or a number: so many seconds from now."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return clock.later(shapes.number_between(-(10**8), 10**8)(value, path))
    return shapes.stamped(value, path)


MESSAGE = shapes.record(
    {
        "id": shapes.text(1, 64),
        "eventId": shapes.integer(0, 10**9),
        "category": shapes.choice(*CATEGORIES),
        "type": shapes.choice(START, END, ANNOUNCEMENT),
        "title": shapes.text(),
        "text": shapes.text(),
        "start": moment,
        "version": shapes.integer(1, 10**6),
        "published": moment,
    },
    {"end": moment},
)
MESSAGES = shapes.array(MESSAGE)
FEED = shapes.record({}, {"status": shapes.choice(*STATUSES), "messages": MESSAGES})
_TEXTS = {"title": shapes.text(1, 1000), "text": shapes.text(1, 10_000)}
_TIMES = {"start": moment, "end": moment, "published": moment}
ACTION = shapes.record({"action": shapes.choice("start", "end", "amend")})
BEGIN = shapes.record({"category": shapes.choice(*CATEGORIES)}, _TIMES | _TEXTS)
CHANGE = shapes.record({}, {"event": shapes.integer(0, 10**9)} | _TIMES | _TEXTS)


def status(call: Call) -> Response:
    """GET /latarnia/status: the shape of MF's feed."""
    settings, now = call.world.settings, clock.now()
    shown = _shown(settings["latarnia_messages"], now)
    open_ones = [message for message in shown if not _over(message, shown, now)]
    derived = _derived(open_ones, now)
    return json_response({"status": settings["latarnia_status"] or derived, "messages": open_ones})


def _derived(open_ones: list[dict], now: datetime) -> str:
    """The gravest of what has begun; an announcement for later changes nothing yet."""
    begun = {message["category"] for message in open_ones if _at(message["start"]) <= now}
    return next((word for word in STATUSES[::-1] if word in begun), "AVAILABLE")


def messages(call: Call) -> Response:
    """GET /latarnia/messages: those of the last thirty days."""
    now = clock.now()
    shown = _shown(call.world.settings["latarnia_messages"], now)
    ends = {message["id"]: _end(message, shown) for message in shown}
    return json_response([m for m in shown if ends[m["id"]] is None or ends[m["id"]] + KEPT > now])


def _at(text: str) -> datetime:
    return shapes.instant(text, "")


def _shown(kept: list[dict], now: datetime) -> list[dict]:
    """The newest published version of each message, in the order of their first versions."""
    newest: dict[str, dict] = {}
    for message in sorted(kept, key=lambda message: message["version"]):
        if _at(message["published"]) <= now:
            newest[message["id"]] = message
    order = list(dict.fromkeys(message["id"] for message in kept))
    return sorted(newest.values(), key=lambda message: order.index(message["id"]))


def _end(message: dict, shown: list[dict]) -> datetime | None:
    """When the event of a message ended or will end, by the messages that are shown."""
    event = [other for other in shown if other["eventId"] == message["eventId"]]
    closing = [other for other in event if other["type"] == END]
    ends = [other["end"] for other in closing or event if other["end"]]
    return max(map(_at, ends)) if ends else None


def _over(message: dict, shown: list[dict], now: datetime) -> bool:
    end = _end(message, shown)
    return message["type"] == END or (end is not None and end <= now)


def replace(world, feed: dict) -> None:
    """Another feed instead of the present one; without a status it follows the messages."""
    with _changing:
        world.settings.change(
            {"latarnia_status": feed["status"], "latarnia_messages": feed["messages"] or []}
        )


def change(world, body: dict) -> list[dict]:
    """Begin, end or amend an event as a person at the Ministry would; gives all messages."""
    action = ACTION(body, "")["action"]
    with _changing:
        kept = list(world.settings["latarnia_messages"])
        made = {"start": _begin, "end": _finish, "amend": _amend}[action](kept, body)
        world.settings.change({"latarnia_messages": [*kept, made]})
        return [*kept, made]


def _begin(kept: list[dict], body: dict) -> dict:
    wanted = BEGIN(body, "")
    category = wanted["category"]
    now = clock.stamp(clock.now())
    # A message counts from its publication; maintenance is announced before it begins.
    return {
        "id": _number(kept, category),
        "eventId": max((message["eventId"] for message in kept), default=FIRST_EVENT - 1) + 1,
        "category": category,
        "type": ANNOUNCEMENT if category == "MAINTENANCE" else START,
        "title": wanted["title"] or TITLES[category],
        "text": wanted["text"] or NOTE,
        "start": wanted["start"] or now,
        "end": wanted["end"],
        "version": 1,
        "published": wanted["published"] or now,
    }


def _number(kept: list[dict], category: str) -> str:
    """The next number of its kind, such as K/2026/AWR/02."""
    series = f"K/{clock.warsaw_day(clock.now()).year}/{LETTERS[category]}/"
    taken = {message["id"] for message in kept}
    return next(made for n in range(1, 10**4) if (made := f"{series}{n:02}") not in taken)


def _finish(kept: list[dict], body: dict) -> dict:
    wanted = CHANGE(body, "")
    opening, now = _opening(kept, wanted["event"]), clock.stamp(clock.now())
    end, published = wanted["end"] or now, wanted["published"] or now
    if opening["type"] == ANNOUNCEMENT:
        # Maintenance has no message of its end: its announcement gets an earlier one.
        return opening | {"end": end, "published": published, "version": opening["version"] + 1}
    return opening | {
        "id": _number(kept, opening["category"]),
        "type": END,
        "title": wanted["title"] or f"Zakończenie: {opening['title']}",
        "text": wanted["text"] or NOTE,
        "end": end,
        "published": published,
        "version": 1,
    }


def _amend(kept: list[dict], body: dict) -> dict:
    wanted = CHANGE(body, "")
    opening = _opening(kept, wanted["event"])
    ends = [m for m in kept if m["type"] == END and m["eventId"] == opening["eventId"]]
    if ends and wanted["end"]:
        # The end of what is over stands in the message of its end.
        opening = max(ends, key=lambda message: message["version"])
    names = ("start", "end", "title", "text")
    changed = {name: wanted[name] for name in names if wanted[name] is not None}
    published = wanted["published"] or clock.stamp(clock.now())
    version = opening["version"] + 1
    return opening | changed | {"version": version, "published": published}


def _opening(kept: list[dict], event: int | None) -> dict:
    """The newest version of the message that opened an event, by default the latest event."""
    opening = [m for m in kept if m["type"] != END and event in (None, m["eventId"])]
    if not opening:
        raise shapes.wrong("event", "nie ma takiego zdarzenia.")
    return max(opening, key=lambda message: (message["eventId"], message["version"]))
