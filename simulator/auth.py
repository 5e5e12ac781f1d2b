"""Operations under /auth (OpenAPI "Uzyskiwanie dostępu", "Aktywne sesje")."""

import secrets

from werkzeug import Response

from simulator import (
    authentication,
    clock,
    crypto,
    jwts,
    keys,
    numbers,
    pages_of,
    permissions,
    shapes,
    tokens,
)
from simulator.authentication import Verdict
from simulator.errors import Invalid
from simulator.store import Row, insert
from simulator.web import Call, Identifier, empty, json_response

CONTEXTS = ("Nip", "InternalId", "NipVatUe", "PeppolId")
OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])"
IP4 = rf"({OCTET}\.){{3}}{OCTET}"
POLICY = {
    "ip4Addresses": shapes.array(shapes.text(pattern=IP4), 10),
    "ip4Ranges": shapes.array(shapes.text(pattern=f"{IP4}-{IP4}"), 10),
    "ip4Masks": shapes.array(shapes.text(pattern=f"{IP4}/(0|[1-9]|[12][0-9]|3[0-2])"), 10),
}
TOKEN_LOGIN = shapes.record(
    {
        "challenge": shapes.text(36, 36),
        "contextIdentifier": shapes.identifier(*CONTEXTS),
        "encryptedToken": shapes.base64(1, 4096),
    },
    {
        "publicKeyId": shapes.base64(32, 32),
        "authorizationPolicy": shapes.record({}, {"allowedIps": shapes.record({}, POLICY)}),
    },
)


def challenge(call: Call) -> Response:
    """POST /auth/challenge."""
    now = clock.now()
    # The instant is cut to milliseconds: the token login repeats timestampMs exactly.
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    text = numbers.reference("CR", clock.warsaw_day(now))
    milliseconds = round(now.timestamp() * 1000)
    with call.store.write() as db:
        insert(
            db,
            "challenges",
            challenge=text,
            timestamp_ms=milliseconds,
            issued_at=clock.stamp(now),
        )
    return json_response(
        {
            "challenge": text,
            "timestamp": clock.stamp(now),
            "timestampMs": milliseconds,
            "clientIp": call.ip,
        }
    )


def ksef_token(call: Call) -> Response:
    """POST /auth/ksef-token: RSA-OAEP over `token|timestampMs`."""
    body = shapes.json_body(call.request, TOKEN_LOGIN)
    key = keys.chosen(call.store, keys.TOKEN, body["publicKeyId"])
    issued = authentication.use_challenge(call, body["challenge"])
    context = Identifier(**body["contextIdentifier"])
    row, verdict = _judge_token(call, key, body["encryptedToken"], issued, context)
    answer = authentication.begin(
        call,
        method="Token",
        context=context,
        subject=Identifier(row["author_type"], row["author"]) if row else context,
        token=row["reference"] if row else None,
        verdict=verdict,
        policy=(body["authorizationPolicy"] or {}).get("allowedIps") or {},
    )
    return json_response(answer, 202)


def _judge_token(
    call: Call, key: Row, encrypted: bytes, issued: Row, context: Identifier
) -> tuple[Row | None, Verdict]:
    try:
        text = crypto.unwrap(key["private"], encrypted).decode("utf-8")
    except UnicodeDecodeError:
        return None, Verdict(450, ["Nieprawidłowe kodowanie tokena"])
    except ValueError:
        return None, Verdict(450, ["Nieprawidłowe szyfrowanie tokena"])
    # The token itself may contain the separator, so the time is what stands after the last.
    token, separator, time = text.rpartition("|")
    if not separator:
        return None, Verdict(450, ["Nieprawidłowe kodowanie tokena"])
    if not secrets.compare_digest(time, str(issued["timestamp_ms"])):
        return None, Verdict(450, ["Nieprawidłowy czas tokena"])
    row = tokens.find(call.store, token)
    if row is None:
        return None, Verdict(450, ["Nieprawidłowy token"])
    return row, _judge_token_row(call, row, context)


def _judge_token_row(call: Call, row: Row, context: Identifier) -> Verdict:
    if row["revoked_at"]:
        return Verdict(450, ["Token unieważniony"])
    if (row["context_type"], row["context"]) != (context.type, context.value):
        return Verdict(450, [f"Token nie może być użyty w kontekście {context.value}"])
    if permissions.is_deceased(call.store, Identifier(row["author_type"], row["author"])):
        return Verdict(470, ["Próba wykorzystania metod autoryzacyjnych osoby zmarłej"])
    # A token dies with the rights of its author.
    if tokens.state(row) != tokens.ACTIVE or not permissions.token_permissions(call.store, row):
        return Verdict(450, ["Token nieaktywny"])
    return Verdict()


