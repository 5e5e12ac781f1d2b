"""How a view becomes a page of one company: logged in, through the gate, company at hand."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import register_converter
from django_htmx.http import HttpResponseClientRedirect

from ksefapp.accounts.access import actor_of, company_get
from ksefapp.accounts.roles import May


class NipConverter:
    """`<nip:nip>` in a path: ten digits; the check digit is the gate's business (404)."""

    regex = "[0-9]{10}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NipConverter, "nip")


def login_page(view: Callable) -> Callable:
    """A page for any logged-in person; others are sent to the login page and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return _to_login(request)

    return guarded


def company_page(may: May) -> Callable:
    """`view(request, nip, …)` becomes `view(request, company, …)` behind one right.

    Anonymous: to the login page. A stranger: Http404. The wrong role: PermissionDenied (403).
    Sets `request.company`, which menu and environment strip read.
    """

    def decorate(view: Callable) -> Callable:
        @login_page
        @wraps(view)
        def guarded(request: HttpRequest, nip: str, *args, **kwargs) -> HttpResponse:
            request.company = company_get(actor_of(request), nip, may)
            return view(request, request.company, *args, **kwargs)

        guarded.may = may
        return guarded

    return decorate


def _to_login(request: HttpRequest) -> HttpResponse:
    if not getattr(request, "htmx", False):
        return redirect_to_login(request.get_full_path())
    # htmx would put the login page into the middle of the old one.
    where = request.htmx.current_url_abs_path or "/"
    return HttpResponseClientRedirect(redirect_to_login(where).url)
