"""Odcisk certyfikatu: computed from a file, and the data that the form ZAW-FA asks for."""

from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from auth_ksef.fingerprints import fingerprint_read
from auth_ksef.forms_signing import FingerprintForm, ZawfaForm
from auth_ksef.keyfiles import KeyFileError
from auth_ksef.signer import Signer
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@sensitive_post_parameters("password")
@never_cache
@company_page(May.OWN_CREDENTIAL)
def fingerprint(request, company: Company):
    """Computes the fingerprint; neither the file nor its password is kept."""
    is_sent = request.method == "POST"
    form = FingerprintForm(request.POST, request.FILES) if is_sent else FingerprintForm()
    found = _found(form) if is_sent and form.is_valid() else None
    status = 422 if form.errors else 200
    context = {"form": form, "found": found}
    return render(request, "auth_ksef/fingerprint.html", context, status=status)


@sensitive_post_parameters()
@never_cache
@company_page(May.OWN_CREDENTIAL)
def zawfa(request, company: Company):
    """The data for ZAW-FA on one sheet; a POST fills it in, and nothing of it is kept."""
    form = ZawfaForm(request.POST if request.method == "POST" else None)
    is_ready = form.is_valid()
    context = {"form": form, "sheet": form.cleaned_data if is_ready else None}
    return render(request, "auth_ksef/zawfa.html", context, status=422 if form.errors else 200)


def _found(form: FingerprintForm) -> Signer | None:
    data = form.cleaned_data
    try:
        return fingerprint_read(data["certificate"], data["password"])
    except KeyFileError as error:
        field = "password" if "password" in error.code else "certificate"
        form.add_error(field, error.message(get_language() or "pl"))
        return None
