"""JSON Web Tokens of three kinds: authentication, access, refresh."""

import secrets
from datetime import timedelta
from typing import Any

import jwt

from simulator import clock, keys
from simulator.errors import unauthorized
from simulator.store import Store

ISSUER = "ksef-simulator"
KINDS = ("authentication", "access", "refresh", "download", "upload", "export")


def issue(store: Store, kind: str, subject: str, seconds: float, **claims: Any) -> dict[str, str]:
    """A signed token in the shape of the OpenAPI's TokenInfo."""
    now = clock.now()
    until = now + timedelta(seconds=seconds)
    payload = {
        "iss": ISSUER,
        "typ": kind,
        "sub": subject,
        "jti": secrets.token_hex(8),
        "iat": now.timestamp(),
        "exp": until.timestamp(),
        **claims,
    }
    token = jwt.encode(payload, keys.secret(store, "jwt"), algorithm="HS256")
    return {"token": token, "validUntil": clock.stamp(until)}


def read(store: Store, token: str, *kinds: str) -> dict[str, Any]:
    """The claims of a valid token of one of these kinds; 401 otherwise."""
    try:
        # Expiry is checked here and not by the library, which knows nothing of the test clock.
        claims = jwt.decode(
            token,
            keys.secret(store, "jwt"),
            algorithms=["HS256"],
            issuer=ISSUER,
            options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "typ"]},
        )
    except jwt.InvalidTokenError as error:
        raise unauthorized("Token jest nieprawidłowy.") from error
    if claims["typ"] not in kinds:
        raise unauthorized("Rodzaj tokena nie pozwala na wykonanie operacji.")
    if clock.epoch() >= claims["exp"]:
        raise unauthorized("Token wygasł.")
    return claims
