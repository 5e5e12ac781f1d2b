"""What other rooms ask about documents without knowing them, and how our actions are called."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from invoices.models import Document
from ksefapp.accounts import hooks
from ksefapp.accounts.audit import DETAILS, WORDS
from ksefapp.accounts.models import Company, Environment


def production_is_final(company: Company) -> str | None:
    """Why the company may not leave its environment: invoices with legal effect were issued."""
    real = company.documents.filter(environment=Environment.PRODUCTION)
    if not company.is_real or not real.exists():
        return None
    return _("Ta firma wystawiła już fakturę na produkcji, więc na niej zostaje.")


def documents_need_an_owner(company: Company) -> str | None:
    """Why somebody must stay responsible for the company."""
    if Document.objects.filter(company=company).exists():
        return _("Firma ma wystawione dokumenty.")
    return None


def connect() -> None:
    """Called once, when the application starts."""
    hooks.environment_hooks.append(production_is_final)
    hooks.ownerless_hooks.append(documents_need_an_owner)
    WORDS.update(
        {
            "invoice.issue": gettext_lazy("Wystawienie faktury"),
            "invoice.accepted": gettext_lazy("Przyjęcie faktury przez KSeF"),
            "invoice.upo": gettext_lazy("Pobranie UPO"),
            "invoice.repair": gettext_lazy("Wycofanie odrzuconej faktury do poprawy"),
            "draft.delete": gettext_lazy("Usunięcie szkicu"),
            "series.change": gettext_lazy("Zmiana serii numerów"),
            "company.export": gettext_lazy("Eksport dokumentów firmy"),
        }
    )
    DETAILS.update(
        {
            "sha256": "SHA-256",
            "ksef_number": gettext_lazy("numer KSeF"),
            "accepted": gettext_lazy("przyjęte ostrzeżenia"),
            "pattern": gettext_lazy("wzór"),
            "next_number": gettext_lazy("następny numer"),
            "documents": gettext_lazy("liczba dokumentów"),
        }
    )
