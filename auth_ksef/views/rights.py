"""Pages of rights in KSeF: who has which, what is under way, withdrawing. GET never calls KSeF."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from auth_ksef.errors import NoCredential
from auth_ksef.messages import told
from auth_ksef.models import KsefSnapshot, RightsOperation
from auth_ksef.rights import (
    KINDS,
    LISTS,
    lists_want,
    received_list,
    rights_refresh,
    snapshot_list,
)
from auth_ksef.rights_messages import RightsNotNow
from auth_ksef.rights_operations import OPEN, operation_close, operation_request
from auth_ksef.rights_page import received_view, sections
from auth_ksef.rights_words import identifier_masked, right_of, scope_pair
from ksefapp.accounts.access import actor_of, may_do
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May

Kind = KsefSnapshot.Kind
SHOWN_OPERATIONS = 5
STOP_POLLING = 286  # htmx asks no more
# From where a row is withdrawn, and by which operation.
WITHDRAWN = {
    Kind.PERSONS: "revoke",
    Kind.SUBUNITS: "revoke",
    Kind.EU: "revoke",
    Kind.AUTHORIZATIONS: "revoke-authorization",
}


@company_page(May.OWN_CREDENTIAL)
def rights(request, company: Company):
    """Uprawnienia: for those who grant all lists, for others what they have themselves."""
    manages = may_do(actor_of(request), company, May.PERMISSIONS)
    context = {
        "manages": manages,
        "sections": sections(company, snapshot_list(company)) if manages else [],
        "received": [
            received_view(row, company.nip) for row in received_list(company, request.user)
        ],
        "operations": _operations(company)[:SHOWN_OPERATIONS] if manages else [],
    }
    context["asked_before"] = bool(context["received"]) or any(
        part.fetched_at or part.failure for part in context["sections"]
    )
    return render(request, "auth_ksef/rights.html", context)


@require_POST
@company_page(May.OWN_CREDENTIAL)
def refresh(request, company: Company):
    """Odśwież: asks KSeF now."""
    manages = may_do(actor_of(request), company, May.PERMISSIONS)
    kinds = KINDS if manages else (Kind.RECEIVED,)
    try:
        rows = rights_refresh(company=company, person=request.user, kinds=kinds)
    except (NoCredential, RightsNotNow) as error:
        messages.warning(request, error.message())
    else:
        _tell(request, company, rows, kinds)
    return redirect("connection-rights", company.nip)


@company_page(May.PERMISSIONS)
def revoke(request, company: Company, kind: str, id: str):
    """Asks first and says what follows; then the withdrawal is on its way."""
    row = _row(company, kind, id)
    right = right_of(row)
    who = right.holder or (str(right.identifier) if right.identifier else right.id)
    if request.method == "POST":
        masked = identifier_masked(right.identifier, "pl") if right.identifier else ""
        name = f"{right.holder} ({masked})" if right.holder else masked
        polish, english = scope_pair(right.scope)
        operation = operation_request(
            company=company,
            requested_by=request.user,
            kind=WITHDRAWN[kind],
            body={"id": id, "list": kind},
            summary=(f"Odbieramy: {name}: {polish}", f"Withdrawing: {name}: {english}"),
        )
        return redirect("connection-rights-operation", company.nip, operation.pk)
    context = {
        "question": _("Odebrać „%(right)s”?") % {"right": right.name},
        "right": right,
        "who": who,
        "consequences": _loss(right),
        "action": _("Odbierz uprawnienie"),
        "back": reverse("connection-rights", args=[company.nip]),
    }
    return render(request, "auth_ksef/rights_revoke.html", context)


@company_page(May.PERMISSIONS)
def operation(request, company: Company, pk: int):
    """One change, followed to its end."""
    row = _operation(company, pk)
    return render(request, "auth_ksef/rights_operation.html", _followed(row))


@company_page(May.PERMISSIONS)
def operation_state(request, company: Company, pk: int):
    """The part of that page which changes."""
    row = _operation(company, pk)
    template = "auth_ksef/rights_operation_state.html"
    response = render(request, template, _followed(row))
    if row.state not in OPEN:
        response.status_code = STOP_POLLING
    return response


@require_POST
@company_page(May.PERMISSIONS)
def close(request, company: Company, pk: int):
    """A person has looked in KSeF and ends what we do not know."""
    operation_close(operation=_operation(company, pk), closed_by=request.user)
    return redirect("connection-rights", company.nip)


def _operations(company: Company):
    rows = RightsOperation.objects.filter(company=company, environment=company.environment)
    return rows.select_related("requested_by").order_by("-requested_at", "-pk")


def _operation(company: Company, pk: int) -> RightsOperation:
    return get_object_or_404(_operations(company), pk=pk)


def _followed(row: RightsOperation) -> dict:
    return {"operation": row, "moving": row.state in OPEN, "said": told(row.said)}


def _row(company: Company, kind: str, id: str) -> dict:
    """The stored row: only what a list of this company showed can be withdrawn from here."""
    if kind not in WITHDRAWN:
        raise Http404("nothing is withdrawn from this list")
    snapshot = snapshot_list(company, (kind,)).get(kind)
    found = [row for row in (snapshot.rows if snapshot else []) if row.get("id") == id]
    if not found:
        raise Http404("no such right")
    return found[0]


def _loss(right) -> list[str]:
    """What withdrawing means, in sentences."""
    found = [_("W KSeF przestanie to działać od razu po wykonaniu zmiany, zwykle w kilka sekund.")]
    if right.scope == "CredentialsManage":
        found.append(
            _("Upewnij się, że uprawnieniami może zarządzać jeszcze ktoś inny albo właściciel.")
        )
    if right.delegates:
        found.append(_("Przestaną też działać uprawnienia, które biuro przekazało dalej."))
    if right.scope in ("InvoiceWrite", "InvoiceRead"):
        found.append(_("Jeśli program wysyła faktury tym certyfikatem, przestaną wychodzić."))
    if right.scope == "SelfInvoicing":
        found.append(
            _("KSeF zacznie odrzucać faktury, które ten nabywca wystawia w Twoim imieniu.")
        )
    found.append(_("Faktury już wystawione zostają. Uprawnienie możesz nadać ponownie."))
    return found


def _tell(request, company: Company, rows: list[KsefSnapshot], kinds: tuple[str, ...]) -> None:
    read = {row.kind for row in rows if not row.failure}
    later = [kind for kind in kinds[len(rows) - 1 :] if kind in LISTS and kind not in read]
    failed = [row for row in rows if row.failure]
    if len(rows) < len(kinds) and later:
        lists_want(company=company, person=request.user, kinds=later)
        said = told(failed[-1].failure).rstrip(".")
        text = _("Część list odczytamy sami, gdy będzie można: %(said)s.")
        messages.warning(request, text % {"said": said})
    elif failed:
        messages.warning(
            request, _("Nie wszystkie listy KSeF nam pokazał. Powód stoi przy każdej z nich.")
        )
    else:
        messages.success(request, _("Odświeżyliśmy listy uprawnień."))
