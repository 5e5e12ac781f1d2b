"""Corrections of invoices that have no KSeF number yet: they wait, and go in order."""

import copy
import logging

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from auth_ksef.messages import stored
from invoices.models import Document, Draft, Submission
from invoices.services.delivery_states import RETRYABLE
from invoices.services.drafts import NOT_ASKED, DraftConflict, DraftIssued
from invoices.services.issue import invoice_issue
from invoices.services.issue_checks import IssueRefused
from invoices.services.originals import hopeless, own_originals, waiting_originals
from ksefapp.accounts.access import Actor, may_do
from ksefapp.accounts.models import User
from ksefapp.accounts.roles import May
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise, notice_resolve

log = logging.getLogger(__name__)

MOST_PER_RUN = 50
OWN_FAILURE = (
    "Aplikacji nie udało się jej wystawić, szczegóły są w dzienniku serwera.",
    "The application failed to issue it, the server's log has the details.",
)
NO_RIGHT = (
    "Osoba, która o to prosiła, nie może już wystawiać faktur w tej firmie.",
    "The person who asked for it may no longer issue invoices in this company.",
)
NO_NUMBER = (
    "Faktura {number} nie dostanie numeru KSeF: jest wycofana albo została poza KSeF.",
    "Invoice {number} will have no KSeF number: it is withdrawn or stayed outside KSeF.",
)
HELD = (
    "Korekta {correction} nie wyjdzie sama do KSeF. {why} Sprawdź, czy jest jeszcze potrzebna.",
    "The correction {correction} will not leave for KSeF by itself. {why} See if it is still "
    "needed.",
)


class NothingToWaitFor(Exception):
    """Every invoice that the draft corrects has its KSeF number, or is not ours."""


def correction_wait(*, draft: Draft, user: User, accept: frozenset[str] = frozenset()) -> Document:
    """ "Wystaw automatycznie, gdy oryginał dostanie numer": marks the draft; returns the original.

    Raises NothingToWaitFor.
    """
    found = next(waiting_originals(draft.content, draft), None)
    if found is None:
        raise NothingToWaitFor
    Draft.objects.filter(pk=draft.pk, issued_as=None).update(
        waits_for=found[1],
        asked_at=clock.now(),
        asked_by=user,
        asked_accept=sorted(accept),
        wait_problem="",
    )
    draft.refresh_from_db()
    return found[1]


def correction_wait_end(*, draft: Draft) -> None:
    """The draft is a plain draft again."""
    Draft.objects.filter(pk=draft.pk).update(**NOT_ASKED)
    notice_resolve(draft.company, _key(draft), environment=draft.environment)
    draft.refresh_from_db()


def corrections_issue() -> int:
    """Issues the corrections whose originals have their numbers, in the order of asking."""
    _tell_hopeless()
    rows = (
        Draft.objects.filter(
            asked_at__isnull=False,
            wait_problem="",
            issued_as=None,
            waits_for__ksef_number__isnull=False,
            environment=F("company__environment"),
        )
        .select_related("company", "waits_for", "asked_by")
        .order_by("asked_at", "pk")[:MOST_PER_RUN]
    )
    return sum(_issue_waiting(draft) for draft in rows)


def _tell_hopeless() -> None:
    """What waits for a number that will never come is told, or goes on without it."""
    here = {"environment": F("company__environment"), "waits_for__in": hopeless()}
    drafts = Draft.objects.filter(**here, asked_at__isnull=False, wait_problem="", issued_as=None)
    for draft in drafts.select_related("company", "waits_for")[:MOST_PER_RUN]:
        _stopped(draft, no_number(draft.waits_for))
    rows = Submission.objects.filter(state__in=RETRYABLE, waits_for__in=hopeless())
    # Only the order made it wait for another correction.
    rows.filter(waits_for__kind__startswith="KOR").update(waits_for=None)
    for row in rows.select_related("document__company", "waits_for")[:MOST_PER_RUN]:
        _held(row)


def no_number(original: Document) -> tuple[str, str]:
    """Why a correction of this document will never be due."""
    polish, english = (text.format(number=original.number) for text in NO_NUMBER)
    return polish, english


def _held(row: Submission) -> None:
    document, why = row.document, no_number(row.waits_for)
    pairs = zip(HELD, why, strict=True)
    polish, english = (text.format(correction=document.number, why=said) for text, said in pairs)
    notice_raise(
        company=document.company,
        key=f"correction-held:{document.pk}",
        kind="bad",
        text=(polish, english),
        path=reverse("invoice-detail", args=[document.company.nip, document.pk]),
        environment=row.environment,
    )


def _issue_waiting(draft: Draft) -> bool:
    if not may_do(Actor(draft.asked_by), draft.company, May.CORRECT):
        _stopped(draft, NO_RIGHT)
        return False
    try:
        with transaction.atomic():
            _fill(draft)
            if _waits_on(draft):
                return False
            invoice_issue(
                draft=draft,
                issued_by=draft.asked_by,
                on=clock.today(),
                accept=frozenset(draft.asked_accept),
                version=draft.version,
            )
    except (DraftIssued, DraftConflict):
        return False
    except IssueRefused as refused:
        first = refused.problems[0]
        _stopped(draft, (first.pl, first.en))
        return False
    except Exception:  # one draft must not stop those of others
        log.exception("the correction %s", draft.pk)
        _stopped(draft, OWN_FAILURE)
        return False
    return True


def _fill(draft: Draft) -> None:
    """The numbers that came meanwhile, and today's date; nothing else changes."""
    content = copy.deepcopy(draft.content)
    for _, entry, original in own_originals(content, draft):
        if original.ksef_number:
            entry.pop("NrKSeFN", None)
            entry |= {"NrKSeF": "1", "NrKSeFFaKorygowanej": original.ksef_number}
    content["Fa"]["P_1"] = clock.today().isoformat()
    same = Draft.objects.filter(pk=draft.pk, version=draft.version, issued_as=None)
    same.update(content=content, version=F("version") + 1, updated_at=clock.now())
    draft.content, draft.version = content, draft.version + 1


def _waits_on(draft: Draft) -> bool:
    """A correction of several invoices waits for the next of them."""
    found = next(waiting_originals(draft.content, draft), None)
    if found is None:
        return False
    Draft.objects.filter(pk=draft.pk).update(waits_for=found[1])
    return True


def _stopped(draft: Draft, why: tuple[str, str]) -> None:
    """It could not be issued: the draft says why, a notice tells the people."""
    Draft.objects.filter(pk=draft.pk).update(wait_problem=stored(why))
    number = draft.waits_for.number
    path = reverse("invoice-draft", args=[draft.company.nip, draft.pk])
    notice_raise(
        company=draft.company,
        key=_key(draft),
        kind="warn",
        text=(
            f"Korekta faktury {number} czeka na Ciebie: nie wystawiła się sama. {why[0]}",
            f"The correction of {number} is waiting for you: it was not issued by itself. {why[1]}",
        ),
        path=path,
        environment=draft.environment,
    )


def _key(draft: Draft) -> str:
    return f"correction:{draft.pk}"
