"""From one signature to both certificates, whatever breaks on the way."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from auth_ksef import enrolment_follow, enrolment_store
from auth_ksef.choosing import credential_for
from auth_ksef.client import CertificateFile
from auth_ksef.csr import EC, key_make, key_pem
from auth_ksef.enrolment import (
    NAME,
    EnrolmentRefused,
    certificate_name,
    enrolment_again,
    enrolment_known,
    enrolment_read,
)
from auth_ksef.enrolment_follow import enrolments_follow
from auth_ksef.keyfiles import read_certificate
from auth_ksef.login import access_get
from auth_ksef.messages import told
from auth_ksef.models import Binding, Credential, Enrolment, SignedLogin
from invoices.services.papers import kod2_make
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from tests.at_once import at_once
from tests.certificate_support import TRADER, asked, both, follow, signed
from tests.paper_support import paper

pytest_plugins = ["tests.certificate_support"]
pytestmark = pytest.mark.django_db

State, Use = Enrolment.State, Credential.Use
POST = "POST /certificates/enrollments"


@pytest.fixture
def sealed(ksef, company, owner):
    return signed(ksef, company, owner)


@pytest.fixture
def anna(ksef, company, owner):
    """The owner, a sole trader, who signed with her own certificate."""
    return signed(ksef, company, owner, TRADER, "person")


def states() -> list[str]:
    return list(Enrolment.objects.order_by("pk").values_list("state", flat=True))


def test_one_signature_gives_both_certificates(sealed):
    found = both(sealed)
    assert states() == [State.STORED, State.STORED]
    assert set(found) == {Use.LOGIN, Use.OFFLINE}


def test_a_seal_makes_them_the_companys(sealed, company):
    assert {row.owner_company for row in both(sealed).values()} == {company}


def test_a_persons_signature_makes_them_that_persons(anna, owner):
    found = both(anna).values()
    assert {(row.owner_user, row.owner_company) for row in found} == {(owner, None)}
    assert all(row.bindings.get().consented_at for row in found)


def test_without_consent_no_binding_has_it(anna):
    assert {row.bindings.get().consented_at for row in both(anna, consent=False).values()} == {None}


def test_each_is_bound_for_its_use(sealed):
    found = both(sealed)
    assert found[Use.LOGIN].bindings.get().purpose == Binding.Purpose.LOGIN
    assert found[Use.OFFLINE].bindings.get().purpose == Binding.Purpose.KOD_II


def test_the_new_certificate_logs_in(sealed, company):
    row = both(sealed)[Use.LOGIN]
    assert access_get(company=company).credential == row


def test_key_and_certificate_belong_together_and_the_request_forgets_its_key(sealed):
    row = both(sealed, algorithm=Enrolment.Algorithm.RSA)[Use.OFFLINE]
    info = read_certificate(row.certificate_pem.encode())
    key = load_pem_private_key(row.secret.encode(), password=None)
    assert (info.algorithm, key.public_key()) == ("RSA 2048", info.certificate.public_key())
    assert set(Enrolment.objects.values_list("secret", flat=True)) == {""}


def test_what_ksef_knows_is_read_once_and_kept(sealed):
    assert enrolment_known(sealed) is None
    enrolment_read(sealed)
    known = enrolment_known(sealed)
    assert known["limits"]["requests_left"] == known["limits"]["requests_limit"]
    assert known["data"]["organizationIdentifier"] == "VATPL-5265877635"


def test_names_are_ksefs_kind_and_differ():
    names = {certificate_name("Sosna & Syn, sp. z o.o. " + "ż" * 90, Use.OFFLINE) for _ in range(9)}
    assert len(names) == 9
    assert all(5 <= len(name) <= 100 and NAME.fullmatch(name) for name in names)


def test_two_clicks_make_one_request(sealed):
    asked(sealed)
    with pytest.raises(EnrolmentRefused) as refused:
        asked(sealed)
    assert refused.value.code == "open"
    assert Enrolment.objects.count() == 2


def test_a_certificate_that_begins_later_is_stored_and_waits(sealed, company, shift):
    old = both(sealed)[Use.LOGIN]
    start = clock.now() + timedelta(days=10)
    new = both(sealed, uses=[Use.LOGIN], valid_from=start)[Use.LOGIN]
    assert credential_for(company) == old
    shift(days=10, minutes=5)
    assert credential_for(company) == new


def test_an_early_type_2_signs_from_its_day_on(sealed, company, owner, shift):
    old = both(sealed)[Use.OFFLINE]
    start = clock.now() + timedelta(days=10)
    new = both(sealed, uses=[Use.OFFLINE], valid_from=start)[Use.OFFLINE]
    assert kod2_make(paper(company, owner), acting=owner).credential == old
    shift(days=10, minutes=5)
    assert kod2_make(paper(company, owner), acting=owner).credential == new


# --- what KSeF refuses ------------------------------------------------------------------
@pytest.mark.parametrize("code", [400, 500, 550])
def test_a_refusal_is_told_with_ksefs_words(sealed, ksef, code):
    ksef.fault("enrolment_verdict", "certificate_enroll", code=code)
    asked(sealed, uses=[Use.LOGIN])
    follow()
    row = Enrolment.objects.get()
    assert (row.state, row.code, row.secret) == (State.REFUSED, code, "")
    assert row.said
    assert AuditEntry.objects.filter(action="certificate.refused").exists()


def test_after_a_refusal_a_person_asks_again_with_a_new_key(sealed, ksef, owner):
    ksef.fault("enrolment_verdict", "certificate_enroll", code=550)
    (first,) = asked(sealed, uses=[Use.LOGIN])
    follow()
    second = enrolment_again(Enrolment.objects.get(pk=first.pk), owner)
    follow()
    second.refresh_from_db()
    assert second.state == State.STORED
    assert bytes(second.csr) != bytes(first.csr)


def test_a_used_up_limit_sends_nothing(sealed, ksef, company):
    with ksef.world.store.write() as db:
        db.execute("REPLACE INTO certificate_limits VALUES ('Nip', ?, 0, 5)", (company.nip,))
    asked(sealed, uses=[Use.LOGIN])
    follow()
    row = Enrolment.objects.get()
    assert row.state == State.REFUSED
    assert "limit" in told(row.said, "pl")
    assert ksef.calls.count(POST) == 0


def test_a_signature_that_ended_before_the_post_asks_for_a_new_one(sealed):
    asked(sealed)
    SignedLogin.objects.update(state=SignedLogin.State.ENDED)
    follow()
    assert states() == [State.REFUSED, State.REFUSED]


def test_a_signature_that_ended_afterwards_is_replaced_by_the_new_type_1(sealed, ksef, shift):
    asked(sealed, uses=[Use.LOGIN])
    follow()
    ksef.fault("slow_enrolment", "certificate_enroll", seconds=1)
    (late,) = asked(sealed, uses=[Use.OFFLINE])
    enrolments_follow()
    SignedLogin.objects.update(state=SignedLogin.State.ENDED)
    late.refresh_from_db()
    assert late.state == State.SENT
    shift(seconds=2)
    follow()
    late.refresh_from_db()
    assert late.state == State.STORED


def test_an_access_token_that_ksef_takes_no_more_is_renewed(sealed):
    asked(sealed, uses=[Use.LOGIN])
    SignedLogin.objects.update(access="not.a.token")
    follow()
    assert states() == [State.STORED]


def test_one_broken_row_does_not_stop_those_behind_it(sealed, monkeypatch):
    first, _second = asked(sealed)
    send = enrolment_follow.STEPS[State.NEW]

    def breaks(row):
        if row.pk == first.pk:
            raise RuntimeError("broken")
        send(row)

    monkeypatch.setitem(enrolment_follow.STEPS, State.NEW, breaks)
    follow()
    assert states() == [State.NEW, State.STORED]


# --- lost answers and killed processes --------------------------------------------------
def test_a_request_that_arrived_without_an_answer_is_found_by_name_and_key(sealed, ksef):
    ksef.fault("error_after", "certificate_enroll", status=504)
    asked(sealed, uses=[Use.LOGIN])
    enrolments_follow()
    assert states() == [State.UNKNOWN]
    follow()
    assert states() == [State.STORED]
    assert ksef.calls.count(POST) == 1


def test_a_request_that_never_arrived_is_sent_anew_only_when_ksefs_count_proves_it(
    sealed, ksef, shift
):
    ksef.fault("error_before", "certificate_enroll", status=504)
    asked(sealed, uses=[Use.LOGIN])
    follow(3)
    assert states() == [State.UNKNOWN]
    assert ksef.calls.count(POST) == 1
    shift(minutes=5)
    follow()
    assert states() == [State.STORED]
    assert ksef.calls.count(POST) == 2


def test_one_that_ksef_counted_is_never_sent_twice(sealed, ksef, shift):
    ksef.fault("error_after", "certificate_enroll", status=504)
    ksef.fault("enrolment_verdict", "certificate_enroll", code=500)
    asked(sealed, uses=[Use.LOGIN])
    follow(3)
    for hours in (1, 5, 30):
        shift(hours=hours)
        SignedLogin.objects.update(access_until=clock.now() + timedelta(minutes=9))
        follow(3)
    assert states() == [State.UNKNOWN]
    assert ksef.calls.count(POST) == 1


def test_while_one_is_unknown_its_subject_sends_no_other(sealed, ksef):
    ksef.fault("error_before", "certificate_enroll", status=504)
    asked(sealed)
    follow(3)
    assert states() == [State.UNKNOWN, State.NEW]


def test_a_person_may_give_an_unknown_one_up(sealed, ksef, owner):
    ksef.fault("error_before", "certificate_enroll", status=504)
    (row,) = asked(sealed, uses=[Use.LOGIN])
    follow(2)
    row.refresh_from_db()
    enrolment_again(row, owner)
    follow()
    assert states() == [State.REFUSED, State.STORED]


class Killed(BaseException):
    """The process ends here."""


def die(*args, **kwargs):
    raise Killed


def lapse() -> None:
    """The dead process's claim runs out."""
    Enrolment.objects.exclude(claimed_until=None).update(claimed_until=clock.now())


