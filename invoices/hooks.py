"""What other rooms ask about documents without knowing them, and how our actions are called."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auth_ksef import hooks as certificate_hooks
from invoices.models import Document, Submission
from invoices.services import certificate_waiting, deadlines, outlook, recurring
from invoices.services.delivery_states import OPEN
from ksefapp.accounts import hooks
from ksefapp.accounts.audit import DETAILS, WORDS
from ksefapp.accounts.models import Company, Environment
from offline.hooks import effect_hooks, waiting_hooks
from offline.signals import outage_changed

# What we write into the history, in words; then the names of what stands beside it.
ACTIONS = {
    "invoice.issue": gettext_lazy("Wystawienie faktury"),
    "invoice.accepted": gettext_lazy("Przyjęcie faktury przez KSeF"),
    "invoice.upo": gettext_lazy("Pobranie UPO"),
    "session.upo": gettext_lazy("Pobranie zbiorczego UPO sesji"),
    "invoice.withdraw": gettext_lazy("Wycofanie faktury, która nie wyszła"),
    "invoice.duplicate": gettext_lazy("Wycofanie faktury, którą KSeF już ma"),
    "invoice.repair": gettext_lazy("Otwarcie faktury do poprawy"),
    "invoice.technical": gettext_lazy("Korekta techniczna odrzuconej faktury"),
    "invoice.offline24": gettext_lazy("Przejście faktury na offline24"),
    "draft.delete": gettext_lazy("Usunięcie szkicu"),
    "recurring.create": gettext_lazy("Nowy szablon faktury cyklicznej"),
    "recurring.change": gettext_lazy("Zmiana szablonu faktury cyklicznej"),
    "recurring.pause": gettext_lazy("Wstrzymanie szablonu faktury cyklicznej"),
    "recurring.resume": gettext_lazy("Wznowienie szablonu faktury cyklicznej"),
    "recurring.archive": gettext_lazy("Zakończenie szablonu faktury cyklicznej"),
    "contractor.create": gettext_lazy("Dodanie kontrahenta"),
    "contractor.change": gettext_lazy("Zmiana kontrahenta"),
    "contractor.archive": gettext_lazy("Kontrahent do archiwum"),
    "contractor.restore": gettext_lazy("Kontrahent z archiwum"),
    "contractor.import": gettext_lazy("Wczytanie kontrahentów z pliku"),
    "product.create": gettext_lazy("Dodanie produktu"),
    "product.change": gettext_lazy("Zmiana produktu"),
    "product.archive": gettext_lazy("Produkt do archiwum"),
    "product.restore": gettext_lazy("Produkt z archiwum"),
    "product.import": gettext_lazy("Wczytanie produktów z pliku"),
    "price_list.create": gettext_lazy("Dodanie cennika"),
    "price_list.change": gettext_lazy("Zmiana cennika"),
    "price_list.archive": gettext_lazy("Cennik do archiwum"),
    "price_list.restore": gettext_lazy("Cennik z archiwum"),
    "price_list.prices": gettext_lazy("Zmiana cen w cenniku"),
    "series.change": gettext_lazy("Zmiana serii numerów"),
    "proforma.issue": gettext_lazy("Wystawienie pro formy"),
    "proforma.invoice": gettext_lazy("Faktura z pro formy"),
    "proforma.cancel": gettext_lazy("Anulowanie pro formy"),
    "proforma.restore": gettext_lazy("Przywrócenie pro formy"),
    "relief.entry": gettext_lazy("Wpis do limitu ulgi"),
    "relief.loss": gettext_lazy("Utrata ulgi do 10 000 zł"),
    "company.export": gettext_lazy("Eksport dokumentów firmy"),
    "invoice.hand_over": gettext_lazy("Przekazanie nabywcy"),
    "payment.add": gettext_lazy("Zapis wpłaty"),
    "payment.cancel": gettext_lazy("Anulowanie wpłaty"),
    "mail.failed": gettext_lazy("Niewysłany e-mail do nabywcy"),
    "mail.settings": gettext_lazy("Zmiana poczty do nabywców"),
    "invoice.kod2_anew": gettext_lazy("Nowy KOD II po unieważnieniu certyfikatu"),
    "mail.test": gettext_lazy("Próba poczty do nabywców"),
}
NAMES = {
    "sha256": "SHA-256",
    "ksef_number": gettext_lazy("numer KSeF"),
    "accepted": gettext_lazy("przyjęte ostrzeżenia"),
    "mode": gettext_lazy("tryb"),
    "pattern": gettext_lazy("wzór"),
    "pln": gettext_lazy("kwota w PLN"),
    "next_number": gettext_lazy("następny numer"),
    "next_on": gettext_lazy("następny termin"),
    "documents": gettext_lazy("liczba dokumentów"),
    "rows": gettext_lazy("liczba wierszy"),
    "to": gettext_lazy("adres"),
    "amount": gettext_lazy("kwota"),
    "received_on": gettext_lazy("dzień wpłaty"),
    "pdf": "SHA-256 PDF",
    "link": gettext_lazy("poprzedni adres"),
}


def production_is_final(company: Company) -> str | None:
    """Why the company may not leave its environment: invoices with legal effect were issued."""
    real = company.documents.filter(environment=Environment.PRODUCTION)
    if not company.is_real or not real.exists():
        return None
    return _("Ta firma wystawiła już fakturę na produkcji, więc na niej zostaje.")


def invoices_left_behind(company: Company) -> str | None:
    """What the company has on its way in the environment that it is leaving."""
    open_rows = Submission.objects.filter(
        document__company=company, environment=company.environment, state__in=OPEN
    )
    if not (count := open_rows.count()):
        return None
    text = _(
        "W środowisku %(name)s zostają faktury bez numeru KSeF: %(count)s. Nie wyślemy ich ani "
        "nie sprawdzimy, dopóki firma tam nie wróci."
    )
    return text % {"name": company.get_environment_display(), "count": count}


def documents_need_an_owner(company: Company) -> str | None:
    """Why somebody must stay responsible for the company."""
    if Document.objects.filter(company=company).exists():
        return _("Firma ma wystawione dokumenty.")
    return None


def connect() -> None:
    """Called once, when the application starts."""
    hooks.environment_hooks.append(production_is_final)
    hooks.leaving_hooks.append(invoices_left_behind)
    hooks.leaving_hooks.append(recurring.left_behind)
    hooks.ownerless_hooks.append(documents_need_an_owner)
    hooks.concern_hooks.append(outlook.concerns)
    certificate_hooks.waiting_on_certificate_hooks.append(certificate_waiting.waiting)
    certificate_hooks.send_now_hooks.append(certificate_waiting.send)
    certificate_hooks.sign_anew_hooks.append(certificate_waiting.sign_anew)
    certificate_hooks.signed_count_hooks.append(certificate_waiting.signed_count)
    waiting_hooks.append(outlook.waiting)
    effect_hooks.append(outlook.effects)
    outage_changed.connect(deadlines.journal_changed, dispatch_uid="deadlines")
    WORDS.update(ACTIONS)
    DETAILS.update(NAMES)
