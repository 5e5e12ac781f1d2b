"""Granting: what it will make possible is told before KSeF is asked."""

from django.shortcuts import redirect, render
from django.urls import reverse

from auth_ksef import presets
from auth_ksef.forms_rights import GrantForm, StaffForm
from auth_ksef.identities import identity_list
from auth_ksef.messages import chosen
from auth_ksef.office import delegated_to
from auth_ksef.presets import Order
from auth_ksef.rights_messages import MANAGE
from auth_ksef.rights_operations import operation_request
from ksefapp.accounts.access import actor_of, company_list
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.ui.formats import nip as nip_shown

CONFIRMED = "nadaj"


@company_page(May.PERMISSIONS)
def grant(request, company: Company):
    """Nadaj uprawnienie: preset, holder, then what it means, then it is asked for."""
    wanted = request.GET.get("co", presets.ISSUE_AND_READ)
    initial = {"preset": wanted if wanted in presets.PRESETS else presets.ISSUE_AND_READ}
    form = GrantForm(request.POST or None, company=company, initial=initial)
    context = {
        "details": {
            name: {"text": chosen(preset.text)} for name, preset in presets.PRESETS.items()
        },
        "warning": [chosen(pair) for pair in presets.PASS_ON_MEANS],
    }
    return _asked(request, company, form, "auth_ksef/rights_grant.html", context)


@company_page(May.PERMISSIONS)
def staff(request, company: Company):
    """Przekaż pracownikowi: an office's indirect grants, for one client or for all."""
    clients = _delegating(request, company)
    initial = {"target": request.GET.get("klient", "")}
    form = StaffForm(request.POST or None, clients=clients, initial=initial)
    return _asked(request, company, form, "auth_ksef/rights_staff.html", {"clients": clients})


def _delegating(request, company: Company) -> list[tuple[str, str]]:
    """Clients whose rights may be passed on: NIP and words for the choice."""
    names = {one.nip: one.name for one in company_list(actor_of(request))}
    return [
        (nip, f"{names.get(nip, '')} NIP {nip_shown(nip)}: {', '.join(one.name for one in rights)}")
        for nip, rights in delegated_to(company)
    ]


def _asked(request, company: Company, form, template: str, context: dict):
    if request.method == "POST" and form.is_valid():
        order = form.order()
        if request.POST.get("action") == CONFIRMED:
            return _granted(request, company, form, order)
        if request.POST.get("action") != "popraw":
            return _confirm(request, company, form, order)
    context |= {"obstacle": _obstacle(company, request.user)}
    context |= {"form": form, "back": reverse("connection-rights", args=[company.nip])}
    return render(request, template, context, status=422 if form.errors else 200)


def _obstacle(company: Company, person) -> str:
    """Why KSeF will hardly do it with what there is to log in with; empty when it may."""
    found = identity_list(company, person, company_too=True)
    return "" if any(not one.is_token for one in found) else chosen(MANAGE)


def _confirm(request, company: Company, form, order: Order):
    context = {
        "order": order,
        "consequences": presets.consequences(order),
        "rights": presets.rights_named(order),
        "kept": _kept(request),
        "confirmed": CONFIRMED,
        "back": reverse("connection-rights", args=[company.nip]),
    }
    return render(request, "auth_ksef/rights_confirm.html", context)


def _granted(request, company: Company, form, order: Order):
    polish, english = order.summary()
    operation = operation_request(
        company=company,
        requested_by=request.user,
        kind=order.kind,
        body=order.body(),
        summary=(f"Nadajemy: {polish}", f"Granting: {english}"),
        preset=form.cleaned_data.get("preset", "staff"),
    )
    return redirect("connection-rights-operation", company.nip, operation.pk)


def _kept(request) -> list[tuple[str, str]]:
    """What was typed, to come back with the confirmation."""
    left_out = ("csrfmiddlewaretoken", "action")
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name not in left_out
        for value in values
    ]
