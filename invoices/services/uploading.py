"""The parts of a package on their way to where KSeF said, several at once, each repeatable."""

import json
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.db import connections

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefApi, KsefError, KsefLater, KsefRefused, PartUpload
from invoices.models import KsefSession
from invoices.services.packaging import Package, Part
from invoices.services.sessions import session_prolong
from ksefapp.lib import clock

UPLOADS_AT_ONCE = 3
TRIES_OF_A_PART = 3
LEASE_EVERY_SECONDS = 20


def package_upload(session: KsefSession) -> None:
    """Uploads the parts that KSeF has not confirmed; each is written down. Raises KsefError."""
    state = json.loads(session.upload)
    package = Package.from_json(state["package"])
    parts = {part.ordinal: part for part in package.parts}
    left = [PartUpload(**one) for one in state["uploads"] if one["ordinal"] not in state["done"]]
    if clock.now() >= session.valid_until:
        raise KsefRefused("upload: the time for it is over", operation="part_upload")
    for ordinal in _uploaded(session, package, parts, left):
        state["done"].append(ordinal)
        state_save(session, state)
    session.uploaded_at = clock.now()
    KsefSession.objects.filter(pk=session.pk).update(uploaded_at=session.uploaded_at)


def _uploaded(
    session: KsefSession, package: Package, parts: dict[int, Part], left: list[PartUpload]
) -> Iterator[int]:
    """Numbers of parts as they arrive; the first failure is raised when all others are done."""
    api = ksef_api(session.environment, session.company)
    failure = None
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        running: dict[Future, int] = {}
        for upload in left:
            part = parts[upload.ordinal]
            running[pool.submit(_upload_part, api, upload, package, part)] = part.ordinal
        while running:
            done, _ = wait(running, timeout=LEASE_EVERY_SECONDS, return_when=FIRST_COMPLETED)
            session_prolong(session)
            for future in done:
                ordinal = running.pop(future)
                try:
                    future.result()
                except (KsefError, OSError) as error:
                    failure = failure or error
                else:
                    yield ordinal
    if failure:
        raise failure


def _upload_part(api: KsefApi, upload: PartUpload, package: Package, part: Part) -> None:
    """One part, a few times if need be: a second upload replaces the first."""
    try:
        for turn in range(TRIES_OF_A_PART):
            try:
                return _put(api, upload, package, part)
            except KsefLater:
                if turn == TRIES_OF_A_PART - 1:
                    raise
    finally:
        connections.close_all()  # this thread's own, if the call needed one


def _put(api: KsefApi, upload: PartUpload, package: Package, part: Part) -> None:
    with open(package.path(part), "rb") as file:
        api.part_upload(upload=upload, file=file, size=part.size)


def state_save(session: KsefSession, state: dict) -> None:
    """Writes down how far the package got."""
    session.upload = json.dumps(state)
    KsefSession.objects.filter(pk=session.pk).update(upload=session.upload)
