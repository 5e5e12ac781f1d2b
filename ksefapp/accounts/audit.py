"""Writing the audit log, and the words in which people read it."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import AuditEntry, Company, Environment, User
from ksefapp.accounts.roles import Role

# Action to sentence. Rooms above add their own in `AppConfig.ready`; an action without words
# is shown as it is.
WORDS: dict[str, str | Promise] = {
    "company.create": _("Dodanie firmy"),
    "company.update": _("Zmiana danych firmy"),
    "company.look": _("Zmiana wyglądu wydruku"),
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
    "keys.rotate": _("Zmiana klucza, którym szyfrujemy sekrety"),
}

# Names of details; a detail without one is for programs and is not shown.
DETAILS: dict[str, str | Promise] = {
    "role": _("rola"),
    "prefix": _("początek klucza"),
    "environment": _("środowisko"),
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
    """What was done and to what, in the active language."""
    return ": ".join(filter(None, [str(WORDS.get(entry.action, entry.action)), entry.subject]))


def details_of(entry: AuditEntry) -> str:
    """The details that have a name, in words."""
    rest = dict(entry.details)
    found = []
    if {"before", "after"} <= rest.keys():
        found.append(f"{_value(rest.pop('before'))} → {_value(rest.pop('after'))}")
    fields = {field.name: field.verbose_name for field in Company._meta.fields}
    names = fields | DETAILS
    for name, value in rest.items():
        if name in names and value not in ("", [], None):
            between = " → " if name in fields else ", "
            found.append(f"{names[name]}: {_value(value, between)}")
    return ", ".join(found)


def _value(value: object, between: str = ", ") -> str:
    if isinstance(value, list):
        return between.join(_value(part) or "–" for part in value)
    if isinstance(value, bool):
        return gettext("tak") if value else gettext("nie")
    labels = dict(Role.choices) | dict(Environment.choices)
    return str(labels.get(value, value)) if isinstance(value, str) else str(value)
