"""What KSeF says of a type-2 certificate: asked once a day, told once."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from auth_ksef import kod2_status
from auth_ksef.choosing import credential_for
from auth_ksef.client import KsefLater, KsefRefused
from auth_ksef.credentials import certificate_add, token_add
from auth_ksef.errors import NoCredential
from auth_ksef.kod2_status import status_refresh
from auth_ksef.models import Credential
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.auth_support import TOKEN, pem_files
from tests.paper_support import certified

pytestmark = pytest.mark.django_db


class Told:
    """Stands for KSeF: says a status, or raises."""

    def __init__(self) -> None:
        self.status, self.error, self.calls = "Active", None, 0

    def certificates_query(self, *, access, page):
        self.calls += 1
        if self.error:
            raise self.error
        serials = Credential.objects.values_list("serial", flat=True) if self.status else []
        rows = [SimpleNamespace(serial=serial, status=self.status) for serial in serials]
        return SimpleNamespace(items=rows, has_more=False)


@pytest.fixture
def told(monkeypatch):
    answer = Told()
    monkeypatch.setattr(kod2_status, "ksef_api", lambda environment, company: answer)
    door = lambda credential, company, acting=None: ("t", company)  # noqa: E731
    monkeypatch.setattr(kod2_status, "certificate_access", door)
    return answer


@pytest.fixture
def row(company, owner) -> Credential:
    return certified(company, owner)


def known(row: Credential) -> str:
    row.refresh_from_db()
    return row.ksef_status


def test_a_new_certificate_is_asked_about_and_then_once_a_day(row, told):
    assert status_refresh() == 1
    assert status_refresh() == 0
    yesterday = clock.now() - timedelta(days=1)
    Credential.objects.update(ksef_status_at=yesterday)
    assert status_refresh() == 1
    assert known(row) == "Active"


@pytest.mark.parametrize("status", ["Revoked", "Blocked", "Expired"])
def test_a_certificate_that_may_not_sign_is_told_of_once(row, told, status):
    told.status = status
    for _ in range(2):
        Credential.objects.update(ksef_status_at=None)
        status_refresh()
    assert known(row) == status
    assert Notice.objects.get(key=f"kod2-status:{row.pk}").kind == "bad"


def test_the_notice_ends_when_the_certificate_is_good_again(row, told):
    for told.status in ("Blocked", "Active"):
        Credential.objects.update(ksef_status_at=None)
        status_refresh()
    assert not Notice.objects.filter(key=f"kod2-status:{row.pk}", resolved_at=None).exists()


def test_one_that_is_not_on_the_list_keeps_its_status(row, told):
    Credential.objects.update(ksef_status="Active")
    told.status = ""
    assert status_refresh() == 1
    assert known(row) == "Active"


def test_a_silent_ksef_is_asked_again_and_changes_nothing(row, told):
    told.error = KsefLater("no connection")
    assert status_refresh() == 0
    assert status_refresh() == 0
    assert told.calls == 2
    assert known(row) == ""


def test_a_refused_login_is_not_repeated_today(row, told):
    told.error = KsefRefused("no rights")
    status_refresh()
    status_refresh()
    assert told.calls == 1


def test_nothing_is_asked_for_another_environment(row, told, company):
    company.environment = "test"
    company.save()
    assert status_refresh() == 0
    assert told.calls == 0


def test_one_subject_is_asked_about_once_for_all_its_certificates(row, told, company, owner):
    both = login_certificate(company, owner)
    assert status_refresh() == 2
    assert told.calls == 1
    assert {known(row), known(both)} == {"Active"}


def test_a_revoked_certificate_logs_in_no_more(told, company, owner):
    login = login_certificate(company, owner)
    told.status = "Revoked"
    status_refresh()
    with pytest.raises(NoCredential) as refused:
        credential_for(company)
    assert refused.value.code == "status"
    assert Notice.objects.get(key=f"login-status:{login.pk}").kind == "bad"


def test_a_blocked_certificate_logs_in_only_where_nothing_else_can(told, company, owner):
    blocked = login_certificate(company, owner)
    Credential.objects.filter(pk=blocked.pk).update(ksef_status="Blocked")
    assert credential_for(company) == blocked
    token = token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)
    assert credential_for(company) == token


def login_certificate(company, owner) -> Credential:
    crt, key = pem_files()
    return certificate_add(company=company, certificate=crt, key=key, password=None, added_by=owner)
