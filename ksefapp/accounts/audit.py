"""Writing the audit log, and the words in which people read it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import AuditEntry, Company, User

# Action to sentence. Rooms above add their own in `AppConfig.ready`; an action without words
# is shown as it is.
WORDS: dict[str, str | Promise] = {
    "company.create": _("Dodanie firmy"),
    "company.update": _("Zmiana danych firmy"),
    "environment.move": _("Zmiana środowiska KSeF"),
    "invitation.create": _("Zaproszenie osoby"),
    "invitation.accept": _("Przyjęcie zaproszenia"),
    "invitation.revoke": _("Odwołanie zaproszenia"),
    "member.role": _("Zmiana roli"),
    "member.remove": _("Usunięcie osoby z firmy"),
    "api_key.create": _("Utworzenie klucza API"),
    "api_key.revoke": _("Odwołanie klucza API"),
    "account.close": _("Zamknięcie konta"),
    "account.reset_link": _("Odnośnik do nowego hasła"),
}


def audit(
    action: str,
    *,
    company: Company | None = None,
    user: User | None = None,
    subject: object = "",
    **details: object,
) -> AuditEntry:
    """Records that something was done, in the caller's transaction. Details must hold no secret."""
    return AuditEntry.objects.create(
        action=action, company=company, user=user, subject=str(subject)[:100], details=details
    )


def audit_list(company: Company):
    """The company's entries, newest first."""
    return AuditEntry.objects.filter(company=company).select_related("user")


def words_of(entry: AuditEntry) -> str:
    """What was done, in the active language."""
    return str(WORDS.get(entry.action, entry.action))
