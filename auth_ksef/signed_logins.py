"""Logging in by a signature that a person makes in another program, from challenge to tokens.

A row moves only by a conditional UPDATE: PREPARED → SENDING → SENT → DONE or REFUSED. A POST
without an answer is UNKNOWN and is never repeated: a new challenge settles it, because the old
one serves once at most. KSeF may take minutes over a signature; worker and page both ask.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from auth_ksef.api import ksef_api
from auth_ksef.client import (
    Context,
    KsefApi,
    KsefError,
    KsefLater,
    KsefRefused,
    KsefUnknown,
    LoginStarted,
    LoginStatus,
    build_auth_request,
)
from auth_ksef.contact import address_record
from auth_ksef.errors import LoginRefused, words_of
from auth_ksef.farewell import signed_farewell
from auth_ksef.messages import Pair, Refusal, filled, stored
from auth_ksef.models import SignedLogin
from auth_ksef.signed_file import SignedFile, SignedFileError, check_signed, read_signed
from auth_ksef.signed_messages import AFTERWARDS, STOPPED
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock
from ksefapp.lib.keyring import KeyMissing, SealBroken

CHALLENGE_MINUTES = 10  # ksef-docs, uwierzytelnianie.md: how long a challenge lives
KEPT = timedelta(days=1)  # what nobody signed
AT_ONCE = 20
# schemat_auth_v2-1.xsd: what follows the company's NIP in the identifier of a context.
CONTEXTS = {"Nip": "", "InternalId": r"-\d{5}", "NipVatUe": r"-[A-Z]{2}[A-Z0-9+*]{2,13}"}
# Since the file was sent, and how long to wait before asking again, in seconds.
STEPS = ((60, 2), (600, 5), (3600, 30))
SLOWEST = 120
State = SignedLogin.State
RENEWABLE = (State.PREPARED, State.REFUSED, State.UNKNOWN)


class SignedLoginRefused(Refusal):
    """We do not send this; `.code` is a key of `signed_messages.STOPPED`."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__(filled(STOPPED[code], facts))


def signed_login_start(
    *,
    company: Company,
    person: User,
    context_type: str = "Nip",
    context_value: str = "",
    subject_type: str = "certificateSubject",
    allowed_ips: tuple[str, ...] = (),
) -> SignedLogin:
    """A challenge of the company's environment and the request to sign; no value is the NIP.

    Raises SignedLoginRefused (foreign-context, bad-ips) and KsefError. Calls KSeF, so never
    inside a transaction.
    """
    login = SignedLogin(
        company=company,
        environment=company.environment,
        person=person,
        context_type=context_type,
        context_value=context_value or company.nip,
        subject_type=subject_type,
        allowed_ips=list(allowed_ips),
    )
    _check_context(login)
    facts = _challenged(login)
    for name, value in facts.items():
        setattr(login, name, value)
    unsigned = SignedLogin.objects.filter(company=company, person=person, state=State.PREPARED)
    unsigned.filter(challenge_until__lt=clock.now() - KEPT).delete()
    login.save()
    return login


def signed_login_renew(login: SignedLogin) -> SignedLogin:
    """The same login with a new challenge. Raises SignedLoginRefused (not-waiting), KsefError."""
    if login.state not in RENEWABLE:
        raise _not_waiting(login)
    cleared = dict.fromkeys(("said", "reference", "signed_sha256", "signer"), "")
    cleared |= dict.fromkeys(("signer_fingerprint", "signer_kind", "authentication_token"), "")
    cleared |= dict.fromkeys(("code", "sent_at", "next_at", "claimed_until", "finished_at"))
    facts = _challenged(login) | cleared | {"advice": []}
    if not _moved(login, RENEWABLE, state=State.PREPARED, **facts):
        raise _not_waiting(login)
    return login


def signed_login_upload(login: SignedLogin, data: bytes) -> SignedLogin:
    """Sends the signed file, once. The state says what became of it.

    Raises SignedLoginRefused where nothing was sent: the challenge is over or another one,
    another context, no signature, a detached one, no connection. Never inside a transaction.
    """
    if login.state != State.PREPARED:
        raise _not_waiting(login)
    now = clock.now()
    if now >= login.challenge_until:
        raise SignedLoginRefused("late", time=_time(login.challenge_until))
    signed = _examined(login, data, now)
    facts = _facts(login, signed) | {"sent_at": now, "claimed_until": now + _span()}
    challenge = Q(challenge=login.challenge)
    if not _moved(login, (State.PREPARED,), challenge, state=State.SENDING, **facts):
        raise _not_waiting(login)
    _post(login, data)
    return login


