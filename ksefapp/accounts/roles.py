"""Who may do what: one table that drives the gates, the tests and the guide's page."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A person's role in one company, from least to most."""

    VIEWER = "viewer", _("podgląd")
    ISSUER = "issuer", _("wystawianie")
    ACCOUNTANT = "accountant", _("księgowość")
    OWNER = "owner", _("właściciel")


class May(models.TextChoices):
    """One thing that a gate asks for."""

    VIEW = "view", _("Przegląda faktury, UPO i wydruki")
    DRAFT = "draft", _("Tworzy, zmienia i usuwa szkice")
    ISSUE = "issue", _("Wystawia faktury i wysyła je do KSeF")
    CORRECT = "correct", _("Wystawia korekty")
    EXPORT = "export", _("Pobiera komplet dokumentów firmy")
    CONTRACTORS = "contractors", _("Prowadzi kontrahentów i produkty")
    JOURNAL = "journal", _("Prowadzi dziennik trybów pracy KSeF")
    OWN_CREDENTIAL = "own_credential", _("Łączy z firmą własny certyfikat KSeF")
    CREDENTIALS = "credentials", _("Łączy firmę z KSeF: tokeny i certyfikaty")
    PERMISSIONS = "permissions", _("Nadaje i odbiera uprawnienia w KSeF")
    MEMBERS = "members", _("Zaprasza osoby i nadaje role")
    AUDIT = "audit", _("Czyta historię zmian firmy")
    SETTINGS = "settings", _("Zmienia dane firmy i serie numerów")
    ENVIRONMENT = "environment", _("Zmienia środowisko KSeF, w tym na produkcję")
    API_KEYS = "api_keys", _("Tworzy i odwołuje klucze API")


_VIEWER = {May.VIEW}
_ISSUER = _VIEWER | {May.DRAFT, May.ISSUE, May.OWN_CREDENTIAL}
_ACCOUNTANT = _ISSUER | {May.CORRECT, May.EXPORT, May.CONTRACTORS, May.JOURNAL}
_OWNER = set(May)

RIGHTS: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.ISSUER: frozenset(_ISSUER),
    Role.ACCOUNTANT: frozenset(_ACCOUNTANT),
    Role.OWNER: frozenset(_OWNER),
}
