"""Tokens that were asked for, followed to their end: active, refused, or lost and revoked."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from auth_ksef.acting import signed_access
from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, TokenRow
from auth_ksef.credentials import binding_add
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.identities import Identity
from auth_ksef.login import access_get
from auth_ksef.messages import Pair, stored
from auth_ksef.models import Credential, TokenOrder
from auth_ksef.token_words import CANNOT_ASK, FAILED, GONE, LOST, NEVER, USELESS
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

log = logging.getLogger(__name__)

State = TokenOrder.State
OPEN = (State.SENDING, State.UNKNOWN, State.SENT)
SHORTEST, LONGEST = timedelta(seconds=2), timedelta(hours=1)
MOST_PER_SWEEP = 3
STATUS_LENGTH = Credential._meta.get_field("ksef_status").max_length


def mark_of(key: UUID) -> str:
    """What ends the description of a token in KSeF, and finds it where its answer was lost."""
    return f"[{key.hex[:8]}]"


def orders_sweep() -> int:
    """Asks KSeF about the orders that are due; returns how many were."""
    due = list(_due().values_list("pk", flat=True)[:MOST_PER_SWEEP])
    return sum(_followed(pk) for pk in due)


def order_closed(order: TokenOrder, state: str, said: Pair | None = None) -> None:
    """Its end: nothing is asked any more. A stored text that serves nobody goes."""
    order.state, order.said = state, stored(said)[:1000] if said else ""
    with transaction.atomic():
        rows = TokenOrder.objects.filter(pk=order.pk, state__in=(*OPEN, State.DONE))
        ended = {"finished_at": clock.now(), "next_at": None, "claimed_until": None}
        rows.update(state=state, said=order.said, **ended)
        if state != State.DONE and order.credential_id:
            kept = Credential.objects.filter(pk=order.credential_id, retired_at=None)
            kept.filter(bindings=None).update(secret="", retired_at=clock.now())


def orders_meet(identity: Identity, access: str, rows: Sequence[TokenRow]) -> None:
    """A list that a person asked for settles the open orders that it tells of.

    Somebody else's list may lack a token that exists, so only the one who ordered it can learn
    from it that there is none.
    """
    orders = TokenOrder.objects.filter(
        company=identity.company, environment=identity.environment, state__in=OPEN
    )
    for order in orders.exclude(state=State.SENDING).select_related("signed_login", "credential"):
        found = _found(order, rows)
        if order.state == State.SENT and found:
            _settled(order, found)
        elif order.state == State.UNKNOWN and (found or _is_author(order, identity)):
            _reconciled(order, found, access)


def statuses_record(company: Company, environment: str, rows: Iterable[TokenRow]) -> None:
    """What KSeF says of the tokens that are stored here."""
    for row in rows:
        kept = Credential.objects.filter(
            kind=Credential.Kind.TOKEN, environment=environment, reference=row.reference
        )
        kept.update(ksef_status=row.status[:STATUS_LENGTH], ksef_status_at=clock.now())


def _due() -> QuerySet[TokenOrder]:
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    rows = TokenOrder.objects.filter(free, state__in=OPEN, next_at__lte=now)
    return rows.filter(environment=F("company__environment")).order_by("next_at")


def _followed(pk: int) -> bool:
    until = clock.now() + timedelta(seconds=4 * settings.KSEF_TIMEOUT_SECONDS)
    with transaction.atomic(durable=True):
        if not _due().filter(pk=pk).update(claimed_until=until):
            return False
        # A process died between the request and its answer: what KSeF did is not known.
        dead = TokenOrder.objects.filter(pk=pk, state=State.SENDING)
        dead.update(state=State.UNKNOWN)
    rows = TokenOrder.objects.select_related("company", "signed_login", "requested_by")
    order = rows.get(pk=pk)
    try:
        _asked(order)
    except (KsefError, NoCredential) as error:
        log.info("order %s of a token: %s", pk, type(error).__name__)
        _later(order, words_of(error))
    return True


def _asked(order: TokenOrder) -> None:
    access, api = _access(order), ksef_api(order.environment, order.company)
    if order.state == State.UNKNOWN:
        _reconciled(order, _found(order, api.tokens_list(access=access)), access)
    else:
        _settled(order, api.token_status(access=access, reference=order.reference))


def _access(order: TokenOrder) -> str:
    """By what the token was asked for: a list of the same author, and a person's own request."""
    if order.signed_login:
        return signed_access(order.signed_login)
    if order.by_credential_id is None:
        raise NoCredential("signature-over")
    credential = Credential.objects.get(pk=order.by_credential_id)
    acting = order.requested_by
    return access_get(company=order.company, credential=credential, acting=acting).token


def _settled(order: TokenOrder, row: TokenRow) -> None:
    statuses_record(order.company, order.environment, [row])
    if row.status == "Active":
        _activated(order)
    elif row.status == "Failed":
        order_closed(order, State.REFUSED, FAILED)
    elif row.status in USELESS:
        order_closed(order, State.REVOKED, GONE)
    else:
        _later(order)


@transaction.atomic
def _activated(order: TokenOrder) -> None:
    """From now on the company may log in with it."""
    row = TokenOrder.objects.select_for_update().get(pk=order.pk)
    if row.state != State.SENT:
        return
    if row.credential_id:
        credential = Credential.objects.defer("secret").get(pk=row.credential_id)
        binding_add(credential=credential, company=order.company, bound_by=order.requested_by)
    order_closed(order, State.DONE)


def _reconciled(order: TokenOrder, found: TokenRow | None, access: str) -> None:
    """Of a request that was not answered: its token is revoked, or was never made."""
    if found:
        if found.status not in USELESS:
            api = ksef_api(order.environment, order.company)
            api.token_revoke(access=access, reference=found.reference)
        TokenOrder.objects.filter(pk=order.pk).update(reference=found.reference)
        order_closed(order, State.REVOKED, LOST)
    elif clock.now() - order.requested_at > _long_enough():
        order_closed(order, State.REFUSED, NEVER)
    else:
        _later(order)


def _found(order: TokenOrder, rows: Sequence[TokenRow]) -> TokenRow | None:
    if order.reference:
        return next((row for row in rows if row.reference == order.reference), None)
    return next((row for row in rows if mark_of(order.key) in row.description), None)


def _long_enough() -> timedelta:
    """After this a request that is on no list will not arrive any more."""
    return timedelta(seconds=3 * settings.KSEF_TIMEOUT_SECONDS + 30)


def _is_author(order: TokenOrder, identity: Identity) -> bool:
    if order.signed_login:
        theirs = Identity(order.company, order.requested_by, login=order.signed_login)
        return theirs.subject == identity.subject
    return bool(identity.credential) and identity.credential.pk == order.by_credential_id


def _later(order: TokenOrder, why: Pair | None = None) -> None:
    now = clock.now()
    pause = min(max(SHORTEST, (now - order.requested_at) / 2), LONGEST)
    fields: dict = {"next_at": now + pause, "claimed_until": None}
    if why:
        pair = zip(CANNOT_ASK, why, strict=True)
        fields["said"] = stored(tuple(text.format(why=reason) for text, reason in pair))[:1000]
    TokenOrder.objects.filter(pk=order.pk, state__in=OPEN).update(**fields)
