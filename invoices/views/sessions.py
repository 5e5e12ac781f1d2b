"""The sessions at KSeF in which the company's invoices left, and how KSeF ended them."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from auth_ksef.messages import told
from invoices.access import session_get, session_list
from invoices.models import Document, KsefSession, SessionUpo
from invoices.services.batch_follow import NEVER_KNOWN
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

PER_PAGE = 25

# By KSeF's code of a session that ended (OpenAPI, SessionStatusResponse): pill and word.
ENDED: dict[int, tuple[str, str | Promise]] = {
    NEVER_KNOWN: ("unknown", _("KSeF jej nie pokazuje")),
    200: ("accepted", _("Zakończona")),
    405: ("refused", _("Błędne części paczki")),
    415: ("refused", _("Nieodczytany klucz")),
    420: ("refused", _("Za dużo faktur")),
    430: ("refused", _("Paczka nie do rozpakowania")),
    435: ("refused", _("Części nie do odszyfrowania")),
    440: ("withdrawn", _("Anulowana")),
    445: ("refused", _("Bez poprawnych faktur")),
    500: ("refused", _("Błąd KSeF")),
}


@dataclass(frozen=True)
class Shown:
    """A session as a page says it: style and word of its state, KSeF's words, counts."""

    row: KsefSession
    pill: str
    word: str | Promise
    said: str
    sent: int


def shown(row: KsefSession, sent: int) -> Shown:
    """`sent` is how many of our invoices went in it; KSeF's counts stand in the row."""
    pill, word = _state(row)
    return Shown(row, pill, word, told(row.last_text), row.total if row.total is not None else sent)


def _state(row: KsefSession) -> tuple[str, str | Promise]:
    if row.final_code is not None:
        return ENDED.get(row.final_code, ("refused", _("Zakończona błędem")))
    if row.close_asked_at or (_is_over(row) and row.kind == KsefSession.Kind.ONLINE):
        return "sent", _("KSeF przetwarza")
    if row.kind == KsefSession.Kind.ONLINE:
        return "session_opened", _("Otwarta")
    if _is_over(row):
        return "unknown", _("Czekamy na anulowanie")
    return "session_opened", _("Zamykamy") if row.uploaded_at else _("Wysyłamy paczkę")


def _is_over(row: KsefSession) -> bool:
    return row.valid_until <= clock.now()


@company_page(May.VIEW)
@require_GET
def session_list_page(request, company):
    """All sessions, newest first."""
    rows = session_list(company).annotate(sent=Count("submissions")).order_by("-opened_at", "-pk")
    page = Paginator(rows.defer("upload", "key"), PER_PAGE).get_page(request.GET.get("page"))
    pages = _pages(list(page))
    counted = [(shown(row, row.sent), pages.get(row.pk, [])) for row in page]
    return render(request, "invoices/session_list.html", {"page": page, "sessions": counted})


@company_page(May.VIEW)
@require_GET
def session_detail(request, company, pk):
    """One session: what KSeF said, its collective UPO, the invoices that went in it."""
    row = session_get(company, pk)
    documents = Document.objects.filter(company=company, submission__session=row)
    ordered = documents.select_related("submission").order_by("-issued_on", "number", "pk")
    context = {
        "session": shown(row, documents.count()),
        "pages": _pages([row]).get(row.pk, []),
        "page": Paginator(ordered, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "invoices/session_detail.html", context)


@company_page(May.VIEW)
@require_GET
def session_upo(request, company, pk, number):
    """A page of the collective UPO as KSeF signed it; 404 while there is none."""
    row = session_get(company, pk)
    found = SessionUpo.objects.filter(session=row, number=number).first()
    if found is None:
        raise Http404("no such page")
    response = HttpResponse(bytes(found.content), content_type="application/xml")
    name = f"UPO-{row.reference}-{number}.xml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _pages(rows: list[KsefSession]) -> dict[int, list[int]]:
    """Numbers of the pages of the collective UPO that are here, by session."""
    found: dict[int, list[int]] = {}
    pages = SessionUpo.objects.filter(session__in=rows).order_by("number")
    for session, number in pages.values_list("session_id", "number"):
        found.setdefault(session, []).append(number)
    return found
