"""The part of an invoice's page about another document under its number, and its two ways out."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from invoices.access import document_get
from invoices.fa3.parse import parse
from invoices.models import Document, Submission
from invoices.services import duplicates, renumber
from invoices.services.delivery_states import IllegalMove, LostRace
from invoices.services.drafts import DraftConflict, DraftIssued
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.ui.formats import amount, date_pl, datetime_pl, money


def duplicate_context(document: Document, *, may: bool) -> dict | None:
    """What the part shows; None where KSeF named no other document."""
    if not renumber.is_duplicate(document):
        return None
    original = document.submission.facts.get("original", {})
    online = document.submission.mode == Submission.Mode.ONLINE
    theirs = original.get("shown") or {}
    ours = duplicates.summary(parse(bytes(document.file.content))) if theirs else {}
    return {
        "verdict": original.get("verdict", duplicates.UNREADABLE),
        "rows": [row for row in _rows(ours, theirs) if row["ours"] or row["theirs"]],
        "lines": _lines(ours, theirs),
        "more_lines": max(ours.get("more_lines", 0), theirs.get("more_lines", 0)),
        "renumber": _renumber_label(document) if may and online else "",
        "may_close": may and online,
    }


def _renumber_label(document: Document) -> str:
    number = renumber.next_number(document)
    return _("Wystaw naszą jako %(number)s") % {"number": number} if number else ""


def _rows(ours: dict, theirs: dict) -> list[dict]:
    labels = {
        "issued_on": _("Data wystawienia"),
        "buyer": _("Nabywca"),
        "buyer_id": _("NIP lub inny numer nabywcy"),
        "gross": _("Razem"),
        "made": _("Plik utworzony"),
        "program": _("Program"),
    }
    return [
        {"label": label, "differs": ours.get(name) != theirs.get(name)}
        | {"ours": _shown(name, ours), "theirs": _shown(name, theirs)}
        for name, label in labels.items()
    ]


def _shown(name: str, side: dict) -> str:
    value = side.get(name, "")
    if not value:
        return ""
    if name == "gross":
        return money(value, side.get("currency", ""))
    if name == "issued_on":
        return date_pl(value)
    return datetime_pl(value, seconds=True) if name == "made" else value


def _lines(ours: dict, theirs: dict) -> list[dict]:
    """Line beside line, in the order of each document."""
    mine, other = ours.get("lines", []), theirs.get("lines", [])
    rows = []
    for number in range(max(len(mine), len(other))):
        left = mine[number] if number < len(mine) else None
        right = other[number] if number < len(other) else None
        row = {"number": number + 1, "differs": left != right}
        rows.append(row | {"ours": _line(left), "theirs": _line(right)})
    return rows


def _line(line: dict | None) -> str:
    """One line in words: name, quantity, amount, rate."""
    if line is None:
        return ""
    rate = f"{line['rate']}%" if line["rate"].isdecimal() else line["rate"]
    facts = [line["name"], line["quantity"], amount(line["amount"]), rate]
    return ", ".join(fact for fact in facts if fact)


@company_page(May.ISSUE)
@require_POST
def duplicate_renumber(request, company, pk):
    """Opens the repair draft with the next free number."""
    document = document_get(company, pk)
    try:
        _check(document)
        draft = renumber.document_renumber(document=document, user=request.user)
    except (IllegalMove, LostRace, DraftConflict):
        messages.error(request, _("Ktoś zmienił tę fakturę w międzyczasie. Spójrz na jej stan."))
        return redirect("invoice-detail", company.nip, document.pk)
    except DraftIssued as issued:
        return redirect("invoice-detail", company.nip, issued.document.pk)
    return redirect("invoice-draft", company.nip, draft.pk)


@company_page(May.ISSUE)
@require_POST
def duplicate_same(request, company, pk):
    """A person says that KSeF has this very sale: ours is withdrawn, the alarm is over."""
    document = document_get(company, pk)
    try:
        _check(document)
        renumber.duplicate_close(document=document, user=request.user)
    except (IllegalMove, LostRace):
        messages.error(request, _("Ktoś zmienił tę fakturę w międzyczasie. Spójrz na jej stan."))
    else:
        messages.success(
            request, _("Nasza wersja jest wycofana. W KSeF zostaje ta, która już jest.")
        )
    return redirect("invoice-detail", company.nip, document.pk)


def _check(document: Document) -> None:
    online = document.submission.mode == Submission.Mode.ONLINE
    here = document.environment == document.company.environment
    if not (online and here and renumber.is_duplicate(document)):
        raise IllegalMove("not refused as a duplicate, issued offline, or of another environment")
