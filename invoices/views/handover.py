"""Papers for buyers: PDFs, e-mail, what was given and to whom something is still due."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from auth_ksef.messages import chosen
from invoices.access import document_get
from invoices.forms.handover import HandedForm, MailForm
from invoices.models import Document, HandOver, MailSent, Submission
from invoices.services.delivery_states import NEVER_SENT
from invoices.services.handover import (
    DUTIES,
    HandOverRefused,
    handover_due,
    handover_list,
    handover_record,
    is_due,
    may_hand_over,
    paper_state,
)
from invoices.services.handover_files import MOST, Papers, papers_get, pdf_joined, zip_of
from invoices.services.mail import (
    MailNotQueued,
    mail_again,
    mail_list,
    mail_queue,
    mail_said,
    mail_settings_get,
)
from invoices.services.mail_itself import mail_expected, recipient
from invoices.services.papers import kod2_get
from invoices.services.prints import (
    LANGUAGES,
    OWN_KEY,
    WITH_KOD2,
    PrintRefused,
    print_order,
    print_state,
    print_usable,
)
from ksefapp.accounts.access import Actor, actor_of, may_do
from ksefapp.accounts.models import User
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock
from ksefapp.ui.formats import plural

What, Mode = HandOver.What, Submission.Mode
PATHS = {"faktura": What.INVOICE, "potwierdzenie": What.CONFIRMATION}
RETRY_SECONDS = "2"


# --- One document ----------------------------------------------------------------------------
def handover_context(document: Document, user: User) -> dict:
    """What `invoices/partials/papers.html` shows, under the key `papers`."""
    company = document.company
    here = document.environment == company.environment
    acting = user if here and may_do(Actor(user), company, May.ISSUE) else None
    allowed = may_hand_over(document, acting=acting)
    offers = [_offer(document, what) for what in What if what in allowed]
    return {
        "papers": {
            "why": chosen(allowed.why),
            # Online the number comes in seconds: a sentence, no alarm.
            "nothing": allowed.missing_code and document.submission.mode != Mode.ONLINE,
            "offers": offers,
            "duty": _duty(document),
            "is_due": is_due(document),
            "given": handover_list(document),
            "mails": [_mail(row) for row in mail_list(document)],
            "may_act": acting is not None,
            "mail_ready": mail_settings_get(company) is not None,
            "mail_form": _mail_form(document),
            "mail_expected": mail_expected(document),
            "handed_form": HandedForm(auto_id="handed_%s"),
        }
    }


def _duty(document: Document) -> str:
    """Why the buyer must get it besides KSeF; of what KSeF never has there is no "besides"."""
    why = document.hand_over_why
    if not why or document.submission.mode in NEVER_SENT:
        return ""
    return chosen(DUTIES[why])


def _offer(document: Document, what: str) -> dict:
    path = next(path for path, value in PATHS.items() if value == what)
    return {
        "what": what,
        "is_invoice": what == What.INVOICE,
        "url": reverse("invoice-paper", args=[document.company.nip, document.pk, path]),
        "two_codes": paper_state(document, what) in WITH_KOD2,
    }


def _mail(row: MailSent) -> dict:
    """A message that waits or failed; one that went out stands among what was given."""
    return {"row": row, "said": mail_said(row), "open": row.sent_at is None}


def _mail_form(document: Document) -> MailForm:
    to, language = recipient(document)
    return MailForm(initial={"to": to, "language": language}, auto_id="mail_%s")


@company_page(May.VIEW)
@require_GET
def paper_pdf(request, company, pk, what):
    """The paper for the buyer: stored, or 202 while a worker makes it, or why it may not be."""
    if what not in PATHS:
        raise Http404("no such paper")
    document = document_get(company, pk)
    if PATHS[what] not in may_hand_over(document, acting=_acting(request, company)):
        return _refused(request, document, may_hand_over(document).why)
    return print_answer(request, document, paper_state(document, PATHS[what]))


@company_page(May.VIEW)
@require_GET
def paper_kept(request, company, pk, sha256):
    """The very PDF that was given, found by its hash; 404 for any other."""
    document = document_get(company, pk)
    paper = document.prints.filter(sha256=sha256).first()
    if paper is None:
        raise Http404("no such paper")
    return _pdf(bytes(paper.content), f"{sha256[:16]}.pdf")


def print_answer(request, document: Document, state: str | None = None) -> HttpResponse:
    """The stored print, the page that waits for it (202), or the document's page and why not."""
    wanted = request.GET.get("jezyk", "pl")
    language = wanted if wanted in LANGUAGES else "pl"
    state = state or print_state(document)
    stored = print_usable(document=document, language=language, state=state)
    if stored:
        return _pdf(bytes(stored.content), _file_name(document, state))
    acting = _acting(request, document.company)
    if state in WITH_KOD2 and acting is None and kod2_get(document) is None:
        return _refused(request, document, OWN_KEY)
    try:
        print_order(document=document, language=language, state=state, acting=acting)
    except PrintRefused as refusal:
        return _refused(request, document, (refusal.pl, refusal.en))
    return print_waits(request, {"document": document})


