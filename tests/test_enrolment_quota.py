"""KSeF counts requests for certificates, a person has twelve: no click spends one in vain."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef import enrolment_follow
from auth_ksef.client import KsefApi
from auth_ksef.enrolment import EnrolmentRefused, enrolment_again
from auth_ksef.enrolment_follow import enrolments_follow
from auth_ksef.models import Credential, Enrolment, QuotaCall
from auth_ksef.renewal import renewal_start
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from tests.certificate_support import asked, both, follow, signed

pytest_plugins = ["tests.certificate_support"]
pytestmark = pytest.mark.django_db

State, Use = Enrolment.State, Credential.Use
POST = "POST /certificates/enrollments"


@pytest.fixture
def sealed(ksef, company, owner):
    return signed(ksef, company, owner)


def refusal(function, *args, **named) -> str:
    with pytest.raises(EnrolmentRefused) as caught:
        function(*args, **named)
    return caught.value.code


def test_a_certificate_that_came_is_not_asked_for_anew(sealed, owner):
    both(sealed, uses=[Use.LOGIN])
    assert refusal(enrolment_again, Enrolment.objects.get(), owner) == "done"


def test_a_refusal_that_was_made_good_is_not_asked_for_again(sealed, owner, ksef):
    ksef.fault("enrolment_verdict", "certificate_enroll", code=550)
    (first,) = asked(sealed, uses=[Use.LOGIN])
    follow()
    enrolment_again(Enrolment.objects.get(pk=first.pk), owner)
    follow()
    assert refusal(enrolment_again, Enrolment.objects.get(pk=first.pk), owner) == "done"
    assert ksef.calls.count(POST) == 2


def test_a_request_of_another_environment_is_not_there(sealed, company, owner, client_of):
    (row,) = asked(sealed, uses=[Use.LOGIN])
    Enrolment.objects.update(state=State.REFUSED)
    Company.objects.filter(pk=company.pk).update(environment="test")
    page = reverse("connection-certificates-again", args=[company.nip, row.pk])
    assert client_of(owner).post(page).status_code == 404
    assert Enrolment.objects.count() == 1


def test_the_form_posted_again_after_the_end_asks_for_nothing(sealed, company, owner, client_of):
    both(sealed)
    page = reverse("connection-enrol", args=[company.nip, sealed.pk])
    form = {"uses": [Use.LOGIN, Use.OFFLINE], "name": "Sosna i Syn", "algorithm": "ec-p256"}
    client_of(owner).get(page)
    answer = client_of(owner).post(page, form)
    assert answer.status_code == 422
    assert Enrolment.objects.count() == 2


def test_a_certificate_with_a_successor_is_not_renewed_once_more(sealed, owner, ksef):
    old = both(sealed)[Use.LOGIN]
    renewal_start(credential=old, person=owner)
    follow()
    old.refresh_from_db()
    assert old.replaced_by
    assert refusal(renewal_start, credential=old, person=owner) == "done"
    assert ksef.calls.count(POST) == 3


def test_what_ksef_does_not_hand_out_is_asked_for_ever_more_rarely(sealed, monkeypatch):
    (row,) = asked(sealed, uses=[Use.LOGIN])
    monkeypatch.setattr(KsefApi, "certificates_retrieve", lambda *args, **named: ())
    Enrolment.objects.update(state=State.ISSUED, serial="01F20A5D352AE590")
    pauses = []
    for _ in range(8):
        QuotaCall.objects.all().delete()
        Enrolment.objects.update(next_at=clock.now())
        enrolments_follow()
        row.refresh_from_db()
        pauses.append(row.next_at - clock.now())
    assert row.state == State.ISSUED
    assert pauses[-1] > timedelta(seconds=enrolment_follow.PAUSES[6] - 5)
