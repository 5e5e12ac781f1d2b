"""Pages of the logins to KSeF that are alive: the list, ending one or all, logging out."""

from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from auth_ksef.farewell import farewell_list
from auth_ksef.identities import Identity, identity_list, identity_of
from auth_ksef.logins import (
    LOGINS,
    login_end,
    logins_end_all,
    logins_refresh,
    logout,
    own_references,
)
from auth_ksef.messages import told
from auth_ksef.snapshots import is_listed, snapshot_get
from auth_ksef.views.telling import sentence_of, tried
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.ui.formats import plural, recent


@dataclass(frozen=True)
class LoginLine:
    """A login of KSeF's list as the page shows it."""

    row: dict
    ours: bool

    @property
    def ended_at(self) -> str:
        """When it was ended from here; empty while it lives."""
        return self.row.get("ended_at", "")


def _by_identity(view):
    """Adds what the person acts by; whoever has nothing is led to the page that says so."""

    @wraps(view)
    def acting(request, company: Company, reference: str = "", **kwargs):
        if reference and not is_listed(company, LOGINS, reference):
            raise Http404("no such login on a list of this company")
        _found, identity = _identities(request, company)
        if identity is None:
            return redirect("connection-logins", company.nip)
        return view(request, company, identity, *filter(None, [reference]), **kwargs)

    return acting


@company_page(May.OWN_CREDENTIAL)
def logins(request, company: Company):
    """Whose logins may be seen here, our own login by it, and what KSeF listed last."""
    found, identity = _identities(request, company)
    # The address may name a login that has just ended; what is asked of KSeF never falls back.
    identity = identity or next(iter(found), None)
    snapshot = snapshot_get(identity, LOGINS) if identity else None
    ours = own_references(company)
    lines = [
        LoginLine(row, row["reference"] in ours) for row in (snapshot.rows if snapshot else [])
    ]
    context = {
        "identity": identity,
        "identities": _links(company, found, identity),
        "held": identity.held() if identity else None,
        "snapshot": snapshot,
        "failure": told(snapshot.failure) if snapshot and snapshot.failure else "",
        "lines": lines,
        "alive": sum(not line.ended_at for line in lines),
        **_farewells(request, company),
    }
    return render(request, "auth_ksef/logins.html", context)


@require_POST
@company_page(May.OWN_CREDENTIAL)
@_by_identity
def refresh(request, company: Company, identity: Identity):
    """Odśwież."""
    tried(request, lambda: logins_refresh(identity))
    return redirect(_place(company, identity))


@company_page(May.OWN_CREDENTIAL)
@_by_identity
def end(request, company: Company, identity: Identity, reference: str):
    """Asks first; then KSeF ends that one login."""
    if request.method == "POST":
        if tried(request, lambda: login_end(identity, reference) or True):
            messages.success(request, _("KSeF zakończył tę sesję. %(rest)s") % {"rest": _rest()})
        return redirect(_place(company, identity))
    return _asked(
        request,
        company,
        identity,
        question=_("Zakończyć tę sesję w KSeF?"),
        action=_("Zakończ sesję"),
    )


@company_page(May.OWN_CREDENTIAL)
@_by_identity
def end_all(request, company: Company, identity: Identity):
    """Asks first; then KSeF ends every login it lists, ours last."""
    if request.method == "POST":
        done = tried(request, lambda: logins_end_all(identity))
        if done:
            _tell_all(request, done)
        return redirect(_place(company, identity))
    return _asked(
        request,
        company,
        identity,
        question=_("Zakończyć wszystkie sesje w KSeF?"),
        action=_("Zakończ wszystkie sesje"),
    )


@require_POST
@company_page(May.OWN_CREDENTIAL)
@_by_identity
def leave(request, company: Company, identity: Identity):
    """Wyloguj z KSeF: our copies go at once, KSeF hears of it now or a little later."""
    done = logout(identity)
    if done is None:
        messages.info(request, _("Ten program nie był zalogowany tym poświadczeniem."))
    else:
        _tell_logout(request, done.confirmed, done.access_until)
    return redirect(_place(company, identity))


def _farewells(request, company: Company) -> dict:
    """Goodbyes that KSeF has not heard, and until when the last access of each other one lives."""
    rows = farewell_list(company, request.user, company_too=_company_too(request))
    lasting: dict[str, datetime] = {}
    for row in rows:
        if row.next_at is None:
            lasting[row.label] = max(row.access_until, lasting.get(row.label, row.access_until))
    return {"unheard": [row for row in rows if row.next_at], "lasting": lasting}


def _tell_logout(request, confirmed: bool, until: datetime | None) -> None:
    text = (
        _("Wylogowaliśmy. KSeF unieważnił token odświeżania, a nasze kopie są skasowane.")
        if confirmed
        else _(
            "Nasze kopie są skasowane. KSeF jeszcze tego nie potwierdził: ponawiamy sami, aż "
            "odpowie."
        )
    )
    if until:
        words = _("Wydany wcześniej token dostępu KSeF honoruje jeszcze do: %(when)s.")
        text = f"{text} {words % {'when': recent(until)}}"
    (messages.success if confirmed else messages.warning)(request, text)


def _tell_all(request, done) -> None:
    count = plural(done.count, _("sesję,sesje,sesji"))
    if done.problem is None:
        text = _("KSeF zakończył %(count)s. %(rest)s") % {"count": count, "rest": _rest()}
        messages.success(request, text)
        return
    said = sentence_of(done.problem)
    text = _("KSeF zakończył %(count)s. Reszta została: %(said)s") % {"count": count, "said": said}
    messages.warning(request, text)


def _rest() -> str:
    return _("Wydane wcześniej tokeny dostępu działają jeszcze do końca swoich kilkunastu minut.")


def _asked(request, company: Company, identity: Identity, *, question: str, action: str):
    context = {
        "question": question,
        "consequence": _(
            "Program, który się tak zalogował, nie odnowi już dostępu i musi zalogować się od "
            "nowa. Wydany token dostępu działa jeszcze do końca swoich kilkunastu minut. Ten "
            "program, gdy będzie wysyłał faktury, zaloguje się znowu sam."
        ),
        "action": action,
        "fields": {"jako": identity.key},
        "back": _place(company, identity),
    }
    return render(request, "ui/confirm.html", context)


def _company_too(request) -> bool:
    return may_do(actor_of(request), request.company, May.CREDENTIALS)


def _identities(request, company: Company) -> tuple[list[Identity], Identity | None]:
    found = identity_list(company, request.user, company_too=_company_too(request))
    key = request.POST.get("jako") or request.GET.get("jako") or ""
    return found, identity_of(found, key)


def _links(company: Company, found: list[Identity], active: Identity | None) -> list[dict]:
    return [
        {"label": one.label, "url": _place(company, one), "active": one == active} for one in found
    ]


def _place(company: Company, identity: Identity) -> str:
    return f"{reverse('connection-logins', args=[company.nip])}?jako={identity.key}"
