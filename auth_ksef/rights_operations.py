"""Changes of rights: asked for by a person, sent once, followed to their end.

NEW → SENDING → SENT → DONE or REFUSED. A request that left and was not answered is UNKNOWN:
the list of rights is read until it shows the change, or until an hour has passed without it;
KSeF is never asked twice on a guess. Each step claims its row by a conditional UPDATE and
writes its result in one UPDATE guarded by the state that it left.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from auth_ksef.client import KsefApi, KsefError, KsefLater, KsefRefused, KsefUnknown
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.messages import Pair, filled, stored, told
from auth_ksef.models import KsefSnapshot, RightsOperation
from auth_ksef.rights import asked, error_words, rights_refresh
from auth_ksef.rights_messages import WORK, RightsNotNow, refused_words, status_words
from auth_ksef.rights_seen import lists_of, shows
from ksefapp.accounts.access import Actor, may_do
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import May
from ksefapp.lib import clock
from ksefapp.notify.notices import notice_raise

State = RightsOperation.State
OPEN = (State.NEW, State.SENDING, State.UNKNOWN, State.SENT)

CLAIM = timedelta(seconds=120)  # longer than a login and a call take
AT_ONCE = 5
LATER = timedelta(seconds=60)  # where KSeF named no time
GIVE_UP = timedelta(hours=24)  # for a change that never left, or that nobody can ask about
ABSENT_AFTER = timedelta(hours=1)  # KSeF's list without the change is then believed
GONE = (400, 404, 410)  # KSeF does not know the operation, or no longer
# Between questions about one change: it takes seconds as a rule, and calls are few.
STEPS = tuple(timedelta(seconds=seconds) for seconds in (2, 3, 5, 10, 30, 60, 300))

log = logging.getLogger(__name__)


def operation_request(
    *,
    company: Company,
    requested_by: User,
    kind: str,
    body: dict,
    summary: Pair,
    preset: str = "",
    group: UUID | None = None,
) -> RightsOperation:
    """A change of rights to be sent by the worker; the one under way where it is the same.

    `kind` is one of KsefApi.grant, or revoke, revoke-authorization with {"id"} as body;
    `summary` says for people who gets or loses what. The caller has checked May.PERMISSIONS.
    """
    key = _key(kind, body)
    try:
        with transaction.atomic():
            row = RightsOperation.objects.create(
                company=company,
                environment=company.environment,
                kind=kind,
                body=body,
                key=key,
                summary=stored(tuple(text[:240] for text in summary)),
                preset=preset,
                group=group,
                requested_by=requested_by,
                next_at=clock.now(),
            )
            audit(_action(kind), company=company, user=requested_by, subject=summary[0])
    except IntegrityError:
        same = RightsOperation.objects.filter(
            company=company, environment=company.environment, key=key, state__in=OPEN
        )
        if (found := same.first()) is None:
            raise
        return found
    return row


def operation_close(*, operation: RightsOperation, closed_by: User) -> bool:
    """A person ends a change of which nothing can be learned; False unless it is unknown."""
    ended = _move(operation, State.UNKNOWN, State.REFUSED, WORK["closed"])
    if ended:
        audit(
            "rights.close",
            company=operation.company,
            user=closed_by,
            subject=told(operation.summary, "pl"),
        )
    return ended


def operations_follow() -> int:
    """One step for each of the changes that are due; returns how many moved or were asked about."""
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    due = RightsOperation.objects.filter(free, state__in=OPEN).exclude(next_at=None)
    rows = due.filter(Q(next_at__lte=now) | Q(state=State.SENDING)).order_by("next_at")
    return sum(
        _claimed_step(row) for row in rows.select_related("company", "requested_by")[:AT_ONCE]
    )


def operation_step(row: RightsOperation) -> None:
    """One step of a claimed row. Calls KSeF, so never inside a transaction."""
    if row.environment != row.company.environment:
        _elsewhere(row)
        return
    _STEPS[row.state](row)


def _claimed_step(row: RightsOperation) -> bool:
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    mine = RightsOperation.objects.filter(free, pk=row.pk, state=row.state)
    row.claimed_until = now + CLAIM
    if not mine.update(claimed_until=row.claimed_until):
        return False
    try:
        operation_step(row)
    except Exception:
        # Of what is behind it some belongs to other companies: it must not wait for this one.
        log.exception("the change of rights %s could not be followed", row.pk)
        _ours(row).update(next_at=clock.now() + STEPS[-1])
    finally:
        _ours(row).update(claimed_until=None)
    _tell(row)
    return True


def _tell(row: RightsOperation) -> None:
    """A change that came to nothing is told on the pages: who asked may have left long ago."""
    row.refresh_from_db(fields=["state", "said"])
    if row.state == State.REFUSED:
        path = reverse("connection-rights-operation", args=[row.company.nip, row.pk])
        notice_raise(
            company=row.company,
            key=f"rights:{row.pk}",
            kind="warn",
            text=WORK["told"],
            path=path,
            mail=False,
            environment=row.environment,
        )


def _ours(row: RightsOperation) -> QuerySet[RightsOperation]:
    """The row while our claim on it stands: a process that was slow changes nothing any more."""
    return RightsOperation.objects.filter(pk=row.pk, claimed_until=row.claimed_until)


def _send(row: RightsOperation) -> None:
    if not may_do(Actor(row.requested_by), row.company, May.PERMISSIONS):
        _move(row, State.NEW, State.REFUSED, WORK["role"])
        return
    try:
        reference, _identity = asked(row.company, row.requested_by, _sender(row))
    except _LostRace:
        return
    except KsefUnknown as error:
        if not _move(row, State.SENDING, State.UNKNOWN, WORK["unknown"], next_at=_after(row)):
            _wait(row, words_of(error), None)  # it was the login that was not answered
    except KsefLater as error:
        _wait(row, words_of(error), error.retry_after)
    except KsefRefused as error:
        _refuse(row, error)
    except (NoCredential, RightsNotNow) as error:
        _wait(row, error_words(error), None)
    else:
        _move(row, State.SENDING, State.SENT, None, reference=reference, next_at=_after(row))


class _LostRace(Exception):
    """Another process moved the row meanwhile; nothing was sent."""


def _sender(row: RightsOperation) -> Callable[[KsefApi, str], str]:
    """The call; just before it leaves the row says so, for whoever finds it after a crash."""

    def send(api: KsefApi, access: str) -> str:
        now = clock.now()
        until = now + CLAIM
        rows = _ours(row).filter(state__in=(State.NEW, State.SENDING))
        if not rows.update(state=State.SENDING, sent_at=now, claimed_until=until):
            raise _LostRace
        row.claimed_until = until
        if row.kind == "revoke":
            return api.grant_revoke(access=access, id=row.body["id"])
        if row.kind == "revoke-authorization":
            return api.authorization_revoke(access=access, id=row.body["id"])
        return api.grant(kind=row.kind, access=access, body=row.body)

    return send


def _interrupted(row: RightsOperation) -> None:
    """Its process died while the request was leaving: it may have arrived."""
    _move(row, State.SENDING, State.UNKNOWN, WORK["unknown"], next_at=clock.now())


def _ask(row: RightsOperation) -> None:
    read = lambda api, access: api.operation_status(access=access, reference=row.reference)  # noqa: E731
    try:
        status, _identity = asked(row.company, row.requested_by, read)
    except KsefRefused as error:
        if error.http_status in GONE:
            _move(row, State.SENT, State.UNKNOWN, WORK["unknown"], next_at=_after(row))
        else:
            _again(row, None, error_words(error))
    except KsefError as error:
        _again(row, error.retry_after)
    except (NoCredential, RightsNotNow) as error:
        if clock.now() - _left_at(row) < GIVE_UP:
            _again(row, None, error_words(error))
        else:  # nobody is left to ask with: a person may close it
            _move(row, State.SENT, State.UNKNOWN, WORK["unknown"], next_at=_after(row))
    else:
        _verdict(row, status)


def _verdict(row: RightsOperation, status) -> None:
    if status.code < 200:
        _again(row, None)
        return
    done = status.code == 200
    words = None if done else status_words(status)
    if _move(row, State.SENT, State.DONE if done else State.REFUSED, words, code=status.code):
        _read_again(row)


def _reconcile(row: RightsOperation) -> None:
    """Whether KSeF's list shows a change of which we have no answer."""
    try:
        rows = [found for name in lists_of(row.kind, row.body) for found in _listed(row, name)]
    except KsefLater as error:
        _again(row, error.retry_after)
        return
    except (KsefError, NoCredential, RightsNotNow) as error:
        _unread(row, error_words(error))
        return
    if shows(row.kind, row.body, rows):
        _move(row, State.UNKNOWN, State.DONE, WORK["found"])
        _read_again(row)
    elif clock.now() - _left_at(row) >= ABSENT_AFTER:
        _move(row, State.UNKNOWN, State.REFUSED, WORK["absent"])
    else:
        _again(row, None)