def status(call: Call, referenceNumber: str) -> Response:
    """GET /auth/{referenceNumber}."""
    shapes.reference(referenceNumber)
    row = authentication.find(call.store, referenceNumber)
    if referenceNumber != call.who.authentication:
        raise Invalid(
            21304,
            f"Operacja uwierzytelniania o numerze referencyjnym {referenceNumber} "
            "nie została znaleziona.",
        )
    authentication.check_age(row)
    return json_response(authentication.describe(row))


def redeem(call: Call) -> Response:
    """POST /auth/token/redeem: the pair of tokens, once."""
    row = authentication.find(call.store, call.who.authentication)
    code = authentication.effective_code(row)
    if code != 200:
        raise Invalid(21301, f"Status uwierzytelniania ({code}) nie pozwala na pobranie tokenów.")
    access = authentication.access_token(call, row)
    seconds = call.world.settings["refresh_token_seconds"]
    refresh = jwts.issue(call.store, "refresh", row["reference"], seconds)
    _mark_redeemed(call, row["reference"], refresh["validUntil"])
    return json_response({"accessToken": access, "refreshToken": refresh})


def _mark_redeemed(call: Call, reference: str, until: str) -> None:
    now = clock.stamp(clock.now())
    with call.store.write() as db:
        done = db.execute(
            "UPDATE authentications SET redeemed_at = ?, refresh_until = ? "
            "WHERE reference = ? AND redeemed_at IS NULL",
            (now, until, reference),
        )
        if done.rowcount != 1:
            raise Invalid(
                21301, f"Tokeny dla operacji uwierzytelniania {reference} zostały już pobrane."
            )
        db.execute(
            "UPDATE tokens SET used_at = ? WHERE reference = "
            "(SELECT token FROM authentications WHERE reference = ?)",
            (now, reference),
        )


def refresh(call: Call) -> Response:
    """POST /auth/token/refresh."""
    row = authentication.find(call.store, call.who.authentication)
    code = authentication.effective_code(row)
    if code != 200:
        raise Invalid(
            21301,
            f"Status uwierzytelniania ({code}) nie pozwala na odświeżenie tokenu dostępowego.",
        )
    token = authentication.access_token(call, row)
    with call.store.write() as db:
        db.execute(
            "UPDATE authentications SET refreshed_at = ? WHERE reference = ?",
            (clock.stamp(clock.now()), row["reference"]),
        )
    return json_response({"accessToken": token})


def sessions(call: Call) -> Response:
    """GET /auth/sessions: active authentications of the subject in the context."""
    size = shapes.query_integer(call.request, "pageSize", 10, 100, 10)
    who = call.who
    rows = call.store.rows(
        "SELECT * FROM authentications WHERE context_type = ? AND context = ? "
        "AND subject_type = ? AND subject = ? AND revoked_at IS NULL AND code = 200 "
        "AND (refresh_until IS NULL OR refresh_until > ?) ORDER BY started_at DESC, reference",
        who.context.type,
        who.context.value,
        who.subject.type,
        who.subject.value,
        clock.stamp(clock.now()),
    )
    page, token = pages_of.cut(call.request, rows, size)
    items = [
        authentication.describe(row)
        | {
            "referenceNumber": row["reference"],
            "isCurrent": row["reference"] == who.authentication,
        }
        for row in page
    ]
    return json_response({"continuationToken": token, "items": items})


def revoke_current(call: Call) -> Response:
    """DELETE /auth/sessions/current: the refresh token dies, access tokens live on."""
    return _revoke(call, call.who.authentication)


def revoke(call: Call, referenceNumber: str) -> Response:
    """DELETE /auth/sessions/{referenceNumber}."""
    shapes.reference(referenceNumber)
    row = authentication.find(call.store, referenceNumber)
    own = (row["context_type"], row["context"], row["subject_type"], row["subject"])
    who = call.who
    if own != (who.context.type, who.context.value, who.subject.type, who.subject.value):
        raise Invalid(21405, f"Sesja uwierzytelniania {referenceNumber} nie została znaleziona.")
    return _revoke(call, referenceNumber)


def _revoke(call: Call, reference: str) -> Response:
    with call.store.write() as db:
        db.execute(
            "UPDATE authentications SET revoked_at = ? WHERE reference = ? AND revoked_at IS NULL",
            (clock.stamp(clock.now()), reference),
        )
    return empty()


def public_keys(call: Call) -> Response:
    """GET /security/public-key-certificates."""
    return json_response(
        [
            {
                "certificate": numbers.to_base64(row["certificate"]),
                "certificateId": crypto.sha256(row["certificate"]),
                "publicKeyId": row["id"],
                "validFrom": row["valid_from"],
                "validTo": row["valid_to"],
                "usage": [row["usage"]],
            }
            for row in keys.listed(call.store)
        ]
    )
