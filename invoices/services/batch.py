"""Batch sessions, there: many invoices in one package, opened, uploaded, closed.

Only the closing makes KSeF look at a package, so whatever happens before it costs nothing: a
session that nobody closes is cancelled by KSeF. A killed sender leaves the session's row, which
says how far it got; whoever finds it goes on there. Until KSeF has said how a closed session
ended, its rows are asked about only through it (`batch_follow`).
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Sum
from django.db.models.functions import Length

from auth_ksef.api import ksef_api
from auth_ksef.client import (
    SESSION_ENCRYPTION,
    TAR_GZ,
    BatchOpened,
    KsefApi,
    KsefError,
    KsefRefused,
    KsefUnknown,
    PackageFacts,
    PartFacts,
    PublicKey,
    SessionKey,
    with_fresh_key,
)
from auth_ksef.errors import NoCredential
from auth_ksef.login import Access, access_forget, access_get
from invoices.models import DocumentXml, KsefSession, Submission
from invoices.services import midnight
from invoices.services.bulk import (
    CHUNK,
    Claim,
    attempts_many,
    claim_many,
    move_claimed,
    move_in_session,
    pieces,
    prolong,
)
from invoices.services.delivery_states import LostRace, State
from invoices.services.packaging import Package, package_make, package_remove, padded
from invoices.services.planning import Dispatch
from invoices.services.sessions import session_access, session_lease, session_release
from invoices.services.uploading import LEASE_EVERY_SECONDS, package_upload, state_save
from invoices.services.waiting import (
    PERSON_MUST_ACT,
    codes_of,
    pause_after,
    postpone_claim,
    text_of,
)
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

log = logging.getLogger(__name__)

BATCH = KsefSession.Kind.BATCH
# A whole package that ended so may hold a file that spoils it: its halves go apart.
SPLITTING = frozenset({405, 420, 430, 445, 500})
# KSeF's time for uploading, for each part of the package (sesja-wsadowa, section 5).
PART_TIME = timedelta(minutes=20)
READ_AT_ONCE = 16  # invoices held in memory while the package is written
# Still open for uploading; everything else that a session's status can be comes after it.
OPEN = 100
WRONG_STATUS = 21180
ABANDONED_PAUSE = timedelta(minutes=1)


class DiskFull(Exception):
    """There is no room for the package; the invoices wait."""

    def __init__(self) -> None:
        self.pl = "na dysku serwera brakuje miejsca na paczkę faktur"
        self.en = "the server's disk has no room for the package of invoices"
        super().__init__(self.en)


def batch_send(company: Company, dispatch: Dispatch) -> int:
    """Sends the rows in one batch session as far as it gets now; returns how many it claimed."""
    claim = claim_many(dispatch.pks)
    if not claim.pks:
        return 0
    try:
        access = access_get(company=company)
        _drop_strays(claim, dispatch.offline)
        session = batch_open(company, access, claim, dispatch.offline)
    except NoCredential as error:
        postpone_claim(claim, "login", error, PERSON_MUST_ACT)
    except DiskFull as error:
        postpone_claim(claim, "package", error, timedelta(minutes=5))
    except KsefRefused as error:
        postpone_claim(claim, "open", error, PERSON_MUST_ACT)
    except KsefError as error:
        # An opening without answer is harmless: nothing can be uploaded, KSeF cancels it.
        postpone_claim(claim, "open", error, pause_after(error, _tries(claim)))
    except LostRace:  # our lease ran out: the sweeper gives back what nobody took
        log.warning("a package of %s took longer than the lease", company.pk)
    else:
        _go_on(session)
    return len(claim.pks)


def _tries(claim: Claim) -> int:
    """How often the least tried of them was claimed by now."""
    rows = Submission.objects.filter(pk__in=claim.pks[:CHUNK])
    return rows.aggregate(least=Min("tries"))["least"] or 1


def _drop_strays(claim: Claim, offline: bool) -> None:
    """Gives back what a person made offline since it was planned: a package declares one mode."""
    if offline:
        return
    rows = Submission.objects.filter(state=State.CLAIMED, lease_until=claim.until)
    strays = rows.filter(pk__in=claim.pks).exclude(mode=Submission.Mode.ONLINE)
    if found := set(strays.values_list("pk", flat=True)):
        back = {"state": State.QUEUED, "lease_until": None, "changed_at": clock.now()}
        Submission.objects.filter(pk__in=found, state=State.CLAIMED).update(**back)
        claim.pks = [pk for pk in claim.pks if pk not in found]


def batch_open(company: Company, access: Access, claim: Claim, offline: bool) -> KsefSession:
    """Makes the package and opens the session for it; its row is leased and stored.

    Raises DiskFull, KsefError, LostRace; no package is left then.
    """
    api = ksef_api(company.environment, company)
    made: dict = {}

    def opened(public_key: PublicKey) -> BatchOpened:
        made["key"] = _key_for(public_key, made.get("key"))
        if "package" not in made:
            made["package"] = _package(claim, made["key"], offline)
        prolong(claim)
        # Asked for again: a big package takes longer than a token may still live.
        fresh = access_get(company=company, credential=access.credential)
        return _opening(api, fresh, made["key"], made["package"], offline)

    try:
        answer = with_fresh_key(api.public_keys, SESSION_ENCRYPTION, clock.now(), opened)
        return _store_opened(company, access, claim, offline, answer, **made)
    except BaseException:
        if "package" in made:
            package_remove(made["package"].folder)
        raise


def _key_for(public_key: PublicKey, known: SessionKey | None) -> SessionKey:
    """A new key, or the one that the package is encrypted with, wrapped for the new public key."""
    if known is None:
        return SessionKey.new(public_key)
    return replace(known, wrapped=public_key.encrypt(known.key), public_key_id=public_key.id)


def _package(claim: Claim, key: SessionKey, offline: bool) -> Package:
    if offline:
        _turn_offline(claim)
    total = 0
    for piece in pieces(claim.pks):
        rows = DocumentXml.objects.filter(document__submission__in=piece)
        size = rows.aggregate(size=Sum(Length("content")))["size"] or 0
        total += size + len(piece) * padded(0)
    try:
        return package_make(_files(claim), total=total, key=key)
    except OSError as error:
        log.error("a package could not be written: %s", error.strerror)
        raise DiskFull from None


def _turn_offline(claim: Claim) -> None:
    """Art. 106nda ust. 16: what was to go online and was not sent on its day."""
    for piece in pieces(claim.pks, 200):
        rows = Submission.objects.filter(pk__in=piece, mode=Submission.Mode.ONLINE)
        with transaction.atomic():
            for row in rows.select_related("document", "document__company"):
                midnight.turn(row)


def _files(claim: Claim) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) in the order of the claim; prolongs the leases as time goes by."""
    told = clock.monotonic()
    for piece in pieces(claim.pks, READ_AT_ONCE):
        rows = DocumentXml.objects.filter(document__submission__in=piece)
        for pk, content in rows.values_list("document_id", "content"):
            yield f"{pk}.xml", bytes(content)
        if clock.monotonic() - told > LEASE_EVERY_SECONDS:
            prolong(claim)
            told = clock.monotonic()


