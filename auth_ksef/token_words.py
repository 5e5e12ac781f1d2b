"""What a KSeF token may do, how it stands, and why one is not made: for people."""

from django.utils.translation import gettext_lazy as _

from auth_ksef.messages import Pair

# TokenPermissionType of OpenAPI 2.9: name, and what it opens. The first three are enough here.
RIGHTS = {
    "InvoiceWrite": (
        _("wystawianie faktur"),
        _("Wysyła faktury firmy do KSeF."),
    ),
    "InvoiceRead": (
        _("przeglądanie faktur"),
        _("Pobiera faktury wystawione i otrzymane."),
    ),
    "Introspection": (
        _("przeglądanie historii sesji"),
        _("Widzi sesje wysyłki, także innych programów: po tym sprawdzamy, co KSeF przyjął."),
    ),
    "CredentialsRead": (
        _("przeglądanie uprawnień"),
        _("Widzi, kto co może w KSeF, i listę wszystkich tokenów. Programowi do faktur zbędne."),
    ),
    "CredentialsManage": (
        _("zarządzanie uprawnieniami"),
        _(
            "Nadaje i odbiera uprawnienia. Kto przejmie taki token, może wpuścić do KSeF "
            "każdego: zwykle lepiej go nie dawać."
        ),
    ),
    "SubunitManage": (
        _("zarządzanie jednostkami podrzędnymi"),
        _("Powołuje administratorów oddziałów i członków grupy VAT."),
    ),
    "EnforcementOperations": (
        _("operacje egzekucyjne"),
        _("Dla organów egzekucyjnych i komorników."),
    ),
    "CollectiveIdentifierManage": (
        _("identyfikatory zbiorcze"),
        _("Tworzy jeden numer do zapłaty za wiele faktur."),
    ),
}
LEAST = ("InvoiceWrite", "InvoiceRead", "Introspection")

# Status of a token: word, and the kind of its sign.
STATUSES = {
    "Pending": (_("KSeF go przygotowuje"), "quiet"),
    "Active": (_("działa"), ""),
    "Revoking": (_("KSeF go unieważnia"), "quiet"),
    "Revoked": (_("unieważniony"), "quiet"),
    "Failed": (_("nie powstał"), "bad"),
}
USELESS = ("Revoking", "Revoked", "Failed")

REFUSALS: dict[str, Pair] = {
    "by-token": (
        "KSeF nie tworzy tokenów komuś, kto zalogował się tokenem. Zaloguj się podpisem, pieczęcią "
        "albo certyfikatem KSeF.",
        "KSeF makes no tokens for somebody who logged in with a token. Log in by a signature, a "
        "seal or a KSeF certificate.",
    ),
    "nothing": (
        "Nie masz tu jeszcze niczego, czym można zalogować się do KSeF. Zaloguj się podpisem albo "
        "dodaj certyfikat.",
        "You have nothing here yet to log in to KSeF with. Log in by a signature or add a "
        "certificate.",
    ),
    "no-reference": (
        "Nie znamy numeru tego tokena w KSeF. Znajdź go na liście tokenów po opisie.",
        "The number of this token in KSeF is not known. Find it on the list of tokens by its "
        "description.",
    ),
}

LOST: Pair = (
    "Odpowiedź KSeF nie dotarła, więc treści tego tokena nikt nie zna. Unieważniliśmy go. "
    "Utwórz nowy.",
    "KSeF's answer did not arrive, so nobody knows the text of this token. We revoked it. Make a "
    "new one.",
)
NEVER: Pair = (
    "KSeF nie ma tego tokena na liście: prośba nie dotarła. Utwórz nowy.",
    "KSeF does not list this token: the request did not arrive. Make a new one.",
)
NO_ANSWER: Pair = (
    "KSeF nie odpowiedział. Sprawdzamy na liście tokenów; jeśli powstał, unieważnimy go, bo jego "
    "treści nikt nie zna.",
    "KSeF did not answer. We are looking at the list of tokens; if it was made we revoke it, "
    "because nobody knows its text.",
)
FAILED: Pair = (
    "KSeF nie uruchomił tego tokena. Utwórz nowy.",
    "KSeF did not activate this token. Make a new one.",
)
GONE: Pair = (
    "Token unieważniono w KSeF.",
    "The token was revoked in KSeF.",
)
CANNOT_ASK: Pair = (
    "Nie możemy teraz zapytać KSeF: {why}",
    "KSeF cannot be asked at present: {why}",
)
