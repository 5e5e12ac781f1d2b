"""Writing an invoice: the form, its drafts, the preview, and the moment of issue."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from auth_ksef.messages import told
from invoices.access import draft_get
from invoices.fa3 import facades, registry
from invoices.fa3 import tree as trees
from invoices.fa3.parse import parse
from invoices.fa3.problems import FaXmlError
from invoices.forms.options import OptionsForm, options_posted
from invoices.forms.simple import Screen
from invoices.forms.typed import count
from invoices.models import Draft, Submission
from invoices.render import pdf, tongues
from invoices.services.accepting import warnings_posted
from invoices.services.corrections import (
    NothingToWaitFor,
    correction_wait,
    correction_wait_end,
)
from invoices.services.drafts import (
    DraftConflict,
    DraftIssued,
    draft_create,
    draft_delete,
    draft_once,
    draft_save,
)
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import BACKDATED, STOPS, IssueRefused, problems_of
from invoices.services.originals import waiting_originals
from invoices.services.previews import MOST_LINES, PreviewTooLong, preview_make
from invoices.services.seller import invoice_start
from invoices.services.series import DEFAULT_PATTERNS, number_preview
from invoices.views.dock import dock_of
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

MOST_XML = 3_000_000


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def invoice_new(request, company):
    """The empty form. The first POST makes the draft, whatever its button says."""
    tree = invoice_start(company, today=clock.today())
    if request.method == "GET":
        return _form_page(request, company, Screen(tree), draft=None)
    draft = draft_once(
        key=_uuid(request.POST.get("once")) or uuid4(),
        company=company,
        content=_posted_screen(request, tree).typed_tree(),
        created_by=request.user,
        options=options_posted(request.POST, {}),
    )
    return _act(request, company, draft)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def draft_edit(request, company, pk):
    """The form of a draft; saved, checked or issued by the button that was pressed."""
    draft = draft_get(company, pk)
    if draft.issued_as:
        return redirect("invoice-detail", company.nip, draft.issued_as_id)
    if draft.options.get("technical"):
        return redirect("invoice-technical", company.nip, draft.replaces_id)
    if request.method == "GET":
        screen = Screen(draft.content)
        if "sprawdz" in request.GET:
            screen.show_problems(problems_of(draft.content, company=company, draft=draft))
        return _form_page(request, company, screen, draft=draft)
    typed = _posted_screen(request, draft.content).typed_tree()
    try:
        draft = _saved(request, draft, typed)
    except DraftIssued as issued:
        return redirect("invoice-detail", company.nip, issued.document.pk)
    except DraftConflict as conflict:
        return _conflict(request, company, conflict.current, typed)
    return _act(request, company, draft)


def _posted_screen(request, tree: dict) -> Screen:
    screen = Screen(tree, request.POST)
    action = request.POST.get("action", "")
    if action.startswith("remove-line-"):
        screen.drop_line(action.removeprefix("remove-line-"))
    return screen


def _saved(request, draft: Draft, typed: dict) -> Draft:
    version = count(request.POST.get("version", "")) or 0
    options = options_posted(request.POST, draft.options)
    if typed == draft.content and options == draft.options and version == draft.version:
        return draft
    try:
        return draft_save(draft=draft, content=typed, version=version, options=options)
    except DraftConflict as conflict:
        if conflict.current.content == typed:  # the same form, sent twice
            return conflict.current
        raise


def _act(request, company, draft: Draft) -> HttpResponse:
    """What the pressed button asks for, once the draft is safe in the database."""
    action = request.POST.get("action", "save")
    here = reverse("invoice-draft", args=[company.nip, draft.pk])
    warnings_posted(draft, request.user, request.POST)
    if action == "issue" or action.startswith("issue:"):
        return _issue(request, company, draft, action.removeprefix("issue").removeprefix(":"))
    if action in ("wait", "wait-end"):
        return _wait(request, company, draft, action)
    if action == "add-line":
        return _with_another_line(request, company, draft)
    if action.startswith("remove-line-"):
        return redirect(here)
    if action == "preview" or action.startswith("preview:"):
        there = reverse("invoice-draft-pdf", args=[company.nip, draft.pk])
        language = action.partition(":")[2]
        return redirect(f"{there}?jezyk={language}" if language in tongues.LANGUAGES else there)
    if action == "check":
        return redirect(f"{here}?sprawdz=1")
    messages.success(request, _("Szkic zapisany."))
    return redirect(here)


def _wait(request, company, draft: Draft, action: str) -> HttpResponse:
    """ "Wystaw automatycznie, gdy oryginał dostanie numer", or no more."""
    if not may_do(actor_of(request), company, May.ISSUE):
        messages.error(request, _("Twoja rola nie pozwala wystawiać faktur. Szkic jest zapisany."))
    elif action == "wait-end":
        correction_wait_end(draft=draft)
        messages.success(request, _("Korekta nie wystawi się sama. Szkic zostaje."))
    else:
        _wait_for_original(request, draft)
    return redirect("invoice-draft", company.nip, draft.pk)


def _wait_for_original(request, draft: Draft) -> None:
    accept = frozenset(request.POST.getlist("accept"))
    try:
        original = correction_wait(draft=draft, user=request.user, accept=accept)
    except NothingToWaitFor:
        messages.info(request, _("Oryginał ma już numer KSeF. Możesz wystawić korektę."))
        return
    text = _("Korekta wystawi się sama, gdy %(number)s dostanie numer KSeF.")
    messages.success(request, text % {"number": original.number})


def _issue(request, company, draft: Draft, mode: str) -> HttpResponse:
    if not may_do(actor_of(request), company, May.ISSUE):
        messages.error(request, _("Twoja rola nie pozwala wystawiać faktur. Szkic jest zapisany."))
        return redirect("invoice-draft", company.nip, draft.pk)
    try:
        document = invoice_issue(
            draft=draft,
            issued_by=request.user,
            on=clock.today(),
            accept=frozenset(request.POST.getlist("accept")),
            ask_warnings=True,
            version=draft.version,  # what this person saw, not what somebody saved since
            mode=mode if mode in Submission.Mode.values else None,
        )
    except DraftIssued as issued:
        document = issued.document
    except DraftConflict as conflict:
        return _conflict(request, company, conflict.current, draft.content)
    except IssueRefused as refused:
        screen = Screen(draft.content)
        screen.show_problems(refused.problems)
        asks = {p.rule for p in refused.problems if p.severity != "block"} & STOPS
        more = {"asks": asks, "picked": mode}
        return _form_page(request, company, screen, draft=draft, status=422, **more)
    return redirect("invoice-detail", company.nip, document.pk)


def _with_another_line(request, company, draft: Draft) -> HttpResponse:
    screen = Screen(draft.content)
    screen.add_line()
    return _form_page(request, company, screen, draft=draft, focus=screen.lines[-1])


def _conflict(request, company, current: Draft, typed: dict) -> HttpResponse:
    """Somebody saved in between: nothing is overwritten silently, nothing typed is lost."""
    if request.POST.get("action") == "save-beside":
        beside = draft_create(company=company, content=typed, created_by=request.user)
        messages.success(request, _("Twoja wersja jest zapisana obok, jako osobny szkic."))
        return redirect("invoice-draft", company.nip, beside.pk)
    return _form_page(
        request,
        company,
        _posted_screen(request, current.content),
        draft=current,
        conflict=current,
        changed=_differences(current.content, typed),
        summary=facades.summary(typed),
        status=409,
    )


def _differences(theirs: dict, ours: dict) -> list[dict]:
    language = get_language() or "pl"
    left, right = dict(trees.leaves(theirs)), dict(trees.leaves(ours))
    paths = [path for path in {**left, **right} if left.get(path) != right.get(path)]
    return [
        {
            "label": ": ".join(registry.breadcrumb(path, language)),
            "theirs": left.get(path, ""),
            "ours": right.get(path, ""),
        }
        for path in paths[:50]
    ]


@company_page(May.DRAFT)
@require_POST
def invoice_totals(request, company):
    """Totals of what stands in the form, for htmx; stores nothing."""
    key = _uuid(request.POST.get("draft"))
    draft = draft_get(company, key) if key else None
    tree = draft.content if draft else invoice_start(company, today=clock.today())
    screen = Screen(tree, request.POST)
    context = {"summary": facades.summary(screen.typed_tree()), "screen": screen, "live": True}
    return render(request, "invoices/partials/totals.html", context)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


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
    try:
        content = preview_make(
            draft=draft, language=tongues.known(request.GET.get("jezyk"), _language(request))
        )
    except PreviewTooLong:
        text = _("Podgląd pokazujemy do %(most)d pozycji. Wydruk powstanie cały.")
        messages.warning(request, text % {"most": MOST_LINES})
        return redirect("invoice-draft", company.nip, draft.pk)
    except pdf.PrintUnavailable as error:
        text = _("Ten serwer nie może zrobić PDF. Brakuje: %(what)s")
        messages.error(request, text % {"what": error})
        return redirect("invoice-draft", company.nip, draft.pk)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{_("szkic")}.pdf"'
    return response


def _language(request) -> str:
    wanted = request.GET.get("jezyk") or get_language() or "pl"
    return "en" if wanted.startswith("en") else "pl"


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def invoice_import(request, company):
    """An FA(3) file becomes a draft as it is: totals and number included."""
    if request.method == "GET":
        return render(request, "invoices/import.html", {"problems": []})
    file = request.FILES.get("file")
    if file is None:
        return _import_refused(request, [_("Wybierz plik XML faktury.")])
    if file.size > MOST_XML:
        return _import_refused(request, [_("Plik ma ponad 3 MB. Większych KSeF nie przyjmuje.")])
    try:
        tree = parse(file.read())
    except FaXmlError as error:
        language = get_language() or "pl"
        return _import_refused(request, [p.message(language) for p in error.problems])
    draft = draft_create(company=company, content=tree, created_by=request.user)
    messages.success(request, _("Wczytaliśmy fakturę. Sumy i numer są takie jak w pliku."))
    return redirect(f"{reverse('invoice-draft', args=[company.nip, draft.pk])}?sprawdz=1")


def _import_refused(request, texts: list[str]) -> HttpResponse:
    problems = [{"text": text, "href": "#id_file"} for text in texts]
    return render(request, "invoices/import.html", {"problems": problems}, status=422)


def _form_page(
    request, company, screen: Screen, *, draft, status=200, picked="", **extra
) -> HttpResponse:
    today = clock.today()
    options = draft.options if draft else {}
    issued_on = facades.day(screen.tree, "Fa/P_1") or today
    awaits = next(waiting_originals(screen.tree, draft), None) if draft else None
    kind = trees.text(screen.tree, "Fa/RodzajFaktury") or "VAT"
    screen.accepted = draft.accepted if draft else {}
    context = {
        "screen": screen,
        "draft": draft,
        "once": uuid4(),
        "summary": facades.summary(screen.tree),
        "next_number": number_preview(company=company, kind=kind, on=today)
        if kind in DEFAULT_PATTERNS
        else "",
        "today": today,
        "may_issue": may_do(actor_of(request), company, May.ISSUE),
        "backdated": BACKDATED,
        "stops": STOPS,
        "dock": dock_of(company, draft, issued_on, picked),
        "options": OptionsForm(initial=options_posted(request.POST, options)),
        "original": awaits[1] if awaits else None,
        "wait_problem": told(draft.wait_problem) if draft else "",
        "can_print": pdf.available() is None,
    }
    return render(request, "invoices/form.html", context | extra, status=status)