def _listed(row: RightsOperation, name: str) -> list[dict]:
    read = lambda api, access: api.grants_list(kind=name, access=access)  # noqa: E731
    return asked(row.company, row.requested_by, read)[0]


def _unread(row: RightsOperation, said: Pair) -> None:
    pair = _said("unread", said)
    _move(row, State.UNKNOWN, State.UNKNOWN, pair, next_at=clock.now() + STEPS[-1])


def _read_again(row: RightsOperation) -> None:
    """The list behind the page, so that it shows the change; a failure says so on the page."""
    kinds = _SHOWN_IN.get(row.kind, (KsefSnapshot.Kind.PERSONS,))
    try:
        rights_refresh(company=row.company, person=row.requested_by, kinds=kinds)
    except (NoCredential, RightsNotNow) as error:
        log.info("rights of company %s could not be read again: %s", row.company_id, error)


def _refuse(row: RightsOperation, error: KsefRefused) -> None:
    _ours(row).filter(state__in=(State.NEW, State.SENDING)).update(
        state=State.REFUSED,
        code=error.code or error.http_status,
        said=stored(refused_words(error)),
        next_at=None,
        finished_at=clock.now(),
    )


def _wait(row: RightsOperation, said: Pair, retry_after: int | None) -> None:
    """Nothing left for KSeF: later, but not for ever."""
    now = clock.now()
    rows = _ours(row).filter(state__in=(State.NEW, State.SENDING))
    if now - row.requested_at >= GIVE_UP:
        words = {"state": State.REFUSED, "said": stored(_said("late", said)), "next_at": None}
        rows.update(**words, finished_at=now)
        return
    seconds = timedelta(seconds=retry_after) if retry_after else LATER
    rows.update(state=State.NEW, said=stored(_said("waits", said)), next_at=now + seconds)


