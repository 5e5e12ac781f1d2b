"""Three separate facts: KSeF's API answers us, Latarnia says, our own network works.

Never merged: only a person concludes from them. Read from rows that workers keep, so a page
waits for nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings

from auth_ksef.client import environment as environment_named
from auth_ksef.contact import contact_get
from auth_ksef.messages import Pair, told
from auth_ksef.models import Contact
from ksefapp.accounts.models import Environment
from ksefapp.lib import clock
from ksefapp.ui.formats import recent
from offline.latarnia import state_get
from offline.models import LatarniaState, NetworkState

FRESH = timedelta(minutes=15)  # what was heard longer ago says nothing of now


@dataclass(frozen=True)
class Fact:
    """`works`: True, False, None for not known. Instants are UTC, `source` is a host."""

    works: bool | None
    since: datetime | None
    source: str
    asked_at: datetime | None
    pl: str
    en: str


@dataclass(frozen=True)
class Facts:
    """The three, in the order in which a person should read them."""

    api: Fact
    latarnia: Fact
    network: Fact


def facts(environment: str) -> Facts:
    """What is known now of an environment. Three queries, no call to anybody."""
    contact, state = contact_get(environment), state_get(environment)
    return Facts(
        api_fact(environment, contact),
        latarnia_fact(environment, state),
        network_fact(environment, contact, state),
    )


def api_fact(environment: str, contact: Contact | None) -> Fact:
    """Whether the API answers us: a fact of ours, never an outage (LAT-09)."""
    source = _host(_addresses(environment).api)
    if contact is None or not (contact.answered_at or contact.failing_since):
        text = "Nie pytaliśmy jeszcze KSeF.", "KSeF has not been asked yet."
        return Fact(None, None, source, None, *text)
    if contact.failing_since is None:
        at = recent(contact.answered_at)
        text = f"Ostatnia odpowiedź: {at}.", f"Last answer: {at}."
        return Fact(True, None, source, contact.answered_at, *text)
    since = recent(contact.failing_since)
    text = _because(
        (f"KSeF nie odpowiada nam od {since}", f"KSeF has not answered us since {since}"),
        contact.failed_text,
    )
    return Fact(False, contact.failing_since, source, contact.failed_at, *text)


SAYS: dict[str, Pair] = {
    "AVAILABLE": ("Latarnia: KSeF jest dostępny.", "Latarnia: KSeF is available."),
    "MAINTENANCE": (
        "Latarnia: trwa ogłoszona niedostępność.",
        "Latarnia: an announced unavailability is on.",
    ),
    "FAILURE": ("Latarnia: trwa awaria KSeF.", "Latarnia: KSeF has failed."),
    "TOTAL_FAILURE": (
        "Latarnia: trwa awaria całkowita.",
        "Latarnia: there is a total failure.",
    ),
}
INFORMATION: Pair = (
    " W tym środowisku to tylko informacja, trybu nie zmienia.",
    " In this environment it is information only and changes no mode.",
)


def latarnia_fact(environment: str, state: LatarniaState | None) -> Fact:
    """What Latarnia says; not known when it is silent, unreadable or not asked for long."""
    address = _addresses(environment).lighthouse
    if address is None:
        return Fact(None, None, "", None, "DEMO nie ma Latarni.", "DEMO has no Latarnia.")
    source = _host(address)
    if state is None or state.asked_at is None:
        text = "Nie pytaliśmy jeszcze Latarni.", "Latarnia has not been asked yet."
        return Fact(None, None, source, None, *text)
    since, asked_at = state.changed_at, state.asked_at
    if state.status == "UNKNOWN":
        text = _of_silence(state)
        return Fact(None, since, source, asked_at, *text)
    if clock.now() - asked_at > FRESH:
        at = recent(asked_at)
        text = f"Ostatnie pytanie: {at}.", f"Last asked: {at}."
        return Fact(None, None, source, asked_at, *text)
    driven = environment in (Environment.PRODUCTION, Environment.SIMULATOR)
    polish, english = SAYS[state.status]
    more = ("", "") if driven else INFORMATION
    works = state.status == "AVAILABLE"
    return Fact(works, since, source, asked_at, polish + more[0], english + more[1])


def _of_silence(state: LatarniaState) -> Pair:
    if state.failed_text:
        return told(state.failed_text, "pl"), told(state.failed_text, "en")
    word = state.raw_status
    return (
        f"Latarnia podaje stan, którego nie znamy: {word}.",
        f"Latarnia gives a status that is not known here: {word}.",
    )


def network_fact(environment: str, contact: Contact | None, state: LatarniaState | None) -> Fact:
    """Whether our own network works; an answer from KSeF or Latarnia proves it."""
    if environment == Environment.SIMULATOR:
        source = _host(settings.KSEF_SIMULATOR_URL)
        text = (
            "Symulator jest na naszym serwerze, sieć zewnętrzna nie ma znaczenia.",
            "The simulator is on our own server, the outer network does not matter.",
        )
        return Fact(True, None, source, clock.now(), *text)
    if proof := _proof(environment, contact, state):
        return proof
    row = NetworkState.objects.first()
    if row is None or row.asked_at is None or clock.now() - row.asked_at > FRESH:
        text = "Nie sprawdzaliśmy ostatnio własnej sieci.", "Our network was not checked lately."
        return Fact(None, None, "", row and row.asked_at, *text)
    text = told(row.text, "pl"), told(row.text, "en")
    source = ", ".join(settings.KSEF_NETWORK_HOSTS)
    return Fact(row.works, row.since, source, row.asked_at, *text)


def _proof(environment: str, contact: Contact | None, state: LatarniaState | None) -> Fact | None:
    """KSeF or Latarnia has just answered, so the network carries."""
    addresses = _addresses(environment)
    since = clock.now() - FRESH
    heard = [
        (contact.answered_at, addresses.api)
        for contact in [contact]
        if contact and contact.failing_since is None and contact.answered_at
    ]
    if state and not state.failures and state.answered_at:
        heard.append((state.answered_at, addresses.lighthouse))
    fresh = [(at, address) for at, address in heard if at > since]
    if not fresh:
        return None
    at, address = max(fresh)
    host = _host(address)
    return Fact(True, None, host, at, f"Odpowiada {host}.", f"{host} answers.")


def _addresses(environment: str):
    return environment_named(environment, simulator_base=settings.KSEF_SIMULATOR_URL)


def _host(address: str) -> str:
    return urlsplit(address).netloc


def _because(sentence: Pair, text: str) -> Pair:
    if not text:
        return tuple(f"{half}." for half in sentence)
    return tuple(
        f"{half}: {told(text, language).rstrip('.')}."
        for half, language in zip(sentence, ("pl", "en"), strict=True)
    )
