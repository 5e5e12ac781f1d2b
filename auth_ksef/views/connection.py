"""Pages of a company's connection to KSeF: overview, adding, withdrawing, checking."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from auth_ksef.choosing import binding_list
from auth_ksef.credentials import binding_add, binding_end, credential_retire
from auth_ksef.doctor import connection_check
from auth_ksef.doctor_report import headline, short_report
from auth_ksef.errors import NoCredential
from auth_ksef.forms import ConnectForm
from auth_ksef.models import Binding, ConnectionCheck, Credential
from auth_ksef.overview import credential_rows, other_environments, own_elsewhere, warning_list
from auth_ksef.quota_overview import quota_overview
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@company_page(May.OWN_CREDENTIAL)
def connection(request, company: Company):
    """What the company logs in with, and what the last check found."""
    last = _last_check(company)
    context = {
        "rows": credential_rows(company),
        "elsewhere": other_environments(company),
        "warnings": warning_list(company),
        "check": last,
        "headline": headline(last) if last else None,
        "steps": short_report(last) if last else [],
    }
    return render(request, "auth_ksef/connection.html", context)


@company_page(May.CREDENTIALS)
def quota(request, company: Company):
    """Limity KSeF: how much of them is used, and when the next call may leave."""
    return render(request, "auth_ksef/quota.html", {"quota": quota_overview(company)})


@require_POST
@company_page(May.CREDENTIALS)
def check(request, company: Company):
    """Sprawdź połączenie."""
    return _checked(request, company)


@sensitive_post_parameters("token", "password")
@never_cache
@company_page(May.OWN_CREDENTIAL)
def add(request, company: Company):
    """Certificate or token; stores it and asks KSeF at once. An owner's may be the company's."""
    only_own = not may_do(actor_of(request), company, May.CREDENTIALS)
    form = ConnectForm(request.POST or None, request.FILES or None, only_own=only_own)
    if request.method == "POST" and form.is_valid():
        credential = form.save(company=company, user=request.user)
        if credential is not None:
            return _added(request, company, credential)
    context = {
        "form": form,
        "ways": _ways(),
        "mine": own_elsewhere(company, request.user),
        "file_again": _("Wybierz ten plik jeszcze raz: przeglądarka go nie zapamiętuje."),
        "back": reverse("connection", args=[company.nip]),
    }
    return render(request, "auth_ksef/add.html", context, status=422 if form.errors else 200)


@require_POST
@company_page(May.OWN_CREDENTIAL)
def use(request, company: Company, pk: int):
    """Lets a person's own credential, stored for another company, act here as well."""
    credential = own_elsewhere(company, request.user).filter(pk=pk).first()
    if credential is None:
        raise Http404("no such credential of this person")
    consent = request.POST.get("consent") == "on"
    binding_add(credential=credential, company=company, bound_by=request.user, consent=consent)
    return _checked(request, company, credential)


@company_page(May.OWN_CREDENTIAL)
def retire(request, company: Company, pk: int):
    """Asks first; then the company's credential goes, a person's only leaves this company.

    Whoever may only bring their own may only withdraw their own.
    """
    rows = Binding.objects.filter(company=company, ended_at=None, credential__retired_at=None)
    rows = rows.select_related("credential").defer("credential__secret")
    binding = rows.filter(credential_id=pk).first()
    if binding is None:
        raise Http404("no such credential in this company")
    is_own = binding.credential.owner_user_id == request.user.pk
    if not is_own and not may_do(actor_of(request), company, May.CREDENTIALS):
        raise PermissionDenied("a credential of somebody else")
    if request.method == "POST":
        return _retired(request, company, binding)
    context = {
        "question": _("Wycofać „%(label)s”?") % {"label": binding.credential},
        "consequence": _consequence(binding.credential),
        "action": _("Wycofaj z tej firmy"),
        "back": reverse("connection", args=[company.nip]),
    }
    return render(request, "ui/confirm.html", context)


def _last_check(company: Company) -> ConnectionCheck | None:
    """The last check in the present environment with what the company still logs in with."""
    usable = Binding.objects.filter(
        company=company, ended_at=None, environment=company.environment
    ).values("credential")
    rows = ConnectionCheck.objects.filter(company=company, credential__in=usable)
    rows = rows.select_related("credential", "company", "checked_by")
    return rows.defer("credential__secret").first()


def _added(request, company: Company, credential: Credential):
    if credential.use == Credential.Use.OFFLINE:
        messages.warning(request, _offline_text(company))
        return redirect("connection", company.nip)
    messages.success(request, _("Zapisaliśmy: %(label)s.") % {"label": _unstopped(credential)})
    return _checked(request, company, credential)


def _checked(request, company: Company, credential: Credential | None = None):
    try:
        connection_check(company=company, checked_by=request.user, credential=credential)
    except NoCredential as error:
        messages.warning(request, error.message())
    return redirect("connection", company.nip)


def _retired(request, company: Company, binding: Binding):
    if binding.credential.owner_user_id is None:
        credential_retire(credential=binding.credential, retired_by=request.user)
    else:
        binding_end(binding=binding, ended_by=request.user)
    messages.success(
        request, _("Wycofaliśmy: %(label)s.") % {"label": _unstopped(binding.credential)}
    )
    return redirect("connection", company.nip)


def _unstopped(credential: Credential) -> str:
    # "sp. z o.o." ends the sentence with its own full stop.
    return str(credential).removesuffix(".")


def _offline_text(company: Company) -> str:
    text = _("Ten certyfikat służy do KODU II i tak go zapisaliśmy.")
    if binding_list(company).filter(purpose=Binding.Purpose.LOGIN).exists():
        return text
    return f"{text} " + _("Do logowania potrzebny jest drugi, typu „uwierzytelnianie”.")


def _consequence(credential: Credential) -> str:
    if credential.owner_user_id:
        return _(
            "To poświadczenie osoby. Przestanie działać w tej firmie, w innych firmach tej osoby "
            "zostanie. Jeśli innych nie ma, usuniemy zapisany klucz. Faktury, które czekają na "
            "wysyłkę, poczekają na inne poświadczenie."
        )
    return _(
        "Usuniemy zapisany sekret i nie da się go odzyskać. Faktury, które czekają na wysyłkę, "
        "poczekają na inne poświadczenie. W samym KSeF token lub certyfikat działa dalej, dopóki "
        "go nie unieważnisz: token na stronie „Tokeny”, certyfikat na stronie „Certyfikaty”."
    )


def _ways() -> dict[str, dict]:
    return {
        Credential.Kind.CERTIFICATE: {
            "text": _("Na stałe, dla każdej firmy i biura. Ważny 2 lata."),
            "needs": _("Pliki .crt i .key z Aplikacji Podatnika oraz hasło"),
            "badge": _("polecamy"),
        },
        Credential.Kind.TOKEN: {
            "text": _("Najszybszy start. Ma datę końca, potem przejdziesz na certyfikat."),
            "needs": _("Token z Aplikacji Podatnika, wklejany raz"),
        },
    }
