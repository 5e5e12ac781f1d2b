"""Warnings that a certificate ends: 60, 30, 14, 7 and 1 days before, on the pages and by e-mail.

Days are counted in Warsaw. Each warning is given once; after a long standstill only the nearest.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from auth_ksef.messages import Pair
from auth_ksef.models import Binding, Credential, CredentialWarning
from auth_ksef.renewal import renewal_from, renewal_obstacle
from ksefapp.lib import clock
from ksefapp.notify.messages import notify
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_raise, notice_resolve

DAYS = (60, 30, 14, 7, 1)
URGENT = 7
ENDED = 0  # in the key of a notice: it is over
KEY = "certificate-end"
USES: dict[str, Pair] = {
    Credential.Use.LOGIN: ("do logowania (typ 1)", "for logging in (type 1)"),
    Credential.Use.OFFLINE: ("do KODU II (typ 2)", "for KOD II (type 2)"),
}


def expiry_warn() -> int:
    """Tells of the certificates that end soon; returns how many warnings were new."""
    rows = list(_ending())
    _forget({row.pk for row in rows})
    return sum(_warned(row) for row in rows)


def days_left(credential: Credential) -> int:
    """Whole days to its end, by Warsaw's calendar; 0 is today, negative is over."""
    return (clock.warsaw(credential.valid_to).date() - clock.today()).days


def threshold_of(left: int) -> int | None:
    """The warning that belongs to so many days; None while there is time."""
    return min((days for days in DAYS if left <= days), default=None)


def words_for(credential: Credential, left: int) -> Pair:
    """What a warning says: what ends, when, and who does something about it."""
    pl, en = USES[credential.use]
    day = clock.warsaw(credential.valid_to)
    when = f"{day.day}.{day.month:02d}.{day.year}"
    begin = (
        f"Certyfikat KSeF „{credential.label}” {pl} {_in_days(left)[0]} ({when}).",
        f"The KSeF certificate “{credential.label}” {en} {_in_days(left)[1]} ({when}).",
    )
    return tuple(" ".join(parts) for parts in zip(begin, _next_step(credential, left), strict=True))


def _in_days(left: int) -> Pair:
    if left < 0:
        return "wygasł", "has expired"
    if left == 0:
        return "wygasa dzisiaj", "expires today"
    days = "1 dzień" if left == 1 else f"{left} dni"
    return f"wygasa za {days}", f"expires in {left} day{'' if left == 1 else 's'}"


def _next_step(credential: Credential, left: int) -> Pair:
    obstacle = renewal_obstacle(credential)
    if left < 0 or credential.renewal != Credential.Renewal.AUTO:
        return (
            "Zaloguj się podpisem i zawnioskuj o nowy albo wczytaj nowy z Aplikacji Podatnika.",
            "Log in by signature and ask for a new one, or upload one from the Taxpayer App.",
        )
    if obstacle:
        return f"Sami go nie odnowimy. {obstacle.pl}", f"It cannot renew itself. {obstacle.en}"
    day = clock.warsaw(renewal_from(credential))
    if day.date() > clock.today():
        when = f"{day.day}.{day.month:02d}.{day.year}"
        return f"Odnowimy go sami od {when}.", f"It renews itself from {when} on."
    return "Odnawiamy go sami.", "It is renewing itself."


def _ending() -> QuerySet[Credential]:
    soon = clock.now() + timedelta(days=DAYS[0] + 1)
    rows = Credential.objects.filter(
        kind=Credential.Kind.CERTIFICATE,
        retired_at=None,
        revoked_at=None,
        valid_to__lte=soon,
        pk__in=Binding.objects.filter(ended_at=None).values("credential"),
    )
    # A successor that stands makes the end harmless.
    replaced = Q(replaced_by__isnull=False, replaced_by__retired_at=None)
    rows = rows.exclude(replaced).exclude(renewal=Credential.Renewal.OFF)
    return rows.defer("secret").select_related("owner_user", "owner_company")


def _warned(credential: Credential) -> bool:
    left = days_left(credential)
    threshold = threshold_of(left)
    if threshold is None:
        return False
    if left < 0:
        return _tell(credential, ENDED, left, mail=False)
    with transaction.atomic():
        _row, is_new = CredentialWarning.objects.get_or_create(
            credential=credential, days=threshold
        )
        return is_new and _tell(credential, threshold, left, mail=True)


def _tell(credential: Credential, threshold: int, left: int, *, mail: bool) -> bool:
    """A notice in each company where it serves; a person's own is written of to that person."""
    text = words_for(credential, left)
    is_bad = left < 0 or (left <= URGENT and renewal_obstacle(credential) is not None)
    told = False
    for row in _bindings(credential):
        for days in (*DAYS, ENDED):
            if days != threshold:
                _resolve(row, credential.pk, days)
        notice = notice_raise(
            company=row.company,
            environment=row.environment,
            key=f"{KEY}:{credential.pk}:{threshold}",
            kind=Notice.Kind.BAD if is_bad else Notice.Kind.WARN,
            text=text,
            path=reverse("connection-certificates-one", args=[row.company.nip, credential.pk]),
            # The owner of many companies gets one letter, not one from each of them.
            mail=mail and credential.owner_user_id is None,
        )
        told = told or notice is not None
    if mail and credential.owner_user:
        _write(credential, text)
    return told


def _write(credential: Credential, text: Pair) -> None:
    page = f"{settings.KSEF_SITE_URL}{reverse('own-certificates')}"
    mark = "" if credential.environment == "production" else f"[{credential.environment.upper()}] "
    letter = f"{text[0]}\n\n{page}\n\n--\nEnglish:\n\n{text[1]}\n"
    notify([credential.owner_user], f"{mark}{text[0]}"[:150], letter)


def _bindings(credential: Credential) -> QuerySet[Binding]:
    return credential.bindings.filter(ended_at=None).select_related("company")


def _resolve(row: Binding, pk: int, days: int) -> None:
    notice_resolve(row.company, f"{KEY}:{pk}:{days}", environment=row.environment)


def _forget(ending: set[int]) -> None:
    """Renewed, withdrawn or revoked: its warnings leave the pages."""
    rows = Notice.objects.filter(key__startswith=f"{KEY}:", over=False).select_related("company")
    for notice in rows:
        if int(notice.key.split(":")[1]) not in ending:
            notice_resolve(notice.company, notice.key, environment=notice.environment)
