"""Reading an invoice from a file: a draft that says what the file says."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.fa3.parse import parse_with_notes
from invoices.fa3.problems import FaXmlError, Problem
from invoices.services.drafts import draft_create
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

MOST_XML = 3_000_000
SHOWN_NOTES = 5
OTHER_SCHEMA = "TF-05"


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def invoice_import(request, company):
    """An FA(3) file becomes a draft as it is: totals and number included."""
    if request.method == "GET":
        return render(request, "invoices/import.html", {"problems": []})
    file = request.FILES.get("file")
    if file is None:
        return _refused(request, [_("Wybierz plik XML faktury.")])
    if file.size > MOST_XML:
        return _refused(request, [_("Plik ma ponad 3 MB. Większych KSeF nie przyjmuje.")])
    language = get_language() or "pl"
    try:
        parsed = parse_with_notes(file.read())
    except FaXmlError as error:
        is_other = any(problem.rule == OTHER_SCHEMA for problem in error.problems)
        return _refused(request, [p.message(language) for p in error.problems], is_other=is_other)
    draft = draft_create(company=company, content=parsed.tree, created_by=request.user)
    messages.success(request, _("Wczytaliśmy fakturę. Sumy i numer są takie jak w pliku."))
    _say_notes(request, parsed.notes, language)
    return redirect(f"{reverse('invoice-draft', args=[company.nip, draft.pk])}?sprawdz=1")


def _say_notes(request, notes: list[Problem], language: str) -> None:
    """What of the file is not in the draft, each kind once."""
    texts = list(dict.fromkeys(note.message(language) for note in notes))
    for text in texts[:SHOWN_NOTES]:
        messages.info(request, text)
    if len(texts) > SHOWN_NOTES:
        rest = _("I %(count)d dalszych uwag do pliku.") % {"count": len(texts) - SHOWN_NOTES}
        messages.info(request, rest)


def _refused(request, texts: list[str], *, is_other: bool = False) -> HttpResponse:
    problems = [{"text": text, "href": "#id_file"} for text in texts]
    context = {"problems": problems, "is_other": is_other}
    return render(request, "invoices/import.html", context, status=422)
