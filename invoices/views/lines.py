"""Lines from a spreadsheet and back: the page that reads a table, the file, what a paste means."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices.access import draft_get
from invoices.forms import writing
from invoices.forms.csv_lines import (
    MOST_BYTES,
    Sheet,
    SheetRefused,
    boxes_of,
    csv_of,
    decoded,
    lines_in,
    sheet_of,
)
from invoices.forms.line_form import MAIN, PINNABLE, label
from invoices.forms.lines import BOX_NAMES, PRICES, entries, price_mode
from invoices.forms.typed import count
from invoices.models import Draft
from invoices.services.advances import reductions_of
from invoices.services.drafts import DraftConflict, DraftIssued, draft_save
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

SAMPLE = 5


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def lines_page(request, company, pk):
    """A table from the clipboard or a file: its columns are shown, then it goes into the draft."""
    draft = draft_get(company, pk)
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if request.method == "GET":
        return _page(request, draft)
    try:
        sheet = _sheet_posted(request)
    except SheetRefused as refused:
        return _page(request, draft, refused=str(refused), status=422)
    if request.POST.get("action") != "insert":
        return _page(request, draft, sheet=sheet)
    try:
        return _inserted(request, company, draft, sheet)
    except (DraftConflict, DraftIssued):
        refused = _("Ktoś zmienił szkic w międzyczasie. Otwórz go i wklej jeszcze raz.")
        return _page(request, draft, sheet=sheet, refused=refused, status=409)


def _sheet_posted(request) -> Sheet:
    """The table of the file or of the box, with the columns that the person chose."""
    file = request.FILES.get("file")
    if file and file.size > MOST_BYTES:
        raise SheetRefused(_("Plik jest za duży: najwięcej 8 MB."))
    text = decoded(file.read()) if file else request.POST.get("text", "")
    sheet = sheet_of(text)
    if "columns" not in request.POST or file:
        return sheet
    return _with_choices(sheet, request.POST.getlist("columns"), request.POST.get("header") == "1")


def _with_choices(sheet: Sheet, columns: list[str], has_header: bool) -> Sheet:
    known = [box if box in BOX_NAMES else "" for box in columns]
    return Sheet(sheet.rows, has_header, known)


def _inserted(request, company, draft: Draft, sheet: Sheet) -> HttpResponse:
    rows, _problems = lines_in(sheet, price_mode(draft.content))
    total = len(entries(draft.content))
    is_new = request.POST.get("where") != "replace"
    drawn = range(total, total) if is_new else range(total)
    reductions = reductions_of(draft.company, draft.options)
    content = writing.tree_with(draft.content, {}, rows, drawn=drawn, reductions=reductions)
    version = count(request.POST.get("version", "")) or 0
    draft_save(draft=draft, content=content, version=version, saved_by=request.user)
    messages.success(request, _("Wstawiono pozycje: %(count)d.") % {"count": len(rows)})
    return redirect(reverse("invoice-draft", args=[company.nip, draft.pk]) + "#lines")


def _page(request, draft: Draft, *, sheet=None, refused="", status=200) -> HttpResponse:
    context = {
        "draft": draft,
        "refused": refused,
        "where": request.POST.get("where", "append"),
        "has_lines": bool(entries(draft.content)),
    }
    if sheet:
        context |= _shown(sheet, price_mode(draft.content))
    return render(request, "invoices/lines.html", context, status=status)


def _shown(sheet: Sheet, mode: str) -> dict:
    """What the preview of a table needs: a choice above each column, some rows, what is unclear."""
    problems = lines_in(sheet, mode)[1]
    heads = sheet.rows[0] if sheet.has_header else [""] * len(sheet.columns)
    columns = [
        {"number": at, "box": box, "head": heads[at - 1] if at <= len(heads) else ""}
        for at, box in enumerate(boxes_of(sheet, mode), 1)
    ]
    return {
        "sheet": sheet,
        "columns": columns,
        "choices": choices(mode),
        "sample": sheet.body[:SAMPLE],
        "row_count": len(sheet.body),
        "unclear": problems,
        "text": "\n".join("\t".join(_cell(cell) for cell in row) for row in sheet.rows),
    }


def _cell(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if any(sign in text for sign in '\t\n\r"') else text


def choices(mode: str) -> list[tuple[str, str]]:
    """The boxes that a column can be, in the order of the grid."""
    other = PRICES["gross" if mode == "net" else "net"]
    names = (*MAIN, other, *PINNABLE)
    return [("", _("pomiń")), *((name, label(name)) for name in names)]


@company_page(May.DRAFT)
@require_GET
def lines_csv(request, company, pk):
    """The lines of a draft as a CSV file."""
    draft = draft_get(company, pk)
    response = HttpResponse(csv_of(draft.content), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="FaWiersz.csv"'
    return response


@company_page(May.DRAFT)
@require_POST
def lines_read(request, company):
    """What a pasted table means, for the grid's script: columns, rows as boxes; stores nothing."""
    mode = "gross" if request.POST.get("mode") == "gross" else "net"
    order = [name for name in request.POST.get("order", "").split(",") if name in BOX_NAMES]
    try:
        sheet = sheet_of(
            request.POST.get("text", ""),
            start=request.POST.get("start", "name"),
            order=order or MAIN,
        )
    except SheetRefused as refused:
        return JsonResponse({"refused": str(refused)}, status=422)
    if "columns" in request.POST:
        columns = request.POST["columns"].split(",")
        sheet = _with_choices(sheet, columns, request.POST.get("header") == "1")
    rows, problems = lines_in(sheet, mode)
    return JsonResponse(
        {
            "columns": boxes_of(sheet, mode),
            "header": sheet.has_header,
            "heads": sheet.rows[0] if sheet.has_header else [],
            "sample": sheet.body[:SAMPLE],
            "choices": choices(mode),
            "rows": rows,
            "problems": problems,
        }
    )
