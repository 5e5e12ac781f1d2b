"""Czyj certyfikat? Who logs in in the background, who signs KOD II of whom, what leaves with whom.

Everything is asked of the same functions that log in and sign, so the page cannot promise
anything else than what happens.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from auth_ksef.choosing import binding_list, credential_for, obstacle, preference
from auth_ksef.errors import NoCredential
from auth_ksef.kod2 import Kod2Refused, kod2_signer
from auth_ksef.models import Binding, Credential
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import RIGHTS, May


@dataclass(frozen=True)
class Signing:
    """Whose type-2 certificate signs: `kind` is ok, warn or bad, `text` says whose or why not."""

    kind: str
    text: str


@dataclass(frozen=True)
class MemberRow:
    """One person of the company who may issue."""

    person: User
    role: str
    signing: Signing
    lent: list[str]  # what of theirs works here, and in what
    leaving: list[str]  # what happens when the person leaves


@dataclass(frozen=True)
class Whose:
    """The answers of one company in its present environment; `declared` are certificates in a
    person's name that stand as the company's."""

    background: Credential | None
    refusal: str
    owner: str
    members: list[MemberRow]
    declared: list[Credential]


def whose(company: Company) -> Whose:
    """What holds for the company at this moment; asks nothing of KSeF."""
    try:
        used, refusal = credential_for(company), ""
    except NoCredential as error:
        used, refusal = None, error.message()
    return Whose(used, refusal, owner_name(used), _members(company), _declared(company))


def owner_name(credential: Credential | None) -> str:
    """Whose the credential is, for a person."""
    if credential is None:
        return ""
    return str(credential.owner_user) if credential.owner_user else _("firmy")


def background_without(company: Company, person: User) -> Credential | None:
    """What would log in in the background if this person were gone."""
    rows = binding_list(company).filter(purpose=Binding.Purpose.LOGIN)
    rows = rows.exclude(credential__owner_user=person)
    usable = (row.credential for row in sorted(rows, key=preference) if obstacle(row) is None)
    return next(usable, None)


def _members(company: Company) -> list[MemberRow]:
    rows = Membership.objects.filter(company=company, user__is_active=True)
    rows = rows.select_related("user").order_by("created_at", "pk")
    return [_member(company, row) for row in rows if May.ISSUE in RIGHTS[row.role]]


def _member(company: Company, row: Membership) -> MemberRow:
    person = row.user
    lent = list(binding_list(company).filter(credential__owner_user=person))
    signing = _signing(company, person)
    return MemberRow(
        person,
        row.get_role_display(),
        signing,
        [_lent(binding) for binding in lent],
        _leaving(company, person, lent),
    )


def _signing(company: Company, person: User) -> Signing:
    found = _signer(company, person, acting=None)
    if isinstance(found, Credential):
        text = (
            _("certyfikat firmy: %(label)s") if found.owner_company_id else _("własny: %(label)s")
        )
        return Signing("ok", text % {"label": found.label})
    at_screen = _signer(company, person, acting=person)
    if isinstance(at_screen, Credential):
        text = _("własny: %(label)s, tylko gdy ta osoba sama otworzy fakturę (brak zgody na tło)")
        return Signing("warn", text % {"label": at_screen.label})
    return Signing("bad", at_screen.message())


def _signer(company: Company, person: User, *, acting: User | None) -> Credential | Kod2Refused:
    try:
        return kod2_signer(
            company=company, environment=company.environment, issued_by=person, acting=acting
        )
    except Kod2Refused as refusal:
        return refusal


def _lent(binding: Binding) -> str:
    words = {"label": binding.credential.label, "purpose": binding.get_purpose_display()}
    if binding.consented_at:
        return _("%(label)s: %(purpose)s, także w tle") % words
    return _("%(label)s: %(purpose)s, tylko przy tej osobie") % words


def _leaving(company: Company, person: User, lent: list[Binding]) -> list[str]:
    if not lent:
        return [_("Nic się nie zmieni: firma nie używa certyfikatu tej osoby.")]
    told = []
    if any(row.purpose == Binding.Purpose.LOGIN for row in lent):
        told.append(_login_after(company, person))
    if any(row.purpose == Binding.Purpose.KOD_II for row in lent):
        told += [
            _("KOD II już wydany jest dalej ważny: certyfikatu nie unieważniamy."),
            _kod2_after(company),
        ]
    return told


def _login_after(company: Company, person: User) -> str:
    left = background_without(company, person)
    if left is None:
        return _("W tle nie zaloguje się nikt. Faktury poczekają na inne poświadczenie.")
    words = {"label": left.label, "owner": owner_name(left)}
    return _("W tle zaloguje się: %(label)s (%(owner)s).") % words


def _kod2_after(company: Company) -> str:
    own = binding_list(company).filter(purpose=Binding.Purpose.KOD_II, credential__owner_user=None)
    if any(obstacle(row) is None for row in own):
        return _("Faktury tej osoby bez KODU II podpisze certyfikat firmy.")
    return _(
        "Faktur tej osoby bez KODU II nikt nie podpisze: firma potrzebuje certyfikatu „offline”. "
        "Przygotuj wydruki, zanim ta osoba odejdzie."
    )


def _declared(company: Company) -> list[Credential]:
    """Of a sole trader this is right: the person is the company. Elsewhere it is to be told."""
    rows = binding_list(company).filter(purpose=Binding.Purpose.KOD_II, credential__owner_user=None)
    found = [row.credential for row in rows]
    return [row for row in found if row.subject and "2.5.4.97" not in row.subject]
