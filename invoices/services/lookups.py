"""Asking public registers: once a day for the same thing, within polite limits, never in a check.

Each call is a row of RegisterAnswer: written before the call, so that it counts against the
limit whatever becomes of it, and completed by a known answer. Companies in the simulator ask the
simulator's registers; the realm of a row keeps them apart.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache

from auth_ksef.messages import stored
from invoices.models import RegisterAnswer
from invoices.registers import Unknown, unknown, vies, whitelist
from invoices.registers.door import Door
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import bank, clock

Source, Realm = RegisterAnswer.Source, RegisterAnswer.Realm
KEPT = timedelta(days=90)
FORGET_EVERY = 60 * 60


@dataclass(frozen=True)
class Register:
    """A register: its name, the simulator's path, its settings of address and daily limit."""

    name: unknown.Pair
    path: str
    url: str
    per_day: str


REGISTERS = {
    Source.WHITELIST: Register(
        unknown.WHITELIST, "whitelist", "KSEF_WHITELIST_URL", "KSEF_WHITELIST_PER_DAY"
    ),
    Source.ACCOUNT: Register(
        unknown.WHITELIST, "whitelist", "KSEF_WHITELIST_URL", "KSEF_WHITELIST_CHECKS_PER_DAY"
    ),
    Source.VIES: Register(unknown.VIES, "vies", "KSEF_VIES_URL", "KSEF_VIES_PER_DAY"),
    Source.NBP: Register(unknown.NBP, "nbp", "KSEF_NBP_URL", "KSEF_NBP_PER_DAY"),
}


def realm_of(environment: str) -> str:
    """Whose registers a KSeF environment asks; of a company or of a document."""
    return Realm.SIMULATOR if environment == Environment.SIMULATOR else Realm.REAL


def nip_lookup(company: Company, nip: str) -> RegisterAnswer:
    """The white list's entry of a NIP today: `.answer["subject"]`, None where it has none.

    Raises Unknown.
    """
    today = clock.today()
    return _answer(
        company,
        Source.WHITELIST,
        nip,
        today,
        lambda door: whitelist.subject_of(door, nip, on=today),
    )


def account_lookup(company: Company, nip: str, account: str) -> RegisterAnswer:
    """Whether the white list has the account with the NIP: `.answer["is_assigned"]`. Unknown."""
    today, digits = clock.today(), bank.clean(account).removeprefix("PL")
    return _answer(
        company,
        Source.ACCOUNT,
        account_key(nip, digits),
        today,
        lambda door: whitelist.account_of(door, nip, digits, on=today),
    )


def eu_lookup(company: Company, country: str, number: str) -> RegisterAnswer:
    """What VIES says about an EU number, asked by the company: `.answer["is_valid"]`. Unknown."""
    return _answer(
        company,
        Source.VIES,
        eu_key(country, number, company.nip),
        clock.today(),
        lambda door: vies.check(door, country, number, requester_nip=company.nip),
    )


def account_key(nip: str, account: str) -> str:
    """The key of an account's check: it holds for one NIP only."""
    return f"{nip}:{bank.clean(account).removeprefix('PL')}"


def eu_key(country: str, number: str, requester_nip: str) -> str:
    """The key of a question to VIES: its proof is the requester's."""
    return f"{'EL' if country == 'GR' else country}{number}:{requester_nip}"


def known_latest(environment: str, source: str, key: str) -> RegisterAnswer | None:
    """The newest known answer that is still kept; asks nobody."""
    rows = RegisterAnswer.objects.filter(source=source, realm=realm_of(environment), key=key)
    return rows.filter(is_known=True).first()


def known_on(environment: str, source: str, key: str, day: date) -> RegisterAnswer | None:
    """The known answer about that day; asks nobody."""
    rows = RegisterAnswer.objects.filter(source=source, realm=realm_of(environment), key=key)
    return rows.filter(is_known=True, day=day).first()


def _answer(company: Company, source: str, key: str, day: date, ask) -> RegisterAnswer:
    kept = known_on(company.environment, source, key, day)
    return kept or ask_register(company, source, key, day, ask)


def ask_register(
    company: Company, source: str, key: str, day: date, ask: Callable[[Door], Any]
) -> RegisterAnswer:
    """Asks within the daily limit and keeps the answer. `ask` gives a dataclass. Raises Unknown."""
    realm = realm_of(company.environment)
    door = _door(source, realm)
    if not door.base:
        raise door.unknown("off")
    if len(key) > RegisterAnswer._meta.get_field("key").max_length:
        raise door.unknown("refused")
    row = RegisterAnswer.objects.create(
        source=source, realm=realm, key=key, day=day, is_known=False
    )
    # Counted after the row is there: two at once may both stop too early, never too late.
    if _asked_today(source, realm) > getattr(settings, REGISTERS[source].per_day):
        row.delete()
        raise door.unknown("limit")
    try:
        known = ask(door)
    except Unknown as error:
        RegisterAnswer.objects.filter(pk=row.pk).update(problem=stored(error.pair))
        raise
    row.is_known, row.answer = True, _kept(known)
    row.request_id = row.answer.pop("request_id", "")[:100]
    row.save(update_fields=["is_known", "answer", "request_id"])
    return row


def _kept(known: Any) -> dict[str, Any]:
    """The facts as JSON keeps them. The accounts of a taxpayer may be thousands; nobody asked."""
    facts = asdict(known)
    if facts.get("subject"):
        facts["subject"].pop("accounts")
    texts = {name: str(fact) for name, fact in facts.items() if isinstance(fact, Decimal | date)}
    return facts | texts


def _door(source: str, realm: str) -> Door:
    register = REGISTERS[source]
    base = getattr(settings, register.url)
    if realm == Realm.SIMULATOR:
        base = f"{settings.KSEF_SIMULATOR_URL}/registers/{register.path}"
    return Door(register.name, base, float(settings.KSEF_REGISTERS_TIMEOUT))


def _asked_today(source: str, realm: str) -> int:
    midnight = datetime.combine(clock.today(), time(), clock.WARSAW)
    rows = RegisterAnswer.objects.filter(source=source, realm=realm, asked_at__gte=midnight)
    return rows.count()


def answers_forget() -> int:
    """Deletes answers older than 90 days, once an hour; proofs of documents are rows apart."""
    if not cache.add("registers-forgotten", True, FORGET_EVERY):
        return 0
    return RegisterAnswer.objects.filter(asked_at__lt=clock.now() - KEPT).delete()[0]
