"""The company's own mail server: settings and a message to try them out."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from invoices.forms.handover import MailSettingsForm
from invoices.models import MailSettings
from invoices.services.mail import mail_settings_get, mail_test
from invoices.services.mail_words import INVOICE_SUBJECT, INVOICE_TEXT, NAMES
from invoices.services.smtp import MailFailed
from ksefapp.accounts.audit import audit
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@company_page(May.SETTINGS)
@require_http_methods(["GET", "POST"])
def mail_settings(request, company):
    """Server, sender, words."""
    row = MailSettings.objects.filter(company=company).first() or MailSettings(company=company)
    form = MailSettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        audit("mail.settings", company=company, user=request.user, subject=saved.host)
        messages.success(request, _("Zapisane. Wyślij wiadomość próbną, żeby to sprawdzić."))
        return redirect("mail-settings", company.nip)
    context = {
        "form": form,
        "has_password": bool(row.pk and row.password),
        "may_test": mail_settings_get(company) is not None,
        "names": [f"{{{name}}}" for name in NAMES],
        "ours": zip(INVOICE_SUBJECT, INVOICE_TEXT, strict=True),
    }
    return render(
        request, "invoices/mail_settings.html", context, status=422 if form.errors else 200
    )


@company_page(May.SETTINGS)
@require_POST
def mail_try(request, company):
    """One message to the person who asks for it, at once."""
    row = mail_settings_get(company)
    if row is None:
        messages.error(request, _("Najpierw zapisz serwer i adres nadawcy."))
        return redirect("mail-settings", company.nip)
    try:
        mail_test(settings=row, to=request.user.email, by=request.user)
    except MailFailed as error:
        messages.error(request, error.message())
    else:
        text = _("Wysłaliśmy wiadomość próbną na %(to)s. Sprawdź skrzynkę.")
        messages.success(request, text % {"to": request.user.email})
    return redirect("mail-settings", company.nip)