DEATHS = [
    (enrolment_follow.KsefApi, "certificate_limits", State.NEW),
    (enrolment_follow.KsefApi, "enroll", State.SENDING),
    (enrolment_follow.KsefApi, "enrollment_status", State.SENT),
    (enrolment_follow.KsefApi, "certificates_retrieve", State.ISSUED),
    (enrolment_store.Binding, "save", State.ISSUED),
]


@pytest.mark.parametrize(("where", "name", "state"), DEATHS, ids=[one[1] for one in DEATHS])
def test_a_process_that_dies_at_any_step_loses_nothing(
    sealed, ksef, monkeypatch, shift, where, name, state
):
    asked(sealed, uses=[Use.OFFLINE])
    with monkeypatch.context() as patched:
        patched.setattr(where, name, die)
        with pytest.raises(Killed):
            follow()
    assert states() == [state]
    shift(minutes=6)
    lapse()
    follow()
    assert states() == [State.STORED]
    assert ksef.calls.count(POST) == 1
    assert Credential.objects.count() == 1


def test_a_process_that_dies_behind_the_post_finds_its_certificate(sealed, ksef, monkeypatch):
    asked(sealed, uses=[Use.OFFLINE])
    real = enrolment_follow.KsefApi.enroll

    def arrive_and_die(self, **what):
        real(self, **what)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(enrolment_follow.KsefApi, "enroll", arrive_and_die)
        with pytest.raises(Killed):
            follow()
    lapse()
    follow()
    assert states() == [State.STORED]
    assert ksef.calls.count(POST) == 1


