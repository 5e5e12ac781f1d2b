"""KSeF tokens of a company: listed, asked for with the least rights, asked about, revoked.

KSeF tells a token's text once. For this program it is stored, sealed, in the transaction that
records the answer; for another program it is shown once and stored nowhere.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefError, KsefUnknown, TokenMade, TokenRow
from auth_ksef.credentials import credential_retire, token_reference
from auth_ksef.errors import words_of
from auth_ksef.identities import Identity
from auth_ksef.messages import Pair, Refusal, stored
from auth_ksef.models import Credential, KsefSnapshot, TokenOrder
from auth_ksef.snapshots import snapshot_failed, snapshot_store
from auth_ksef.token_orders import OPEN, mark_of, order_closed, orders_meet, statuses_record
from auth_ksef.token_words import GONE, NO_ANSWER, REFUSALS
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

TOKENS = KsefSnapshot.Kind.TOKENS
State, Purpose = TokenOrder.State, TokenOrder.Purpose
DESCRIPTION_MOST = 240  # KSeF takes 256; ours adds a mark of 11
FIRST_LOOK = timedelta(seconds=2)
MARGIN = timedelta(seconds=60)  # beyond the time-out of a call: then its process is dead


class TokenRefused(Refusal):
    """A token that we do not ask for; `.code` is a key of token_words.REFUSALS."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(REFUSALS[code])


def tokens_refresh(identity: Identity) -> KsefSnapshot:
    """Asks KSeF for the list, stores it, and settles by it what was open.

    Which tokens it shows depends on who asks. Raises NoCredential, KsefError, after storing that.
    """
    try:
        access = identity.access()
        rows = ksef_api(identity.environment, identity.company).tokens_list(access=access)
    except Exception as error:
        snapshot_failed(identity, TOKENS, error)
        raise
    statuses_record(identity.company, identity.environment, rows)
    orders_meet(identity, access, rows)
    return snapshot_store(identity, TOKENS, [_stored(row) for row in rows])


def token_order(
    *,
    identity: Identity,
    key: UUID,
    purpose: str,
    description: str,
    permissions: Sequence[str],
) -> tuple[TokenOrder, str]:
    """Asks KSeF for a token: the order, and the text where it is for another program.

    `key` is the form's: with the same one nothing is asked again and no text comes back. What
    KSeF refused or did not answer stands in the order. Raises TokenRefused, NoCredential,
    KsefError, all of them before anything is asked for.
    """
    known = TokenOrder.objects.filter(key=key, company=identity.company).first()
    if known:
        return known, ""
    if identity.is_token:
        raise TokenRefused("by-token")
    access = identity.access()
    try:
        order = _new(identity, key, purpose, description, permissions)
    except IntegrityError:  # the other click was first
        return TokenOrder.objects.get(key=key, company=identity.company), ""
    return order, _asked(order, identity, access)


def token_end(identity: Identity, reference: str) -> None:
    """Revokes a token in KSeF; if it is stored here it is withdrawn here too.

    Raises NoCredential, KsefError; after KsefUnknown it may be repeated.
    """
    access = identity.access()
    api = ksef_api(identity.environment, identity.company)
    api.token_revoke(access=access, reference=reference)
    with transaction.atomic():
        _audit("token.revoke", identity, reference)
        for row in stored_tokens(identity.company, identity.environment, [reference]).values():
            _withdraw(row, identity)
        for order in _open(identity.company, reference):
            order_closed(order, State.REVOKED, GONE)
        _mark(identity, reference)


def token_check(identity: Identity) -> str:
    """Asks KSeF about the token by which this identity logs in; its status, as stored.

    Raises TokenRefused without its number, NoCredential, KsefError (a refused login is an answer).
    """
    row = identity.credential
    reference = row.reference or token_reference(row.secret)
    if not reference:
        raise TokenRefused("no-reference")
    access = identity.access()
    api = ksef_api(identity.environment, identity.company)
    found = api.token_status(access=access, reference=reference)
    statuses_record(identity.company, identity.environment, [found])
    return found.status


def stored_tokens(
    company: Company, environment: str, references: Sequence[str]
) -> dict[str, Credential]:
    """The tokens among these that are stored for the company, by reference; secrets unread."""
    rows = Credential.objects.filter(
        kind=Credential.Kind.TOKEN,
        environment=environment,
        retired_at=None,
        reference__in=[reference for reference in references if reference],
    )
    rows = rows.filter(owner_company=company) | rows.filter(bindings__company=company)
    return {row.reference: row for row in rows.defer("secret").distinct()}


