"""What the tests of the journal's pages share: a company on a bad day."""

from datetime import timedelta

from auth_ksef.messages import stored
from auth_ksef.models import Contact
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_put_aside, notice_raise
from offline import modes
from offline.journal import announcement_record, outage_enter, outage_void
from offline.models import LatarniaMessage, LatarniaState, Silence


def bad_day(company, owner):
    """A company with silence, a failure in two versions, entries by hand, notices; returns it."""
    now = clock.now()
    _facts(now)
    _announced(now - timedelta(days=3), None, 1)
    _announced(now - timedelta(days=3), now - timedelta(days=2), 2)
    entry = {"category": "FAILURE", "start": now - timedelta(days=9), "note": "komunikat w BIP"}
    outage_enter(company=company, by=owner, **entry, link="https://www.example.com/bip")
    wrong = outage_enter(company=company, by=owner, **entry)
    outage_void(outage=wrong, by=owner, note="pomyłka")
    modes.offline24_on(company=company, by=owner, why="łącze")
    modes.offline24_off(company=company, by=owner)
    for kind in ("bad", "warn", "info"):
        notice_raise(company=company, key=kind, kind=kind, text=(f"Tekst {kind}", "x"), path="/a/")
    aside = notice_raise(company=company, key="x", kind="warn", text=("Odłożone", "x"))
    notice_put_aside(notice=aside, by=owner)
    return company


def _facts(now) -> None:
    since = now - timedelta(minutes=40)
    Contact.objects.create(
        environment="simulator",
        answered_at=since,
        failing_since=since,
        failed_at=now,
        failed_text=stored(("brak odpowiedzi", "no answer at all")),
    )
    Silence.objects.create(environment="simulator", what="api", since=since)
    Silence.objects.create(what="network", since=now - timedelta(days=5), until=since)
    LatarniaState.objects.create(environment="simulator", status="AVAILABLE", asked_at=now)


def _announced(start, end, version: int) -> None:
    facts = {"category": "FAILURE", "start": start, "end": end, "published": start}
    message = LatarniaMessage.objects.create(
        **{"environment": "simulator", "message_id": "K/2026/AWR/05", "version": version},
        **{"event_id": 5, "type": "FAILURE_START", "title": "Awaria", "raw": {"id": "K/2026"}},
        **facts,
    )
    announcement_record(
        environment="simulator", event_id="5", message=message, title="Awaria", **facts
    )
