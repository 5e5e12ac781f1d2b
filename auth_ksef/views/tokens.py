"""Pages of a company's KSeF tokens: the list, a new one, revoking, the way to a certificate."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from auth_ksef.doctor import connection_check
from auth_ksef.forms_tokens import TokenForm, permission_details, purpose_details
from auth_ksef.identities import Identity, identity_list, identity_of
from auth_ksef.leaving import leaving_get
from auth_ksef.messages import chosen, told
from auth_ksef.models import Credential, TokenOrder
from auth_ksef.snapshots import is_listed, snapshot_get
from auth_ksef.sunset import sunset
from auth_ksef.token_orders import OPEN
from auth_ksef.token_words import REFUSALS, RIGHTS, STATUSES, USELESS
from auth_ksef.tokens import (
    TOKENS,
    TokenRefused,
    stored_tokens,
    token_check,
    token_end,
    token_order,
    tokens_refresh,
)
from auth_ksef.views.telling import tried
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

SHOWN_FOR = timedelta(days=1)  # an order that ended stays on the page so long


@dataclass(frozen=True)
class TokenLine:
    """A token of KSeF's list as the page shows it."""

    row: dict
    status: str
    kind: str
    permissions: list[str]
    ours: Credential | None

    @property
    def can_end(self) -> bool:
        """Whether there is anything to revoke."""
        return self.row["status"] not in USELESS


@company_page(May.CREDENTIALS)
def tokens(request, company: Company):
    """What KSeF listed when it was asked last, what is stored here, and what is under way."""
    found, chosen_one = _identities(request, company)
    snapshot = snapshot_get(chosen_one, TOKENS) if chosen_one else None
    return render(
        request,
        "auth_ksef/tokens.html",
        {
            "identity": chosen_one,
            "identities": _links(company, found, chosen_one),
            "snapshot": snapshot,
            "failure": told(snapshot.failure) if snapshot and snapshot.failure else "",
            "lines": _lines(company, snapshot),
            "orders": _orders(company),
            "stored": _stored(company),
            "obstacle": _obstacle(found),
            "sunset": sunset(),
        },
    )


@require_POST
@company_page(May.CREDENTIALS)
def refresh(request, company: Company):
    """Odśwież."""
    _found, identity = _identities(request, company)
    tried(request, lambda: tokens_refresh(_needed(identity)))
    return redirect(_back(company, identity))


@sensitive_variables("text")
@never_cache
@company_page(May.CREDENTIALS)
def new(request, company: Company):
    """The form of a new token; for another program its text is shown in the answer, once."""
    found, _chosen = _identities(request, company)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        order, text = _ordered(request, found, form)
        if text:
            context = {"order": order, "text": text, "rights_named": _named(order.permissions)}
            return render(request, "auth_ksef/tokens_made.html", context)
        if order:
            return redirect("connection-tokens-order", company.nip, order.pk)
    context = {
        "form": form,
        "purposes": purpose_details(),
        "permissions": permission_details(),
        "obstacle": _obstacle(found),
        "identity": _maker(found),
        "sunset": sunset(),
        "back": reverse("connection-tokens", args=[company.nip]),
    }
    return render(request, "auth_ksef/tokens_new.html", context, status=422 if form.errors else 200)


@company_page(May.CREDENTIALS)
def order(request, company: Company, pk: int):
    """A token that was asked for, until KSeF has made it; follows by itself."""
    row = get_object_or_404(TokenOrder.objects.select_related("credential"), company=company, pk=pk)
    context = {
        "order": row,
        "said": told(row.said) if row.said else "",
        "moving": row.state in OPEN,
        "rights_named": _named(row.permissions),
    }
    part = request.htmx and "auth_ksef/tokens_order_state.html"
    return render(request, part or "auth_ksef/tokens_order.html", context)


@require_POST
@company_page(May.CREDENTIALS)
def check(request, company: Company, pk: int):
    """Asks KSeF about one stored token, by that token itself."""
    found, _chosen = _identities(request, company)
    identity = next((one for one in found if one.credential and one.credential.pk == pk), None)
    if identity is None or not identity.is_token:
        raise Http404("no such token")
    status = tried(request, lambda: token_check(identity))
    if status:
        word = STATUSES.get(status, (status, ""))[0]
        messages.info(
            request,
            _("KSeF o tokenie „%(label)s”: %(word)s.") % {"label": identity.label, "word": word},
        )
    return redirect("connection-tokens", company.nip)


