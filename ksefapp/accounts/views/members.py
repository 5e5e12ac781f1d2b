"""Pages about people in a company: list, roles, invitations."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ksefapp.accounts.forms import InviteForm, RoleForm
from ksefapp.accounts.invitations import (
    invitation_create,
    invitation_pending_list,
    invitation_revoke,
)
from ksefapp.accounts.memberships import (
    LastOwner,
    membership_end,
    membership_list,
    membership_role_set,
)
from ksefapp.accounts.models import Company
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import RIGHTS, May, Role
from ksefapp.notify.messages import mail_send


@never_cache
@company_page(May.MEMBERS)
def member_list(request, company: Company):
    """People and roles; POST invites a person and shows the link, once."""
    form = InviteForm(request.POST or None, company=company)
    if request.method == "POST" and form.is_valid():
        row, link = invitation_create(
            company=company,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            invited_by=request.user,
        )
        _mail_link(row, link)
        return _page(request, company, InviteForm(company=company), link=link, invited=row)
    return _page(request, company, form)


@require_POST
@company_page(May.MEMBERS)
def member_role(request, company: Company, pk: int):
    """Changes a member's role."""
    row = get_object_or_404(company.memberships, pk=pk)
    form = RoleForm(request.POST, instance=row)
    if not form.is_valid():
        return _page(request, company, InviteForm(company=company), problem=_wrong_role(row))
    role = form.cleaned_data["role"]
    try:
        membership_role_set(membership=row, role=role, by=request.user)
    except LastOwner as error:
        return _page(request, company, InviteForm(company=company), problem=_at(row, error))
    messages.success(
        request,
        _("%(person)s ma teraz rolę: %(role)s.") % {"person": row.user, "role": Role(role).label},
    )
    # Whoever gave up the right to see this page is better off at the front door.
    return (
        redirect("member-list", company.nip) if _still_may(request, company) else redirect("home")
    )


@company_page(May.MEMBERS)
def member_remove(request, company: Company, pk: int):
    """Asks, then takes a person out of the company."""
    row = get_object_or_404(company.memberships.select_related("user"), pk=pk)
    if request.method == "POST":
        try:
            membership_end(membership=row, by=request.user)
        except LastOwner as error:
            return _page(request, company, InviteForm(company=company), problem=_at(row, error))
        messages.success(request, _("%(person)s nie należy już do firmy.") % {"person": row.user})
        if row.user_id == request.user.pk:
            return redirect("home")
        return redirect("member-list", company.nip)
    context = {
        "question": _("Usunąć z firmy: %(person)s?") % {"person": row.user},
        "consequence": _(
            "Ta osoba straci dostęp do firmy. Jej klucze API przestaną do niej sięgać, a jej "
            "certyfikaty i tokeny KSeF przestaną dla niej działać. Wystawione faktury i historia "
            "zmian zostają."
        ),
        "action": _("Usuń z firmy"),
        "back": reverse("member-list", args=[company.nip]),
    }
    return render(request, "ui/confirm.html", context)


@require_POST
@company_page(May.MEMBERS)
def invitation_end(request, company: Company, pk: int):
    """Revokes an invitation that nobody used yet."""
    row = get_object_or_404(company.invitations, pk=pk)
    if invitation_revoke(invitation=row, by=request.user):
        messages.success(
            request, _("Odnośnik dla %(email)s przestał działać.") % {"email": row.email}
        )
    else:
        messages.warning(request, _("Tego zaproszenia nie można już odwołać."))
    return redirect("member-list", company.nip)


def rights_table() -> list[dict]:
    """Each right with whether each role has it, in the order of the roles."""
    return [
        {"right": right.label, "roles": [(role.label, right in RIGHTS[role]) for role in Role]}
        for right in May
    ]


def _page(request, company: Company, form, *, problem: dict | None = None, **extra):
    context = {
        "form": form,
        "members": membership_list(company),
        "invitations": invitation_pending_list(company),
        "roles": Role,
        "rights_table": rights_table(),
        "problem": [problem] if problem else [],
        "mail_works": bool(settings.EMAIL_HOST),
        **extra,
    }
    status = 422 if form.errors or problem else 200
    return render(request, "accounts/member_list.html", context, status=status)


def _at(row, text) -> dict:
    return {"text": str(text), "href": f"#role-{row.pk}", "label": str(row.user), "pk": row.pk}


def _wrong_role(row) -> dict:
    return _at(row, _("Wybierz jedną z ról z listy."))


def _still_may(request, company: Company) -> bool:
    mine = company.memberships.filter(user=request.user).first()
    return mine is not None and May.MEMBERS in RIGHTS[mine.role]


def _mail_link(row, link: str) -> None:
    mail_send(
        [row.email],
        _("Zaproszenie do firmy %(company)s") % {"company": row.company},
        _(
            "%(person)s zaprasza Cię do firmy %(company)s w aplikacji do faktur KSeF.\n\n"
            "Otwórz odnośnik, żeby dołączyć:\n%(link)s\n\n"
            "Odnośnik działa 7 dni i tylko raz."
        )
        % {"person": row.invited_by, "company": row.company, "link": link},
    )
