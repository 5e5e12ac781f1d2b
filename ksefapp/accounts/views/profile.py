"""A person's own account: name, language, security, closing."""

from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ksefapp.accounts.closing import ClosingRefused, account_close, companies_in_the_way
from ksefapp.accounts.forms import NameForm, PasswordForm
from ksefapp.accounts.models import Membership, User
from ksefapp.accounts.pages import login_page


@login_page
def profile(request):
    """Name and the way to everything else that belongs to the person."""
    form = NameForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Zapisaliśmy Twoje dane."))
        return redirect("profile")
    context = {
        "form": form,
        "memberships": Membership.objects.filter(user=request.user).select_related("company"),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@login_page
def account_end(request):
    """Asks for the password, then closes the account."""
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            account_close(user=User.objects.get(pk=request.user.pk))
        except ClosingRefused:
            pass  # the page below names the companies
        else:
            logout(request)
            return render(request, "accounts/closed.html")
    blocking = companies_in_the_way(request.user)
    status = 422 if form.errors or (blocking and request.method == "POST") else 200
    context = {"form": form, "blocking": blocking}
    return render(request, "accounts/close.html", context, status=status)
