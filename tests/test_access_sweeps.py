"""The background work of access: what fails at one company stops nobody behind it."""

from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
from django.db import connection
from django.urls import reverse

from auth_ksef import kod2_status, office, renewal, rights_operations, tasks
from auth_ksef.farewell import farewells_sweep
from auth_ksef.kod2_status import status_refresh
from auth_ksef.models import Credential, KsefSnapshot, LoginFarewell, RightsOperation
from auth_ksef.office import snapshots_follow
from auth_ksef.renewal import renewals_sweep
from auth_ksef.rights import snapshot_want
from auth_ksef.rights_operations import operation_request, operations_follow
from ksefapp.lib import clock
from ksefapp.lib.keyring import KeyMissing
from tests.auth_support import FakeKsef, plug_in
from tests.cast import OTHER_NIP, company_made
from tests.grants_support import person_body

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(owner):
    return company_made(OTHER_NIP)


class Once:
    """A function that fails at its first call, as where a sealing key is lost, and counts."""

    def __init__(self, answer=None) -> None:
        self.calls, self.answer = [], answer

    def __call__(self, *args, **named):
        self.calls.append((args, named))
        if len(self.calls) == 1:
            raise KeyMissing("k1")
        return self.answer


def change_of(company, person) -> RightsOperation:
    return operation_request(
        company=company,
        requested_by=person,
        kind="persons",
        body=person_body("InvoiceRead"),
        summary=("Nadajemy", "Granting"),
    )


def test_a_change_that_fails_stops_no_change_of_another_company(company, other, owner, monkeypatch):
    first, second = change_of(company, owner), change_of(other, owner)
    step = Once()
    monkeypatch.setattr(rights_operations, "operation_step", step)
    operations_follow()
    assert [args[0].pk for args, _named in step.calls] == [first.pk, second.pk]
    first.refresh_from_db()
    assert (first.state, first.claimed_until) == ("new", None)
    assert first.next_at > clock.now()


def test_a_list_that_fails_stops_no_other_and_is_not_read_for_ever(
    company, other, owner, monkeypatch
):
    for one in (company, other):
        snapshot_want(company=one, person=owner, kind="entities")
    read = Once((None, None))
    monkeypatch.setattr(office, "snapshot_read", read)
    snapshots_follow()
    assert len(read.calls) == 2
    assert not KsefSnapshot.objects.exclude(wanted_at=None).exists()
    assert KsefSnapshot.objects.get(company=company).failure


def farewell_of(company) -> LoginFarewell:
    return LoginFarewell.objects.create(
        company=company,
        environment=company.environment,
        label="x",
        token="refresh",
        until=clock.now() + timedelta(days=1),
        next_at=clock.now(),
    )


def test_a_goodbye_that_no_key_opens_ends_and_stops_no_other(company, other, monkeypatch):
    lost, good = farewell_of(company), farewell_of(other)
    with connection.cursor() as cursor:
        spoiled = "UPDATE auth_ksef_loginfarewell SET token = 'v1:x' WHERE id = %s"
        cursor.execute(spoiled, [lost.pk])
    fake = plug_in(monkeypatch, FakeKsef())
    fake.failures["/auth/sessions/current"] = httpx.Response(204)
    assert farewells_sweep() == 2
    assert fake.count("/auth/sessions/current") == 1
    assert LoginFarewell.objects.exclude(next_at=None).count() == 0
    good.refresh_from_db()
    assert good.revoked_at


def certificate_of(company, owner) -> Credential:
    now = clock.now()
    row = Credential.objects.create(
        environment=company.environment,
        kind="certificate",
        owner_company=company,
        label="Firma",
        secret="x",
        serial="01F20A5D352AE590",
        valid_from=now - timedelta(days=700),
        valid_to=now + timedelta(days=20),
        added_by=owner,
    )
    row.bindings.create(
        company=company, environment=company.environment, purpose="login", bound_by=owner
    )
    return row


def test_a_renewal_that_fails_stops_no_other(company, other, owner, monkeypatch):
    for one in (company, other):
        certificate_of(one, owner)
    start = Once()
    monkeypatch.setattr(renewal, "renewal_obstacle", lambda credential: None)
    monkeypatch.setattr(renewal, "renewal_start", start)
    assert renewals_sweep() == 0
    assert len(start.calls) == 2


def test_a_status_that_fails_stops_no_other(company, other, owner, monkeypatch):
    for one in (company, other):
        certificate_of(one, owner)
    access = Once(("token", other))
    monkeypatch.setattr(kod2_status, "certificate_access", access)
    monkeypatch.setattr(kod2_status, "_listed", lambda *args: {})
    assert status_refresh() == 1
    assert len(access.calls) == 2


def test_limits_that_cannot_be_asked_for_stop_no_other(company, other, monkeypatch):
    access = Once(SimpleNamespace(token="t"))
    monkeypatch.setattr(tasks, "companies_to_ask", lambda: [company, other])
    monkeypatch.setattr(tasks, "access_get", access)
    monkeypatch.setattr(tasks, "limits_learn", lambda **named: None)
    tasks.quota_task()
    assert len(access.calls) == 2


def spoiled(*rows: Credential) -> None:
    """No key opens the secrets of these any more."""
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute("UPDATE auth_ksef_credential SET secret='v1:x' WHERE id=%s", [row.pk])


def test_with_a_lost_key_a_certificate_has_its_page_and_can_be_withdrawn(company, owner, client_of):
    old, new = certificate_of(company, owner), certificate_of(company, owner)
    Credential.objects.filter(pk=old.pk).update(replaced_by=new)
    spoiled(old, new)
    page = reverse("connection-certificates-one", args=[company.nip, old.pk])
    retire = reverse("credential-retire", args=[company.nip, old.pk])
    browser = client_of(owner)
    assert browser.get(page).status_code == 200
    assert browser.get(retire).status_code == 200
    assert browser.post(retire).status_code == 302
    assert Credential.objects.filter(retired_at=None).defer("secret").get() == new
