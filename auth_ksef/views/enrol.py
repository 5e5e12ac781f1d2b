"""From a signature to certificates: what KSeF knows, the request, and how far it got."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from auth_ksef.centre import request_words
from auth_ksef.client import KsefError
from auth_ksef.enrolment import (
    ADDED,
    LONGEST,
    NAME,
    OPEN,
    EnrolmentRefused,
    enrolment_again,
    enrolment_known,
    enrolment_read,
    enrolment_request,
    owner_by,
)
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.forms_certificates import EnrolForm
from auth_ksef.messages import Refusal, chosen
from auth_ksef.models import Credential, Enrolment, SignedLogin
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

State = Enrolment.State


@never_cache
@company_page(May.OWN_CREDENTIAL)
def enrol(request, company: Company, pk: int):
    """Both certificates by one button; afterwards the same page says how far they are."""
    login = _login(request, company, pk)
    known = enrolment_known(login)
    form = EnrolForm(request.POST or None, initial=_initial(company))
    if request.method == "POST" and form.is_valid():
        try:
            _requested(request, company, login, form)
        except (Refusal, KsefError) as error:
            form.add_error(None, _why(error))
        else:
            return redirect("connection-enrol", company.nip, login.pk)
    context = {"form": form, "login": login, **_shown(company, login, known)}
    return render(request, "auth_ksef/enrol.html", context, status=422 if form.errors else 200)


@require_POST
@company_page(May.OWN_CREDENTIAL)
def read(request, company: Company, pk: int):
    """Asks KSeF for the data and limits of who signed; the page itself asks once by script."""
    login = _login(request, company, pk)
    page = reverse("connection-enrol", args=[company.nip, login.pk])
    try:
        enrolment_read(login)
    except (NoCredential, KsefError) as error:
        messages.error(request, _why(error))
        page += "?przerwa=1"  # not to be asked again by itself
    return HttpResponseClientRedirect(page) if request.htmx else redirect(page)


@never_cache
@require_GET
@company_page(May.OWN_CREDENTIAL)
def state(request, company: Company, pk: int):
    """How far the requests of this login are; the page comes anew when they ended."""
    login = _login(request, company, pk)
    rows = _requests(login)
    if not request.htmx:
        return redirect("connection-enrol", company.nip, login.pk)
    if not any(row.state in OPEN for row in rows):
        return HttpResponseClientRefresh()
    return render(request, "auth_ksef/enrol_state.html", {"login": login, **_lines(rows)})


@require_POST
@company_page(May.OWN_CREDENTIAL)
def again(request, company: Company, pk: int):
    """A new request in place of one that KSeF refused, or that nobody knows of."""
    rows = Enrolment.objects.filter(company=company, environment=company.environment, pk=pk)
    row = rows.defer("secret", "csr").first()
    if row is None or row.owner_user_id not in (None, request.user.pk):
        raise Http404("no such request of this person")
    if row.owner_user_id is None and not may_do(actor_of(request), company, May.CREDENTIALS):
        raise PermissionDenied
    try:
        enrolment_again(Enrolment.objects.get(pk=row.pk), request.user)
        messages.success(request, _("Wysyłamy nowy wniosek."))
    except EnrolmentRefused as refusal:
        messages.error(request, refusal.message())
    if row.signed_login_id:
        return redirect("connection-enrol", company.nip, row.signed_login_id)
    return redirect("connection-certificates", company.nip)


def _login(request, company: Company, pk: int) -> SignedLogin:
    """The person's own login to this company's present environment, done."""
    rows = SignedLogin.objects.filter(
        company=company, environment=company.environment, person=request.user
    )
    login = rows.exclude(state=SignedLogin.State.PREPARED).filter(pk=pk).first()
    if login is None:
        raise Http404("no such login of this person")
    return login


def _requested(request, company: Company, login: SignedLogin, form: EnrolForm) -> None:
    if _lines(_requests(login))["done"]:  # the page offers no form any more
        raise EnrolmentRefused("done")
    known = enrolment_known(login) or enrolment_read(login).rows[0]
    owner = owner_by(known["data"], company, request.user)
    if owner["owner_company"] and not may_do(actor_of(request), company, May.CREDENTIALS):
        raise PermissionDenied
    enrolment_request(
        company=company, person=request.user, login=login, data=known["data"], **form.wanted()
    )


def _initial(company: Company) -> dict[str, object]:
    """The company's name as far as KSeF takes it."""
    name = "".join(found[0] for found in NAME.finditer(company.name))
    return {"name": name.strip()[: LONGEST - ADDED]}


def _shown(company: Company, login: SignedLogin, known: dict | None) -> dict[str, object]:
    owner = owner_by(known["data"], company, login.person) if known else {}
    return {
        "known": known,
        "data": _named(known["data"]) if known else [],
        "is_companys": bool(owner.get("owner_company")),
        "is_open": login.state == SignedLogin.State.DONE,
        **_lines(_requests(login)),
    }


def _named(data: dict) -> list[tuple[str, str]]:
    words = {
        "commonName": _("Nazwa powszechna"),
        "givenName": _("Imię"),
        "surname": _("Nazwisko"),
        "serialNumber": _("Numer (PESEL albo NIP)"),
        "organizationName": _("Firma"),
        "organizationIdentifier": _("Numer firmy"),
        "uniqueIdentifier": _("Identyfikator"),
        "countryName": _("Kraj"),
    }
    return [(label, _text(data[name])) for name, label in words.items() if data.get(name)]


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _requests(login: SignedLogin) -> list[Enrolment]:
    rows = login.enrolments.defer("secret", "csr").select_related("credential")
    newest: dict[str, Enrolment] = {}
    for row in rows.order_by("requested_at", "pk"):
        newest[row.use] = row
    return [newest[use] for use in Credential.Use.values if use in newest]


def _lines(rows: list[Enrolment]) -> dict[str, object]:
    lines = [
        {"row": row, "said": request_words(row), "can_again": row.state in ("refused", "unknown")}
        for row in rows
    ]
    return {
        "lines": lines,
        "moving": any(row.state in OPEN for row in rows),
        "done": bool(rows) and all(row.state == State.STORED for row in rows),
    }


def _why(error: Exception) -> str:
    return chosen(words_of(error)) if isinstance(error, KsefError) else error.message()
