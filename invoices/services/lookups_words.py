"""What a register's answer means, in the reader's language: calm, exact, with the next step."""

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from auth_ksef.messages import chosen
from invoices.models import DocumentProof, RegisterAnswer
from invoices.registers import Unknown
from invoices.services.exchange import Rate, rate_of
from ksefapp.ui import formats

Source = RegisterAnswer.Source
# Statuses of the white list, as it writes them.
STATUS_WORDS = {
    "Czynny": gettext_lazy("podatnik VAT czynny"),
    "Zwolniony": gettext_lazy("podatnik VAT zwolniony"),
    "Niezarejestrowany": gettext_lazy("niezarejestrowany jako podatnik VAT"),
}
Answer = RegisterAnswer | DocumentProof


def answer_said(row: Answer) -> str:
    """What the register said, whichever it was."""
    if row.source == Source.WHITELIST:
        return subject_said(row)
    if row.source == Source.ACCOUNT:
        return account_said(row)
    return vies_said(row) if row.source == Source.VIES else rate_said(rate_of(row))


def unknown_said(unknown: Unknown) -> str:
    """Why a register gave no answer."""
    return chosen(unknown.pair, get_language())


def subject_said(row: Answer) -> str:
    """Who has the NIP and its status for VAT, or what a missing entry means: not much."""
    subject = row.answer["subject"]
    if subject is None:
        return _(
            "W wykazie podatników VAT nie ma wpisu z NIP %(nip)s. Firma może istnieć i nie być "
            "w nim, na przykład gdy korzysta ze zwolnienia. Sprawdź numer i wpisz dane ręcznie."
        ) % {"nip": formats.nip(row.key)}
    status = STATUS_WORDS.get(subject["status"], subject["status"])
    text = _("Wykaz podatników VAT: %(name)s, %(status)s.")
    return text % {"name": subject["name"], "status": status}


def vies_said(row: Answer) -> str:
    """Whether the number is valid, with the number that proves the question."""
    if not row.answer["is_valid"]:
        return _(
            "VIES: ten numer nie jest teraz ważny w transakcjach wewnątrzwspólnotowych. Sprawdź go "
            "u nabywcy. WDT ze stawką 0% wymaga ważnego numeru (art. 42 ust. 1)."
        )
    if row.request_id:
        text = _("VIES: numer jest ważny. Numer potwierdzenia: %(id)s.")
        return text % {"id": row.request_id}
    return _(
        "VIES: numer jest ważny. Bez numeru potwierdzenia: VIES daje go tylko firmie, która sama "
        "jest w VIES."
    )


def account_said(row: Answer) -> str:
    """Whether the account is on the list, and what it means when it is not."""
    if row.answer["is_assigned"]:
        text = _("Rachunek jest w wykazie podatników VAT. Numer sprawdzenia: %(id)s.")
        return text % {"id": row.request_id}
    return _(
        "Tego rachunku nie ma w wykazie podatników VAT. Nabywca, który zapłaci na niego ponad "
        "15 000 zł, może stracić koszt podatkowy i odpowiadać za VAT (art. 117ba Ordynacji "
        "podatkowej). Zgłoś rachunek w urzędzie skarbowym albo podaj inny."
    )


def rate_said(rate: Rate) -> str:
    """`1 EUR = 4,2987 zł, tabela 225/A/NBP/2026 z 20.11.2026`."""
    text = _("1 %(currency)s = %(mid)s zł, tabela %(table)s z %(day)s")
    return text % {
        "currency": rate.currency,
        "mid": formats.amount(rate.mid, 4),
        "table": rate.table,
        "day": formats.date_pl(rate.effective_on),
    }
