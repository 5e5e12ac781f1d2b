"""What the page of the connection lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from auth_ksef.choosing import binding_list, credential_for, obstacle
from auth_ksef.errors import NoCredential
from auth_ksef.models import Binding, Credential, SystemWarning
from ksefapp.accounts.models import Company, Environment, User
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl, plural

WARN_DAYS = 60
WARNINGS_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """One credential of the company as the page shows it.

    `kind` is ok, warn or bad; `used` marks the one that logs in at this moment.
    """

    binding: Binding
    credential: Credential
    kind: str
    status: str
    note: str
    used: bool


def credential_rows(company: Company) -> list[Row]:
    """The company's credentials in its present environment, login first, newest first."""
    bindings = binding_list(company).order_by("-purpose", "-bound_at")
    used = _used(company)
    return [Row(row, row.credential, *_state(row), row.credential_id == used) for row in bindings]


def other_environments(company: Company) -> list[str]:
    """Names of environments in which this company has credentials besides its present one."""
    rows = Binding.objects.filter(
        company=company, ended_at=None, credential__retired_at=None
    ).exclude(environment=company.environment)
    names = rows.order_by("environment").values_list("environment", flat=True).distinct()
    return [str(Environment(name).label) for name in names]


def own_elsewhere(company: Company, person: User) -> QuerySet[Credential]:
    """The person's own credentials in this environment that do not act for this company yet."""
    here = Binding.objects.filter(company=company, ended_at=None).values("credential")
    rows = Credential.objects.filter(
        owner_user=person,
        environment=company.environment,
        retired_at=None,
        kind=Credential.Kind.CERTIFICATE,
    )
    return rows.exclude(pk__in=here).defer("secret").order_by("-added_at")


def warning_list(company: Company) -> QuerySet[SystemWarning]:
    """What KSeF warned of in the last 30 days, the latest first."""
    since = clock.now() - timedelta(days=30)
    rows = SystemWarning.objects.filter(environment=company.environment, last_at__gte=since)
    return rows.order_by("-last_at")[:WARNINGS_SHOWN]


def _used(company: Company) -> int | None:
    try:
        return credential_for(company).pk
    except NoCredential:
        return None


def _state(binding: Binding) -> tuple[str, str, str]:
    """Kind, status and remark."""
    credential = binding.credential
    refusal = obstacle(binding)
    if refusal and refusal.code == "consent":
        return "warn", _validity(credential), _("Bez zgody na użycie w tle: nie wyśle faktur.")
    if refusal:
        return "bad", _validity(credential), refusal.message()
    left = _days_left(credential.valid_to)
    return ("warn" if left is not None and left <= WARN_DAYS else "ok"), _validity(credential), ""


def _days_left(end: datetime | None) -> int | None:
    return (clock.warsaw(end).date() - clock.today()).days if end else None


def _validity(credential: Credential) -> str:
    left = _days_left(credential.valid_to)
    if left is None:
        return _("do unieważnienia w KSeF")
    day = date_pl(credential.valid_to)
    if credential.valid_from > clock.now():
        return _("ważny dopiero od %(day)s") % {"day": date_pl(credential.valid_from)}
    if credential.valid_to <= clock.now():
        return _("wygasł %(day)s") % {"day": day}
    if left > WARN_DAYS:
        return _("ważny do %(day)s") % {"day": day}
    days = plural(left, _("dzień,dni,dni"))
    return _("wygasa za %(days)s, %(day)s") % {"days": days, "day": day}
