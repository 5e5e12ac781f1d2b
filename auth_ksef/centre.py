"""What the pages of certificates list: of a company, of a person, and one of them by itself.

Nothing here asks KSeF: its word is the one stored with each certificate, with its time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from auth_ksef.enrolment import OPEN, State
from auth_ksef.expiry import days_left, threshold_of
from auth_ksef.messages import chosen, told
from auth_ksef.models import Binding, Credential, Enrolment, KsefSnapshot
from auth_ksef.renewal import open_renewals, renewal_from, renewal_obstacle
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl, plural

KINDS = {"Active": "ok", "Blocked": "warn", "Revoked": "bad", "Expired": "bad"}


@dataclass(frozen=True)
class Row:
    """One certificate in words.

    `kind` ok, warn, bad or quiet; `status` its validity; `ksef` what KSeF said of it, and
    `ksef_at` when; `companies` those in which it serves; `renewal` what will happen at its end.
    """

    credential: Credential
    kind: str
    status: str
    ksef: str
    ksef_at: datetime | None
    companies: list[Company] = field(default_factory=list)
    renewal: str = ""
    renewal_kind: str = "quiet"

    @property
    def type_name(self) -> str:
        """Which of the two types, and what it is for."""
        return str(self.credential.get_use_display())


def company_rows(company: Company) -> list[Row]:
    """Certificates that serve the company in its present environment, logging in first."""
    here = Binding.objects.filter(
        company=company, environment=company.environment, ended_at=None
    ).values("credential")
    rows = _certificates().filter(environment=company.environment, retired_at=None, pk__in=here)
    return [row_of(credential) for credential in rows]


def company_past(company: Company) -> list[Row]:
    """Those that serve it no longer: what they signed before may still be asked about."""
    ever = Binding.objects.filter(company=company, environment=company.environment)
    rows = _certificates().filter(pk__in=ever.values("credential"))
    return [row_of(one) for one in rows if not _is_bound(one, company)]


def person_rows(person: User) -> list[Row]:
    """The person's own certificates in all environments and companies."""
    rows = _certificates().filter(owner_user=person, retired_at=None)
    return [row_of(credential) for credential in rows.order_by("environment", "use", "-valid_to")]


def row_of(credential: Credential) -> Row:
    """One certificate in words."""
    kind, status = _validity(credential)
    ksef_kind = KINDS.get(credential.ksef_status, "quiet")
    renewal_kind, renewal = renewal_words(credential)
    return Row(
        credential=credential,
        kind=ksef_kind if ksef_kind in ("warn", "bad") else kind,
        status=status,
        ksef=ksef_words(credential.ksef_status),
        ksef_at=credential.ksef_status_at,
        companies=[row.company for row in credential.bindings.all() if row.ended_at is None],
        renewal=renewal,
        renewal_kind=renewal_kind,
    )


def open_requests(company: Company, person: User) -> list[Enrolment]:
    """Requests of the company and of this person here: under way, and refused of late."""
    rows = Enrolment.objects.filter(company=company, environment=company.environment)
    rows = rows.exclude(owner_user__isnull=False, owner_user__in=_others(person))
    late = clock.now() - timedelta(days=2)
    rows = rows.defer("secret", "csr").order_by("-requested_at")
    return [
        row
        for row in rows[:20]
        if row.state in OPEN or (row.state == State.REFUSED and row.finished_at > late)
    ]


def _others(person: User) -> QuerySet[User]:
    return User.objects.exclude(pk=person.pk)


def request_words(row: Enrolment) -> str:
    """What is known of a request, in the language of the page."""
    return told(row.said) if row.said else ""


def ksef_words(status: str) -> str:
    """KSeF's word for a certificate, in ours."""
    words = {
        "": _("jeszcze nie pytaliśmy"),
        "Active": _("aktywny"),
        "Blocked": _("zablokowany"),
        "Revoked": _("unieważniony"),
        "Expired": _("wygasły"),
    }
    return words.get(status, status)


def renewal_words(credential: Credential) -> tuple[str, str]:
    """What will happen at its end, and how good that is: ok, warn or quiet."""
    if credential.retired_at or credential.revoked_at:
        return "quiet", ""
    if credential.replaced_by_id:
        day = date_pl(credential.replaced_by.valid_from)
        return "ok", _("ma następcę, ważnego od %(day)s") % {"day": day}
    if open_renewals(credential).exists():
        return "ok", _("odnawiamy, wniosek jest w KSeF")
    if credential.renewal == Credential.Renewal.OFF:
        return "quiet", _("bez odnawiania i przypomnień")
    if credential.renewal == Credential.Renewal.ASK:
        return "quiet", _("przypomnimy, odnowisz po swojemu")
    obstacle = renewal_obstacle(credential)
    if obstacle:
        return "warn", _("nie odnowi się samo: %(why)s") % {
            "why": chosen((obstacle.pl, obstacle.en))
        }
    start = renewal_from(credential)
    if start <= clock.now():
        return "ok", _("odnawiamy sami")
    return "ok", _("odnowimy sami od %(day)s") % {"day": date_pl(start)}


def told_data(snapshot: KsefSnapshot | None) -> dict:
    """What KSeF said before a request: {"limits", "data"}."""
    return snapshot.rows[0] if snapshot and snapshot.rows else {}


def _certificates() -> QuerySet[Credential]:
    bindings = Binding.objects.select_related("company").order_by("company__name")
    rows = Credential.objects.filter(kind=Credential.Kind.CERTIFICATE)
    rows = rows.select_related("owner_user", "owner_company", "replaced_by")
    rows = rows.prefetch_related(Prefetch("bindings", queryset=bindings))
    return rows.defer("secret", "replaced_by__secret").order_by("use", "-valid_to", "pk")


def _is_bound(credential: Credential, company: Company) -> bool:
    rows: Iterable[Binding] = credential.bindings.all()
    return not credential.retired_at and any(
        row.company_id == company.pk and row.ended_at is None for row in rows
    )


def _validity(credential: Credential) -> tuple[str, str]:
    if credential.revoked_at:
        day = date_pl(credential.revoked_at)
        return "bad", _("unieważniony %(day)s") % {"day": day}
    left, day = days_left(credential), date_pl(credential.valid_to)
    if credential.valid_to <= clock.now():
        return "bad", _("wygasł %(day)s") % {"day": day}
    if credential.valid_from > clock.now():
        start = date_pl(credential.valid_from)
        return "quiet", _("ważny dopiero od %(day)s") % {"day": start}
    if threshold_of(left) is None:
        return "ok", _("ważny do %(day)s") % {"day": day}
    days = plural(left, _("dzień,dni,dni"))
    return "warn", _("wygasa za %(days)s, %(day)s") % {"days": days, "day": day}