def _opening(
    api: KsefApi, access: Access, key: SessionKey, package: Package, offline: bool
) -> BatchOpened:
    return api.batch_open(
        access=access.token,
        key=key,
        package=PackageFacts(package.size, package.sha256, TAR_GZ),
        parts=[PartFacts(part.ordinal, part.size, part.sha256) for part in package.parts],
        offline=offline,
    )


def _store_opened(
    company: Company,
    access: Access,
    claim: Claim,
    offline: bool,
    answer: BatchOpened,
    *,
    key: SessionKey,
    package: Package,
) -> KsefSession:
    """The session and all its rows, or nothing: a package with a stranger's row never leaves."""
    now = clock.now()
    uploads = [asdict(upload) for upload in answer.uploads]
    state = {"package": package.to_json(), "uploads": uploads, "done": [], "rows": len(claim.pks)}
    with transaction.atomic():
        session = KsefSession.objects.create(
            company=company,
            environment=company.environment,
            credential=access.credential,
            reference=answer.reference_number,
            kind=BATCH,
            offline=offline,
            key=key.to_secret(),
            upload=json.dumps(state),
            valid_until=now + PART_TIME * len(package.parts),
            lease_until=now + timedelta(seconds=settings.KSEF_LEASE_SECONDS),
        )
        facts = {"session": session, "invoice_reference": "", "lease_until": None}
        move_claimed(claim, State.SESSION_OPENED, not_before=None, **facts)
    return session


def rows_of(session: KsefSession) -> int:
    """How many invoices the session's package held."""
    return json.loads(session.upload or "{}").get("rows", 0)


