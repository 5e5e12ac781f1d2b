"""Invitations: links that can be copied where no mail server is set."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, Invitation, Membership, User, token_hash, token_new
from ksefapp.lib import clock

LIFETIME = timedelta(days=7)


def invitation_create(
    *, company: Company, email: str, role: str, invited_by: User
) -> tuple[Invitation, str]:
    """A new invitation and its link; the link is shown once, only its hash is kept.

    An older invitation of the same address to the same company ends: the newest link counts.
    """
    token = token_new()
    email = User.objects.normalize_email(email).lower()
    with transaction.atomic():
        invitation_pending_list(company).filter(email=email).update(revoked_at=clock.now())
        row = Invitation.objects.create(
            company=company,
            email=email,
            role=role,
            token_hash=token_hash(token),
            invited_by=invited_by,
            expires_at=clock.now() + LIFETIME,
        )
        audit("invitation.create", company=company, user=invited_by, subject=email, role=role)
    return row, settings.KSEF_SITE_URL + reverse("invitation", args=[token])


def invitation_pending_list(company: Company):
    """The company's invitations that still may be used, newest first."""
    return _usable().filter(company=company).order_by("-created_at")


def invitation_find(token: str) -> Invitation | None:
    """The invitation that this secret opens, if it still may be used."""
    if not token:
        return None
    return _usable().filter(token_hash=token_hash(token)).first()


def invitation_accept(*, token: str, user: User) -> Company | None:
    """Gives the invited user the role, once; None if the link is used up, withdrawn, expired,
    or meant for another address. Whoever is a member already keeps the role they have.
    """
    with transaction.atomic():
        row = invitation_find(token)
        if row is None or row.email != user.email.lower():
            return None
        taken = Invitation.objects.filter(pk=row.pk, accepted_at=None, revoked_at=None).update(
            accepted_at=clock.now()
        )
        if not taken:  # the same link in two windows
            return None
        Membership.objects.get_or_create(
            user=user, company=row.company, defaults={"role": row.role}
        )
        audit("invitation.accept", company=row.company, user=user, role=row.role)
    return row.company


def invitation_revoke(*, invitation: Invitation, by: User) -> bool:
    """Ends an invitation that was not used yet; False when somebody was faster."""
    with transaction.atomic():
        ended = Invitation.objects.filter(
            pk=invitation.pk, accepted_at=None, revoked_at=None
        ).update(revoked_at=clock.now())
        if ended:
            audit(
                "invitation.revoke", company=invitation.company, user=by, subject=invitation.email
            )
    return bool(ended)


def _usable():
    rows = Invitation.objects.select_related("company", "invited_by")
    return rows.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
