"""Raising and resolving notices: each matter is told once, on the pages and by e-mail."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import RIGHTS, May, Role
from ksefapp.lib import clock
from ksefapp.notify.models import Notice

LONGEST = 1000
WEIGHT = {Notice.Kind.BAD: 0, Notice.Kind.WARN: 1}  # what is not here is mere information
NEWS_FOR = timedelta(days=2)


def notice_raise(
    *,
    company: Company,
    key: str,
    kind: str,
    text: tuple[str, str],
    path: str = "",
    mail: bool = True,
    environment: str = "",
) -> Notice | None:
    """Tells the company's people of a matter; None if the same matter was told and goes on.

    `key` names the matter (`duplicate:17`), `kind` is of Notice.Kind, `text` is (Polish,
    English), `path` begins with a slash and leads to where one can act. `environment` is the
    company's present one unless given. Safe to call in every sweep and in any transaction.
    """
    environment = environment or company.environment
    if _going_on(company, environment, key).exists():
        return None
    polish, english = (half[:LONGEST] for half in text)
    try:
        with transaction.atomic():
            return Notice.objects.create(
                **{"company": company, "environment": environment, "key": key, "kind": kind},
                **{"pl": polish, "en": english, "path": path},
                mail_at=clock.now() if mail else None,
            )
    except IntegrityError:  # another process told it in this moment
        return None


def notice_resolve(company: Company, key: str, *, environment: str = "") -> bool:
    """The matter is over: it leaves the pages, and may be told anew. False if there was none."""
    rows = _going_on(company, environment or company.environment, key)
    # Sweeps call this all the time: only a row that is there is worth a write.
    if not rows.exists():
        return False
    now = clock.now()
    return bool(rows.update(over=True, mail_at=None, resolved_at=Coalesce("resolved_at", now)))


def notice_put_aside(*, notice: Notice, by: User) -> bool:
    """A person has seen to it, or will; False if it is gone already."""
    rows = Notice.objects.filter(pk=notice.pk, resolved_at=None)
    return bool(rows.update(resolved_at=clock.now(), resolved_by=by, mail_at=None))


def notices_fade() -> int:
    """Ends mere information that has stood for NEWS_FOR; returns how many."""
    old = Notice.objects.filter(kind=Notice.Kind.INFO, over=False)
    ids = list(old.filter(raised_at__lt=clock.now() - NEWS_FOR).values_list("pk", flat=True))
    if not ids:
        return 0
    gone = {"over": True, "mail_at": None, "resolved_at": Coalesce("resolved_at", clock.now())}
    return Notice.objects.filter(pk__in=ids, over=False).update(**gone)


def notice_list(company: Company) -> QuerySet[Notice]:
    """The company's open notices in its present environment, newest first."""
    return Notice.objects.filter(company=company, environment=company.environment, resolved_at=None)


def notice_past_list(company: Company) -> QuerySet[Notice]:
    """What is over or was put aside, the latest first."""
    rows = Notice.objects.filter(company=company, environment=company.environment)
    rows = rows.exclude(resolved_at=None).select_related("resolved_by")
    return rows.order_by("-resolved_at", "-id")


def notice_counts(companies: Iterable[Company]) -> dict[int, dict[str, int]]:
    """Open notices by company and kind, each in its present environment: {pk: {"bad": 2}}."""
    present = {company.pk: company.environment for company in companies}
    rows = Notice.objects.filter(company__in=present, resolved_at=None).order_by()
    rows = rows.values_list("company", "environment", "kind").annotate(Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for company, environment, kind, count in rows:
        if environment == present[company]:
            found.setdefault(company, {})[kind] = count
    return found


def notice_text(notice: Notice, language: str | None = None) -> str:
    """What it says, in that language or in the active one."""
    english = (language or get_language() or "pl").startswith("en")
    return notice.en if english else notice.pl


def notice_readers(company: Company) -> list[User]:
    """Who is written to: the people who may issue in this company."""
    roles = [role for role in Role.values if May.ISSUE in RIGHTS[role]]
    rows = User.objects.filter(memberships__company=company, memberships__role__in=roles)
    return list(rows.filter(is_active=True).order_by("pk"))


def _going_on(company: Company, environment: str, key: str) -> QuerySet[Notice]:
    return Notice.objects.filter(company=company, environment=environment, key=key, over=False)