def signed_login_ask(login: SignedLogin) -> SignedLogin:
    """Asks KSeF once where the login stands, if it is time and nobody else is asking.

    After 200 the tokens are taken, once. Never raises KsefError: what failed is asked again.
    """
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = Q(next_at=None) | Q(next_at__lte=now)
    if _moved(login, (State.SENT,), free & due, claimed_until=now + _span()):
        _follow(login)
    login.refresh_from_db()
    return login


def signed_logins_follow() -> None:
    """Asks about all that is due; ends what a dead process left, and logins that are over."""
    now = clock.now()
    for login in _rows().filter(state=State.SENDING, claimed_until__lt=now)[:AT_ONCE]:
        _end(login, State.UNKNOWN, AFTERWARDS["unknown"], was=State.SENDING)
    over = SignedLogin.objects.filter(state=State.DONE, refresh_until__lte=now)
    over.update(state=State.ENDED, access="", refresh="", finished_at=now)
    due = Q(next_at=None) | Q(next_at__lte=now)
    for login in _rows().filter(due, state=State.SENT).order_by("next_at")[:AT_ONCE]:
        signed_login_ask(login)


def signed_login_list(company: Company, person: User) -> QuerySet[SignedLogin]:
    """The person's own logins in the company's present environment, the newest first."""
    rows = _rows().filter(company=company, person=person, environment=company.environment)
    return rows.order_by("-made_at")


def signed_login_get(company: Company, person: User, pk: int) -> SignedLogin:
    """The person's own login; SignedLogin.DoesNotExist for anybody else's."""
    return _rows().get(company=company, person=person, pk=pk)


def _rows() -> QuerySet[SignedLogin]:
    # Secrets are read only where they are used: a key that is lost must not close the pages.
    rows = SignedLogin.objects.select_related("company", "person")
    return rows.defer("authentication_token", "access", "refresh")


def _check_context(login: SignedLogin) -> None:
    nip, rest = login.company.nip, CONTEXTS.get(login.context_type)
    if rest is None or not re.fullmatch(nip + rest, login.context_value):
        raise SignedLoginRefused("foreign-context", nip=nip)


def _challenged(login: SignedLogin) -> dict:
    """A new challenge with its request. What is wrong with the addresses shows before asking."""
    _request(login, "-")
    # The time before the call: KSeF may have counted from any moment until its answer.
    asked = clock.now()
    challenge = ksef_api(login.environment, login.company).challenge()
    address_record(login.environment, challenge.client_ip)
    return {
        "challenge": challenge.challenge,
        "challenge_until": asked + timedelta(minutes=CHALLENGE_MINUTES),
        "request_xml": _request(login, challenge.challenge),
    }


def _request(login: SignedLogin, challenge: str) -> bytes:
    context = Context(login.context_type, login.context_value)
    try:
        return build_auth_request(challenge, context, login.subject_type, login.allowed_ips)
    except KsefRefused:
        raise SignedLoginRefused("bad-ips") from None


def _examined(login: SignedLogin, data: bytes, now: datetime) -> SignedFile:
    try:
        signed = read_signed(data, now=now)
        check_signed(
            signed,
            challenge=login.challenge,
            context_type=login.context_type,
            value=login.context_value,
        )
    except SignedFileError as error:
        raise SignedLoginRefused(error.code, **error.facts) from None
    return signed


def _facts(login: SignedLogin, signed: SignedFile) -> dict:
    advice = [{"code": code, "facts": facts} for code, facts in signed.advice]
    if signed.subject_type != login.subject_type:
        advice.append({"code": "subject-type", "facts": {}})
    signer = signed.signer
    return {
        "signed_sha256": signed.sha256,
        "signer": signer.subject[:500] if signer else "",
        "signer_fingerprint": signer.fingerprint if signer else "",
        "signer_kind": signer.kind if signer else "other",
        "advice": advice,
    }


def _post(login: SignedLogin, data: bytes) -> None:
    try:
        started = ksef_api(login.environment, login.company).xades_login(data, is_unique=True)
    except KsefUnknown:
        _end(login, State.UNKNOWN, AFTERWARDS["unknown"], was=State.SENDING)
    except KsefRefused as error:
        _refuse(login, error, was=State.SENDING)
    except KsefLater as error:
        _moved(login, (State.SENDING,), state=State.PREPARED, sent_at=None, claimed_until=None)
        pl, en = (text.rstrip(".") for text in words_of(error))
        time = _time(login.challenge_until)
        raise SignedLoginRefused("not-sent", pl=pl, en=en, time=time) from None
    else:
        _sent(login, started)


def _sent(login: SignedLogin, started: LoginStarted) -> None:
    with transaction.atomic():
        _moved(
            login,
            (State.SENDING,),
            state=State.SENT,
            reference=started.reference_number,
            authentication_token=started.authentication_token,
            next_at=clock.now(),
            claimed_until=None,
        )
        _audit("signed_login.send", login)


