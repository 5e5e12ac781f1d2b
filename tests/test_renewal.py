"""Certificates renew themselves near their end, once, and the old one stays."""

from datetime import timedelta

import pytest

from auth_ksef.client import KsefApi, KsefLater, KsefRefused
from auth_ksef.enrolment import EnrolmentRefused, enrolment_again, renewal_request
from auth_ksef.errors import NoCredential
from auth_ksef.kod2 import kod2_check
from auth_ksef.login import access_get
from auth_ksef.models import Binding, Credential, Enrolment, QuotaCall, TokenCache
from auth_ksef.renewal import open_renewals, renewal_obstacle, renewal_start, renewals_sweep
from invoices.services.papers import kod2_make
from ksefapp.accounts.models import Membership
from ksefapp.accounts.roles import Role
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.cast import OTHER_NIP, company_made
from tests.certificate_support import (
    TRADER,
    arranged,
    both,
    data_of,
    follow,
    signed,
    signed_by_fingerprint,
)
from tests.paper_support import paper

pytest_plugins = ["tests.certificate_support"]
pytestmark = pytest.mark.django_db

State, Use = Enrolment.State, Credential.Use
POST = "POST /certificates/enrollments"
NEAR = {"days": 730 - 20}  # certificates live for two years


@pytest.fixture
def pair(ksef, company, owner):
    """Both certificates of the company, new."""
    return both(signed(ksef, company, owner))


@pytest.fixture
def own(ksef, company, owner):
    """Both certificates of the owner, new, with consent."""
    return both(signed(ksef, company, owner, TRADER, "person"))


def renew() -> int:
    QuotaCall.objects.all().delete()
    return renewals_sweep()


def successor(credential: Credential) -> Credential | None:
    credential.refresh_from_db()
    return credential.replaced_by


def test_far_from_the_end_nothing_happens(pair, shift, ksef):
    sent = ksef.calls.count(POST)
    shift(days=730 - 40)
    assert renew() == 0
    assert ksef.calls.count(POST) == sent


def test_both_types_renew_themselves_by_the_type_1(pair, shift):
    shift(**NEAR)
    assert renew() == 2
    follow()
    new = {use: successor(row) for use, row in pair.items()}
    assert {use: row.use for use, row in new.items()} == {use: use for use in pair}
    assert all(row.valid_to > clock.now() + timedelta(days=700) for row in new.values())


def test_from_which_day_on_is_a_setting(pair, shift, settings):
    settings.KSEF_RENEW_DAYS = 10
    shift(**NEAR)
    assert renew() == 0


def test_it_is_asked_for_once_however_often_the_sweep_runs(pair, shift, ksef):
    sent = ksef.calls.count(POST)
    shift(**NEAR)
    for _ in range(3):
        renew()
    follow()
    renew()
    assert ksef.calls.count(POST) == sent + 2


def test_two_requests_for_one_certificate_cannot_be_stored(pair, company, shift):
    shift(**NEAR)
    row = pair[Use.LOGIN]
    data = {"commonName": "Sosna", "countryName": "PL"}
    made = [renewal_request(credential=row, by=row, company=company, data=data) for _ in range(2)]
    assert [bool(one) for one in made] == [True, False]


def test_the_new_one_serves_and_the_old_one_stays(pair, company, shift):
    shift(**NEAR)
    renew()
    follow()
    old = pair[Use.LOGIN]
    new = successor(old)
    assert (old.retired_at, old.revoked_at, bool(old.secret)) == (None, None, True)
    assert old.bindings.get().ended_at is None
    QuotaCall.objects.all().delete()
    assert access_get(company=company).credential == new


def test_what_the_old_one_signed_keeps_verifying(pair, company, owner, shift):
    code = kod2_make(paper(company, owner), acting=owner)
    shift(**NEAR)
    renew()
    follow()
    assert code.credential == pair[Use.OFFLINE]
    path = code.link.split("://", 1)[1].partition("/")[2].rpartition("/")[0]
    kod2_check(Credential.objects.get(pk=code.credential.pk), link=code.link, path=f"/{path}/")


