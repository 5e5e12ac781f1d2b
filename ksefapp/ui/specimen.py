"""Invented data for the specimen page: every component in every state."""

from datetime import timedelta

from django import forms
from django.core.paginator import Paginator

from ksefapp.lib import clock
from ksefapp.ui.states import MODES, PILLS

CURRENCIES = [("PLN", "PLN, złoty"), ("EUR", "EUR, euro")]
BUYERS = [("nip", "Firma z NIP"), ("eu", "Firma z UE"), ("other", "Spoza UE"), ("none", "Bez NIP")]
WAYS = [("cert", "Certyfikat KSeF"), ("token", "Token KSeF"), ("xades", "Podpis poza aplikacją")]
WAY_DETAILS = {
    "cert": {
        "text": "Na stałe, dla każdej firmy i biura. Ważny 2 lata.",
        "needs": "pliki .crt i .key oraz hasło",
        "badge": "polecamy",
    },
    "token": {"text": "Najszybszy start. Ma datę końca.", "needs": "token wklejany raz"},
    "xades": {"text": "Gdy nie masz tokenu ani certyfikatu.", "needs": "podpis lub pieczęć"},
}
INVOICES = [
    ("Szkic", "Hotel Bursztyn", "5859990128", "draft", "", "26326.77", ""),
    ("FV/2026/11/0143", "Zaczyn", "1139998476", "waiting_deadline", "offline24", "1968", ""),
    ("KOR/2026/11/0005", "Kaszuby sp.k.", "5899993185", "waiting_original", "", "-1230", ""),
    ("FV/2026/11/0142", "Optyk Soczewka s.c.", "9229995416", "refused", "", "2214", "late"),
    ("FV/2026/11/0141", "Kawiarnia Pod Lipą", "1111111111", "accepted", "", "4182", ""),
    ("FV/2026/11/0139", "Biuro Kreska", "6769991047", "unknown", "offline24", "6642", ""),
]


class SpecimenForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Nazwa", initial="Hotel Bursztyn sp. z o.o.")
    email = forms.EmailField(
        label="E-mail nabywcy", required=False, help_text="Wyślemy na niego PDF po nadaniu numeru."
    )
    currency = forms.ChoiceField(label="Waluta", choices=CURRENCIES)
    nip = forms.CharField(label="NIP nabywcy", initial="585-999-01-21")
    days = forms.CharField(label="Dni od wystawienia", initial="14")
    buyer = forms.ChoiceField(
        label="Kim jest nabywca", choices=BUYERS, initial="nip", widget=forms.RadioSelect
    )
    prices = forms.ChoiceField(
        label="Ceny",
        choices=[("net", "netto"), ("gross", "brutto")],
        initial="net",
        widget=forms.RadioSelect,
    )
    way = forms.ChoiceField(
        label="Czym firma będzie się logować?",
        choices=WAYS,
        initial="cert",
        widget=forms.RadioSelect,
    )
    paid = forms.BooleanField(label="Faktura jest już zapłacona", required=False, initial=True)
    certificate = forms.FileField(label="Plik certyfikatu (.crt)")
    notes = forms.CharField(label="Uwagi na fakturze", required=False, widget=forms.Textarea)


def context() -> dict:
    """What templates/ui/components.html shows."""
    return {
        "form": SpecimenForm(),
        "wrong": _wrong_form(),
        "way_details": WAY_DETAILS,
        "pills": list(PILLS),
        "modes": list(MODES),
        "tokens": TOKENS,
        "invoices": INVOICES,
        "routes": ROUTES,
        "log": _log(),
        "page_of_invoices": Paginator(range(31), 14).page(2),
        "tabs": VIEWS,
    }


def _wrong_form() -> forms.Form:
    form = SpecimenForm({"nip": "5859990121", "days": "12szt"}, prefix="wrong")
    form.errors.clear()
    form.add_error("nip", "Ostatnia cyfra NIP nie zgadza się z resztą. Sprawdź go z nabywcą.")
    form.add_error("buyer", "Wybierz, kim jest nabywca.")
    return form


def _log() -> list[dict]:
    now = clock.now()
    return [
        {"at": now, "text": "UPO pobrane", "kind": "ok"},
        {"at": now - timedelta(seconds=3), "text": "Numer KSeF nadany", "kind": "ok"},
        {
            "at": now - timedelta(seconds=32),
            "text": "Wysłana",
            "kind": "half",
            "detail": "Sesja 2F1A",
        },
        {"at": now - timedelta(minutes=2), "text": "API nie odpowiedziało", "kind": "failed"},
        {"at": now - timedelta(days=1), "text": "Wystawiona", "who": "Paweł Rój, tryb online"},
    ]


TOKENS = [
    *("page", "surface", "sunken", "selected", "line", "line-strong", "text", "text-2"),
    *("accent", "focus", "ok", "warn", "bad", "unknown"),
]

ROUTES = [
    [
        {"label": "Wystawiona", "state": "done", "detail": "13:22:07, Paweł Rój"},
        {"label": "Wysłana", "state": "done", "detail": "13:22:33"},
        {"label": "Numer KSeF", "state": "done", "detail": "13:23:02"},
        {"label": "UPO", "state": "done", "detail": "13:23:05, podpis sprawdzony"},
    ],
    [
        {"label": "Wystawiona", "state": "done", "detail": "14:10:02"},
        {"label": "Wysłana", "state": "now", "detail": "KSeF przetwarza, 3 min"},
        {"label": "Numer KSeF", "state": "todo", "detail": "zwykle do minuty"},
        {"label": "UPO", "state": "todo", "detail": "po numerze"},
    ],
    [
        {"label": "Wystawiona", "state": "done", "detail": "14:10:02"},
        {"label": "Wysłana", "state": "unknown", "detail": "nie wiemy, czy KSeF ją przyjął"},
        {"label": "Numer KSeF", "state": "todo"},
        {"label": "UPO", "state": "todo"},
    ],
]

VIEWS = [
    {"url": "#", "label": "Wszystkie", "count": 31, "active": True},
    {"url": "#", "label": "Szkice", "count": 1},
    {"url": "#", "label": "Czekają na wysłanie", "count": 2},
    {"url": "#", "label": "Nie wiemy", "count": 1, "alarm": True},
    {"url": "#", "label": "Odrzucone", "count": 1, "alarm": True},
]
