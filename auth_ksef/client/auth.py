"""Logging in to KSeF: challenge, token or XAdES login, status, tokens of access and refresh."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from auth_ksef.client import answers, routes
from auth_ksef.client.crypto import PublicKey, encrypted_token, rsa_public_key
from auth_ksef.client.errors import KsefRefused
from auth_ksef.client.status import Status, read_status

CONTEXT_TYPES = ("Nip", "InternalId", "NipVatUe", "PeppolId")


@dataclass(frozen=True)
class Context:
    """For whom we log in: `type` one of CONTEXT_TYPES, `value` the identifier."""

    type: str
    value: str


@dataclass(frozen=True)
class Challenge:
    """A challenge, valid for 10 minutes; `timestamp_ms` is the number a token login encrypts."""

    challenge: str
    timestamp_ms: int
    timestamp: datetime
    client_ip: str | None


@dataclass(frozen=True)
class LoginStarted:
    """A login under way; its authentication token opens only its status and one redeem."""

    reference_number: str
    authentication_token: str = field(repr=False)
    valid_until: datetime


@dataclass(frozen=True)
class LoginStatus(Status):
    """Status of a login: 100 in progress, 200 done, everything else refused."""

    started_at: datetime | None = None
    method: str | None = None


@dataclass(frozen=True)
class AccessToken:
    """A bearer token of some minutes."""

    token: str = field(repr=False)
    valid_until: datetime


@dataclass(frozen=True)
class Tokens:
    """What a login ends with; the refresh token lives up to 7 days and serves many times."""

    access: str = field(repr=False)
    access_valid_until: datetime
    refresh: str = field(repr=False)
    refresh_valid_until: datetime


class AuthApi:
    """Part of KsefApi: who we are."""

    def public_keys(self) -> list[PublicKey]:
        """The Ministry's keys that we can encrypt for (`GET /security/public-key-certificates`).

        Entries of a kind unknown to us are left out.
        """
        route = routes.PUBLIC_KEYS
        answer = self._door.call(route)
        return self._door.read(route, lambda: _public_keys(answers.parse(answer.body)))

    def challenge(self) -> Challenge:
        """A new challenge (`POST /auth/challenge`)."""
        route = routes.CHALLENGE
        data = self._door.json(route)
        return self._door.read(route, lambda: _challenge(data))

    def token_login(
        self, *, challenge: Challenge, context: Context, token: str, key: PublicKey
    ) -> LoginStarted:
        """Starts a login with a KSeF token (`POST /auth/ksef-token`).

        `key` has the usage TOKEN_ENCRYPTION. A refused token shows only in the status.
        """
        body = {
            "challenge": challenge.challenge,
            "contextIdentifier": {"type": context.type, "value": context.value},
            "encryptedToken": _encrypted(token, challenge, key),
            "publicKeyId": key.id,
        }
        return self._started(routes.TOKEN_LOGIN, body=body)

    def xades_login(
        self, signed_xml: bytes, *, verify_chain: bool = False, is_unique: bool = False
    ) -> LoginStarted:
        """Starts a login with a signed AuthTokenRequest (`POST /auth/xades-signature`).

        `verify_chain` asks TEST to check the certificate as production does. `is_unique`: a
        person signed, so that we cannot simply sign again; a lost answer is then KsefUnknown.
        """
        query = {"verifyCertificateChain": "true"} if verify_chain else None
        route = replace(routes.XADES_LOGIN, effect=is_unique)
        return self._started(route, xml=signed_xml, query=query)

    def login_status(self, started: LoginStarted) -> LoginStatus:
        """Where a login stands (`GET /auth/{referenceNumber}`)."""
        route = routes.LOGIN_STATUS
        path = {"referenceNumber": started.reference_number}
        data = self._door.json(route, path=path, bearer=started.authentication_token)
        return self._door.read(route, lambda: _login_status(data))

    def redeem(self, started: LoginStarted) -> Tokens:
        """The tokens of a login whose status is 200 (`POST /auth/token/redeem`); works once.

        After KsefUnknown start a new login.
        """
        route = routes.REDEEM
        data = self._door.json(route, bearer=started.authentication_token)
        return self._door.read(route, lambda: _tokens(data))

    def refresh(self, refresh_token: str) -> AccessToken:
        """A new access token (`POST /auth/token/refresh`)."""
        route = routes.REFRESH
        data = self._door.json(route, bearer=refresh_token)
        return self._door.read(route, lambda: AccessToken(*_token(data, "accessToken")))

    def _started(self, route: routes.Route, **request) -> LoginStarted:
        data = self._door.json(route, **request)
        return self._door.read(route, lambda: _login_started(data))


def _encrypted(token: str, challenge: Challenge, key: PublicKey) -> str:
    try:
        return encrypted_token(token, challenge.timestamp_ms, key)
    except ValueError:
        message = "token_login: the token cannot be a KSeF token (too long), nothing was sent"
    raise KsefRefused(message, operation="token_login")


def _public_keys(data) -> list[PublicKey]:
    if not isinstance(data, list):
        raise answers.Malformed("certificates")
    keys = (_public_key(row) for row in data if isinstance(row, dict))
    return [key for key in keys if key is not None]


def _public_key(row: dict) -> PublicKey | None:
    try:
        key = PublicKey(
            id=answers.secret(row, "publicKeyId"),
            usage=answers.texts(row, "usage"),
            certificate_der=answers.octets(row, "certificate"),
            valid_from=answers.instant(row, "validFrom"),
            valid_to=answers.instant(row, "validTo"),
        )
        rsa_public_key(key.certificate_der)
    except (answers.Malformed, ValueError, TypeError):
        return None
    return key


def _challenge(data: dict) -> Challenge:
    return Challenge(
        challenge=answers.reference(data, "challenge"),
        timestamp_ms=answers.integer(data, "timestampMs"),
        timestamp=answers.instant(data, "timestamp"),
        client_ip=answers.optional_text(data, "clientIp"),
    )


def _login_started(data: dict) -> LoginStarted:
    token, valid_until = _token(data, "authenticationToken")
    return LoginStarted(answers.reference(data, "referenceNumber"), token, valid_until)


def _login_status(data: dict) -> LoginStatus:
    status = read_status(data)
    method = data.get("authenticationMethodInfo")
    return LoginStatus(
        status.code,
        status.description,
        status.details,
        status.extensions,
        started_at=answers.optional_instant(data, "startDate"),
        method=answers.optional_text(method, "code") if isinstance(method, dict) else None,
    )


def _tokens(data: dict) -> Tokens:
    return Tokens(*_token(data, "accessToken"), *_token(data, "refreshToken"))


def _token(data: dict, name: str) -> tuple[str, datetime]:
    info = answers.mapping(data.get(name), name)
    return answers.secret(info, "token"), answers.instant(info, "validUntil")
