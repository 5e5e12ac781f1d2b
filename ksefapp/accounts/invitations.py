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
    """A new invitation and its link; the link is shown once, only its hash is kept."""
    token = token_new()
    with transaction.atomic():
        row = Invitation.objects.create(
            company=company,
            email=User.objects.normalize_email(email).lower(),
            role=role,
            token_hash=token_hash(token),
            invited_by=invited_by,
            expires_at=clock.now() + LIFETIME,
        )
        audit("invitation.create", company=company, user=invited_by, subject=row.email, role=role)
    return row, settings.KSEF_SITE_URL + reverse("invitation", args=[token])


def invitation_find(token: str) -> Invitation | None:
    """The invitation that this secret opens, if it still may be used."""
    if not token:
        return None
    return (
        Invitation.objects.select_related("company")
        .filter(
            token_hash=token_hash(token),
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=clock.now(),
        )
        .first()
    )


def invitation_accept(*, token: str, user: User) -> Company | None:
    """Gives the user the role, once; None if the link is used up, withdrawn or expired."""
    with transaction.atomic():
        row = invitation_find(token)
        if row is None:
            return None
        taken = Invitation.objects.filter(pk=row.pk, accepted_at=None).update(
            accepted_at=clock.now()
        )
        if not taken:  # the same link in two windows
            return None
        Membership.objects.update_or_create(
            user=user, company=row.company, defaults={"role": row.role}
        )
        audit("invitation.accept", company=row.company, user=user, role=row.role)
    return row.company
