"""Revoking a certificate, and the drill for one whose key is lost or known to others."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from auth_ksef.client import KEY_COMPROMISE, KsefError
from auth_ksef.compromise import (
    certificate_revoke,
    replacement_of,
    replacement_start,
    step_of,
    waiting_for,
)
from auth_ksef.forms_certificates import RevokeForm
from auth_ksef.hooks import send_now, sign_anew, signed_count
from auth_ksef.messages import Refusal, chosen
from auth_ksef.models import Credential
from auth_ksef.views.certificates import managed, why
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@never_cache
@company_page(May.OWN_CREDENTIAL)
def revoke(request, company: Company, pk: int):
    """What dies with the certificate, then the reason; the rest is KSeF's."""
    credential = managed(request, company, pk)
    form = RevokeForm(request.POST or None, initial={"reason": "Superseded"})
    is_wanted = request.method == "POST" and form.is_valid()
    if is_wanted and _revoked(request, company, credential, form.cleaned_data["reason"]):
        return redirect("connection-certificates-one", company.nip, pk)
    context = {"form": form, **_shown(request, credential)}
    status = 422 if request.method == "POST" else 200
    return render(request, "auth_ksef/certificate_revoke.html", context, status=status)


@never_cache
@company_page(May.OWN_CREDENTIAL)
def compromise(request, company: Company, pk: int):
    """Send, revoke, replace, print anew: one page, each step by its own button."""
    credential = managed(request, company, pk)
    if request.method == "POST":
        STEPS.get(request.POST.get("action", ""), _nothing)(request, company, credential)
        return redirect("connection-certificates-compromise", company.nip, pk)
    context = {
        **_shown(request, credential),
        "step": step_of(credential),
        "replacement": replacement_of(credential),
        "has_replacement": isinstance(replacement_of(credential), Credential),
    }
    return render(request, "auth_ksef/compromise.html", context)


def _send(request, company: Company, credential: Credential) -> None:
    count = send_now(credential, request.user)
    messages.success(request, _("Wysyłamy faktury: %(count)d.") % {"count": count})


def _revoke(request, company: Company, credential: Credential) -> None:
    """While papers wait a person says that it cannot."""
    waits = any(not row.anew for row in waiting_for(credential, request.user))
    if waits and request.POST.get("anyway") != "on":
        messages.error(
            request, _("Zaznacz, że wydane wydruki mogą stracić ważność, albo poczekaj na numery.")
        )
        return
    _revoked(request, company, credential, KEY_COMPROMISE)


def _replace(request, company: Company, credential: Credential) -> None:
    try:
        replacement_start(credential=credential, company=company, person=request.user)
        messages.success(request, _("Wniosek o nowy certyfikat jest w drodze."))
    except (Refusal, KsefError) as error:
        messages.error(request, why(error))


def _anew(request, company: Company, credential: Credential) -> None:
    try:
        count = sign_anew(credential, request.user)
        messages.success(request, _("Nowe wydruki: %(count)d.") % {"count": count})
    except Refusal as refusal:
        messages.error(request, refusal.message())


def _nothing(request, company: Company, credential: Credential) -> None:
    return None


STEPS = {"send": _send, "revoke": _revoke, "replace": _replace, "anew": _anew}


def _revoked(request, company: Company, credential: Credential, reason: str) -> bool:
    try:
        certificate_revoke(
            credential=credential, company=company, person=request.user, reason=reason
        )
    except (Refusal, KsefError) as error:
        messages.error(request, why(error))
        return False
    messages.success(request, _("Certyfikat jest unieważniony w KSeF, a jego klucz skasowany."))
    return True


def _shown(request, credential: Credential) -> dict:
    rows = waiting_for(credential, request.user)
    lines = [{"row": row, "state": chosen(row.state)} for row in rows]
    return {
        "credential": credential,
        "waiting": [line for line in lines if not line["row"].anew],
        "anew": [line for line in lines if line["row"].anew],
        "signed": signed_count(credential),
    }
