"""Recurring invoices: the list of templates, a template's page, its rhythm and its content."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from auth_ksef.messages import told
from invoices import placeholders
from invoices.access import document_get, document_list, draft_get, draft_list
from invoices.fa3 import copying, facades
from invoices.forms.recurring import RhythmForm, initial_of
from invoices.models import Draft, Recurring, RecurringRun
from invoices.rhythm import MONTH
from invoices.services import recurring
from invoices.services.duplicate_new import CopyRefused, Source, document_source, draft_source
from invoices.services.mail import mail_settings_get
from invoices.services.recurring import Plan, RecurringRefused
from invoices.views.form_page import key_posted
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock, months

RUNS_SHOWN = 20
SOURCES_SHOWN = 8


def recurring_get(company: Company, pk: int) -> Recurring:
    """A template of the company, in whichever environment. Raises Http404."""
    rows = Recurring.objects.filter(company=company).select_related("company", "created_by")
    return get_object_or_404(rows, pk=pk)


@company_page(May.VIEW)
@require_GET
def recurring_list(request, company):
    """Templates with their next day, what they did last, and what is wrong."""
    last = RecurringRun.objects.filter(recurring=OuterRef("pk")).order_by("-due_on")
    rows = recurring.recurring_list(company).annotate(last_run=Subquery(last.values("pk")[:1]))
    page = Paginator(rows, RUNS_SHOWN).get_page(request.GET.get("page"))
    runs = RecurringRun.objects.select_related("document", "draft")
    found = runs.in_bulk([row.last_run for row in page])
    for row in page:
        row.last, row.summary = found.get(row.last_run), facades.summary(row.content)
    elsewhere = Recurring.objects.filter(company=company, archived_at=None, paused_at=None)
    context = {
        "page": page,
        "may_draft": may_do(actor_of(request), company, May.DRAFT),
        "elsewhere": elsewhere.exclude(environment=company.environment).count(),
    }
    return render(request, "invoices/recurring_list.html", context)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def recurring_new(request, company):
    """Which invoice to repeat (`?faktura=`, `?szkic=`), and how often."""
    try:
        source = _source(request, company)
    except CopyRefused as refusal:
        messages.error(request, refusal.message())
        return redirect("recurring-list", company.nip)
    if source is None:
        return _choose(request, company)
    initial = initial_of(_plan_offered(source))
    form = RhythmForm(request.POST or None, initial=initial)
    context = _form_context(company, form, None, source.content)
    if made := _saved(request, company, form, source=source):
        return made
    return render(request, "invoices/recurring_form.html", context, status=_status(form))


def _source(request, company) -> Source | None:
    if key := key_posted(request.GET.get("faktura")):
        return document_source(document_get(company, key))
    if key := key_posted(request.GET.get("szkic")):
        draft = draft_get(company, key)
        if draft.issued_as:
            return document_source(document_get(company, draft.issued_as_id))
        return draft_source(draft)
    return None


def _choose(request, company) -> HttpResponse:
    """What to begin with: the latest invoices and drafts."""
    documents = document_list(company).filter(kind__in=copying.KINDS, withdrawn_at=None)
    drafts = draft_list(company).exclude(options__has_key=recurring.TEMPLATE)
    found = [(draft, facades.summary(draft.content)) for draft in drafts[:SOURCES_SHOWN]]
    context = {"documents": documents[:SOURCES_SHOWN], "drafts": found}
    return render(request, "invoices/recurring_new.html", context)


def _plan_offered(source: Source) -> Plan:
    """Monthly: from a month after the invoice that has a number, else from today."""
    today, said = clock.today(), facades.summary(source.content)
    starts_on = today
    if said.number and said.issued_on:
        starts_on = max(today, months.later(said.issued_on, 1))
    name = said.buyer.name[:100]
    return Plan(name=name, unit=MONTH, every=1, day=starts_on.day, starts_on=starts_on)


def _saved(request, company, form: RhythmForm, **where) -> HttpResponse | None:
    """The page of the template made of a source or changed; None to show the form (again)."""
    if not form.is_valid() or request.POST.get("action") == "dates":
        return None
    save = recurring.recurring_create if "source" in where else recurring.recurring_change
    may_issue = may_do(actor_of(request), company, May.ISSUE)
    try:
        row = save(plan=form.plan(), user=request.user, may_issue=may_issue, **where)
    except RecurringRefused as refusal:
        field = "way" if refusal.field == "issues_itself" else refusal.field
        form.add_error(field or None, refusal.message())
        return None
    messages.success(request, _("Szablon jest zapisany."))
    return redirect("recurring-detail", company.nip, row.pk)


def _form_context(company, form: RhythmForm, row: Recurring | None, content: dict) -> dict:
    plan = form.plan() if form.is_bound and form.is_valid() else None
    if plan is None and not form.is_bound:
        plan = Plan(**{k: v for k, v in form.initial.items() if k != "way"})
    return {
        "form": form,
        "row": row,
        "summary": facades.summary(content),
        "dates": recurring.dates_shown(plan, row) if plan else [],
        "is_known": plan is not None,
        "words": placeholders.words(clock.today()).items(),
        "unknown": placeholders.unknown(content),
        "mail_ready": mail_settings_get(company) is not None,
    }


def _status(form: RhythmForm) -> int:
    return 422 if form.is_bound and form.errors else 200


@company_page(May.VIEW)
@require_GET
def recurring_detail(request, company, pk):
    """One template: its rhythm, its next days, what it made."""
    row = recurring_get(company, pk)
    plan = recurring.plan_of(row)
    is_live = row.archived_at is None and row.paused_at is None and row.next_on is not None
    runs = row.runs.select_related("document", "document__submission", "draft")
    page = Paginator(runs, RUNS_SHOWN).get_page(request.GET.get("page"))
    for run in page:
        run.said = told(run.problem)
    here = row.environment == company.environment and row.archived_at is None
    context = {
        "row": row,
        "summary": facades.summary(row.content),
        "dates": recurring.dates_shown(plan, row) if is_live else [],
        "page": page,
        "unknown": placeholders.unknown(row.content),
        "may_draft": here and may_do(actor_of(request), company, May.DRAFT),
        "is_here": row.environment == company.environment,
    }
    return render(request, "invoices/recurring_detail.html", context)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def recurring_edit(request, company, pk):
    """The rhythm of a template that is there."""
    row = recurring_get(company, pk)
    form = RhythmForm(request.POST or None, initial=initial_of(recurring.plan_of(row)))
    context = _form_context(company, form, row, row.content)
    if changed := _saved(request, company, form, row=row):
        return changed
    return render(request, "invoices/recurring_form.html", context, status=_status(form))


@company_page(May.DRAFT)
@require_POST
def recurring_content(request, company, pk):
    """ "Zmień treść": the form of invoices with the template's content."""
    row = recurring_get(company, pk)
    try:
        draft = recurring.recurring_draft(row=row, user=request.user)
    except RecurringRefused as refusal:
        return _refused(request, company, row, refusal)
    return redirect("invoice-draft", company.nip, draft.pk)