def test_it_is_bound_wherever_the_old_one_was_with_the_same_consents(own, owner, shift):
    second = company_made(OTHER_NIP, name="Druga")
    Membership.objects.create(user=owner, company=second, role=Role.ISSUER)
    Binding.objects.create(
        credential=own[Use.LOGIN],
        company=second,
        environment="simulator",
        purpose=Binding.Purpose.LOGIN,
        bound_by=owner,
    )
    shift(**NEAR)
    renew()
    follow()
    rows = successor(own[Use.LOGIN]).bindings.order_by("pk")
    assert [(row.company.nip, bool(row.consented_at)) for row in rows] == [
        ("5265877635", True),
        (OTHER_NIP, False),
    ]


def test_one_client_that_shuts_it_out_does_not_stop_the_renewal(own, owner, ksef, shift):
    second = company_made(OTHER_NIP, name="Druga")
    Membership.objects.create(user=owner, company=second, role=Role.ISSUER)
    Binding.objects.create(
        credential=own[Use.LOGIN],
        company=second,
        environment="simulator",
        purpose=Binding.Purpose.LOGIN,
        bound_by=owner,
        consented_at=clock.now(),
    )
    rights = [{"permissionType": "InvoiceWrite", "description": "Osoba próbna"}]
    who = {"authorizedIdentifier": {"type": "Nip", "value": "5265877635"}, "permissions": rights}
    place = {"contextIdentifier": {"type": "Nip", "value": OTHER_NIP}}
    arranged(ksef, "permissions", place | who)
    arranged(ksef, "context/block", {"contextIdentifier": {"type": "Nip", "value": "5265877635"}})
    TokenCache.objects.all().delete()
    shift(**NEAR)
    assert renew() == 2
    follow()
    assert all(successor(row) for row in own.values())


def test_without_consent_a_persons_certificate_asks_the_person(own, shift):
    Binding.objects.update(consented_at=None)
    shift(**NEAR)
    assert renew() == 0
    assert renewal_obstacle(own[Use.LOGIN]).code == "no-consent"


def test_at_the_screen_the_person_needs_no_consent(own, owner, shift):
    Binding.objects.update(consented_at=None)
    shift(**NEAR)
    QuotaCall.objects.all().delete()
    renewal_start(credential=own[Use.LOGIN], person=owner)
    follow()
    assert successor(own[Use.LOGIN]).bindings.get().consented_at is None


def test_another_person_cannot_renew_it(own, accountant, shift):
    Binding.objects.update(consented_at=None)
    shift(**NEAR)
    with pytest.raises(EnrolmentRefused):
        renewal_start(credential=own[Use.LOGIN], person=accountant)
    assert not open_renewals(own[Use.LOGIN]).exists()


@pytest.mark.parametrize("mode", ["ask", "off"])
def test_only_who_left_it_switched_on_is_renewed(pair, shift, mode):
    Credential.objects.update(renewal=mode)
    shift(**NEAR)
    assert renew() == 0


def test_a_type_2_without_any_type_1_asks_a_person(pair, shift):
    Credential.objects.filter(use=Use.LOGIN).update(retired_at=clock.now())
    shift(**NEAR)
    assert renew() == 0
    assert renewal_obstacle(pair[Use.OFFLINE]).code == "no-login"


def test_an_expired_type_1_cannot_renew(pair, shift):
    shift(days=735)
    assert renew() == 0
    assert renewal_obstacle(pair[Use.LOGIN]).code == "no-login"


