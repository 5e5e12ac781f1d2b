"""Which credential acts for a company, and whether a given one may."""

from collections.abc import Iterable

from django.db.models import QuerySet

from auth_ksef.errors import NoCredential
from auth_ksef.kod2_messages import STATUSES
from auth_ksef.models import Binding, Credential
from ksefapp.accounts.models import Company, Environment, Membership, User
from ksefapp.lib import clock

REVOKED = "Revoked"  # as KSeF says it; nothing brings such a certificate back


def credential_for(
    company: Company, purpose: str = Binding.Purpose.LOGIN, *, acting: User | None = None
) -> Credential:
    """What may be used in the company's present environment: the company's own first, a
    certificate before a token, the newest before older ones.

    A person's own serves in the background only with consent; without it only while that person
    is `acting`. Raises NoCredential.
    """
    rows = sorted(binding_list(company).filter(purpose=purpose), key=preference)
    refusals = []
    for row in rows:
        refusal = obstacle(row, acting=acting)
        if refusal is None:
            return row.credential
        refusals.append(refusal)
    raise refusals[0] if refusals else _nothing(company, purpose)


def credential_check(
    credential: Credential,
    company: Company,
    purpose: str = Binding.Purpose.LOGIN,
    *,
    acting: User | None = None,
) -> None:
    """Raises NoCredential unless this credential may act for the company now."""
    if credential.environment != company.environment:
        raise _environment(company, [credential.environment])
    rows = binding_list(company).filter(purpose=purpose, credential=credential)
    row = rows.first()
    refusal = obstacle(row, acting=acting) if row else NoCredential("ended", label=credential)
    if refusal:
        raise refusal


def binding_list(company: Company) -> QuerySet[Binding]:
    """The company's bindings that stand in its present environment; secrets stay unread."""
    return (
        Binding.objects.filter(
            company=company,
            ended_at=None,
            environment=company.environment,
            credential__environment=company.environment,
            credential__retired_at=None,
        )
        .select_related("credential", "credential__owner_user")
        .defer("credential__secret")
    )


def obstacle(binding: Binding, *, acting: User | None = None) -> NoCredential | None:
    """Why the bound credential may not be used at this moment; None when it may."""
    credential, now = binding.credential, clock.now()
    if credential.valid_to and now >= credential.valid_to:
        return NoCredential("expired", label=credential, day=_day(credential.valid_to))
    if credential.valid_from and now < credential.valid_from:
        return NoCredential("early", label=credential, day=_day(credential.valid_from))
    if credential.ksef_status == REVOKED:
        pl, en = STATUSES[REVOKED]
        return NoCredential("status", label=credential, status=pl, status_en=en)
    if credential.owner_user_id is None:
        return None
    member = Membership.objects.filter(
        user=credential.owner_user_id, company=binding.company_id, user__is_active=True
    )
    if not member.exists():
        return NoCredential("member", label=credential)
    present = acting is not None and acting.pk == credential.owner_user_id
    return None if present or binding.consented_at else NoCredential("consent", label=credential)


def preference(row: Binding) -> tuple:
    """The order in which to try: the company's own, certificates, the newest."""
    credential = row.credential
    return (
        # A blocked one may be free again, but only KSeF can tell: it comes last.
        credential.ksef_status not in ("", "Active"),
        credential.owner_company_id is None,
        credential.kind != Credential.Kind.CERTIFICATE,
        -credential.added_at.timestamp(),
    )


def _nothing(company: Company, purpose: str) -> NoCredential:
    if purpose == Binding.Purpose.KOD_II:
        return NoCredential("none-kod2")
    if binding_list(company).exists():
        return NoCredential("other-use")
    elsewhere = Binding.objects.filter(company=company, ended_at=None, purpose=purpose)
    others = elsewhere.exclude(environment=company.environment).order_by("environment")
    names = list(others.values_list("environment", flat=True).distinct())
    if names:
        return _environment(company, names)
    return NoCredential("none", environment=Environment(company.environment).label)


def _environment(company: Company, others: Iterable[str]) -> NoCredential:
    return NoCredential(
        "environment",
        environment=Environment(company.environment).label,
        other=", ".join(str(Environment(name).label) for name in others),
    )


def _day(moment) -> str:
    day = clock.warsaw(moment)
    return f"{day.day}.{day.month:02d}.{day.year}"
