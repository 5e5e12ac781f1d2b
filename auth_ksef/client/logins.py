"""Authentication sessions: where somebody is logged in to KSeF, and how to end that."""

from dataclasses import dataclass
from datetime import datetime

from auth_ksef.client import answers, routes
from auth_ksef.client.paging import by_token
from auth_ksef.client.status import read_status


@dataclass(frozen=True)
class LoginRow:
    """One active login; `method` is KSeF's code of it, `method_name` KSeF's Polish name.

    `code` and `description` are its status, `refresh_until` the end of its refresh token.
    """

    reference: str
    started_at: datetime
    method: str
    method_name: str
    code: int
    description: str
    refresh_until: datetime | None
    is_current: bool


class LoginsApi:
    """Part of KsefApi: active logins of this subject in this context."""

    def logins_list(self, *, access: str) -> tuple[LoginRow, ...]:
        """The active logins (`GET /auth/sessions`); KsefLater when the list does not end."""
        return by_token(self._door, routes.LOGINS_LIST, access, {}, "items", _row)

    def login_revoke(self, *, access: str, reference: str) -> None:
        """Ends a login (`DELETE /auth/sessions/{referenceNumber}`).

        Its refresh token dies at once, its access tokens live on to their end.
        """
        path = {"referenceNumber": reference}
        self._door.call(routes.LOGIN_REVOKE, path=path, bearer=access)

    def login_revoke_current(self, *, token: str) -> None:
        """Ends the login that this access or refresh token is of (`DELETE …/current`)."""
        self._door.call(routes.LOGIN_REVOKE_CURRENT, bearer=token)


def _row(data: dict) -> LoginRow:
    method = answers.mapping(data.get("authenticationMethodInfo"), "authenticationMethodInfo")
    status = read_status(data)
    return LoginRow(
        reference=answers.reference(data, "referenceNumber"),
        started_at=answers.instant(data, "startDate"),
        method=answers.text(method, "code"),
        method_name=answers.optional_text(method, "displayName") or "",
        code=status.code,
        description=status.description,
        refresh_until=answers.optional_instant(data, "refreshTokenValidUntil"),
        is_current=data.get("isCurrent") is True,
    )