def test_a_refusal_is_not_repeated_the_same_day_and_three_times_at_most(
    pair, shift, monkeypatch, ksef
):
    def refused(self, *, access):
        raise KsefRefused("certificate_limits: no", code=403, operation="certificate_limits")

    monkeypatch.setattr(KsefApi, "certificate_limits", refused)
    Credential.objects.filter(use=Use.OFFLINE).update(renewal="off")
    for day in range(6):
        shift(days=730 - 20 + day)
        TokenCache.objects.all().delete()
        renew()
        renew()
    assert Enrolment.objects.filter(replaces=pair[Use.LOGIN]).count() == 3
    assert renewal_obstacle(pair[Use.LOGIN]).code == "refused-thrice"


@pytest.mark.parametrize("error", [KsefLater("away"), NoCredential("none", environment="x")])
def test_while_ksef_is_away_it_is_tried_again_in_the_next_run(pair, shift, monkeypatch, error):
    def away(self, *, access):
        raise error

    shift(**NEAR)
    with monkeypatch.context() as patched:
        patched.setattr(KsefApi, "certificate_limits", away)
        assert renew() == 0
    assert renew() == 2


def test_other_data_at_ksef_renew_nothing(pair, shift, monkeypatch):
    other = {
        "commonName": "Obca",
        "countryName": "PL",
        "organizationIdentifier": "VATPL-1111111111",
    }
    monkeypatch.setattr(KsefApi, "enrollment_data", lambda self, *, access: other)
    shift(**NEAR)
    assert renew() == 0
    assert Enrolment.objects.filter(replaces=pair[Use.LOGIN]).get().state == State.REFUSED


def test_what_ksef_gives_for_a_renewal_is_what_is_in_the_certificate(ksef, company, owner):
    row = signed(ksef, company, owner)
    data = data_of(row)
    old = both(row)[Use.LOGIN]
    QuotaCall.objects.all().delete()
    made = renewal_start(credential=old, person=owner)
    assert made.subject == data


def test_a_foreigner_whom_ksef_knows_by_a_fingerprint_is_renewed_too(ksef, company, owner, shift):
    own = both(signed_by_fingerprint(ksef, company, owner))
    shift(**NEAR)
    assert renew() == 2
    follow()
    assert all(successor(row) for row in own.values())


def test_a_certificate_of_another_issuer_is_not_renewed_by_ksef(pair, owner, shift):
    Credential.objects.update(serial="AB" * 20)
    shift(**NEAR)
    assert renew() == 0
    with pytest.raises(EnrolmentRefused) as refused:
        renewal_start(credential=Credential.objects.get(pk=pair[Use.LOGIN].pk), person=owner)
    assert refused.value.code == "foreign"


def renewals_told() -> list[str]:
    rows = Notice.objects.filter(key__startswith="renewal:", over=False)
    return list(rows.values_list("pl", flat=True))


def test_a_refused_renewal_is_told_once_until_it_succeeds(pair, shift, ksef):
    Credential.objects.filter(use=Use.OFFLINE).update(renewal="off")
    ksef.fault("enrolment_verdict", "certificate_enroll", code=550)
    shift(**NEAR)
    renew()
    follow()
    assert ["nie odnowił się" in text for text in renewals_told()] == [True]
    shift(days=730 - 18)
    renew()
    follow()
    assert renewals_told() == []
    assert successor(pair[Use.LOGIN])


def test_one_refused_before_the_request_is_told_too(pair, shift, monkeypatch):
    def refused(self, *, access):
        raise KsefRefused("certificate_limits: no", code=403, operation="certificate_limits")

    monkeypatch.setattr(KsefApi, "certificate_limits", refused)
    shift(**NEAR)
    renew()
    assert len(renewals_told()) == 2


def test_such_a_try_cannot_be_copied(pair, owner, shift, monkeypatch):
    test_one_refused_before_the_request_is_told_too(pair, shift, monkeypatch)
    with pytest.raises(EnrolmentRefused):
        enrolment_again(Enrolment.objects.filter(state=State.REFUSED)[0], owner)