def batch_go_on(session: KsefSession) -> bool:
    """Uploads and closes what a killed or cut off sender left; False if somebody does that."""
    if not session_lease(session):
        return False
    _go_on(session)
    return True


def _go_on(session: KsefSession) -> None:
    """The steps that are left, then the lease back. What KSeF made of it is asked later."""
    facts = {"not_before": clock.now()}
    try:
        if session.uploaded_at is None:
            package_upload(session)
        if session.close_asked_at is None:
            _close(session, session_access(session))
    except LostRace:
        return
    except (KsefError, NoCredential) as error:
        facts = _stopped(session, error)
    except OSError as error:
        log.error("the package of %s cannot be read: %s", session.reference, error.strerror)
        facts = {"valid_until": clock.now(), "not_before": clock.now() + ABANDONED_PAUSE}
    session_release(session, **facts)


def _stopped(session: KsefSession, error: Exception) -> dict:
    """What the session's row says after a step that failed."""
    facts = {"last_text": text_of(error)[:1000]}
    if isinstance(error, NoCredential) or _is_about_us(error):
        if getattr(error, "http_status", None) == 401:
            access_forget(company=session.company, credential=session.credential)
        return facts | {"not_before": clock.now() + timedelta(seconds=30)}
    if isinstance(error, KsefRefused):
        # This session will not be completed. KSeF cancels it; then its rows are free again.
        return facts | {"valid_until": clock.now(), "not_before": clock.now() + ABANDONED_PAUSE}
    return facts | {"not_before": clock.now() + pause_after(error, 3)}


def _is_about_us(error: KsefError) -> bool:
    """Our login or rights, which may be right again; a storage host's 403 is an old address."""
    at_ksef = error.operation != "part_upload"
    return isinstance(error, KsefRefused) and at_ksef and error.http_status in (401, 403)


def _close(session: KsefSession, access: Access) -> None:
    """Closes the session, or finds out that it is closed already. Raises KsefError."""
    state = json.loads(session.upload)
    api = ksef_api(session.environment, session.company)
    if state.get("closing"):  # it left once and nobody saw an answer
        if not _is_closed(session, api, access):
            _close_now(session, api, access)
    else:
        state_save(session, state | {"closing": True})
        attempts_many(_leaving(session), "send", "leaving", session_reference=session.reference)
        _close_now(session, api, access)
    mark_closed(session)


def _close_now(session: KsefSession, api: KsefApi, access: Access) -> None:
    try:
        api.batch_close(access=access.token, session=session.reference)
    except KsefUnknown as error:
        _became_unknown(session, error)
        raise
    except KsefRefused as error:
        if error.code != WRONG_STATUS or not _is_closed(session, api, access):
            raise


def _is_closed(session: KsefSession, api: KsefApi, access: Access) -> bool:
    found = api.session_status(access=access.token, session=session.reference)
    return found.status.code != OPEN


def _leaving(session: KsefSession) -> list[int]:
    rows = Submission.objects.filter(
        session=session, state__in=[State.SESSION_OPENED, State.UNKNOWN]
    )
    return list(rows.values_list("pk", flat=True))


def _became_unknown(session: KsefSession, error: KsefUnknown) -> None:
    """The closing left and no answer came: KSeF may be working on the package."""
    pks = _leaving(session)
    with transaction.atomic():
        facts = {"not_before": None, "last_text": text_of(error)[:1000]}
        move_in_session(session, [State.SESSION_OPENED], State.UNKNOWN, **facts)
        named = {"session_reference": session.reference, "text": text_of(error)}
        attempts_many(pks, "send", "unknown", **named, **codes_of(error))


def mark_closed(session: KsefSession) -> None:
    """KSeF has the package: all its rows are sent, at the instant of the session's opening.

    That instant is KSeF's own date of a batch (invoicingDate), also after midnight.
    """
    pks = _leaving(session)
    with transaction.atomic():
        session.close_asked_at = clock.now()
        KsefSession.objects.filter(pk=session.pk).update(close_asked_at=session.close_asked_at)
        states = [State.SESSION_OPENED, State.UNKNOWN]
        facts = {"sent_at": session.opened_at, "not_before": None, "lease_until": None}
        move_in_session(session, states, State.SENT, last_text="", last_code=None, **facts)
        attempts_many(pks, "send", "ok", session_reference=session.reference)
