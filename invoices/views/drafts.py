"""Writing an invoice: the form, its drafts, the preview, and the moment of issue."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invoices.access import draft_get
from invoices.fa3 import facades, registry
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.fa3.problems import FaXmlError
from invoices.forms.simple import Screen
from invoices.models import Draft
from invoices.render import pdf
from invoices.services.drafts import (
    DraftConflict,
    DraftIssued,
    draft_create,
    draft_delete,
    draft_save,
)
from invoices.services.issue import BACKDATED, IssueRefused, invoice_issue, problems_of
from invoices.services.seller import invoice_start
from invoices.services.series import number_preview
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

MOST_XML = 3_000_000
PREVIEW_LINES = 100


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def invoice_new(request, company):
    """The empty form. The first POST makes the draft, whatever its button says."""
    tree = invoice_start(company, today=clock.today())
    if request.method == "GET":
        return _form_page(request, company, Screen(tree), draft=None)
    screen = Screen(tree, request.POST)
    draft = draft_create(company=company, content=screen.typed_tree(), created_by=request.user)
    return _act(request, company, draft)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def draft_edit(request, company, pk):
    """The form of a draft; saved, checked or issued by the button that was pressed."""
    draft = draft_get(company, pk)
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if request.method == "GET":
        screen = Screen(draft.content)
        if "sprawdz" in request.GET:
            screen.show_problems(problems_of(draft.content, company=company))
        return _form_page(request, company, screen, draft=draft)
    screen = Screen(draft.content, request.POST)
    typed = screen.typed_tree()
    try:
        version = _version(request)
        if typed != draft.content or version != draft.version:
            draft = draft_save(draft=draft, content=typed, version=version)
    except DraftIssued as issued:
        return redirect("invoice-detail", company.nip, issued.document.pk)
    except DraftConflict as conflict:
        return _conflict(request, company, screen, conflict.current, typed)
    return _act(request, company, draft)


def _version(request) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else -1


def _act(request, company, draft: Draft) -> HttpResponse:
    """What the pressed button asks for, once the draft is safe in the database."""
    action = request.POST.get("action", "save")
    here = reverse("invoice-draft", args=[company.nip, draft.pk])
    if action == "issue":
        return _issue(request, company, draft)
    if action == "add-line":
        return _with_another_line(request, company, draft)
    if action.startswith("remove-line-"):
        return _without_line(request, company, draft, action)
    if action == "preview":
        return redirect("invoice-draft-pdf", company.nip, draft.pk)
    if action == "check":
        return redirect(f"{here}?sprawdz=1")
    messages.success(request, _("Szkic zapisany."))
    return redirect(here)


def _issue(request, company, draft: Draft) -> HttpResponse:
    if not may_do(actor_of(request), company, May.ISSUE):
        messages.error(request, _("Twoja rola nie pozwala wystawiać faktur. Szkic jest zapisany."))
        return redirect("invoice-draft", company.nip, draft.pk)
    accept = frozenset(request.POST.getlist("accept"))
    try:
        document = invoice_issue(
            draft=draft, issued_by=request.user, on=clock.today(), accept=accept
        )
    except DraftIssued as issued:
        document = issued.document
    except IssueRefused as refused:
        screen = Screen(draft.content)
        screen.show_problems(refused.problems)
        asks = {p.rule for p in refused.problems if p.severity != "block"}
        return _form_page(request, company, screen, draft=draft, refused=True, asks=asks)
    return redirect("invoice-detail", company.nip, document.pk)


def _with_another_line(request, company, draft: Draft) -> HttpResponse:
    screen = Screen(draft.content)
    screen.add_line()
    return _form_page(request, company, screen, draft=draft, focus=screen.lines[-1])


def _without_line(request, company, draft: Draft, action: str) -> HttpResponse:
    position = action.removeprefix("remove-line-")
    entries = trees.items(draft.content, "Fa/FaWiersz")
    if position.isdigit() and int(position) < len(entries):
        screen = Screen(draft.content, request.POST)
        screen.drop_line(int(position))
        draft = draft_save(draft=draft, content=screen.typed_tree(), version=draft.version)
    return redirect("invoice-draft", company.nip, draft.pk)


def _conflict(request, company, screen: Screen, current: Draft, typed: dict) -> HttpResponse:
    """Somebody saved in between: nothing is overwritten silently, nothing typed is lost."""
    choice = request.POST.get("action", "")
    if choice == "save-beside":
        beside = draft_create(company=company, content=typed, created_by=request.user)
        messages.success(request, _("Twoja wersja jest zapisana obok, jako osobny szkic."))
        return redirect("invoice-draft", company.nip, beside.pk)
    changed = _differences(current.content, typed)
    return _form_page(
        request, company, screen, draft=current, conflict=current, changed=changed, status=409
    )


def _differences(theirs: dict, ours: dict) -> list[dict]:
    language = get_language() or "pl"
    left, right = dict(trees.leaves(theirs)), dict(trees.leaves(ours))
    paths = [path for path in {**left, **right} if left.get(path) != right.get(path)]
    return [
        {
            "label": registry.label(path, language),
            "theirs": left.get(path, ""),
            "ours": right.get(path, ""),
        }
        for path in paths[:50]
    ]


@company_page(May.DRAFT)
@require_POST
def invoice_totals(request, company):
    """Totals of what stands in the form, for htmx; stores nothing."""
    draft = None
    if request.POST.get("draft"):
        draft = draft_get(company, _uuid(request.POST["draft"]))
    tree = draft.content if draft else invoice_start(company, today=clock.today())
    screen = Screen(tree, request.POST)
    context = {"summary": facades.summary(screen.typed_tree()), "screen": screen, "live": True}
    return render(request, "invoices/partials/totals.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404("no such draft") from error


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def draft_remove(request, company, pk):
    """Asks, then deletes a draft."""
    draft = draft_get(company, pk)
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if request.method == "GET":
        context = {
            "question": _("Usunąć ten szkic?"),
            "action": _("Usuń szkic"),
            "back": reverse("invoice-draft", args=[company.nip, draft.pk]),
            "summary": facades.summary(draft.content),
        }
        return render(request, "invoices/draft_delete.html", context)
    try:
        draft_delete(draft=draft, user=request.user)
    except DraftIssued as issued:
        return redirect("invoice-detail", company.nip, issued.document.pk)
    messages.success(request, _("Szkic usunięty."))
    return redirect("invoice-list", company.nip)


@company_page(May.VIEW)
@require_GET
def draft_pdf(request, company, pk):
    """The preview of a draft, rendered at once, up to 100 lines."""
    draft = draft_get(company, pk)
    if len(trees.items(draft.content, "Fa/FaWiersz")) > PREVIEW_LINES:
        messages.warning(request, _("Podgląd pokazujemy do 100 pozycji. Wydruk powstanie cały."))
        return redirect("invoice-draft", company.nip, draft.pk)
    try:
        content = pdf.invoice_pdf(
            draft.content,
            language=_language(request),
            ksef_number=None,
            link=None,
            environment=draft.environment,
            state="draft",
            sha256="",
        )
    except pdf.PrintUnavailable as error:
        messages.error(request, str(error))
        return redirect("invoice-draft", company.nip, draft.pk)
    return _inline_pdf(content, _("szkic"))


def _language(request) -> str:
    wanted = request.GET.get("jezyk") or get_language() or "pl"
    return "en" if wanted.startswith("en") else "pl"


def _inline_pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def invoice_import(request, company):
    """An FA(3) file becomes a draft as it is: totals and number included."""
    if request.method == "GET":
        return render(request, "invoices/import.html", {"problems": []})
    file = request.FILES.get("file")
    if file is None:
        found = [{"text": _("Wybierz plik XML faktury."), "href": "#id_file"}]
        return render(request, "invoices/import.html", {"problems": found}, status=422)
    if file.size > MOST_XML:
        found = [
            {"text": _("Plik ma ponad 3 MB. Większych KSeF nie przyjmuje."), "href": "#id_file"}
        ]
        return render(request, "invoices/import.html", {"problems": found}, status=422)
    try:
        tree = parse(file.read())
    except FaXmlError as error:
        language = get_language() or "pl"
        found = [{"text": p.message(language), "href": "#id_file"} for p in error.problems]
        return render(request, "invoices/import.html", {"problems": found}, status=422)
    draft = draft_create(company=company, content=tree, created_by=request.user)
    messages.success(request, _("Wczytaliśmy fakturę. Sumy i numer są takie jak w pliku."))
    return redirect(f"{reverse('invoice-draft', args=[company.nip, draft.pk])}?sprawdz=1")


def _form_page(request, company, screen: Screen, *, draft, status=200, **extra) -> HttpResponse:
    tree = draft.content if draft else screen.tree
    kind = trees.text(tree, "Fa/RodzajFaktury") or "VAT"
    context = {
        "screen": screen,
        "draft": draft,
        "summary": facades.summary(tree),
        "next_number": number_preview(company=company, kind=kind, on=clock.today())
        if kind in KINDS
        else "",
        "today": clock.today(),
        "may_issue": may_do(actor_of(request), company, May.ISSUE),
        "backdated": BACKDATED,
        "can_print": pdf.available() is None,
    } | extra
    return render(
        request, "invoices/form.html", context, status=422 if extra.get("refused") else status
    )


KINDS = ("VAT", "KOR", "ZAL", "ROZ", "UPR", "KOR_ZAL", "KOR_ROZ")
