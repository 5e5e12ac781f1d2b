"""The sentences of a "potwierdzenie transakcji": how and when its invoice gets to KSeF.

A table and not gettext: the language of a paper is chosen apart from the page's.
"""

from django.utils import translation

from invoices.models import Document, Submission
from invoices.render import tongues
from ksefapp.lib import clock
from ksefapp.ui.formats import date_pl, weekday_date

Mode = Submission.Mode

ISSUED = {
    Mode.ONLINE: (
        "Fakturę {number} wystawiono {day} i czeka ona na numer KSeF.",
        "Invoice {number} was issued on {day} and awaits its KSeF number.",
    ),
    Mode.OFFLINE24: (
        "Fakturę {number} wystawiono {day} w trybie offline24 (art. 106nda ustawy o VAT).",
        "Invoice {number} was issued on {day} in the mode offline24 (art. 106nda of the Polish "
        "VAT Act).",
    ),
    Mode.UNAVAILABLE: (
        "Fakturę {number} wystawiono {day} w czasie niedostępności KSeF (art. 106nh ustawy o VAT).",
        "Invoice {number} was issued on {day} while KSeF was unavailable (art. 106nh of the "
        "Polish VAT Act).",
    ),
}
SENT_BY = {
    "dated": (
        "Sprzedawca prześle ją do KSeF najpóźniej w dniu: {deadline}.",
        "The seller will send it to KSeF by {deadline}.",
    ),
    "open": (
        "Sprzedawca prześle ją do KSeF po ogłoszeniu, że KSeF znów działa.",
        "The seller will send it to KSeF once KSeF is announced to work again.",
    ),
    "soon": (
        "Sprzedawca prześle ją do KSeF niezwłocznie.",
        "The seller will send it to KSeF without delay.",
    ),
}
RECEIVED = (
    "Nabywca znajdzie ją w KSeF po nadaniu numeru: ten dzień jest dniem otrzymania faktury.",
    "The buyer finds it in KSeF once it has its number: that day is the day of receipt.",
)


def confirmation_sentences(document: Document, language: str) -> list[str]:
    """What the frame of the confirmation says, in the paper's language; a bilingual one both.

    A bilingual paper has all Polish sentences first, then all English ones.
    """
    if language == tongues.BOTH:
        each = [" ".join(_sentences(document, english)) for english in (False, True)]
        return [tongues.pick((each[0], each[1]), language)]
    return _sentences(document, language.startswith("en"))


def _sentences(document: Document, english: bool) -> list[str]:
    row = document.submission
    with translation.override("en" if english else "pl"):
        facts = {
            "number": document.number,
            "day": date_pl(document.issued_on),
            "deadline": weekday_date(row.deadline_on) if row.deadline_on else "",
        }
    pairs = [ISSUED.get(row.mode, ISSUED[Mode.ONLINE]), _sent_by(row), RECEIVED]
    return [pair[english].format_map(facts) for pair in pairs if pair]


def _sent_by(row: Submission) -> tuple[str, str] | None:
    if row.mode == Mode.ONLINE:
        return None  # it is on its way
    if row.deadline_open:
        return SENT_BY["open"]
    in_time = row.deadline_on is not None and row.deadline_on >= clock.today()
    return SENT_BY["dated" if in_time else "soon"]
