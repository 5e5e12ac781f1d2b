"""Choices about how pages look, kept with the person."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ksefapp.accounts.pages import login_page
from ksefapp.accounts.preferences import PreferenceRefused, preference_read, preference_set


@login_page
@require_POST
def preferences(request):
    """Keeps `key` = `value` (repeated for a list) and goes to `next`; a script gets 204."""
    key = request.POST.get("key", "")
    try:
        preference_set(request.user, key, preference_read(key, request.POST.getlist("value")))
    except PreferenceRefused:
        raise BadRequest("unknown preference") from None
    back = request.POST.get("next", "")
    if not back and "application/json" in request.headers.get("Accept", ""):
        return HttpResponse(status=204)
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(back if allowed else "/")
