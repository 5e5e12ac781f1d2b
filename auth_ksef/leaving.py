"""From a token to a certificate in three steps: which of them are done, by what is stored."""

from dataclasses import dataclass

from django.db.models import QuerySet

from auth_ksef.acting import signed_login_open
from auth_ksef.choosing import binding_list, obstacle
from auth_ksef.models import Binding, ConnectionCheck, Credential, SignedLogin
from ksefapp.accounts.models import Company, User


@dataclass(frozen=True)
class Leaving:
    """What the page of the three steps shows; nothing of it was asked of KSeF now."""

    signed: SignedLogin | None
    login: Binding | None  # of the type-1 certificate that would log in
    offline: Binding | None
    check: ConnectionCheck | None  # the last one by that certificate
    tokens: tuple[Credential, ...]

    @property
    def first(self) -> bool:
        """KSeF knows the person by a signature, or a certificate is here already."""
        return bool(self.signed or self.login)

    @property
    def second(self) -> bool:
        """A certificate logs in."""
        return self.login is not None

    @property
    def checked(self) -> bool:
        """The certificate was tried, and may do what is needed."""
        return bool(self.check and self.check.ok)

    @property
    def third(self) -> bool:
        """Checked, and no token is left."""
        return self.checked and not self.tokens

    @property
    def without_consent(self) -> bool:
        """The certificate is a person's who has not agreed to its use in the background."""
        row = self.login
        return bool(row and row.credential.owner_user_id and not row.consented_at)


def leaving_get(company: Company, person: User) -> Leaving:
    """Where the company stands on its way from tokens to certificates."""
    rows = binding_list(company)
    login = _certificate(rows, Binding.Purpose.LOGIN, person)
    tokens = rows.filter(credential__kind=Credential.Kind.TOKEN).order_by("bound_at")
    return Leaving(
        signed=signed_login_open(company, person),
        login=login,
        offline=_certificate(rows, Binding.Purpose.KOD_II, person),
        check=_last_check(company, login.credential) if login else None,
        tokens=tuple(row.credential for row in tokens),
    )


def _certificate(rows: QuerySet[Binding], purpose: str, person: User) -> Binding | None:
    found = rows.filter(purpose=purpose, credential__kind=Credential.Kind.CERTIFICATE)
    usable = [row for row in found.order_by("-bound_at") if obstacle(row, acting=person) is None]
    # One that works in the background too is what the company goes on with.
    return next((row for row in usable if obstacle(row) is None), usable[0] if usable else None)


def _last_check(company: Company, credential: Credential) -> ConnectionCheck | None:
    rows = ConnectionCheck.objects.filter(company=company, credential=credential)
    return rows.select_related("checked_by").first()
