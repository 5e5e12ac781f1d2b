"""Logging in by a signature made elsewhere: start, download, upload, waiting, the end."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from auth_ksef.client import KsefError
from auth_ksef.errors import words_of
from auth_ksef.forms_signing import SignedFileForm, SignForm
from auth_ksef.messages import Refusal, chosen, filled, told
from auth_ksef.models import SignedLogin
from auth_ksef.signed_file import MAX_SIZE
from auth_ksef.signed_logins import (
    SignedLoginRefused,
    signed_login_ask,
    signed_login_get,
    signed_login_renew,
    signed_login_start,
    signed_login_upload,
)
from auth_ksef.signed_messages import ADVICE
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

State = SignedLogin.State
MOVING = (State.SENDING, State.SENT)


@company_page(May.OWN_CREDENTIAL)
def start(request, company: Company):
    """Chooses the context; then KSeF gives a challenge and the file to sign is ready."""
    form = SignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            login = signed_login_start(company=company, person=request.user, **form.wanted(company))
        except (Refusal, KsefError) as error:
            form.add_error(_field_of(error), _why(error))
        else:
            return redirect("connection-sign-one", company.nip, login.pk)
    context = {"form": form, "advanced": _is_advanced(form)}
    return render(request, "auth_ksef/sign.html", context, status=422 if form.errors else 200)


@never_cache
@company_page(May.OWN_CREDENTIAL)
def one(request, company: Company, pk: int):
    """The login as it stands; a POST brings the signed file."""
    login = _login(request, company, pk)
    form = SignedFileForm()
    if request.method == "POST":
        form = SignedFileForm(request.POST, request.FILES)
        if form.is_valid() and _uploaded(form, login):
            return redirect("connection-sign-one", company.nip, login.pk)
        login.refresh_from_db()
    context = {"form": form, **_shown(login)}
    status = 422 if request.method == "POST" else 200
    return render(request, "auth_ksef/sign_one.html", context, status=status)


@never_cache
@require_GET
@company_page(May.OWN_CREDENTIAL)
def file(request, company: Company, pk: int):
    """The request to sign, byte for byte as KSeF will compare it."""
    login = _login(request, company, pk)
    if login.state != State.PREPARED:
        raise Http404("this login waits for no signature")
    response = HttpResponse(bytes(login.request_xml), content_type="application/xml")
    name = f"AuthTokenRequest-{company.nip}-{login.pk}.xml"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@company_page(May.OWN_CREDENTIAL)
def state(request, company: Company, pk: int):
    """A POST asks KSeF if it is time; the page comes anew when the login has moved on."""
    login = _login(request, company, pk)
    if request.method == "POST":
        login = signed_login_ask(login)
    if not request.htmx:
        return redirect("connection-sign-one", company.nip, login.pk)
    if login.state not in MOVING:
        return HttpResponseClientRefresh()
    return render(request, "auth_ksef/sign_state.html", _shown(login))


@require_POST
@company_page(May.OWN_CREDENTIAL)
def renew(request, company: Company, pk: int):
    """Nowe wyzwanie: another ten minutes, another file to sign."""
    login = _login(request, company, pk)
    try:
        signed_login_renew(login)
    except (Refusal, KsefError) as error:
        messages.warning(request, _why(error))
    else:
        messages.success(request, _("Mamy nowe wyzwanie. Pobierz nowy plik i podpisz go."))
    return redirect("connection-sign-one", company.nip, login.pk)


def _login(request, company: Company, pk: int) -> SignedLogin:
    try:
        return signed_login_get(company, request.user, pk)
    except SignedLogin.DoesNotExist:
        raise Http404("no such login of this person") from None


def _uploaded(form: SignedFileForm, login: SignedLogin) -> bool:
    given = form.cleaned_data["file"]
    try:
        if given.size > MAX_SIZE:
            raise SignedLoginRefused("too-big")
        signed_login_upload(login, given.read())
    except SignedLoginRefused as refusal:
        form.add_error("file", refusal.message())
        return False
    return True


def _shown(login: SignedLogin) -> dict:
    return {
        "login": login,
        "now": clock.now(),
        "is_late": clock.now() >= login.challenge_until,
        "said": told(login.said),
        "advice": [_words(item) for item in login.advice],
        "moving": login.state in MOVING,
    }


def _words(item: dict) -> str:
    return chosen(filled(ADVICE[item["code"]], item["facts"]))


def _field_of(error: Exception) -> str | None:
    return "allowed_ips" if getattr(error, "code", None) == "bad-ips" else None


def _why(error: Exception) -> str:
    if isinstance(error, Refusal):
        return error.message()
    why = chosen(words_of(error)).rstrip(".")
    return _("KSeF nie dał wyzwania: %(why)s. Spróbuj za chwilę.") % {"why": why}


def _is_advanced(form: SignForm) -> bool:
    """Whether the panel is open: something in it was chosen, or is wrong."""
    names = ("context_type", "unit", "vat_ue", "subject_type", "allowed_ips")
    return bool(set(form.errors) & set(names)) or bool(form.is_bound and form.has_changed())
