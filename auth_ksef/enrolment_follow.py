"""Requests for certificates, followed from the stored key to the stored certificate.

    new → sending → sent → issued → stored
             ↘ unknown ↗      each of the first five → refused

Each step claims its row by a conditional UPDATE, talks to KSeF outside transactions and writes
the result in one UPDATE that is guarded by state and claim. A process that dies leaves a claim
that runs out; died in `sending`, the request is `unknown`: never sent twice while it could have
arrived. Found again it is by its name and public key in KSeF's list. Absent it is only when KSeF
still allows this subject exactly as many requests as it did just before ours left.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q

from auth_ksef.api import ksef_api
from auth_ksef.certificate_access import enrolment_access, enrolment_forget
from auth_ksef.client import (
    AUTHENTICATION,
    OFFLINE,
    CertificateRow,
    KsefApi,
    KsefError,
    KsefLater,
    KsefRefused,
    KsefUnknown,
)
from auth_ksef.enrolment import OPEN, EnrolmentRefused, State, limit_refusal
from auth_ksef.enrolment_messages import MESSAGES
from auth_ksef.enrolment_store import enrolment_check, enrolment_store, is_of
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.messages import Pair, stored
from auth_ksef.models import Credential, Enrolment
from auth_ksef.renewal import renewal_done, renewal_failed
from ksefapp.accounts.audit import audit
from ksefapp.lib import clock

log = logging.getLogger(__name__)

TYPES = {Credential.Use.LOGIN: AUTHENTICATION, Credential.Use.OFFLINE: OFFLINE}
MOST_PER_RUN = 10
PAGES = 10  # of KSeF's list: more certificates than any subject may hold
PAUSES = (2, 3, 5, 10, 30, 60, 300, 900, 3600)  # seconds between questions
# A request that a gateway held back may still arrive; after this it does not.
ARRIVED = timedelta(minutes=3)
DONE = 200
GONE = 410


def enrolments_follow() -> int:
    """Takes each request that is due one step further; returns how many were looked at."""
    return sum(_one(pk) for pk in _due())


def _due() -> list[int]:
    now = clock.now()
    rows = Enrolment.objects.filter(
        Q(next_at=None) | Q(next_at__lte=now),
        Q(claimed_until=None) | Q(claimed_until__lte=now),
        state__in=OPEN,
        environment=F("company__environment"),
    )
    return list(rows.order_by("requested_at", "pk").values_list("pk", flat=True)[:MOST_PER_RUN])


def _one(pk: int) -> bool:
    """A row that cannot be followed must not stop those behind it."""
    try:
        related = ("company", "signed_login", "by_credential", "replaces", "requested_by")
        rows = Enrolment.objects.select_related(*related)
        row = rows.defer("by_credential__secret", "replaces__secret").get(pk=pk)
        return _claimed(row) and _followed(row)
    except Exception:
        log.exception("the request for a certificate %s could not be followed", pk)
        return False


def _followed(row: Enrolment) -> bool:
    try:
        STEPS[row.state](row)
    except EnrolmentRefused as refusal:
        _refuse(row, (refusal.pl, refusal.en))
    except NoCredential as error:
        _no_login(row, error)
    except KsefRefused as error:
        _refused(row, error)
    except KsefError as error:
        _wait(row, words_of(error), error.retry_after)
    return True


def _claimed(row: Enrolment) -> bool:
    now = clock.now()
    until = now + timedelta(seconds=6 * settings.KSEF_TIMEOUT_SECONDS + 30)
    same = Enrolment.objects.filter(pk=row.pk, state=row.state, claimed_until=row.claimed_until)
    if not same.update(claimed_until=until):
        return False
    row.claimed_until = until
    return True


def _send(row: Enrolment) -> None:
    """One request of a subject at a time: the count of those left proves what came of it."""
    if _unsettled(row):
        _wait(row, MESSAGES["waiting"], PAUSES[2])
        return
    api, access = _door(row)
    limits = api.certificate_limits(access=access)
    refusal = limit_refusal(limits)
    if refusal:
        raise refusal
    left = {"requests_left": limits.requests_left, "sent_at": clock.now()}
    if _moved(row, State.SENDING, claim=True, **left):
        _post(row, api, access)


def _post(row: Enrolment, api: KsefApi, access: str) -> None:
    try:
        sent = api.enroll(
            access=access,
            name=row.name,
            type=TYPES[Credential.Use(row.use)],
            csr=bytes(row.csr),
            valid_from=row.valid_from,
        )
    except KsefUnknown as error:
        log.warning("the request %s was not answered: %s", row.pk, error.operation)
        _lost(row)
    except KsefLater as error:
        # Nothing of it is with KSeF.
        pause = timedelta(seconds=error.retry_after or _pause(row))
        _moved(row, State.NEW, next_at=clock.now() + pause, said=stored(words_of(error)))
    else:
        soon = clock.now() + timedelta(seconds=PAUSES[0])
        _moved(row, State.SENT, reference=sent.reference, next_at=soon, said="")


def _lost(row: Enrolment) -> None:
    """It left and nobody knows what became of it: KSeF's list will tell."""
    soon = clock.now() + timedelta(seconds=PAUSES[2])
    _moved(row, State.UNKNOWN, next_at=soon, said=stored(MESSAGES["searching"]))


