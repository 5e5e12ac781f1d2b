"""Whether an environment's API answers us, and the address it sees us at: one row each.

Written when the fact changes and otherwise once a minute, so that watching costs almost nothing.
"""

import ipaddress
import logging
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from auth_ksef.client import Heard
from auth_ksef.errors import words_of
from auth_ksef.messages import CALLS, stored
from auth_ksef.models import Contact
from ksefapp.lib import clock

EVERY = timedelta(minutes=1)
TEXT_HALF = Contact._meta.get_field("failed_text").max_length // 2 - 1

log = logging.getLogger(__name__)


def contact_get(environment: str) -> Contact | None:
    """What is known of the API of an environment; None before the first call."""
    return Contact.objects.filter(environment=environment).first()


def contact_record(environment: str, heard: Heard) -> None:
    """Notes how a call went, if that changes anything."""
    # Read now and not before the call: another one may have failed or succeeded meanwhile.
    known, now = contact_get(environment), clock.now()
    if heard.answered:
        fresh = known and known.answered_at and now - EVERY < known.answered_at <= now
        if fresh and known.failing_since is None:
            return
        facts = {"answered_at": now, "failing_since": None}
    else:
        fresh = known and known.failed_at and now - EVERY < known.failed_at <= now
        if fresh and known.failing_since is not None:
            return
        polish, english = words_of(heard.error) if heard.error else CALLS["no-answer"]
        facts = {
            "failed_at": now,
            "failed_text": stored((polish[:TEXT_HALF], english[:TEXT_HALF])),
            "failing_since": Coalesce("failing_since", Value(now)),
        }
    _write(environment, facts)


def address_record(environment: str, given: str | None) -> None:
    """Our address as KSeF named it in a challenge; anything else than an address is ignored."""
    try:
        address = str(ipaddress.ip_address((given or "").strip()))
    except ValueError:
        return
    known = contact_get(environment)
    if known is None or known.address != address:
        _write(environment, {"address": address})


def _write(environment: str, facts: dict) -> None:
    try:
        # Its own savepoint: a failure here must not spoil a transaction of the caller.
        with transaction.atomic():
            rows = Contact.objects.filter(environment=environment)
            if not rows.update(**facts):
                _create(environment)
                rows.update(**facts)
    except DatabaseError:
        log.exception("Whether KSeF answers could not be recorded")


def _create(environment: str) -> None:
    try:
        with transaction.atomic():
            Contact.objects.create(environment=environment)
    except IntegrityError:
        pass  # another process was first
