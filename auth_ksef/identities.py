"""By what a person may act in KSeF for a company: own signature, own and company's credentials.

Looking at what there is asks KSeF nothing; only `Identity.access` does.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from auth_ksef.acting import signed_access, signed_login_open
from auth_ksef.choosing import binding_list, obstacle
from auth_ksef.login import access_get
from auth_ksef.models import Binding, Credential, SignedLogin, TokenCache
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock

SIGNATURE, CREDENTIAL = "podpis", "c"


@dataclass(frozen=True)
class Identity:
    """One way to act, and what is stored of its present login; one of the first two is set."""

    company: Company
    person: User
    login: SignedLogin | None = None
    credential: Credential | None = None

    @property
    def key(self) -> str:
        """Names it in an address of the company's pages."""
        return f"{SIGNATURE}{self.login.pk}" if self.login else f"{CREDENTIAL}{self.credential.pk}"

    @property
    def label(self) -> str:
        """For a person: by what KSeF knows us."""
        if self.login:
            return _("podpis: %(who)s") % {"who": self.login.signer_name}
        return str(self.credential)

    @property
    def subject(self) -> str:
        """The key of lists that KSeF keeps by subject (`KsefSnapshot.subject`).

        A signature's names its person too: everybody's podpis zaufany carries one certificate,
        and what the file says of its signer is the file's word alone.
        """
        if self.login:
            return f"{SIGNATURE}:{self.login.person_id}:{self.login.signer_fingerprint[:32]}"
        token = f"token:{self.credential.last_four}:{self.credential.pk}"
        return self.credential.fingerprint or token

    @property
    def is_token(self) -> bool:
        """Whether KSeF sees a login by token, which may do less."""
        return bool(self.credential) and self.credential.kind == Credential.Kind.TOKEN

    @property
    def environment(self) -> str:
        """Where it works."""
        return self.login.environment if self.login else self.credential.environment

    def access(self) -> str:
        """An access token, by logging in where need be. Raises NoCredential, KsefError.

        Calls KSeF, so never inside a transaction.
        """
        if self.login:
            return signed_access(self.login)
        return access_get(
            company=self.company, credential=self.credential, acting=self.person
        ).token

    def held(self) -> "SignedLogin | TokenCache | None":
        """The row with our copies of its tokens; None where we are not logged in by it."""
        if self.login:
            return SignedLogin.objects.filter(pk=self.login.pk, state="done").first()
        rows = TokenCache.objects.filter(credential=self.credential, company=self.company)
        # Sealed columns cannot be asked about: an empty one shows only when it is opened.
        return next((row for row in rows if row.access or row.refresh), None)


def identity_list(company: Company, person: User, *, company_too: bool) -> list[Identity]:
    """All of them, the best first: today's signature, certificates, tokens; the newest first.

    Another person's never; the company's own only with `company_too`.
    """
    login = signed_login_open(company, person)
    rows = binding_list(company).filter(purpose=Binding.Purpose.LOGIN)
    usable = [
        row.credential
        for row in rows
        if _is_of(row.credential, person, company_too) and obstacle(row, acting=person) is None
    ]
    stored = [Identity(company, person, credential=row) for row in sorted(usable, key=_order)]
    return [Identity(company, person, login=login), *stored] if login else stored


def identity_of(found: list[Identity], key: str) -> Identity | None:
    """The one with this key, the first where no key is given."""
    return next((row for row in found if not key or row.key == key), None)


def _is_alive(row: SignedLogin | TokenCache) -> bool:
    now = clock.now()
    renewable = row.refresh and row.refresh_until and row.refresh_until > now
    return bool(renewable or (row.access and row.access_until and row.access_until > now))


def _is_of(credential: Credential, person: User, company_too: bool) -> bool:
    if credential.owner_user_id is None:
        return company_too
    return credential.owner_user_id == person.pk


def _order(credential: Credential) -> tuple[bool, bool, float]:
    added: datetime = credential.added_at
    is_token = credential.kind == Credential.Kind.TOKEN
    return is_token, credential.owner_company_id is None, -added.timestamp()
