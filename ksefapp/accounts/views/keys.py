"""The page of API keys."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from ksefapp.accounts.api_keys import api_key_create, api_key_list, api_key_revoke, key_companies
from ksefapp.accounts.forms import ApiKeyForm
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May


@never_cache
@company_page(May.API_KEYS)
def api_key_page(request, company: Company):
    """Keys that reach this company; POST makes one and shows its token, once."""
    form = _form(request, company, request.POST or None)
    if request.method == "POST" and form.is_valid():
        key, token = api_key_create(
            user=request.user,
            name=form.cleaned_data["name"],
            companies=list(form.cleaned_data["companies"]),
        )
        return _page(request, company, _form(request, company), key=key, token=token)
    return _page(request, company, form)


@company_page(May.API_KEYS)
def api_key_end(request, company: Company, pk: int):
    """Asks, then ends one's own key, or takes this company out of another person's key."""
    key = get_object_or_404(api_key_list(company), pk=pk)
    own = key.user_id == request.user.pk
    back = reverse("api-key-list", args=[company.nip])
    if request.method == "POST":
        api_key_revoke(key=key, company=company, by=request.user)
        messages.success(request, _("Klucz „%(name)s” przestał działać.") % {"name": key.name})
        return redirect(back)
    context = {
        "question": _("Odwołać klucz „%(name)s”?") % {"name": key.name},
        "consequence": _("Program, który go używa, od razu straci dostęp do wszystkich jego firm.")
        if own
        else _("Program, który go używa, od razu straci dostęp do tej firmy."),
        "action": _("Odwołaj klucz"),
        "back": back,
    }
    return render(request, "ui/confirm.html", context)


def _form(request, company: Company, data=None) -> ApiKeyForm:
    return ApiKeyForm(
        data,
        user=request.user,
        companies=key_companies(request.user),
        initial={"companies": [company.pk]},
    )


def _page(request, company: Company, form, **extra):
    context = {"form": form, "keys": api_key_list(company), **extra}
    status = 422 if form.errors else 200
    return render(request, "accounts/api_key_list.html", context, status=status)