def _new(identity, key, purpose, description, permissions) -> TokenOrder:
    now = clock.now()
    until = now + timedelta(seconds=settings.KSEF_TIMEOUT_SECONDS) + MARGIN
    with transaction.atomic():
        order = TokenOrder.objects.create(
            key=key,
            company=identity.company,
            environment=identity.environment,
            purpose=purpose,
            description=f"{description[:DESCRIPTION_MOST]} {mark_of(key)}",
            permissions=sorted(permissions),
            signed_login=identity.login,
            by_credential=identity.credential,
            requested_by=identity.person,
            requested_at=now,
            next_at=until,
            claimed_until=until,
        )
        _audit("token.create", identity, order.description, permissions=order.permissions)
    return order


def _asked(order: TokenOrder, identity: Identity, access: str) -> str:
    """Asks once, never blindly again; the text for the person, where it is not for us."""
    api = ksef_api(order.environment, order.company)
    try:
        made = api.token_create(
            access=access, permissions=order.permissions, description=order.description
        )
    except KsefUnknown:
        _moved(order, State.UNKNOWN, NO_ANSWER, next_at=clock.now() + FIRST_LOOK)
        return ""
    except KsefError as error:
        order_closed(order, State.REFUSED, words_of(error))
        return ""
    _kept(order, made)
    return made.token if order.purpose == Purpose.ELSEWHERE else ""


@transaction.atomic
def _kept(order: TokenOrder, made: TokenMade) -> None:
    """The answer and, for this program, the text: together or not at all."""
    if order.purpose == Purpose.HERE:
        order.credential = _credential(order, made)
    order.reference = made.reference
    _moved(
        order,
        State.SENT,
        next_at=clock.now() + FIRST_LOOK,
        credential=order.credential,
        reference=made.reference,
    )


def _credential(order: TokenOrder, made: TokenMade) -> Credential:
    """Stored, and bound only when KSeF says that it is active: nothing logs in with it before."""
    return Credential.objects.create(
        kind=Credential.Kind.TOKEN,
        environment=order.environment,
        owner_company=order.company,
        label=f"Token …{made.token[-4:]}",
        secret=made.token,
        last_four=made.token[-4:],
        reference=made.reference,
        added_by=order.requested_by,
        ksef_status="Pending",
        ksef_status_at=clock.now(),
    )


def _moved(order: TokenOrder, state: str, said: Pair | None = None, **fields: object) -> None:
    order.state = state
    order.said = stored(said) if said else ""
    rows = TokenOrder.objects.filter(pk=order.pk, state__in=(State.SENDING, State.UNKNOWN))
    rows.update(state=state, said=order.said, claimed_until=None, **fields)


def _open(company: Company, reference: str) -> list[TokenOrder]:
    rows = TokenOrder.objects.filter(company=company, reference=reference)
    return list(rows.filter(state__in=(*OPEN, State.DONE)))


def _withdraw(row: Credential, identity: Identity) -> None:
    now = clock.now()
    Credential.objects.filter(pk=row.pk).update(
        revoked_at=now, ksef_status="Revoked", ksef_status_at=now
    )
    credential_retire(credential=row, retired_by=identity.person)
    # One that was never bound has nothing to be withdrawn from; its text goes all the same.
    Credential.objects.filter(pk=row.pk, retired_at=None).update(retired_at=now, secret="")


def _mark(identity: Identity, reference: str) -> None:
    """The stored lists say it at once; KSeF's own word comes with the next look."""
    rows = KsefSnapshot.objects.select_for_update().filter(
        company=identity.company, environment=identity.environment, kind=TOKENS
    )
    for row in rows:
        for token in row.rows:
            if token["reference"] == reference:
                token["status"] = "Revoking"
        row.save(update_fields=["rows"])


def _stored(row: TokenRow) -> dict:
    return {
        "reference": row.reference,
        "status": row.status,
        "details": list(row.status_details),
        "description": row.description,
        "permissions": list(row.permissions),
        "author": list(row.author),
        "created_at": row.created_at.isoformat(),
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
    }


def _audit(action: str, identity: Identity, subject: str, **details: object) -> None:
    audit(
        action,
        company=identity.company,
        user=identity.person,
        subject=subject,
        environment=identity.environment,
        by=identity.label,
        **details,
    )
