"""Jak się zalogować: every lawful way into KSeF, for whom it is, and what it needs."""

from django.shortcuts import render

from auth_ksef.signed_logins import signed_login_list
from auth_ksef.ways import way_list
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

SHOWN = 5


@company_page(May.OWN_CREDENTIAL)
def ways(request, company: Company):
    """The table of who can use what, each way with its page; the person's last logins."""
    context = {
        "ways": way_list(company),
        "logins": signed_login_list(company, request.user)[:SHOWN],
    }
    return render(request, "auth_ksef/ways.html", context)
