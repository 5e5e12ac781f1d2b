"""Pages of a company's notices: what is open, what was."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import WEIGHT, notice_list, notice_past_list, notice_put_aside

PER_PAGE = 25


@require_GET
@company_page(May.VIEW)
def notice_page(request, company: Company):
    """Everything that is open, and below it what is over or was put aside."""
    rows = sorted(notice_list(company), key=lambda row: WEIGHT.get(row.kind, len(WEIGHT)))
    context = {
        "open_notices": rows,
        "unmailed": not settings.EMAIL_HOST and any(row.mail_at for row in rows),
        "page": Paginator(notice_past_list(company), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "notify/list.html", context)


@require_POST
@company_page(May.ISSUE)
def put_aside(request, company: Company, pk: int):
    """Takes a notice from the pages; it is told again only after the matter was over."""
    notice = Notice.objects.filter(company=company, environment=company.environment, pk=pk).first()
    if notice is None:
        raise Http404("no such notice in this company")
    notice_put_aside(notice=notice, by=request.user)
    return redirect("notice-list", company.nip)
