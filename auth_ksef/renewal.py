"""Certificates renew themselves: a login by a valid type-1 certificate asks for the successor.

The old one stays where it is until its own end: what it signed must keep verifying, so a renewal
revokes nothing. A type-2 certificate is renewed by the type-1 of the same person or company.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from auth_ksef.api import ksef_api
from auth_ksef.certificate_access import own_access, own_login, subject_of, subject_of_data
from auth_ksef.client import KsefError, KsefRefused
from auth_ksef.enrolment import OPEN, EnrolmentRefused, State, limit_refusal, renewal_request
from auth_ksef.errors import NoCredential, words_of
from auth_ksef.kod2 import KSEF_SERIAL
from auth_ksef.messages import stored, told
from auth_ksef.models import Binding, Credential, Enrolment
from ksefapp.accounts.models import User
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_raise, notice_resolve

log = logging.getLogger(__name__)

MOST_REFUSALS = 3
PAUSE = timedelta(days=1)  # after a refusal
GOOD = ("", "Active")


def renewals_sweep() -> int:
    """Asks for the successors that are due; returns for how many."""
    return sum(_renewed(row) for row in _due())


def renewal_start(*, credential: Credential, person: User | None = None) -> Enrolment | None:
    """Asks for the successor of a certificate now; None when that is under way already.

    `person` is at the screen and wants it, so no consent to background use is needed. Raises
    EnrolmentRefused, NoCredential, KsefError. Calls KSeF, so never inside a transaction.
    """
    if own_login(credential, acting=person) is None or not KSEF_SERIAL.fullmatch(credential.serial):
        raise renewal_obstacle(credential, acting=person) or EnrolmentRefused("no-login")
    if Credential.objects.filter(pk=credential.replaced_by_id, retired_at=None).exists():
        raise EnrolmentRefused("done")
    if open_renewals(credential).exists():
        return None
    own = own_access(credential, acting=person)
    if own is None:  # it was withdrawn a moment ago
        raise EnrolmentRefused("no-login")
    access, by = own
    api = ksef_api(credential.environment, by.company)
    refusal = limit_refusal(api.certificate_limits(access=access))
    if refusal:
        raise refusal
    data = api.enrollment_data(access=access)
    if subject_of_data(data) != subject_of(credential):
        raise EnrolmentRefused("subject")
    return renewal_request(
        credential=credential, by=by.credential, company=by.company, data=data, person=person
    )


def renewal_obstacle(
    credential: Credential, *, acting: User | None = None
) -> EnrolmentRefused | None:
    """Why the certificate cannot renew itself; None when it can."""
    if not KSEF_SERIAL.fullmatch(credential.serial):
        return EnrolmentRefused("foreign")
    if refusals(credential).count() >= MOST_REFUSALS:
        return EnrolmentRefused("refused-thrice")
    if own_login(credential, acting=acting):
        return None
    person = credential.owner_user
    if person and acting is None and own_login(credential, acting=person):
        return EnrolmentRefused("no-consent")
    return EnrolmentRefused("no-login")


def renewal_from(credential: Credential) -> datetime:
    """From when on it is renewed by itself."""
    return credential.valid_to - timedelta(days=settings.KSEF_RENEW_DAYS)


def open_renewals(credential: Credential) -> QuerySet[Enrolment]:
    """The request for its successor that is under way: one at most."""
    return Enrolment.objects.filter(replaces=credential, state__in=OPEN)


def refusals(credential: Credential) -> QuerySet[Enrolment]:
    """Requests for its successor that came to nothing."""
    return Enrolment.objects.filter(replaces=credential, state=State.REFUSED)


def renewal_failed(row: Enrolment) -> None:
    """People are told, once until it succeeds, that a renewal by itself was refused."""
    old = row.replaces
    pl, en = (told(row.said, language) for language in ("pl", "en"))
    notice_raise(
        company=row.company,
        environment=row.environment,
        key=f"renewal:{old.pk}",
        kind=Notice.Kind.WARN,
        text=(
            f"Certyfikat „{old.label}” nie odnowił się: {pl}",
            f"The certificate “{old.label}” was not renewed: {en}",
        ),
        path=reverse("connection-certificates-one", args=[row.company.nip, old.pk]),
        # A person's own is written of to that person, by the warnings.
        mail=row.owner_user_id is None,
    )


def renewal_done(row: Enrolment) -> None:
    """The successor is there: nothing of it is a matter any more."""
    key = f"renewal:{row.replaces_id}"
    notice_resolve(row.company, key, environment=row.environment)


def _due() -> list[Credential]:
    now = clock.now()
    rows = Credential.objects.filter(
        kind=Credential.Kind.CERTIFICATE,
        renewal=Credential.Renewal.AUTO,
        retired_at=None,
        replaced_by=None,
        revoked_at=None,
        ksef_status__in=GOOD,
        valid_to__gt=now,
        valid_to__lte=now + timedelta(days=settings.KSEF_RENEW_DAYS),
        pk__in=Binding.objects.filter(ended_at=None).values("credential"),
    )
    busy = Enrolment.objects.filter(state__in=OPEN).exclude(replaces=None)
    tried = Enrolment.objects.filter(requested_at__gt=now - PAUSE).exclude(replaces=None)
    rows = rows.exclude(pk__in=busy.values("replaces")).exclude(pk__in=tried.values("replaces"))
    return list(rows.defer("secret").select_related("owner_user", "owner_company"))


def _renewed(credential: Credential) -> bool:
    if renewal_obstacle(credential):
        return False  # the warnings ask a person
    try:
        return renewal_start(credential=credential) is not None
    except EnrolmentRefused as refusal:
        _record(credential, stored((refusal.pl, refusal.en)))
    except KsefRefused as error:
        _record(credential, stored(words_of(error)), error.code)
    except (KsefError, NoCredential) as error:
        log.info("certificate %s cannot be renewed now: %s", credential.pk, error)
    except Exception:
        # A key of ours that is lost, say: the certificates behind it are other people's.
        log.exception("certificate %s could not be renewed", credential.pk)
    return False


def _record(credential: Credential, said: str, code: int | None = None) -> None:
    """A try that ended before there was a request: it counts, and is not repeated today."""
    by = own_login(credential)
    row = Enrolment.objects.create(
        company=by.company if by else credential.bindings.filter(ended_at=None)[0].company,
        environment=credential.environment,
        owner_user=credential.owner_user,
        owner_company=credential.owner_company,
        use=credential.use,
        name=credential.label[:100],
        secret="",
        csr=b"",
        replaces=credential,
        state=State.REFUSED,
        said=said,
        code=code,
        finished_at=clock.now(),
    )
    renewal_failed(row)