def _search(row: Enrolment) -> None:
    """By name and key in KSeF's list; proved absent, it may be sent anew."""
    api, access = _door(row)
    found = next(
        (one for one in _listed(row, api, access) if _is_ours(row, one, api, access)), None
    )
    if found:
        _moved(row, State.ISSUED, serial=found.serial, said="", next_at=None)
    elif _never_came(row, api, access):
        _moved(row, State.NEW, said="", next_at=None, requests_left=None)
    else:
        _wait(row, MESSAGES["searching"])


def _listed(row: Enrolment, api: KsefApi, access: str):
    kind = TYPES[Credential.Use(row.use)]
    for page in range(PAGES):
        answer = api.certificates_query(access=access, type=kind, page=page)
        yield from (one for one in answer.items if one.name == row.name)
        if not answer.has_more:
            return


def _is_ours(row: Enrolment, one: CertificateRow, api: KsefApi, access: str) -> bool:
    files = api.certificates_retrieve(access=access, serials=[one.serial])
    return any(is_of(row, file) for file in files)


def _never_came(row: Enrolment, api: KsefApi, access: str) -> bool:
    if row.requests_left is None or row.sent_at is None or clock.now() < row.sent_at + ARRIVED:
        return False
    return api.certificate_limits(access=access).requests_left == row.requests_left


def _ask(row: Enrolment) -> None:
    """KSeF works on it; the status lives for 30 days."""
    api, access = _door(row)
    try:
        status = api.enrollment_status(access=access, reference=row.reference)
    except KsefRefused as error:
        if error.http_status != GONE:
            raise
        _lost(row)
        return
    if status.code < DONE:
        _wait(row, None)
    elif status.code == DONE and status.serial:
        _moved(row, State.ISSUED, serial=status.serial, code=status.code, said="", next_at=None)
    else:
        text = ". ".join([status.description.rstrip("."), *status.details])
        _refuse(row, (text, text), code=status.code)


def _fetch(row: Enrolment) -> None:
    api, access = _door(row)
    files = api.certificates_retrieve(access=access, serials=[row.serial])
    if not files:
        # No time named: it is asked ever more rarely, the company's calls are few.
        raise KsefLater("certificates_retrieve: not there yet")
    if enrolment_store(row, enrolment_check(row, files[0])) and row.replaces_id:
        renewal_done(row)


STEPS = {
    State.NEW: _send,
    State.SENDING: _lost,  # whoever sent it died on the way
    State.UNKNOWN: _search,
    State.SENT: _ask,
    State.ISSUED: _fetch,
}


def _door(row: Enrolment) -> tuple[KsefApi, str]:
    access, company = enrolment_access(row)
    return ksef_api(row.environment, company), access


def _unsettled(row: Enrolment) -> bool:
    rows = Enrolment.objects.filter(
        environment=row.environment,
        owner_user=row.owner_user_id,
        owner_company=row.owner_company_id,
        state__in=[State.SENDING, State.UNKNOWN],
    )
    return rows.exclude(pk=row.pk).exists()


def _no_login(row: Enrolment, error: NoCredential) -> None:
    """Before anything left the person signs anew; afterwards it waits for any login."""
    if row.state == State.NEW:
        _refuse(row, (error.pl, error.en))
    else:
        _wait(row, (error.pl, error.en), PAUSES[-2])


def _refused(row: Enrolment, error: KsefRefused) -> None:
    """A 401 renews the login; a no to the request itself is final, to a question it is not."""
    if error.http_status == 401 and not row.tries:
        enrolment_forget(row)
        rows = {State.SENDING: State.NEW}
        _moved(row, rows.get(row.state, row.state), next_at=clock.now(), tries=1)
    elif row.state in (State.NEW, State.SENDING):
        _refuse(row, words_of(error), code=error.code)
    else:
        _wait(row, words_of(error), PAUSES[-2])


def _refuse(row: Enrolment, text: Pair, code: int | None = None) -> None:
    # Its key signs nothing any more; one that KSeF issued a strange certificate for is evidence.
    gone = {} if row.state == State.ISSUED else {"secret": ""}
    facts = {"said": stored(text), "code": code, "finished_at": clock.now(), **gone}
    if _moved(row, State.REFUSED, **facts):
        audit(
            "certificate.refused",
            company=row.company,
            user=row.requested_by,
            subject=row.name,
            enrolment=row.pk,
            environment=row.environment,
            code=code,
        )
        row.said = facts["said"]
        if row.replaces_id and row.requested_by_id is None:
            renewal_failed(row)


def _wait(row: Enrolment, text: Pair | None, seconds: int | None = None) -> None:
    until = clock.now() + timedelta(seconds=_pause(row) if seconds is None else seconds)
    said = {"said": stored(text)} if text else {}
    _ours(row).update(next_at=until, claimed_until=None, tries=F("tries") + 1, **said)


def _pause(row: Enrolment) -> int:
    return PAUSES[min(row.tries, len(PAUSES) - 1)]


def _moved(row: Enrolment, to: str, *, claim: bool = False, **facts: object) -> bool:
    """Whether the row was still ours; `claim` keeps it for the next call."""
    kept = {} if claim else {"claimed_until": None}
    if not _ours(row).update(**{"state": to, "tries": 0, **kept, **facts}):
        return False
    row.state = to
    return True


def _ours(row: Enrolment):
    same = {"state": row.state, "claimed_until": row.claimed_until}
    return Enrolment.objects.filter(pk=row.pk, **same)
