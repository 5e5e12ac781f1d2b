"""Companies: who may add one, adding, changing their data."""

from django.db import transaction

from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role

DATA_FIELDS = [
    "name",
    "address_l1",
    "address_l2",
    "email",
    "phone",
    "bank_account",
    "bank_name",
    "payment_days",
    "vat_exempt",
    "cash_accounting",
    "krs",
    "regon",
    "bdo",
    "attachments_notified_on",
]


def company_may_create(user: User) -> bool:
    """Whoever set the installation up, and owners; an invited viewer must not take a NIP."""
    first = User.objects.order_by("pk").values_list("pk", flat=True).first()
    owns = Membership.objects.filter(user=user, role=Role.OWNER).exists()
    return user.is_superuser or user.pk == first or owns


def company_create(*, company: Company, by: User) -> Company:
    """Stores a validated company with its first owner. Raises IntegrityError for a taken NIP."""
    with transaction.atomic():
        company.save(force_insert=True)
        Membership.objects.create(user=by, company=company, role=Role.OWNER)
        audit("company.create", company=company, user=by, subject=company.nip)
    return company


def company_update(*, company: Company, by: User) -> None:
    """Stores validated changes of the company's data and notes before and after."""
    with transaction.atomic():
        before = Company.objects.select_for_update().get(pk=company.pk)
        changed = {
            name: [_text(getattr(each, name)) for each in (before, company)]
            for name in DATA_FIELDS
            if getattr(before, name) != getattr(company, name)
        }
        if changed:
            company.save(update_fields=list(changed))
            audit("company.update", company=company, user=by, **changed)


def _text(value: object) -> str:
    return "" if value is None else str(value)
