"""Refusals of this room, each with a code and a sentence in two languages."""

import math
from datetime import datetime, timedelta

from auth_ksef.client import KsefError, KsefLater, KsefRefused
from auth_ksef.keyfiles import KeyFileError
from auth_ksef.messages import (
    ADDING,
    CALLS,
    GROUPS,
    LOGIN,
    NOTHING_USABLE,
    Pair,
    Refusal,
    chosen,
    filled,
)
from ksefapp.lib import clock


class CredentialRefused(Refusal):
    """A token or certificate that we do not store.

    `.field` names the part that is wrong (token, certificate, key, password), `.code` is a key
    of `messages.ADDING` or of `keyfile_messages.MESSAGES`.
    """

    def __init__(self, code: str, **facts: object) -> None:
        self._say(code, code.partition(":")[0], filled(ADDING[code], facts))

    @classmethod
    def by_file(cls, error: KeyFileError, field: str) -> "CredentialRefused":
        """What is wrong with an uploaded file; a password problem stands at the password."""
        refusal = cls.__new__(cls)
        field = "password" if "password" in error.code else field
        refusal._say(error.code, field, (error.message("pl"), error.message("en")))
        return refusal

    def _say(self, code: str, field: str, pair: Pair) -> None:
        self.code, self.field = code, field
        super().__init__(pair)


class NoCredential(Refusal):
    """Nothing may be used for this company and purpose now; `.code` says why."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__(filled(NOTHING_USABLE[code], facts))


class LoginRefused(KsefRefused):
    """KSeF does not let this credential in; a person must act.

    `.code` is the status of the login (415, 450 …) or the code of an error (21115 …).
    """

    def __init__(self, said: str, **facts) -> None:
        super().__init__(f"login: {said}", operation="login", **facts)
        known = next((key for key in (self.reason_code, self.code) if key in LOGIN), "other")
        facts = {"said": said.rstrip("."), "number": f" ({self.code})" if self.code else ""}
        self.pl, self.en = filled(LOGIN[known], facts)

    @classmethod
    def by(cls, error: KsefError) -> "LoginRefused":
        """The refusal that an error of a call means."""
        return cls(
            str(error).removeprefix(f"{error.operation}: "),
            code=error.code,
            http_status=error.http_status,
            details=error.details,
            reason_code=error.reason_code,
        )

    def message(self, language: str | None = None) -> str:
        """The sentences for a person, with KSeF's number in brackets."""
        return chosen((self.pl, self.en), language)


class QuotaFull(KsefLater):
    """Our own count says that KSeF would refuse the call now, so nothing left.

    `until` is the first instant at which it may leave, `retry_after` the whole seconds to it.
    """

    def __init__(self, operation: str, group: str, until: datetime, now: datetime) -> None:
        seconds = max(1, math.ceil((until - now).total_seconds()))
        text = f"{operation}: the limit of {group} is used up, nothing was sent"
        super().__init__(text, operation=operation, retry_after=seconds)
        self.group, self.until = group, until
        facts = zip(GROUPS.get(group, (group, group)), _when(until, now), strict=True)
        pairs = zip(CALLS["quota"], facts, strict=True)
        self.pl, self.en = (text.format(group=name, when=when) for text, (name, when) in pairs)


def _when(until: datetime, now: datetime) -> Pair:
    moment = clock.warsaw(until)
    if until - now < timedelta(hours=12):
        return f"o {moment:%H:%M:%S}", f"at {moment:%H:%M:%S}"
    return f"{moment:%d.%m.%Y, %H:%M}", f"on {moment:%d.%m.%Y, %H:%M}"


def words_of(error: Exception) -> Pair:
    """What became of a call, for people; what KSeF said itself stays in KSeF's own words."""
    if isinstance(error, NoCredential | LoginRefused | QuotaFull):
        return error.pl, error.en
    if not isinstance(error, KsefError):
        return str(error), str(error)
    said = str(error).removeprefix(f"{error.operation}: ")
    if isinstance(error, KsefRefused):
        said = "; ".join([said, *error.details])
        return said, said
    if error.http_status is None and error.code is None:
        return CALLS["unreached" if isinstance(error, KsefLater) else "no-answer"]
    return filled(CALLS["limit" if error.http_status == 429 else "fault"], {"said": said})
