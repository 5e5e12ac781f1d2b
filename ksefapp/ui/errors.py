"""Error pages in our words. Those of 400 and 500 are rendered without the request: its context
processors read the database and the host, which may be what failed."""

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from ksefapp.lib import disk


def bad_request(request, exception):
    """handler400: also what a wrong Host header gets; 413 for a form that is too large to read."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return HttpResponse(render_to_string("errors/413.html"), status=413)
    return HttpResponse(render_to_string("errors/400.html"), status=400)


def permission_denied(request, exception):
    """handler403: the text of PermissionDenied, when it has one, stands on the page."""
    return render(request, "errors/403.html", {"reason": str(exception)}, status=403)


def not_found(request, exception):
    """handler404: the same page for what does not exist and for what is another company's."""
    return render(request, "errors/404.html", status=404)


def too_many_requests(request):
    """handler429, which allauth asks for: too many logins or links from one address."""
    return render(request, "errors/429.html", status=429)


def server_error(request):
    """handler500; 503 when the disk is full, which the next try will find no better."""
    is_full = disk.is_full(sys.exc_info()[1])
    content = render_to_string("errors/500.html", {"disk_is_full": is_full})
    return HttpResponse(content, status=503 if is_full else 500)


def csrf_failure(request, reason=""):
    """CSRF_FAILURE_VIEW: most often a page left open over a login or a restart."""
    return render(request, "errors/csrf.html", status=403)
