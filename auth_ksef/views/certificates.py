"""The certificate centre: of a company, of a person, one certificate, its file and its renewal."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from auth_ksef.acting import signed_login_open
from auth_ksef.centre import (
    Row,
    company_past,
    company_rows,
    open_requests,
    person_rows,
    request_words,
    row_of,
)
from auth_ksef.client import KsefError
from auth_ksef.errors import words_of
from auth_ksef.forms_certificates import ExportForm, RenewalForm
from auth_ksef.hooks import signed_count
from auth_ksef.key_export import Exported, certificate_file, key_export, may_manage
from auth_ksef.kod2_status import status_ask
from auth_ksef.messages import Refusal, chosen
from auth_ksef.models import Binding, Credential
from auth_ksef.renewal import open_renewals, renewal_start
from ksefapp.accounts.access import Actor, company_list
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page, login_page
from ksefapp.accounts.roles import May


@company_page(May.OWN_CREDENTIAL)
def certificates(request, company: Company):
    """Every certificate that serves the company, and the requests under way."""
    requests = open_requests(company, request.user)
    context = {
        "rows": company_rows(company),
        "past": company_past(company),
        "requests": [{"row": row, "said": request_words(row)} for row in requests],
        "login": signed_login_open(company, request.user),
    }
    return render(request, "auth_ksef/certificates.html", context)


@login_page
def own(request):
    """A person's own certificates over all companies and environments."""
    mine = {company.pk for company in company_list(Actor(request.user))}
    lines = [_line(row, mine) for row in person_rows(request.user)]
    return render(request, "auth_ksef/certificates_own.html", {"lines": lines})


@company_page(May.OWN_CREDENTIAL)
def one(request, company: Company, pk: int):
    """One certificate: whose, what rests on it, what happens at its end."""
    credential = certificate_get(company, pk)
    form = RenewalForm(instance=credential)
    return render(
        request, "auth_ksef/certificate.html", _context(request, company, credential, form)
    )


@require_POST
@company_page(May.OWN_CREDENTIAL)
def refresh(request, company: Company, pk: int):
    """Asks KSeF for its status now."""
    credential = certificate_get(company, pk)
    try:
        status_ask(credential, company, request.user)
        messages.success(request, _("KSeF podał stan certyfikatów."))
    except (Refusal, KsefError) as error:
        messages.error(request, why(error))
    return redirect("connection-certificates-one", company.nip, pk)


@require_POST
@company_page(May.OWN_CREDENTIAL)
def renewal(request, company: Company, pk: int):
    """What happens at its end."""
    credential = managed(request, company, pk)
    form = RenewalForm(request.POST, instance=credential)
    if form.is_valid():
        Credential.objects.filter(pk=credential.pk).update(renewal=form.cleaned_data["renewal"])
        audit(
            "certificate.renewal",
            company=company,
            user=request.user,
            subject=credential.label,
            credential=credential.pk,
            renewal=form.cleaned_data["renewal"],
        )
        messages.success(request, _("Zapisaliśmy."))
    return redirect("connection-certificates-one", company.nip, pk)


@require_POST
@company_page(May.OWN_CREDENTIAL)
def renew(request, company: Company, pk: int):
    """Asks for the successor today."""
    credential = managed(request, company, pk)
    try:
        renewal_start(credential=credential, person=request.user)
        messages.success(request, _("Wniosek o następcę jest w drodze."))
    except (Refusal, KsefError) as error:
        messages.error(request, why(error))
    return redirect("connection-certificates-one", company.nip, pk)


@require_GET
@company_page(May.OWN_CREDENTIAL)
def file(request, company: Company, pk: int):
    """The certificate as `.crt`; it says nothing secret."""
    return _download(certificate_file(managed(request, company, pk)))


@sensitive_post_parameters("password", "key_password", "key_password_again")
@never_cache
@company_page(May.OWN_CREDENTIAL)
def export(request, company: Company, pk: int):
    """Certificate and key in one zip, for a password that is set here and kept nowhere."""
    credential = managed(request, company, pk)
    if credential.retired_at:
        raise Http404("the key was erased")
    form = ExportForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        whole = Credential.objects.get(pk=credential.pk)
        password = form.cleaned_data["key_password"]
        return _download(
            key_export(credential=whole, company=company, person=request.user, password=password)
        )
    context = {"form": form, "credential": credential}
    status = 422 if form.errors else 200
    return render(request, "auth_ksef/certificate_export.html", context, status=status)


def certificate_get(company: Company, pk: int) -> Credential:
    """A certificate that serves or served the company in its present environment. Or Http404."""
    ever = Binding.objects.filter(company=company, environment=company.environment)
    rows = Credential.objects.filter(
        pk=pk, kind=Credential.Kind.CERTIFICATE, pk__in=ever.values("credential")
    )
    rows = rows.select_related("owner_user", "owner_company", "replaced_by")
    row = rows.defer("secret", "replaced_by__secret").first()
    if row is None:
        raise Http404("no such certificate in this company")
    return row


def managed(request, company: Company, pk: int) -> Credential:
    """One that this person may decide about. Raises Http404, PermissionDenied."""
    credential = certificate_get(company, pk)
    if not may_manage(credential, company, request.user):
        raise PermissionDenied
    return credential


def why(error: Exception) -> str:
    """What stopped a call, for a person."""
    return chosen(words_of(error)) if isinstance(error, KsefError) else error.message()


def _context(request, company: Company, credential: Credential, form: RenewalForm) -> dict:
    seen = {row.pk for row in company_list(Actor(request.user))}
    row = row_of(credential)
    return {
        "row": row,
        "form": form,
        "companies": [one for one in row.companies if one.pk in seen],
        "elsewhere": len([one for one in row.companies if one.pk not in seen]),
        "signed": signed_count(credential),
        "can_renew": not credential.replaced_by_id and not open_renewals(credential).exists(),
        "manages": may_manage(credential, company, request.user),
        "warnings": credential.warnings.order_by("-told_at"),
        "is_own": credential.owner_user_id == request.user.pk,
    }


def _line(row: Row, mine: set[int]) -> dict:
    here = [one for one in row.companies if one.pk in mine]
    reachable = [one for one in here if one.environment == row.credential.environment]
    return {"row": row, "companies": here, "company": reachable[0] if reachable else None}


def _download(file: Exported) -> HttpResponse:
    response = HttpResponse(file.content, content_type=file.type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Cache-Control"] = "no-store"
    return response
