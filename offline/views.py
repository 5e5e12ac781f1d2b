"""Pages of the outage journal: what is known, in which mode the company works, entries by hand."""

from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock
from offline import modes
from offline.evidence import journal_csv, journal_facts
from offline.forms import AmendForm, Offline24Form, OutageForm, OverruleForm, RulesForm, VoidForm
from offline.journal import (
    event_list,
    outage_amend,
    outage_enter,
    outage_void,
    replaceable_list,
)
from offline.lanes import DAYS
from offline.models import Category, Outage
from offline.page import page_context
from offline.rows import kinds_shown, newest_of, outage_own, rows_shown

PER_PAGE = 30
KINDS = {"", "komunikaty", "tryb"}


# --- Reading --------------------------------------------------------------------------------
@require_GET
@company_page(May.VIEW)
def journal(request, company: Company):
    """The three facts, the mode, two weeks as a picture, all entries."""
    return _page(request, company)


def _page(request, company: Company, **forms):
    kind = request.GET.get("rodzaj", "")
    kind = kind if kind in KINDS else ""
    until = _day(request.GET.get("do", ""))
    context = page_context(company, event_list(company), until, **forms)
    rows = rows_shown(company, kind)
    context |= {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "kinds": kinds_shown(kind),
        "earlier": (context["lanes"]["first"] - timedelta(days=1)).isoformat(),
        "later": _later(until),
    }
    return render(request, "offline/journal.html", context, status=422 if forms else 200)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2026, 1, 1) <= day <= clock.today() else None


def _later(until: date | None) -> str:
    """The end of the next two weeks; empty when they would hold today."""
    if until is None or until + timedelta(days=DAYS) > clock.today():
        return ""
    return (until + timedelta(days=DAYS)).isoformat()


@require_GET
@company_page(May.VIEW)
def as_csv(request, company: Company):
    """The journal for a spreadsheet."""
    answer = HttpResponse(journal_csv(company), content_type="text/csv; charset=utf-8")
    return _as_file(answer, company, "csv")


@require_GET
@company_page(May.VIEW)
def as_json(request, company: Company):
    """The journal with every message as it came."""
    answer = JsonResponse(
        journal_facts(company), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    return _as_file(answer, company, "json")


def _as_file(answer, company: Company, ending: str):
    name = f"dziennik-{company.nip}-{company.environment}-{clock.today()}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# --- Modes ----------------------------------------------------------------------------------
@require_POST
@company_page(May.ISSUE)
def offline24_on(request, company: Company):
    """Włącz offline24: the law asks for no reason."""
    form = Offline24Form(request.POST)
    if not form.is_valid():
        return _page(request, company, offline24_form=form)
    modes.offline24_on(company=company, by=request.user, why=form.cleaned_data["why"])
    messages.success(
        request, _("Nowe faktury będą wystawiane w trybie offline24, dopóki go nie wyłączysz.")
    )
    return _back(company)


@require_POST
@company_page(May.ISSUE)
def offline24_off(request, company: Company):
    """Wróć do online."""
    modes.offline24_off(company=company, by=request.user, why="")
    messages.success(request, _("Wyłączyliśmy offline24."))
    return _back(company)


@require_POST
@company_page(May.JOURNAL)
def overrule(request, company: Company):
    """Pomiń tryb awarii, for a while."""
    form = OverruleForm(request.POST)
    if not form.is_valid():
        return _page(request, company, overrule_form=form)
    try:
        modes.outage_overrule(
            company=company,
            by=request.user,
            why=form.cleaned_data["why"],
            until=form.until_instant(),
        )
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("Pomijamy tryb awarii. Powód jest w dzienniku."))
    return _back(company)


@require_POST
@company_page(May.JOURNAL)
def overrule_end(request, company: Company):
    """The outage mode comes back before its time."""
    modes.overrule_end(company=company, by=request.user)
    messages.success(request, _("Tryb ogłoszonej awarii znów obowiązuje."))
    return _back(company)


@require_POST
@company_page(May.JOURNAL)
def rules(request, company: Company):
    """The standing rules of the company."""
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _page(request, company, rules_form=form)
    modes.rules_set(company=company, by=request.user, **form.cleaned_data)
    messages.success(request, _("Zapisaliśmy stałe reguły."))
    return _back(company)


def _back(company: Company):
    return redirect("journal", company.nip)


# --- Entries by hand --------------------------------------------------------------------------
@company_page(May.JOURNAL)
def outage_new(request, company: Company):
    """Wpisz komunikat."""
    form = OutageForm(
        request.POST or None,
        initial=_initial(request, company),
        replaceable=replaceable_list(company),
    )
    if _written(request, form, outage_enter, company=company):
        messages.success(request, _("Wpisaliśmy komunikat. Terminy faktur przeliczą się same."))
        return _back(company)
    return _form(request, company, form, "offline/outage.html")


def _initial(request, company: Company) -> dict:
    """What Latarnia said, when an entry is to stand in for it."""
    wanted = request.GET.get("zastepuje", "")
    rows = replaceable_list(company).prefetch_related("versions")
    outage = rows.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    return {**_facts(outage), "replaces": outage.pk} if outage else {}


def _facts(outage: Outage) -> dict:
    row = newest_of(outage)
    names = ("category", "start", "end", "published", "link")
    return {name: getattr(row, name) for name in names}


@company_page(May.JOURNAL)
def outage_change(request, company: Company, pk: int):
    """Another version of an own entry."""
    outage = _own(company, pk)
    form = AmendForm(request.POST or None, initial=_facts(outage))
    if _written(request, form, outage_amend, outage=outage):
        messages.success(request, _("Dopisaliśmy nową wersję. Poprzednie zostają w dzienniku."))
        return _back(company)
    return _form(request, company, form, "offline/outage.html", outage=outage)


@company_page(May.JOURNAL)
def outage_cancel(request, company: Company, pk: int):
    """Asks first; then an own entry counts no more, and stays readable."""
    outage = _own(company, pk)
    form = VoidForm(request.POST or None)
    if _written(request, form, outage_void, outage=outage):
        messages.success(request, _("Unieważniliśmy wpis. Zostaje w dzienniku."))
        return _back(company)
    return _form(request, company, form, "offline/void.html", outage=outage)


def _own(company: Company, pk: int) -> Outage:
    outage = outage_own(company, pk)
    if outage is None:
        raise Http404("no such entry of this company")
    return outage


def _written(request, form, write, **facts) -> bool:
    """Whether something was sent and the journal took it; else the form says why not."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        write(**facts, **form.cleaned_data, by=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _category_words() -> dict[str, dict]:
    return {
        Category.FAILURE: {"text": _("KSeF nie działa. 7 dni roboczych od końca (art. 106nf).")},
        Category.MAINTENANCE: {
            "text": _("Zapowiedziane prace. Następny dzień roboczy po ich końcu (art. 106nh).")
        },
        Category.TOTAL_FAILURE: {
            "text": _("Ogłoszona w mediach. Faktur nie wysyła się wcale (art. 106ng).")
        },
    }


def _form(request, company: Company, form, template: str, outage: Outage | None = None):
    context = {
        **{"form": form, "outage": outage, "newest": newest_of(outage) if outage else None},
        **{"back": reverse("journal", args=[company.nip]), "details": _category_words()},
    }
    return render(request, template, context, status=422 if form.errors else 200)
