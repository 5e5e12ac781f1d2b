"""Work that follows an accepted invoice and may be repeated without harm: UPO and prints."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q

from auth_ksef.client import KsefError
from auth_ksef.errors import NoCredential
from auth_ksef.messages import stored
from invoices.models import Chore
from invoices.render.pdf import PrintUnavailable
from invoices.services.prints import print_make
from invoices.services.upo import UpoWrong, upo_fetch
from invoices.services.upo_adopted import UpoElsewhere
from invoices.services.waiting import text_of
from ksefapp.accounts.audit import audit
from ksefapp.lib import clock

log = logging.getLogger(__name__)

MOST_PER_RUN = 50
GONE = (
    "KSeF nie przechowuje już tego UPO. Numer KSeF pozostaje ważny.",
    "KSeF does not keep this UPO any more. The KSeF number stays valid.",
)


def due() -> "list[Chore]":
    """Chores that nobody works on and whose time has come.

    A UPO is asked for only in the environment in which the company works now.
    """
    now = clock.now()
    here = Q(document__environment=F("document__company__environment"))
    return list(
        Chore.objects.filter(done_at=None, not_before__lte=now)
        .filter(Q(lease_until=None) | Q(lease_until__lte=now))
        .filter(here | ~Q(kind=Chore.Kind.UPO))
        .select_related(
            "document",
            "document__company",
            "document__submission",
            "document__submission__session",
        )
        .order_by("not_before")[:MOST_PER_RUN]
    )


def chores_run() -> int:
    """Does what is due; returns how many were done."""
    return sum(_run(chore) for chore in due() if _take(chore))


def _take(chore: Chore) -> bool:
    now = clock.now()
    # Its time is looked at again: what one UPO page settles or delays was read before that.
    free = Chore.objects.filter(pk=chore.pk, tries=chore.tries, done_at=None, not_before__lte=now)
    taken = free.filter(Q(lease_until=None) | Q(lease_until__lte=now)).update(
        tries=chore.tries + 1,
        lease_until=now + timedelta(seconds=settings.KSEF_LEASE_SECONDS),
    )
    return bool(taken)


def _run(chore: Chore) -> bool:
    try:
        _do(chore)
    except (KsefError, NoCredential, UpoWrong, UpoElsewhere, PrintUnavailable) as error:
        if getattr(error, "http_status", None) == 410:
            _give_up(chore)
        else:
            _again_later(chore, text_of(error), getattr(error, "retry_after", None))
        return False
    except Exception as error:  # one broken document must not stop the others
        log.exception("chore %s failed", chore.pk)
        _again_later(chore, type(error).__name__, None)
        return False
    # Only if it is still this try: a print ordered anew meanwhile is not done by the old one.
    still = Chore.objects.filter(pk=chore.pk, tries=chore.tries + 1)
    still.update(done_at=clock.now(), lease_until=None, last_text="")
    return True


def _do(chore: Chore) -> None:
    if chore.kind == Chore.Kind.UPO:
        upo_fetch(document=chore.document)
        audit("invoice.upo", company=chore.document.company, subject=chore.document.number)
    else:
        print_make(document=chore.document, language=chore.language)


def _give_up(chore: Chore) -> None:
    """410: KSeF keeps it no longer. The number and the invoice are as valid as before."""
    Chore.objects.filter(pk=chore.pk).update(
        done_at=clock.now(), lease_until=None, last_text=stored(GONE)
    )


def _again_later(chore: Chore, text: str, retry_after: int | None) -> None:
    """The UPO comes a little after the number: the first tries are close together."""
    seconds = retry_after if retry_after is not None else min(3600, 2 ** min(chore.tries, 12))
    Chore.objects.filter(pk=chore.pk).update(
        lease_until=None,
        not_before=clock.now() + timedelta(seconds=seconds),
        last_text=text[:1000],
    )
