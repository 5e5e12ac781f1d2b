"""Every lawful way into KSeF: who can use it, what it needs, and what is not certain."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from ksefapp.accounts.models import Company

YES, NO = "ok", ""


@dataclass(frozen=True)
class Way:
    """One way in. `cells` are (kind, words) for: sole trader, company with a seal, company
    after ZAW-FA, accountant; an empty kind says that the way is not theirs."""

    name: str
    note: str
    needs: str
    cells: tuple[tuple[str, str], ...]
    url: str
    action: str
    doubt: str = ""


def way_list(company: Company) -> list[Way]:
    """All ways in the order of the guide, those that last first."""
    urls = {
        name: reverse(f"connection-{name}", args=[company.nip])
        for name in ("add", "sign", "fingerprint", "zawfa")
    }
    return [
        _certificate(urls["add"]),
        _token(urls["add"]),
        _signature(urls["sign"]),
        _seal(urls["sign"]),
        _trusted(urls["sign"]),
        _personal(urls["sign"]),
        _fingerprint(urls["fingerprint"]),
    ]


def _certificate(url: str) -> Way:
    return Way(
        name=_("Certyfikat KSeF typu 1"),
        note=_("do logowania; zostaje na stałe"),
        needs=_("Pliki .crt i .key z hasłem. Albo jeden podpis tutaj: certyfikaty zamówimy sami."),
        cells=(
            (YES, _("właściciel")),
            (YES, _("firma lub osoba")),
            (YES, _("osoba z ZAW-FA")),
            (YES, _("jeden dla wszystkich klientów")),
        ),
        url=url,
        action=_("Wczytaj certyfikat"),
    )


def _token(url: str) -> Way:
    return Way(
        name=_("Token KSeF"),
        note=_("do daty końca tokenów"),
        needs=_("Token z Aplikacji Podatnika, wklejany raz."),
        cells=(
            (YES, _("właściciel")),
            (YES, _("osoba uprawniona")),
            (YES, _("osoba z ZAW-FA")),
            (YES, _("osobny u każdego klienta")),
        ),
        url=url,
        action=_("Wklej token"),
    )


def _signature(url: str) -> Way:
    return Way(
        name=_("Podpis kwalifikowany"),
        note=_("osoby, z PESEL albo NIP w certyfikacie"),
        needs=_("Ważny podpis kwalifikowany i program, który podpisuje pliki XML (XAdES)."),
        cells=(
            (YES, _("właściciel")),
            (YES, _("osoba uprawniona w KSeF")),
            (YES, _("osoba z ZAW-FA")),
            (YES, _("osoba, której klient nadał uprawnienia")),
        ),
        url=url,
        action=_("Zaloguj się podpisem"),
    )


def _seal(url: str) -> Way:
    return Way(
        name=_("Pieczęć kwalifikowana"),
        note=_("firmy, z NIP w certyfikacie"),
        needs=_("Pieczęć elektroniczna firmy i program, który podpisuje pliki XML (XAdES)."),
        cells=(
            (NO, _("nie dotyczy")),
            (YES, _("firma, od razu jako właściciel")),
            (NO, _("nie ma pieczęci")),
            (YES, _("biuro, któremu klient nadał uprawnienia")),
        ),
        url=url,
        action=_("Zaloguj się pieczęcią"),
    )


def _trusted(url: str) -> Way:
    return Way(
        name=_("Podpis zaufany"),
        note=_("na gov.pl, na pliku pobranym stąd"),
        needs=_("Profil zaufany. Plik podpisujesz na gov.pl i wczytujesz tutaj."),
        cells=_persons(),
        url=url,
        action=_("Spróbuj podpisem zaufanym"),
        doubt=_(
            "Niepotwierdzone: dokumentacja API wymienia tę metodę, ale jej osobna podstawa prawna "
            "skończyła się 14.02.2026. Czy KSeF ją jeszcze przyjmuje, okaże się przy logowaniu."
        ),
    )


def _personal(url: str) -> Way:
    return Way(
        name=_("Podpis osobisty z e-dowodu"),
        note=_("na pliku pobranym stąd"),
        needs=_("E-dowód z podpisem osobistym, czytnik i program, który podpisuje XAdES."),
        cells=_persons(),
        url=url,
        action=_("Spróbuj e-dowodem"),
        doubt=_(
            "Niepotwierdzone: dokumentacja API nie opisuje tej metody. Czy KSeF ją przyjmie, "
            "okaże się przy logowaniu."
        ),
    )


def _persons() -> tuple[tuple[str, str], ...]:
    return (
        ("unknown", _("właściciel")),
        ("unknown", _("osoba uprawniona w KSeF")),
        ("unknown", _("osoba z ZAW-FA")),
        ("unknown", _("osoba, której klient nadał uprawnienia")),
    )


def _fingerprint(url: str) -> Way:
    return Way(
        name=_("Odcisk certyfikatu"),
        note=_("podpis bez PESEL i NIP, także zagraniczny; pieczęć bez NIP"),
        needs=_("Odcisk zgłoszony wcześniej: na druku ZAW-FA albo elektronicznie w KSeF."),
        cells=(
            (YES, _("po zgłoszeniu odcisku")),
            (YES, _("gdy w pieczęci nie ma NIP")),
            (YES, _("osoba z ZAW-FA z odciskiem")),
            (YES, _("gdy klient nadał uprawnienia na odcisk")),
        ),
        url=url,
        action=_("Policz odcisk"),
    )
