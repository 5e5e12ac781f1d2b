"""With what a person at the screen acts in KSeF: today's signature, else a stored credential.

Work in the background never comes here: it has `login.access_get`.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext as _

from auth_ksef.api import ksef_api
from auth_ksef.client import KsefRefused
from auth_ksef.errors import NoCredential
from auth_ksef.login import access_get
from auth_ksef.models import Credential, SignedLogin
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

SPARE = timedelta(seconds=60)


@dataclass(frozen=True)
class Acting:
    """An access token good for at least a minute, and whose it is: one of the two is set."""

    token: str = field(repr=False)
    login: SignedLogin | None = None
    credential: Credential | None = None

    @property
    def label(self) -> str:
        """For a person: by what KSeF knows us."""
        return (
            _("podpis: %(who)s") % {"who": self.login.signer_name}
            if self.login
            else str(self.credential)
        )


def signed_login_open(company: Company, person: User) -> SignedLogin | None:
    """The person's newest login by signature in the company's own context that still serves."""
    rows = SignedLogin.objects.filter(
        company=company,
        environment=company.environment,
        person=person,
        state=SignedLogin.State.DONE,
        context_type="Nip",
        context_value=company.nip,
        refresh_until__gt=clock.now() + SPARE,
    )
    return rows.order_by("-finished_at").first()


def signed_access(login: SignedLogin) -> str:
    """A token of this login, refreshed when its time is near. Raises NoCredential, KsefError.

    Calls KSeF, so never inside a transaction. Two processes that refresh at once do no harm:
    KSeF gives each an access token of its own.
    """
    now = clock.now()
    if login.access and login.access_until and login.access_until > now + SPARE:
        return login.access
    if not login.refresh or not login.refresh_until or login.refresh_until <= now + SPARE:
        raise NoCredential("signature-over")
    try:
        given = ksef_api(login.environment, login.company).refresh(login.refresh)
    except KsefRefused as error:
        if error.http_status not in (400, 401):  # a gateway in between judges no login
            raise
        # KSeF took the login back: somebody logged it out, or the rights are gone.
        SignedLogin.objects.filter(pk=login.pk).update(
            state=SignedLogin.State.ENDED, access="", refresh=""
        )
        raise NoCredential("signature-over") from None
    login.access, login.access_until = given.token, given.valid_until
    rows = SignedLogin.objects.filter(pk=login.pk, state=SignedLogin.State.DONE)
    rows.update(access=given.token, access_until=given.valid_until)
    return given.token


def acting_get(company: Company, person: User, credential: Credential | None = None) -> Acting:
    """By a given credential, else by today's signature, else by what the company has.

    Raises NoCredential, KsefError. Calls KSeF, so never inside a transaction.
    """
    login = None if credential else signed_login_open(company, person)
    if login:
        return Acting(signed_access(login), login=login)
    access = access_get(company=company, credential=credential, acting=person)
    return Acting(access.token, credential=access.credential)
