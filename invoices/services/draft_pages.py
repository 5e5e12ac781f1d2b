"""Which open page of a browser saved a draft last.

A page whose answer was lost on the way asks again under the old version. That is no conflict:
what it would overwrite is its own. Forgetting a page costs a question, never a change.
"""

import re

from django.core.cache import cache

from invoices.models import Draft

KEPT_SECONDS = 24 * 60 * 60
_PAGE = re.compile(r"[A-Za-z0-9-]{16,64}")


def page_remember(draft: Draft, page: str, turn: int) -> None:
    """The page of this random name has made the draft's present version, at its n-th try."""
    if _PAGE.fullmatch(page):
        cache.set(_key(draft), [draft.version, page, turn], KEPT_SECONDS)


def page_saved_last(draft: Draft, page: str, turn: int) -> bool:
    """Whether the draft's present version was made by this page, and earlier than this try."""
    version, name, last = cache.get(_key(draft)) or (None, "", 0)
    return bool(_PAGE.fullmatch(page)) and (version, name) == (draft.version, page) and last < turn


def _key(draft: Draft) -> str:
    return f"draft-page-{draft.pk}"
