"""KSeF tokens: made once and shown once, listed, asked about, revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auth_ksef.client import answers, routes
from auth_ksef.client.paging import by_token


@dataclass(frozen=True)
class TokenMade:
    """A token under way to Active; KSeF tells its text this once and never again."""

    reference: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class TokenRow:
    """A token without its text; `status` Pending, Active, Revoking, Revoked, Failed or newer.

    `author` and `context` are pairs of type and value, such as ("Nip", "5265877635").
    """

    reference: str
    status: str
    status_details: tuple[str, ...]
    description: str
    permissions: tuple[str, ...]
    author: tuple[str, str]
    context: tuple[str, str]
    created_at: datetime
    last_used_at: datetime | None


class TokensApi:
    """Part of KsefApi: tokens of the context that logged in."""

    def token_create(
        self, *, access: str, permissions: Sequence[str], description: str
    ) -> TokenMade:
        """Makes a token with these rights (`POST /tokens`); description of 5 to 256 characters.

        After KsefUnknown a token may exist whose text nobody knows: list and revoke it.
        """
        route = routes.TOKEN_CREATE
        body = {"permissions": list(permissions), "description": description}
        data = self._door.json(route, body=body, bearer=access)
        return self._door.read(route, lambda: _made(data))

    def tokens_list(self, *, access: str, status: Sequence[str] = ()) -> tuple[TokenRow, ...]:
        """The tokens of this context, those with one of the statuses where given (`GET /tokens`).

        Raises KsefLater when the list does not end.
        """
        query = {"status": list(status)} if status else {}
        return by_token(self._door, routes.TOKENS_LIST, access, query, "tokens", _row)

    def token_status(self, *, access: str, reference: str) -> TokenRow:
        """One token (`GET /tokens/{referenceNumber}`)."""
        route = routes.TOKEN_STATUS
        data = self._door.json(route, path={"referenceNumber": reference}, bearer=access)
        return self._door.read(route, lambda: _row(data))

    def token_revoke(self, *, access: str, reference: str) -> None:
        """Revokes a token (`DELETE /tokens/{referenceNumber}`)."""
        path = {"referenceNumber": reference}
        self._door.call(routes.TOKEN_REVOKE, path=path, bearer=access)


def _made(data: dict) -> TokenMade:
    return TokenMade(answers.reference(data, "referenceNumber"), answers.secret(data, "token"))


def _row(data: dict) -> TokenRow:
    return TokenRow(
        reference=answers.reference(data, "referenceNumber"),
        status=answers.text(data, "status"),
        status_details=answers.texts(data, "statusDetails"),
        description=answers.optional_text(data, "description") or "",
        permissions=answers.texts(data, "requestedPermissions"),
        author=_identifier(data, "authorIdentifier"),
        context=_identifier(data, "contextIdentifier"),
        created_at=answers.instant(data, "dateCreated"),
        last_used_at=answers.optional_instant(data, "lastUseDate"),
    )


def _identifier(data: dict, name: str) -> tuple[str, str]:
    found = answers.mapping(data.get(name), name)
    return answers.text(found, "type"), answers.text(found, "value")
