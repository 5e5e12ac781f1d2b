"""Sprawdź połączenie step by step, and whose credentials do what in the company."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from auth_ksef.acting import signed_login_open
from auth_ksef.choosing import binding_list, obstacle
from auth_ksef.doctor import connection_check
from auth_ksef.doctor_report import Step, credential_name, headline, report
from auth_ksef.errors import NoCredential
from auth_ksef.models import Binding, ConnectionCheck
from auth_ksef.whose import whose
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

SIGNATURE = "signature"


@dataclass(frozen=True)
class Way:
    """One thing to log in with: its name, whose it is, why it cannot serve, its last check."""

    value: str
    label: str
    owner: str
    refusal: str
    last: ConnectionCheck | None
    result: Step | None


@company_page(May.OWN_CREDENTIAL)
def doctor(request, company: Company):
    """What can be checked, and the walk of the chosen or the latest check."""
    shown = _chosen(request, company)
    context = {
        "ways": _ways(request, company),
        "check": shown,
        "by": credential_name(shown) if shown else "",
        "headline": headline(shown) if shown else None,
        "steps": report(shown) if shown else [],
    }
    return render(request, "auth_ksef/doctor.html", context)


@company_page(May.OWN_CREDENTIAL)
def whose_page(request, company: Company):
    """Czyj certyfikat? Who logs in, who signs, what leaves with whom."""
    return render(request, "auth_ksef/whose.html", {"whose": whose(company)})


@require_POST
@company_page(May.OWN_CREDENTIAL)
def run(request, company: Company):
    """Walks with one credential that the person may try, or with today's signature."""
    chosen = request.POST.get("with", "")
    if not chosen:
        return redirect("connection-doctor", company.nip)
    try:
        check = connection_check(
            company=company, checked_by=request.user, **_means(request, company, chosen)
        )
    except NoCredential as error:
        messages.warning(request, error.message())
        return redirect("connection-doctor", company.nip)
    return redirect(f"{reverse('connection-doctor', args=[company.nip])}?sprawdzenie={check.pk}")


def _means(request, company: Company, chosen: str) -> dict:
    if chosen == SIGNATURE:
        login = signed_login_open(company, request.user)
        if login is None:
            raise NoCredential("signature-over")
        return {"signed": login}
    rows = _bindings(request, company)
    if not chosen.isdecimal():
        raise Http404("no such credential")
    return {"credential": get_object_or_404(rows, credential_id=int(chosen[:18])).credential}


def _bindings(request, company: Company) -> QuerySet[Binding]:
    """Of the company and of those who agreed, for its owner; one's own for everybody."""
    rows = binding_list(company).filter(purpose=Binding.Purpose.LOGIN).order_by("-bound_at")
    own = Q(credential__owner_user=request.user)
    if not may_do(actor_of(request), company, May.CREDENTIALS):
        return rows.filter(own)
    return rows.filter(own | Q(credential__owner_user=None) | Q(consented_at__isnull=False))


def _ways(request, company: Company) -> list[Way]:
    found = [_way(request, company, row) for row in _bindings(request, company)]
    if login := signed_login_open(company, request.user):
        last = _checks(company).filter(signed_login=login).first()
        head = headline(last) if last else None
        found.insert(0, Way(SIGNATURE, login.signer_name, str(login.person), "", last, head))
    return found


def _way(request, company: Company, row: Binding) -> Way:
    credential = row.credential
    refusal = obstacle(row, acting=request.user)
    last = _checks(company).filter(credential=credential).first()
    return Way(
        str(credential.pk),
        credential.label,
        str(credential.owner_user or ""),
        refusal.message() if refusal else "",
        last,
        headline(last) if last else None,
    )


def _checks(company: Company) -> QuerySet[ConnectionCheck]:
    rows = ConnectionCheck.objects.filter(company=company)
    rows = rows.select_related("credential", "signed_login__person", "company", "checked_by")
    return rows.defer("credential__secret", "signed_login__access", "signed_login__refresh")


def _chosen(request, company: Company) -> ConnectionCheck | None:
    """The asked-for check, else the latest; only of what the person may try."""
    mine = Q(credential__in=_bindings(request, company).values("credential"))
    mine |= Q(signed_login__person=request.user, signed_login__environment=company.environment)
    asked = request.GET.get("sprawdzenie", "")
    rows = _checks(company).filter(mine)
    return (rows.filter(pk=int(asked[:18])) if asked.isdecimal() else rows).first()
