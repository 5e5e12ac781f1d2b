"""The words of messages to buyers: ours, or a company's own with placeholders.

A confirmation has only our words: they must say that it is no invoice.
"""

import re
from collections.abc import Mapping

from auth_ksef.messages import Pair
from invoices.models import Document, HandOver, MailSettings
from invoices.render import tongues
from ksefapp.accounts.models import Environment
from ksefapp.ui.formats import date_pl, money

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
INVOICE_SUBJECT: Pair = ("Faktura {numer}, {firma}", "Invoice {numer}, {firma}")
INVOICE_TEXT: Pair = (
    "Dzień dobry,\n\nw załączniku jest faktura {numer} z {data} na kwotę {kwota}.\n\n{firma}\n",
    "Hello,\n\nattached is invoice {numer} of {data} for {kwota}.\n\n{firma}\n",
)
CONFIRMATION_SUBJECT: Pair = (
    "Potwierdzenie transakcji do faktury {numer}, {firma}",
    "Confirmation of a transaction, invoice {numer}, {firma}",
)
CONFIRMATION_TEXT: Pair = (
    "Dzień dobry,\n\nw załączniku jest potwierdzenie transakcji. To nie jest faktura. Fakturę "
    "{numer} z {data} na kwotę {kwota} znajdą Państwo w KSeF, gdy dostanie ona numer.\n\n"
    "{firma}\n",
    "Hello,\n\nattached is a confirmation of the transaction. It is not an invoice. You will find "
    "invoice {numer} of {data} for {kwota} in KSeF once it has its number.\n\n{firma}\n",
)
MARKS: dict[str, Pair] = {
    Environment.SIMULATOR: ("SYMULATOR: to nie jest faktura", "SIMULATOR: this is not an invoice"),
    Environment.TEST: ("TEST: to nie jest faktura", "TEST: this is not an invoice"),
    Environment.DEMO: ("DEMO: to nie jest faktura", "DEMO: this is not an invoice"),
}
NAMES = ("numer", "data", "kwota", "termin", "nabywca", "firma", "numer_ksef")


def mail_words(
    document: Document, settings: MailSettings, *, what: str, language: str
) -> tuple[str, str]:
    """Subject (one line) and text; outside production both begin with a mark.

    `language` is "pl", "en", or "pl-en": then the Polish text is followed by the English one.
    """
    if language == tongues.BOTH:
        polish, english = (_in(document, settings, what, each) for each in (False, True))
        return f"{polish[0]} / {english[0]}"[:300], f"{polish[1]}\n---\n\n{english[1]}"
    return _in(document, settings, what, language.startswith("en"))


def _in(document: Document, settings: MailSettings, what: str, english: bool) -> tuple[str, str]:
    subject, text = _templates(settings, what, english)
    facts = _facts(document)
    subject = " ".join(_filled(subject, facts).split())
    text = _filled(text, facts)
    if mark := MARKS.get(document.environment):
        return f"[{mark[english]}] {subject}"[:300], f"{mark[english]}.\n\n{text}"
    return subject[:300], text


def unknown_placeholders(text: str) -> list[str]:
    """Names in braces that we cannot fill in, in the order of the text."""
    return [name for name in PLACEHOLDER.findall(text) if name not in NAMES]


def _templates(settings: MailSettings, what: str, english: bool) -> tuple[str, str]:
    if what == HandOver.What.CONFIRMATION:
        return CONFIRMATION_SUBJECT[english], CONFIRMATION_TEXT[english]
    own = (settings.subject_en, settings.text_en) if english else (settings.subject, settings.text)
    return own[0] or INVOICE_SUBJECT[english], own[1] or INVOICE_TEXT[english]


def _filled(template: str, facts: Mapping[str, str]) -> str:
    # Not str.format: the template is a person's, and it would reach into attributes.
    return PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), template)


def _facts(document: Document) -> dict[str, str]:
    return {
        "numer": document.number,
        "data": date_pl(document.issued_on),
        "kwota": money(document.gross, document.currency),
        "termin": date_pl(document.due_on) if document.due_on else "–",
        "nabywca": document.buyer_name,
        "firma": document.company.name,
        "numer_ksef": document.ksef_number or "–",
    }
