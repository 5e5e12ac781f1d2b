"""Certificate and key as files, as the Taxpayer App gives them: `.crt`, and `.key` encrypted.

The password follows that application's rules, so that its own tools take the file too; on import
no password is ever judged (`keyfiles`).
"""

import io
import string
import zipfile
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied

from auth_ksef.certificate_access import certificate_audit
from auth_ksef.keyfiles import encrypt_key, read_key
from auth_ksef.messages import Pair, chosen
from auth_ksef.models import Credential
from ksefapp.accounts.access import Actor, may_do
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.roles import May
from ksefapp.lib import clock

SHORTEST, LONGEST = 15, 32
SPECIALS = "!@#$%^&*()-_+="
CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SPECIALS)

PROBLEMS: dict[str, Pair] = {
    "length": (
        "Hasło musi mieć od 15 do 32 znaków.",
        "The password must have 15 to 32 characters.",
    ),
    "upper": ("Brakuje wielkiej litery.", "A capital letter is missing."),
    "lower": ("Brakuje małej litery.", "A small letter is missing."),
    "digit": ("Brakuje cyfry.", "A digit is missing."),
    "special": (
        "Brakuje znaku specjalnego: jednego z !@#$%^&*()-_+=.",
        "A special character is missing: one of !@#$%^&*()-_+=.",
    ),
    "other": (
        "Hasło może mieć tylko litery bez polskich znaków, cyfry i znaki !@#$%^&*()-_+=.",
        "The password may have only letters without Polish characters, digits and !@#$%^&*()-_+=.",
    ),
}


@dataclass(frozen=True)
class Exported:
    """One file to be downloaded, once."""

    name: str
    content: bytes
    type: str


def password_problems(password: str) -> list[str]:
    """Codes of PROBLEMS, none for a password that the Taxpayer App would take (CERT-09)."""
    found = ["length"] if not SHORTEST <= len(password) <= LONGEST else []
    names = ("upper", "lower", "digit", "special")
    for name, letters in zip(names, CLASSES, strict=True):
        if not any(letter in letters for letter in password):
            found.append(name)
    if any(letter not in "".join(CLASSES) for letter in password):
        found.append("other")
    return found


def problem_text(code: str) -> str:
    """A problem in the language of the page."""
    return chosen(PROBLEMS[code])


def may_manage(credential: Credential, company: Company, person: User) -> bool:
    """Whether this person may take the key, revoke, and decide about renewal.

    Of a personal certificate its owner alone, whatever the role; of a company's who keeps the
    company's credentials.
    """
    if credential.owner_user_id:
        return credential.owner_user_id == person.pk
    same = credential.owner_company_id == company.pk
    return same and may_do(Actor(person), company, May.CREDENTIALS)


def key_export(
    *, credential: Credential, company: Company, person: User, password: str
) -> Exported:
    """A zip with `.crt` and the `.key` that this password opens; written down in the history.

    The caller has asked for the account's password again. Raises PermissionDenied for a
    stranger's key, ValueError for a password that breaks the rules or a key that is gone.
    """
    if not may_manage(credential, company, person):
        raise PermissionDenied
    if password_problems(password) or not credential.secret or credential.retired_at:
        raise ValueError("the password breaks the rules, or the key was erased")
    key = encrypt_key(read_key(credential.secret.encode(), None), password)
    name = file_name(credential)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        moment = clock.warsaw(clock.now()).timetuple()[:6]
        for suffix, content in ((".crt", certificate_file(credential).content), (".key", key)):
            archive.writestr(zipfile.ZipInfo(name + suffix, moment), content)
    certificate_audit("certificate.export", credential, company, person)
    return Exported(f"{name}.zip", made.getvalue(), "application/zip")


def certificate_file(credential: Credential) -> Exported:
    """The certificate alone, PEM: nothing secret."""
    content = credential.certificate_pem.encode()
    return Exported(f"{file_name(credential)}.crt", content, "application/x-pem-file")


def file_name(credential: Credential) -> str:
    """`ksef-offline-01F20A5D352AE590`: the use and the number, nobody's name."""
    return f"ksef-{credential.use}-{credential.serial or credential.pk}"
