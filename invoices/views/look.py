"""The page "Wygląd wydruku": logo, accent, and a preview that stores nothing."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from invoices.forms.look import LookForm
from invoices.render import pdf
from invoices.services.look import look_get, look_save
from invoices.services.previews import sample_print
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@company_page(May.SETTINGS)
@require_http_methods(["GET", "POST"])
def look_page(request, company):
    """Logo and accent of the next prints."""
    stored = look_get(company)
    form = LookForm(request.POST or None, request.FILES or None, stored=stored)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") == "preview":
            return _preview(request, company, form)
        look_save(company=company, look=form.look(), by=request.user)
        messages.success(request, _("Zapisane. Tak będą wyglądać następne wydruki."))
        return redirect("company-look", company.nip)
    context = {"form": form, "logo": stored.picture, "can_print": pdf.available() is None}
    return render(request, "invoices/look.html", context, status=422 if form.errors else 200)


def _preview(request, company, form: LookForm) -> HttpResponse:
    try:
        content = sample_print(company=company, look=form.look())
    except pdf.PrintUnavailable as error:
        text = _("Ten serwer nie może zrobić PDF. Brakuje: %(what)s")
        messages.error(request, text % {"what": error})
        return redirect("company-look", company.nip)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="wyglad.pdf"'
    return response