@company_page(May.CREDENTIALS)
def revoke(request, company: Company, reference: str):
    """Asks first; then the token ends in KSeF, and here if it is stored here."""
    _found, identity = _identities(request, company)
    ours = stored_tokens(company, company.environment, [reference]).get(reference)
    if ours is None and not is_listed(company, TOKENS, reference):
        raise Http404("no such token on a list of this company")
    back = _back(company, identity)
    if request.method == "POST":
        done = tried(request, lambda: token_end(_needed(identity), reference) or True)
        if done:
            messages.success(request, _("KSeF unieważnia token. Nikt się nim już nie zaloguje."))
        return redirect(back)
    context = {
        "question": _("Unieważnić token w KSeF?"),
        "consequence": _consequence(company, ours, reference),
        "action": _("Unieważnij token"),
        "fields": {"jako": identity.key} if identity else {},
        "back": back,
    }
    return render(request, "ui/confirm.html", context)


@company_page(May.CREDENTIALS)
def leave(request, company: Company):
    """Z tokena na certyfikat: three steps, each with what is done of it."""
    leaving = leaving_get(company, request.user)
    if request.method == "POST" and leaving.login:
        tried(request, lambda: _checked(request, company, leaving.login.credential))
        return redirect("connection-tokens-leave", company.nip)
    context = {"leaving": leaving, "sunset": sunset()}
    return render(request, "auth_ksef/tokens_leave.html", context)


def _checked(request, company: Company, credential: Credential):
    return connection_check(company=company, checked_by=request.user, credential=credential)


def _identities(request, company: Company) -> tuple[list[Identity], Identity | None]:
    found = identity_list(company, request.user, company_too=True)
    key = request.POST.get("jako") or request.GET.get("jako") or ""
    return found, identity_of(found, key) or (found[0] if found else None)


def _maker(found: list[Identity]) -> Identity | None:
    """The first by which KSeF makes tokens."""
    return next((one for one in found if not one.is_token), None)


def _obstacle(found: list[Identity]) -> str:
    """Why no token can be asked for; empty when it can."""
    if _maker(found):
        return ""
    return chosen(REFUSALS["by-token" if found else "nothing"])


def _needed(identity: Identity | None) -> Identity:
    if identity is None:
        raise TokenRefused("nothing")
    return identity


def _ordered(request, found: list[Identity], form: TokenForm) -> tuple[TokenOrder | None, str]:
    identity = _maker(found) or (found[0] if found else None)
    data = form.cleaned_data
    made = tried(request, lambda: token_order(identity=_needed(identity), **data))
    return made or (None, "")


def _links(company: Company, found: list[Identity], active: Identity | None) -> list[dict]:
    place = reverse("connection-tokens", args=[company.nip])
    return [
        {"label": one.label, "url": f"{place}?jako={one.key}", "active": one == active}
        for one in found
    ]


def _back(company: Company, identity: Identity | None) -> str:
    place = reverse("connection-tokens", args=[company.nip])
    return f"{place}?jako={identity.key}" if identity else place


def _lines(company: Company, snapshot) -> list[TokenLine]:
    rows = snapshot.rows if snapshot else []
    references = [row["reference"] for row in rows]
    ours = stored_tokens(company, company.environment, references)
    return [
        TokenLine(
            row,
            *STATUSES.get(row["status"], (row["status"], "")),
            _named(row["permissions"]),
            ours.get(row["reference"]),
        )
        for row in rows
    ]


def _named(permissions: list[str]) -> list[str]:
    return [str(RIGHTS[name][0]) if name in RIGHTS else name for name in permissions]


def _orders(company: Company) -> list[TokenOrder]:
    """What is under way, and what ended today without a token."""
    rows = TokenOrder.objects.filter(company=company, environment=company.environment)
    rows = rows.filter(requested_at__gt=clock.now() - SHOWN_FOR) | rows.filter(state__in=OPEN)
    return list(rows.exclude(state=TokenOrder.State.DONE))


def _stored(company: Company) -> list[Credential]:
    rows = Credential.objects.filter(
        kind=Credential.Kind.TOKEN,
        environment=company.environment,
        retired_at=None,
        bindings__company=company,
        bindings__ended_at=None,
    )
    found = list(rows.defer("secret").select_related("owner_user").order_by("-added_at"))
    for row in found:
        row.status_word = STATUSES.get(row.ksef_status, (row.ksef_status, ""))[0]
    return found


def _consequence(company: Company, ours: Credential | None, reference: str) -> str:
    text = _("Program, który używa tego tokena, od razu straci dostęp. Tego nie da się cofnąć.")
    if ours is None:
        return f"{text} " + _("Numer tokena: %(number)s.") % {"number": reference}
    return f"{text} " + _(
        "Tym tokenem loguje się też ten program: usuniemy jego zapisaną treść, a faktury, które "
        "czekają na wysyłkę, poczekają na inne poświadczenie."
    )
