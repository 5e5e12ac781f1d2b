"""The front door: where `/` leads, and how an invited person comes in."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from ksefapp.accounts.access import actor_of, company_list
from ksefapp.accounts.companies import company_may_create
from ksefapp.accounts.invitations import invitation_accept, invitation_find
from ksefapp.accounts.models import User
from ksefapp.accounts.pages import login_page
from ksefapp.accounts.roles import RIGHTS, May


def home(request):
    """`/`: the one company, the list of several, the form of the first one."""
    if not request.user.is_authenticated:
        return redirect("account_login" if User.objects.exists() else "account_signup")
    nips = list(company_list(actor_of(request)).values_list("nip", flat=True)[:2])
    if len(nips) == 1:
        return redirect("invoice-list", nips[0])
    if not nips and company_may_create(request.user):
        return redirect("company-new")
    return redirect("company-list")


@never_cache
def invitation(request, token: str):
    """What the link offers; POST by the invited person accepts it."""
    row = invitation_find(token)
    if row is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    request.session["invitation"] = token
    if request.method == "POST":
        return _accept(request, token)
    user = request.user
    return render(
        request,
        "accounts/invitation.html",
        {
            "invitation": row,
            "rights": [right for right in May if right in RIGHTS[row.role]],
            "known": User.objects.filter(email=row.email).exists(),
            "mismatch": user.is_authenticated and user.email.lower() != row.email,
        },
    )


@login_page
def _accept(request, token: str):
    company = invitation_accept(token=token, user=request.user)
    if company is None:
        return redirect("invitation", token)
    request.session.pop("invitation", None)
    messages.success(request, _("Należysz teraz do firmy %(company)s.") % {"company": company})
    return redirect("invoice-list", company.nip)
