"""The receipt of a number that we adopted: in the session of whoever sent it, if KSeF shows it.

A 440 in a batch may name the duplicate's own session instead of the original's, so the named
session is only the first that is asked. Each costs one call (`sessionMisc`, 1,200 an hour).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from auth_ksef.client import KsefApi, KsefRefused, Upo
from auth_ksef.login import Access
from invoices.models import Document, KsefSession
from invoices.services import evidence
from ksefapp.lib import clock, ksef_number

MOST_SESSIONS = 20
GONE = 410
DAY = 24 * 60 * 60


class UpoElsewhere(Exception):
    """None of the sessions that KSeF shows us holds it: whoever sent the invoice can fetch it."""

    pl = (
        "UPO tej faktury może pobrać tylko ten, kto wysłał ją do KSeF: tej sesji KSeF nam nie "
        "pokazuje. Numer KSeF jest ważny także bez niego"
    )
    en = (
        "Only whoever sent this invoice to KSeF can fetch its UPO: KSeF does not show us that "
        "session. The KSeF number is valid without it as well"
    )
    retry_after = DAY


def adopted_upo(document: Document, api: KsefApi, access: Access) -> Upo:
    """Asks session after session. Raises UpoElsewhere or KsefError."""
    asked = set()
    for session in islice(_candidates(document, access), MOST_SESSIONS):
        if session in asked:
            continue
        asked.add(session)
        try:
            return api.upo_by_number(
                access=access.token, session=session, ksef_number=document.ksef_number
            )
        except KsefRefused as error:
            if error.http_status in (401, GONE):
                raise
    raise UpoElsewhere


def _candidates(document: Document, access: Access) -> Iterator[str]:
    row = document.submission
    yield from filter(None, [row.facts.get("original_session")])
    if row.session:
        yield row.session.reference
    number = ksef_number.parse(document.ksef_number)
    if number is None:
        return
    day = number.received_on
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.WARSAW)
    since, until = noon - timedelta(days=1), noon + timedelta(days=1)
    own = KsefSession.objects.filter(company=document.company, environment=document.environment)
    yield from own.filter(opened_at__range=(since, until)).values_list("reference", flat=True)
    listed = evidence.sessions_listed(access, company=document.company, since=since)
    yield from (session.reference_number for _, session in listed if session.created <= until)
