"""The appearance switch and the specimen page."""

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("light", "dark")
DENSITIES = ("dense",)
YEAR = 365 * 24 * 60 * 60


@require_POST
def appearance_set(request):
    """Keep the person's theme or density in a cookie; any other value means the default."""
    back = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    response = HttpResponseRedirect(back if allowed else "/")
    for name, values in (("theme", THEMES), ("density", DENSITIES)):
        chosen = request.POST.get(name)
        if chosen in values:
            response.set_cookie(
                name, chosen, YEAR, secure=settings.KSEF_HTTPS, httponly=True, samesite="Lax"
            )
        elif chosen is not None:
            response.delete_cookie(name, samesite="Lax")
    return response


def components(request):
    """Every component and state on one page, for those who build pages."""
    if not settings.DEBUG:
        raise Http404
    from ksefapp.ui.specimen import context

    return render(request, "ui/components.html", context())