def print_waits(request, context: dict) -> HttpResponse:
    """202: the browser asks again by itself, without a script."""
    response = render(request, "invoices/print_waits.html", context, status=202)
    response["Retry-After"] = response["Refresh"] = RETRY_SECONDS
    return response


def _acting(request, company) -> User | None:
    return request.user if may_do(actor_of(request), company, May.ISSUE) else None


def _refused(request, document: Document, why: tuple[str, str]) -> HttpResponse:
    messages.error(request, chosen(why))
    return redirect("invoice-detail", document.company.nip, document.pk)


def _file_name(document: Document, state: str) -> str:
    names = {"waiting": "podglad", "confirm": "potwierdzenie"}
    return f"{document.ksef_number or names.get(state, 'faktura') + f'-{document.pk}'}.pdf"


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@company_page(May.ISSUE)
@require_POST
def invoice_handed(request, company, pk, what):
    """A person says that the buyer has it."""
    document = _here(company, pk)
    form = HandedForm(request.POST)
    if what not in PATHS:
        raise Http404("no such paper")
    if not form.is_valid():
        return _refused_form(request, document, form)
    try:
        _record(document, PATHS[what], form.cleaned_data, request.user)
    except HandOverRefused as refusal:
        return _refused(request, document, (refusal.pl, refusal.en))
    messages.success(request, _("Zapisane: nabywca to dostał."))
    return redirect("invoice-detail", company.nip, document.pk)


def _record(document: Document, what: str, data: dict, by: User) -> HandOver:
    """With the newest print of that paper, whose hash belongs to the row."""
    state = paper_state(document, what)
    paper = document.prints.filter(state=state).order_by("-made_at").first()
    return handover_record(document=document, what=what, by=by, paper=paper, **data)


@company_page(May.ISSUE)
@require_POST
def invoice_mail(request, company, pk, what):
    """Puts a message to the buyer on the list."""
    document = _here(company, pk)
    form = MailForm(request.POST)
    if what not in PATHS:
        raise Http404("no such paper")
    if not form.is_valid():
        return _refused_form(request, document, form)
    return _queued(
        request,
        document,
        lambda: mail_queue(
            document=document, what=PATHS[what], by=request.user, **form.cleaned_data
        ),
    )


@company_page(May.ISSUE)
@require_POST
def invoice_mail_again(request, company, pk, mail):
    """Sends anew what failed."""
    document = _here(company, pk)
    row = document.mails.filter(pk=mail).exclude(failed_at=None).first()
    if row is None:
        raise Http404("no such message")
    row.document = document
    return _queued(request, document, lambda: mail_again(mail=row, by=request.user))


def _queued(request, document: Document, queue) -> HttpResponse:
    try:
        row = queue()
    except (MailNotQueued, PrintRefused) as refusal:
        return _refused(request, document, (refusal.pl, refusal.en))
    messages.success(request, _("Wiadomość do %(to)s czeka na wysłanie.") % {"to": row.to})
    return redirect("invoice-detail", document.company.nip, document.pk)


