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
        "connection.check": _("Sprawdzenie połączenia z KSeF"),
    }
)
DETAILS.update(
    {
        "fingerprint": _("odcisk certyfikatu"),
        "consent": _("zgoda na działanie w tle"),
        "ok": _("udane"),
    }
)
