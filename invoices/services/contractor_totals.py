"""How much a contractor has bought: counted in the database, per currency."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from invoices.models import Contractor, Document
from invoices.services.payments import OURS


@dataclass(frozen=True)
class Bought:
    """The documents of one currency together."""

    currency: str
    count: int
    net: Decimal
    gross: Decimal


def documents_of(contractor: Contractor) -> QuerySet[Document]:
    """Its documents in the company's present environment, newest first."""
    return Document.objects.filter(
        contractor=contractor,
        company=contractor.company,
        environment=contractor.company.environment,
    ).order_by("-issued_on", "-issued_at", "pk")


def bought(contractor: Contractor) -> list[Bought]:
    """Sums per currency, without what was withdrawn and what is self-billed: that we bought."""
    rows = documents_of(contractor).filter(OURS, withdrawn_at=None).order_by("currency")
    sums = rows.values("currency").annotate(count=Count("pk"), net=Sum("net"), gross=Sum("gross"))
    return [Bought(**row) for row in sums]