def test_a_status_that_is_gone_after_30_days_is_looked_for_in_the_list(sealed, ksef, shift):
    asked(sealed, uses=[Use.LOGIN])
    enrolments_follow()
    assert states() == [State.SENT]
    shift(days=31)
    moved = clock.now() + timedelta(days=1)
    monthly = signed(ksef, sealed.company, sealed.person)
    Enrolment.objects.update(signed_login=monthly, next_at=moved)
    follow()
    assert states() == [State.STORED]


# --- what KSeF gives is not believed ----------------------------------------------------
@pytest.mark.parametrize("what", ["key", "kind", "subject", "serial", "file"])
def test_a_certificate_that_is_not_what_was_asked_for_is_not_used(sealed, monkeypatch, what):
    asked(sealed, uses=[Use.LOGIN])
    rows = Enrolment.objects.all()
    changes = {
        "key": lambda: rows.update(secret=other_key()),
        "kind": lambda: rows.update(use=Use.OFFLINE),
        "subject": lambda: rows.update(subject={"commonName": "Inny", "countryName": "PL"}),
        "serial": lambda: rows.update(serial="0" * 16),
        "file": lambda: spoil(monkeypatch),
    }
    while states() != [State.ISSUED]:
        follow(1)
    spoilt = changes[what]
    if what == "serial":
        retrieve = enrolment_follow.KsefApi.certificates_retrieve
        serial = Enrolment.objects.get().serial
        monkeypatch.setattr(
            enrolment_follow.KsefApi,
            "certificates_retrieve",
            lambda self, *, access, serials: retrieve(self, access=access, serials=[serial]),
        )
    spoilt()
    follow()
    assert states() == [State.REFUSED]
    assert not Credential.objects.exists()


def other_key() -> str:
    return key_pem(key_make(EC))


def spoil(monkeypatch) -> None:
    file = CertificateFile("0" * 16, "x", "Authentication", b"nothing")
    monkeypatch.setattr(
        enrolment_follow.KsefApi, "certificates_retrieve", lambda self, **_: (file,)
    )


def test_a_person_who_left_keeps_the_certificate_but_lends_it_no_more(ksef, company, teammate):
    row = signed(ksef, company, teammate, TRADER, "person")
    asked(row, uses=[Use.LOGIN])
    company.memberships.filter(user=teammate).delete()
    follow()
    credential = Credential.objects.get()
    assert (credential.owner_user, credential.bindings.count()) == (teammate, 0)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_request(ksef, company, owner):
    asked(signed(ksef, company, owner), uses=[Use.LOGIN])
    at_once(enrolments_follow, enrolments_follow)
    follow()
    assert states() == [State.STORED]
    assert ksef.calls.count(POST) == 1
