"""The announced end of KSeF tokens: a date that whoever runs the program sets, never the code.

Nothing stops working here on that day. KSeF alone decides whether it takes a token; the program
tells of the date, more urgently as it nears, and shows the way to a certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from auth_ksef.messages import Pair, filled
from auth_ksef.models import Binding, Credential
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_raise, notice_resolve

DAYS = (60, 30, 14, 7, 1)  # before the end, as with certificates
URGENT = 14
OVER = "over"
CHECK_EVERY = 5 * 60  # seconds
KEYS = "token-sunset"

BEFORE: Pair = (
    "Tokeny KSeF mają działać do {day} ({days}). Ta firma loguje się tokenem: przejdź na "
    "certyfikat w trzech krokach.",
    "KSeF tokens are to work until {day} ({days_en}). This company logs in with a token: change "
    "to a certificate in three steps.",
)
AFTER: Pair = (
    "Tokeny KSeF miały działać do {day}. Ta firma nadal loguje się tokenem, a KSeF może go w "
    "każdej chwili odrzucić. Przejdź na certyfikat w trzech krokach.",
    "KSeF tokens were to work until {day}. This company still logs in with a token, and KSeF may "
    "refuse it at any moment. Change to a certificate in three steps.",
)

_checked_at: float | None = None


@dataclass(frozen=True)
class Sunset:
    """The last day on which tokens are said to work; `days` are left, below 0 after it."""

    day: date
    days: int
    note: str = ""

    @property
    def is_over(self) -> bool:
        """Whether that day has passed."""
        return self.days < 0

    @property
    def kind(self) -> str:
        """How urgent it is, as a kind of note."""
        return "warn" if self.days <= max(DAYS) else "neutral"

    @property
    def step(self) -> str:
        """The nearest day of telling that has come; empty before the first."""
        if self.is_over:
            return OVER
        return next((str(days) for days in sorted(DAYS) if self.days <= days), "")


def sunset() -> Sunset | None:
    """The announced end as set in KSEF_TOKEN_SUNSET; None where no notice is wanted."""
    day = settings.KSEF_TOKEN_SUNSET
    if day is None:
        return None
    return Sunset(day, (day - clock.today()).days, settings.KSEF_TOKEN_SUNSET_NOTE)


def companies_by_token() -> Iterable[Company]:
    """Companies that log in with a token in their present environment and have nothing better."""
    rows = Binding.objects.filter(
        purpose=Binding.Purpose.LOGIN,
        ended_at=None,
        credential__retired_at=None,
        environment=F("company__environment"),
    )
    tokens = rows.filter(credential__kind=Credential.Kind.TOKEN).values("company")
    certified = rows.filter(
        credential__kind=Credential.Kind.CERTIFICATE, credential__valid_to__gt=clock.now()
    )
    companies = Company.objects.filter(pk__in=tokens)
    return companies.exclude(pk__in=certified.values("company"))


def sunset_sweep() -> int:
    """Tells each company that depends on a token, once at each step; returns how many do.

    Cheap to call all the time: it looks once in CHECK_EVERY seconds.
    """
    global _checked_at
    now = clock.monotonic()
    if _checked_at is not None and now - _checked_at < CHECK_EVERY:
        return 0
    _checked_at = now
    return sunset_tell()


def sunset_tell() -> int:
    """Raises the notice of today's step and ends the others; returns how many companies have it."""
    found = sunset()
    step = found.step if found else ""
    told = list(companies_by_token()) if step else []
    keys = {(company.pk, company.environment): f"{KEYS}:{found.day}:{step}" for company in told}
    _resolve_others(keys)
    for company in told:
        _tell(company, found, keys[company.pk, company.environment])
    return len(told)


def _resolve_others(keys: dict[tuple[int, str], str]) -> None:
    """The matter is over where the date was moved, a nearer step came, or no token is left."""
    rows = Notice.objects.filter(key__startswith=f"{KEYS}:", over=False).select_related("company")
    for row in rows:
        if keys.get((row.company_id, row.environment)) != row.key:
            notice_resolve(row.company, row.key, environment=row.environment)


def _tell(company: Company, found: Sunset, key: str) -> None:
    urgent = found.is_over or found.days <= URGENT
    rows = Notice.objects.filter(company=company, environment=company.environment, key=key)
    if not urgent and rows.exists():
        return  # news fade after two days, and would be told again and again
    notice_raise(
        company=company,
        key=key,
        kind=Notice.Kind.WARN if urgent else Notice.Kind.INFO,
        text=filled(AFTER if found.is_over else BEFORE, _facts(found)),
        path=reverse("connection-tokens-leave", args=[company.nip]),
    )


def _facts(found: Sunset) -> dict[str, str]:
    day = f"{found.day.day}.{found.day.month:02d}.{found.day.year}"
    if found.days == 0:
        return {"day": day, "days": "to dziś", "days_en": "today"}
    one = found.days == 1
    return {
        "day": day,
        "days": "został 1 dzień" if one else f"zostało dni: {found.days}",
        "days_en": "1 day left" if one else f"{found.days} days left",
    }
