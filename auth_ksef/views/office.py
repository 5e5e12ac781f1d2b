"""One page over all companies of a person: which client granted what. GET never calls KSeF."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from auth_ksef.office import client_list, delegating_offices, office_refresh, wanted_count
from ksefapp.accounts.pages import login_page
from ksefapp.ui.formats import plural

STOP_POLLING = 286  # htmx asks no more


@login_page
def rights(request):
    """Uprawnienia u klientów."""
    return render(request, "auth_ksef/office.html", _context(request))


@login_page
def state(request):
    """The part of the page that changes while the worker reads."""
    context = _context(request)
    response = render(request, "auth_ksef/office_clients.html", context)
    if request.htmx and not context["wanted"]:
        response.status_code = STOP_POLLING
    return response


@login_page
@require_POST
def refresh(request):
    """Odśwież: the worker asks KSeF about one client after another."""
    if count := office_refresh(request.user):
        lists = plural(count, _("listę,listy,list"))
        text = _("Odświeżamy %(lists)s. Potrwa to tyle, na ile pozwalają limity KSeF.")
        messages.success(request, text % {"lists": lists})
    else:
        messages.warning(request, _("Nie masz tu jeszcze firmy z własnym certyfikatem."))
    return redirect("office-rights")


def _context(request) -> dict:
    return {
        "clients": client_list(request.user),
        "offices": delegating_offices(request.user),
        "wanted": wanted_count(request.user),
    }