def _follow(login: SignedLogin) -> None:
    if not _is_member(login):
        return _end(login, State.ENDED, ("", ""))
    try:
        # Inside: a test clock over a real environment makes the door itself say "later".
        api = ksef_api(login.environment, login.company)
        status = api.login_status(_started(login))
    except (KeyMissing, SealBroken):
        _end(login, State.UNKNOWN, AFTERWARDS["lost-tokens"])
    except KsefRefused as error:
        _refuse(login, error)
    except KsefError:
        _wait(login)
    else:
        _judged(login, api, status)


def _judged(login: SignedLogin, api: KsefApi, status: LoginStatus) -> None:
    if status.code < 200:
        _wait(login, code=status.code)
    elif status.code == 200:
        _redeem(login, api, status)
    else:
        said = ", ".join([status.description, *status.details])
        _refuse(login, LoginRefused(said, code=status.code, details=status.details))


def _redeem(login: SignedLogin, api: KsefApi, status: LoginStatus) -> None:
    try:
        tokens = api.redeem(_started(login))
    except KsefLater:
        return _wait(login, code=status.code)
    except (KsefUnknown, KsefRefused):
        # They are given once: whoever asked before us, or nobody, has them now.
        return _end(login, State.UNKNOWN, AFTERWARDS["lost-tokens"], code=status.code)
    facts = {
        "access": tokens.access,
        "access_until": tokens.access_valid_until,
        "refresh": tokens.refresh,
        "refresh_until": tokens.refresh_valid_until,
        "method": (status.method or "")[:40],
    }
    _end(login, State.DONE, ("", ""), code=status.code, **facts)
    if not _is_member(login):  # the person left while KSeF was answering
        with transaction.atomic():
            signed_farewell(SignedLogin.objects.filter(pk=login.pk))


def _is_member(login: SignedLogin) -> bool:
    return login.company.memberships.filter(user=login.person, user__is_active=True).exists()


def _started(login: SignedLogin) -> LoginStarted:
    return LoginStarted(login.reference, login.authentication_token, login.challenge_until)


def _wait(login: SignedLogin, code: int | None = None) -> None:
    now = clock.now()
    age = (now - login.sent_at).total_seconds()
    pause = next((step for until, step in STEPS if age < until), SLOWEST)
    facts = {"code": code} if code else {}
    later = now + timedelta(seconds=pause)
    _moved(login, (State.SENT,), _ours(login), next_at=later, claimed_until=None, **facts)


def _refuse(login: SignedLogin, error: KsefRefused, was: str = State.SENT) -> None:
    """What KSeF said, in our words; its own details stand behind them."""
    refusal = error if isinstance(error, LoginRefused) else LoginRefused.by(error)
    if refusal.code is None and error.http_status in (401, 410):
        refusal = LoginRefused(str(error), code=error.http_status)
    details = "; ".join(refusal.details).rstrip(".")
    pair = (refusal.pl, refusal.en)
    if details:
        pair = (f"{refusal.pl} KSeF podał: {details}.", f"{refusal.en} KSeF said: {details}.")
    _end(login, State.REFUSED, pair, was=was, code=refusal.code)


def _end(login: SignedLogin, state: str, pair: Pair, *, was: str = State.SENT, **facts) -> None:
    facts |= {"said": stored(pair), "authentication_token": "", "finished_at": clock.now()}
    with transaction.atomic():
        if _moved(login, (was,), _ours(login), state=state, claimed_until=None, **facts):
            _audit("signed_login.end", login, ok=state == State.DONE)


def _ours(login: SignedLogin) -> Q:
    return Q(claimed_until=login.claimed_until, challenge=login.challenge)


def _moved(login: SignedLogin, states: tuple, *conditions: Q, **facts) -> bool:
    """One conditional UPDATE; whoever changed the row has it, and the object shows it."""
    rows = SignedLogin.objects.filter(*conditions, pk=login.pk, state__in=states)
    if not rows.update(**facts):
        login.refresh_from_db()
        return False
    for name, value in facts.items():
        setattr(login, name, value)
    return True


def _span() -> timedelta:
    # Two calls, status and redeem, each with its own time-out.
    return timedelta(seconds=2 * settings.KSEF_TIMEOUT_SECONDS + 15)


def _time(moment: datetime) -> str:
    return f"{clock.warsaw(moment):%H:%M:%S}"


def _not_waiting(login: SignedLogin) -> SignedLoginRefused:
    return SignedLoginRefused("not-waiting", state=login.get_state_display())


def _audit(action: str, login: SignedLogin, **details: object) -> None:
    audit(
        action,
        company=login.company,
        user=login.person,
        subject=f"{login.context_type} {login.context_value}",
        environment=login.environment,
        fingerprint=login.signer_fingerprint,
        **details,
    )
