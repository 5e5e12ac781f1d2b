"""Writing the audit log."""

from ksefapp.accounts.models import AuditEntry, Company, User


def audit(
    action: str,
    *,
    company: Company | None = None,
    user: User | None = None,
    subject: object = "",
    **details: object,
) -> AuditEntry:
    """Records that something was done, in the caller's transaction. Details must hold no secret."""
    return AuditEntry.objects.create(
        action=action, company=company, user=user, subject=str(subject)[:100], details=details
    )
