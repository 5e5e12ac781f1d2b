"""Pages about companies: list, new, settings, history of changes."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ksefapp.accounts.audit import audit_list, details_of, words_of
from ksefapp.accounts.companies import company_create, company_may_create, company_update
from ksefapp.accounts.forms import NIP_TAKEN, CompanyForm, CompanyNewForm
from ksefapp.accounts.hooks import concerns_of
from ksefapp.accounts.models import Company, Membership
from ksefapp.accounts.pages import company_page, login_page
from ksefapp.accounts.roles import May
from ksefapp.lib import bank

ENTRIES_PER_PAGE = 50


@login_page
def company_list(request):
    """The person's companies with the role in each, those that want an eye first."""
    rows = list(
        Membership.objects.filter(user=request.user)
        .select_related("company")
        .order_by("company__name")
    )
    concerns = concerns_of([row.company for row in rows])
    for row in rows:
        row.concerns = concerns[row.company_id]
    calm = max((one.weight for of_one in concerns.values() for one in of_one), default=0) + 1
    rows.sort(key=lambda row: row.concerns[0].weight if row.concerns else calm)
    context = {
        "memberships": rows,
        "waiting_count": sum(bool(row.concerns) for row in rows),
        "may_create": company_may_create(request.user),
    }
    return render(request, "accounts/company_list.html", context)


@login_page
def company_new(request):
    """A new company; the person becomes its owner."""
    if not company_may_create(request.user):
        raise PermissionDenied
    form = CompanyNewForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (company := _create(form, request.user)):
        _warn_of_account(request, company)
        return redirect("invoice-list", company.nip)
    return render(request, "accounts/company_new.html", {"form": form}, status=_status(form))


@company_page(May.SETTINGS)
def company_settings(request, company: Company):
    """The company's data as they go onto its invoices."""
    # The form writes into its instance; the page's frame keeps showing the stored name.
    form = CompanyForm(request.POST or None, instance=Company.objects.get(pk=company.pk))
    if request.method == "POST" and form.is_valid():
        company_update(company=form.instance, by=request.user)
        messages.success(request, _("Zapisaliśmy dane firmy."))
        _warn_of_account(request, form.instance)
        return redirect("company-settings", company.nip)
    return render(request, "accounts/company_settings.html", {"form": form}, status=_status(form))


@company_page(May.AUDIT)
def audit_page(request, company: Company):
    """Who did what and when, newest first."""
    page = Paginator(audit_list(company), ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    entries = [
        {
            "at": entry.at,
            "text": words_of(entry),
            "detail": details_of(entry),
            "who": str(entry.user) if entry.user else _("aplikacja"),
            "kind": "",
        }
        for entry in page
    ]
    return render(request, "accounts/audit.html", {"page": page, "entries": entries})


def _create(form: CompanyNewForm, user) -> Company | None:
    try:
        return company_create(company=form.instance, by=user)
    except IntegrityError:  # somebody else was faster between the check and the row
        form.add_error("nip", NIP_TAKEN)
        return None


def _warn_of_account(request, company: Company) -> None:
    if company.bank_account and not bank.is_valid(company.bank_account):
        messages.warning(
            request,
            _(
                "Cyfry kontrolne rachunku bankowego nie zgadzają się z resztą. Zapisaliśmy go, "
                "ale sprawdź numer, zanim trafi na fakturę."
            ),
        )


def _status(form) -> int:
    return 422 if form.errors else 200