def _here(company, pk) -> Document:
    """A document of the environment in which the company works; another one is only read."""
    document = document_get(company, pk)
    if document.environment != company.environment:
        raise Http404("of another environment")
    return document


def _refused_form(request, document: Document, form) -> HttpResponse:
    for errors in form.errors.values():
        messages.error(request, " ".join(errors))
    return redirect("invoice-detail", document.company.nip, document.pk)


# --- The list --------------------------------------------------------------------------------
@company_page(May.VIEW)
@require_GET
def handover_page(request, company):
    """ "Do przekazania nabywcom": who must get the invoice outside KSeF and has not."""
    acting = _acting(request, company)
    rows = [_row(document, acting) for document in handover_due(company)[:MOST]]
    context = {
        "rows": rows,
        "count": handover_due(company).count(),
        "may_act": acting is not None,
        "ready": any(row["ready"] for row in rows),
    }
    return render(request, "invoices/handover.html", context)


def _row(document: Document, acting: User | None) -> dict:
    allowed = may_hand_over(document, acting=acting)
    return {
        "document": document,
        "duty": _duty(document),
        "ready": allowed.invoice,
        "why": "" if allowed.invoice else chosen(allowed.why),
    }


@company_page(May.ISSUE)
@require_GET
def handover_files(request, company):
    """The chosen invoices as one PDF or a ZIP; 202 while some are being made."""
    documents = _chosen(request.GET, company)
    wanted = request.GET.get("jezyk", "")
    language = wanted if wanted in LANGUAGES else ""
    papers = papers_get(documents, language=language, acting=request.user)
    if papers.waiting:
        return print_waits(request, {"back": reverse("handover-list", args=[company.nip])})
    if not papers.ready:
        return _nothing(request, company, papers)
    return _files(papers, is_zip=request.GET.get("plik") == "zip")


def _files(papers: Papers, *, is_zip: bool) -> HttpResponse:
    name = f"faktury-{clock.today():%Y-%m-%d}"
    if not is_zip:
        return _pdf(pdf_joined(paper for _document, paper in papers.ready), f"{name}.pdf")
    response = HttpResponse(zip_of(papers.ready), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


def _nothing(request, company, papers: Papers) -> HttpResponse:
    if papers.refused:
        messages.error(request, chosen(papers.refused[0][1]))
    else:
        messages.error(request, _("Zaznacz co najmniej jedną fakturę."))
    return redirect("handover-list", company.nip)


@company_page(May.ISSUE)
@require_http_methods(["GET", "POST"])
def handover_mark(request, company):
    """Asks how the chosen invoices were given, then writes it down for each."""
    given = request.POST if request.method == "POST" else request.GET
    documents = _chosen(given, company)
    if not documents:
        return _nothing(request, company, Papers())
    form = HandedForm(request.POST or None, initial={"how": HandOver.How.PRINT})
    if request.method == "POST" and form.is_valid():
        _mark_all(request, documents, form.cleaned_data)
        return redirect("handover-list", company.nip)
    context = {"documents": documents, "form": form}
    return render(request, "invoices/handover_mark.html", context)


def _mark_all(request, documents: list[Document], data: dict) -> None:
    done = 0
    for document in documents:
        try:
            _record(document, What.INVOICE, data, request.user)
        except HandOverRefused as refusal:
            messages.error(request, f"{document.number}: {refusal.message()}")
            continue
        done += 1
    if done:
        count = plural(done, _("faktura,faktury,faktur"))
        messages.success(request, _("Zapisane jako przekazane: %(count)s.") % {"count": count})


def _chosen(given, company) -> list[Document]:
    """The documents that were ticked and are still on the list; anything else is left out."""
    wanted = set(given.getlist("id")[:MOST])
    return [row for row in handover_due(company) if str(row.pk) in wanted]