def draft_repeated(request, company, draft: Draft) -> HttpResponse:
    """ "Powtarzaj" in the form of a draft, once the draft is saved."""
    return redirect(f"{reverse('recurring-new', args=[company.nip])}?szkic={draft.pk}")


def content_saved(request, company, draft: Draft) -> HttpResponse:
    """ "Zapisz wzór" in that form, once the draft is saved."""
    row = recurring.template_of(draft)
    if row is None:
        raise Http404("no such template")
    may_issue = may_do(actor_of(request), company, May.ISSUE)
    try:
        recurring.recurring_content_save(draft=draft, user=request.user, may_issue=may_issue)
    except RecurringRefused as refusal:
        messages.error(request, refusal.message())
        return redirect("invoice-draft", company.nip, draft.pk)
    messages.success(request, _("Wzór jest zapisany. Następne faktury powstaną z niego."))
    return redirect("recurring-detail", company.nip, row.pk)


@company_page(May.DRAFT)
@require_POST
def recurring_pause(request, company, pk):
    """ "Wstrzymaj"."""
    row = recurring_get(company, pk)
    return _done(request, company, row, recurring.recurring_pause, _("Szablon jest wstrzymany."))


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def recurring_resume(request, company, pk):
    """Says what will not be made, then goes on."""
    row = recurring_get(company, pk)
    if request.method == "POST":
        text = _("Szablon działa dalej.")
        return _done(request, company, row, recurring.recurring_resume, text)
    plan = recurring.plan_of(row)
    context = {
        "row": row,
        "question": _("Wznowić szablon %(name)s?") % {"name": row.name},
        "action": _("Wznów"),
        "action_kind": "main",
        "back": reverse("recurring-detail", args=[company.nip, row.pk]),
        "missed": recurring.missed_while_paused(row),
        "dates": recurring.dates_shown(plan, row, 1),
    }
    return render(request, "invoices/recurring_resume.html", context)


@company_page(May.DRAFT)
@require_http_methods(["GET", "POST"])
def recurring_archive(request, company, pk):
    """Asks, then ends the template."""
    row = recurring_get(company, pk)
    if request.method == "POST":
        recurring.recurring_archive(row=row, user=request.user)
        messages.success(request, _("Szablon jest zakończony."))
        return redirect("recurring-list", company.nip)
    context = {
        "question": _("Zakończyć szablon %(name)s?") % {"name": row.name},
        "consequence": _(
            "Nie zrobi już żadnej faktury i nie da się go wznowić. To, co zrobił, zostaje."
        ),
        "action": _("Zakończ szablon"),
        "back": reverse("recurring-detail", args=[company.nip, row.pk]),
    }
    return render(request, "ui/confirm.html", context)


def _done(request, company, row: Recurring, service, text: str) -> HttpResponse:
    try:
        service(row=row, user=request.user)
    except RecurringRefused as refusal:
        return _refused(request, company, row, refusal)
    messages.success(request, text)
    return redirect("recurring-detail", company.nip, row.pk)


def _refused(request, company, row: Recurring, refusal: RecurringRefused) -> HttpResponse:
    messages.error(request, refusal.message())
    return redirect("recurring-detail", company.nip, row.pk)
