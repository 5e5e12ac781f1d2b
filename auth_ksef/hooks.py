"""Questions that this room asks about what rests on a certificate, without knowing who answers.

Rooms above append their callables in `AppConfig.ready`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from auth_ksef.messages import Pair
from auth_ksef.models import Credential
from ksefapp.accounts.models import Company, User


@dataclass(frozen=True)
class Waiting:
    """A document whose KOD II a certificate signed and which has no KSeF number yet.

    `handed_over`: a buyer has it on paper. `anew`: its code was signed anew by the successor
    since, so only the new paper still has to reach the buyer. `state` says where it stands,
    `url` is its page.
    """

    number: str
    company: Company
    buyer: str
    issued_on: date
    handed_over: bool
    state: Pair
    url: str
    anew: bool = False


# Documents that the certificate signed and that have no number yet, the oldest first.
waiting_on_certificate_hooks: list[Callable[[Credential], list[Waiting]]] = []
# Makes them leave for KSeF now; returns how many were due to leave.
send_now_hooks: list[Callable[[Credential, User], int]] = []
# Signs their KOD II anew with what may sign now, so that they can be printed; returns how many.
sign_anew_hooks: list[Callable[[Credential, User], int]] = []
# How many documents carry a KOD II of this certificate, numbered ones too.
signed_count_hooks: list[Callable[[Credential], int]] = []


def waiting_on(credential: Credential) -> list[Waiting]:
    """What all rooms answer."""
    return [row for hook in waiting_on_certificate_hooks for row in hook(credential)]


def send_now(credential: Credential, person: User) -> int:
    """Rings for all of them; how many will leave."""
    return sum(hook(credential, person) for hook in send_now_hooks)


def sign_anew(credential: Credential, person: User) -> int:
    """How many may be printed again."""
    return sum(hook(credential, person) for hook in sign_anew_hooks)


def signed_count(credential: Credential) -> int:
    """How many documents this certificate signed for."""
    return sum(hook(credential) for hook in signed_count_hooks)