def _elsewhere(row: RightsOperation) -> None:
    """A company that left the environment: what did not leave is over, the rest rests."""
    if row.state == State.NEW:
        _move(row, State.NEW, State.REFUSED, WORK["environment"])
    else:
        _again(row, int(STEPS[-1].total_seconds()))


def _again(row: RightsOperation, retry_after: int | None, said: Pair | None = None) -> None:
    step = timedelta(seconds=retry_after) if retry_after else _step_of(row)
    _move(row, row.state, row.state, said, next_at=clock.now() + step)


def _move(
    row: RightsOperation, before: str, after: str, said: Pair | None, **values: object
) -> bool:
    """The row's next state, if it is still in `before`; whether it was."""
    if after not in OPEN:
        values |= {"finished_at": clock.now(), "next_at": None}
    if said is not None or after != before:
        values["said"] = stored(said) if said else ""
    return bool(_ours(row).filter(state=before).update(state=after, **values))


def _left_at(row: RightsOperation):
    return row.sent_at or row.requested_at


def _after(row: RightsOperation):
    return clock.now() + STEPS[0]


def _step_of(row: RightsOperation) -> timedelta:
    """Rarer questions about an older change."""
    age = clock.now() - _left_at(row)
    return next((step for step in STEPS if age <= 4 * step), STEPS[-1])


def _said(name: str, said: Pair) -> Pair:
    polish, english = (text.rstrip(".") for text in said)
    pair = WORK[name]
    return filled(pair, {"said": polish})[0], filled(pair, {"said": english})[1]


def _key(kind: str, body: dict) -> str:
    text = json.dumps([kind, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _action(kind: str) -> str:
    return "rights.revoke" if kind.startswith("revoke") else "rights.grant"


_STEPS = {
    State.NEW: _send,
    State.SENDING: _interrupted,
    State.SENT: _ask,
    State.UNKNOWN: _reconcile,
}
_SHOWN_IN = {
    "authorizations": (KsefSnapshot.Kind.AUTHORIZATIONS,),
    "revoke-authorization": (KsefSnapshot.Kind.AUTHORIZATIONS,),
    "subunits": (KsefSnapshot.Kind.SUBUNITS,),
    "eu-admins": (KsefSnapshot.Kind.EU,),
    "eu-representatives": (KsefSnapshot.Kind.EU,),
}
