"""Drafts: made, saved under their version, deleted. Their content is an FA(3) tree."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from invoices.models import Document, Draft
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock


class DraftConflict(Exception):
    """Somebody saved the draft in between; `.current` is the row as it is now."""

    def __init__(self, current: Draft) -> None:
        super().__init__(f"draft {current.pk} is at version {current.version}")
        self.current = current


class DraftIssued(Exception):
    """The draft has become a document; `.document` names it."""

    def __init__(self, document: Document) -> None:
        super().__init__(f"issued as {document.pk}")
        self.document = document


def draft_create(
    *,
    company: Company,
    content: dict,
    created_by: User,
    replaces: Document | None = None,
    options: dict | None = None,
) -> Draft:
    """A new draft in the company's current environment; `options` are answers outside FA(3)."""
    return Draft.objects.create(
        company=company,
        environment=company.environment,
        content=content,
        created_by=created_by,
        replaces=replaces,
        options=options or {},
    )


def draft_once(
    *, key: UUID, company: Company, content: dict, created_by: User, options: dict | None = None
) -> Draft:
    """The draft of a form that may be sent twice: the same key and content make one draft."""
    made = {"environment": company.environment, "content": content, "created_by": created_by}
    made["options"] = options or {}
    draft, _ = Draft.objects.get_or_create(pk=key, defaults=made | {"company": company})
    if draft.company_id == company.pk and draft.content == content:
        return draft
    return draft_create(company=company, content=content, created_by=created_by, options=options)


# Who changes a draft that was to issue itself looks at it again before asking anew.
NOT_ASKED = {"waits_for": None, "asked_at": None, "asked_by": None, "asked_accept": []}
NOT_ASKED |= {"wait_problem": ""}


def draft_save(
    *,
    draft: Draft,
    content: dict,
    version: int,
    options: dict | None = None,
    saved_by: User | None = None,
) -> Draft:
    """Stores new content if nobody saved since `version`. Raises DraftConflict or DraftIssued.

    `options` are answers that no element of FA(3) carries; None leaves them as they are.
    """
    given = {"updated_by": saved_by} | NOT_ASKED
    given |= {} if options is None else {"options": options}
    changed = Draft.objects.filter(pk=draft.pk, version=version, issued_as=None).update(
        content=content, version=F("version") + 1, updated_at=clock.now(), **given
    )
    draft.refresh_from_db()
    if draft.issued_as:
        raise DraftIssued(draft.issued_as)
    if not changed:
        raise DraftConflict(draft)
    return draft


def draft_delete(*, draft: Draft, user: User, version: int | None = None) -> None:
    """Deletes a draft that was not issued. Raises DraftIssued or DraftConflict."""
    with transaction.atomic():
        rows = Draft.objects.filter(pk=draft.pk, issued_as=None)
        if version is not None:
            rows = rows.filter(version=version)
        if rows.delete()[0]:
            audit("draft.delete", company=draft.company, user=user, subject=draft.pk)
            return
        draft.refresh_from_db()
    if draft.issued_as:
        raise DraftIssued(draft.issued_as)
    raise DraftConflict(draft)
