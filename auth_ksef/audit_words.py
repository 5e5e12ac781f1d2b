"""How this room's actions are called in the history of changes."""

from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.audit import DETAILS, WORDS

WORDS.update(
    {
        "credential.bind": _("Połączenie z KSeF: dodanie tokenu albo certyfikatu"),
        "credential.unbind": _("Połączenie z KSeF: wycofanie tokenu albo certyfikatu"),
        "credential.erase": _("Połączenie z KSeF: skasowanie tokenu albo certyfikatu"),
        "signed_login.send": _("Logowanie do KSeF podpisem: wysłanie pliku"),
        "signed_login.end": _("Logowanie do KSeF podpisem: wynik"),
        "certificate.request": _("Wniosek o certyfikat KSeF"),
        "certificate.stored": _("Certyfikat KSeF wydany i zapisany"),
        "certificate.refused": _("Wniosek o certyfikat KSeF bez skutku"),
        "certificate.renewal": _("Zmiana odnawiania certyfikatu KSeF"),
        "certificate.revoke": _("Unieważnienie certyfikatu KSeF"),
        "certificate.export": _("Pobranie klucza certyfikatu KSeF"),
        "rights.grant": _("Nadanie uprawnienia w KSeF"),
        "rights.revoke": _("Odebranie uprawnienia w KSeF"),
        "rights.close": _("Zamknięcie niewyjaśnionej zmiany uprawnień"),
        "connection.check": _("Sprawdzenie połączenia z KSeF"),
        "token.create": _("Token KSeF: prośba o nowy"),
        "token.revoke": _("Token KSeF: unieważnienie"),
        "login.end": _("Sesja w KSeF: zakończenie"),
        "login.leave": _("Wylogowanie z KSeF"),
    }
)
DETAILS.update(
    {
        "fingerprint": _("odcisk certyfikatu"),
        "consent": _("zgoda na działanie w tle"),
        "ok": _("udane"),
        "by": _("jako"),
        "reference": _("numer w KSeF"),
        "serial": _("numer certyfikatu"),
        "reason": _("powód"),
        "replaces": _("następca certyfikatu"),
        "enrolment": _("wniosek"),
        "renewal": _("odnawianie"),
        "code": _("kod KSeF"),
    }
)
