"""Changes of rights against the simulator: sent once, followed, and found again when lost."""

from datetime import timedelta

import pytest

from auth_ksef import rights_operations
from auth_ksef.client import KsefLater
from auth_ksef.messages import told
from auth_ksef.models import KsefSnapshot, RightsOperation
from auth_ksef.rights_operations import (
    ABSENT_AFTER,
    CLAIM,
    GIVE_UP,
    operation_close,
    operation_request,
    operations_follow,
)
from ksefapp.accounts.models import AuditEntry, Membership
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from tests.grants_support import ANNA, OFFICE, authorization_body, entity_body, here, person_body
from tests.grants_support import owner as owner_at
from tests.rights_support import followed, given_to_anna, own, sealed

pytestmark = pytest.mark.django_db

PERSONS = "POST /permissions/persons/grants"


def asked(company, person, kind="persons", body=None, **options):
    body = body or person_body("InvoiceRead")
    summary = ("Nadajemy: Anna", "Granting: Anna")
    return operation_request(
        company=company, requested_by=person, kind=kind, body=body, summary=summary, **options
    )


def lists(sim, company):
    return {
        (row["authorizedIdentifier"]["value"], row["permissionScope"])
        for row in here(owner_at(sim, company.nip))
    }


def age(row, **by):
    """The change was asked for and sent that long ago."""
    then = clock.now() - timedelta(**by)
    RightsOperation.objects.filter(pk=row.pk).update(requested_at=then, sent_at=then)


@pytest.fixture
def seal(company, owner, line):
    return sealed(company, owner)


def test_a_grant_is_sent_followed_and_listed(sim, seal, company, owner):
    row = followed(asked(company, owner))
    assert (row.state, row.code, bool(row.reference)) == ("done", 200, True)
    assert (ANNA, "InvoiceRead") in lists(sim, company)


def test_after_the_end_the_page_has_a_fresh_list(seal, company, owner):
    followed(asked(company, owner))
    rows = KsefSnapshot.objects.get(company=company, kind="persons").rows
    assert [row["permissionScope"] for row in rows] == ["InvoiceRead"]


def test_an_entity_may_pass_on_when_asked_to(seal, company, owner):
    body = entity_body("InvoiceRead", delegate=True)
    assert followed(asked(company, owner, "entities", body)).state == "done"
    rows = KsefSnapshot.objects.get(company=company, kind="persons").rows
    assert rows[0]["canDelegate"] is True


def test_self_billing_stands_in_its_own_list(seal, company, owner):
    row = followed(asked(company, owner, "authorizations", authorization_body()))
    assert row.state == "done"
    rows = KsefSnapshot.objects.get(company=company, kind="authorizations").rows
    assert rows[0]["authorizedEntityIdentifier"]["value"] == OFFICE


def test_a_right_is_withdrawn(sim, seal, company, owner):
    followed(asked(company, owner))
    (row,) = KsefSnapshot.objects.get(company=company, kind="persons").rows
    body = {"id": row["id"], "list": "persons"}
    assert followed(asked(company, owner, "revoke", body)).state == "done"
    assert lists(sim, company) == set()


def test_two_clicks_are_one_change(seal, company, owner, line):
    first, second = asked(company, owner), asked(company, owner)
    assert first.pk == second.pk
    followed(first)
    assert line.count(PERSONS) == 1


def test_after_its_end_the_same_change_may_be_asked_for_again(seal, company, owner):
    first = followed(asked(company, owner))
    assert asked(company, owner).pk != first.pk


def test_a_lost_answer_is_found_in_the_list_without_a_second_grant(seal, company, owner, line):
    line.lost.append("/permissions/persons/grants")
    row = asked(company, owner)
    operations_follow()
    row.refresh_from_db()
    assert row.state == "unknown"
    assert followed(row).state == "done"
    assert line.count(PERSONS) == 1


def test_a_lost_withdrawal_is_found_in_the_list(seal, company, owner, line):
    followed(asked(company, owner))
    (found,) = KsefSnapshot.objects.get(company=company, kind="persons").rows
    line.lost.append(f"/permissions/common/grants/{found['id']}")
    row = followed(asked(company, owner, "revoke", {"id": found["id"], "list": "persons"}))
    assert (row.state, line.count(f"DELETE /permissions/common/grants/{found['id']}")) == (
        "done",
        1,
    )


def test_what_never_arrived_is_told_after_an_hour_and_never_sent_again(seal, company, owner, line):
    row = asked(company, owner)
    RightsOperation.objects.update(state="sending", sent_at=clock.now())
    followed(row, times=3)
    assert row.state == "unknown"
    age(row, seconds=ABSENT_AFTER.total_seconds())
    assert followed(row).state == "refused"
    assert line.count(PERSONS) == 0
    assert "jeszcze raz" in told(row.said, "pl")


def test_killed_after_the_grant_left_it_is_reconciled(sim, seal, company, owner, line):
    row = asked(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    RightsOperation.objects.update(
        state="sending", sent_at=clock.now(), claimed_until=clock.now() - CLAIM
    )
    assert followed(row).state == "done"
    assert line.count(PERSONS) == 0


def test_a_claimed_change_is_left_to_its_process(seal, company, owner, line):
    asked(company, owner)
    RightsOperation.objects.update(claimed_until=clock.now() + CLAIM)
    assert operations_follow() == 0
    assert line.calls == []


def test_a_process_that_lost_its_claim_sends_nothing(seal, company, owner, line, monkeypatch):
    row = asked(company, owner)
    step = rights_operations._STEPS["new"]

    def slow(one):
        RightsOperation.objects.update(claimed_until=clock.now() + 2 * CLAIM)
        step(one)

    monkeypatch.setitem(rights_operations._STEPS, "new", slow)
    operations_follow()
    row.refresh_from_db()
    assert (row.state, line.count(PERSONS)) == ("new", 0)


def test_without_a_connection_it_waits_and_then_goes(seal, company, owner, line):
    line.cut.append("/permissions/persons/grants")
    row = asked(company, owner)
    operations_follow()
    row.refresh_from_db()
    assert (row.state, bool(row.said)) == ("new", True)
    assert followed(row).state == "done"


def test_what_could_not_leave_for_a_day_is_given_up(seal, company, owner, line):
    row = asked(company, owner)
    RightsOperation.objects.update(requested_at=clock.now() - GIVE_UP)
    line.cut.append("/auth/challenge")
    assert followed(row, times=1).state == "refused"
    assert line.count(PERSONS) == 0


@pytest.mark.parametrize("code", [400, 410, 420, 430, 440, 450, 500, 550])
def test_each_verdict_is_told_with_the_next_step(sim, seal, company, owner, code):
    sim.world.faults.add("operation_verdict", "grant_persons", 1, {"code": code}, "test")
    row = followed(asked(company, owner))
    assert (row.state, row.code) == ("refused", code)
    assert f"({code})" in told(row.said, "pl")
    assert f"({code})" in told(row.said, "en")


def test_an_own_certificate_without_the_right_leaves_it_to_the_companys(sim, seal, company, owner):
    own(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    body = person_body("InvoiceWrite")
    assert followed(asked(company, owner, "persons", body)).state == "done"


def test_without_the_right_to_manage_it_says_what_is_needed(sim, company, owner, line):
    own(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    row = followed(asked(company, owner))
    assert row.state == "refused"
    assert "zarządzanie uprawnieniami" in told(row.said, "pl")


def test_who_is_no_longer_owner_changes_nothing(seal, company, owner, line):
    row = asked(company, owner)
    Membership.objects.filter(user=owner).update(role="viewer")
    assert followed(row).state == "refused"
    assert line.calls == []


def test_a_change_that_did_not_leave_before_the_environment_changed_is_over(
    seal, company, owner, line
):
    row = asked(company, owner)
    type(company).objects.update(environment="test")
    assert followed(row).state == "refused"
    assert line.calls == []


def test_a_list_that_cannot_be_read_leaves_it_unknown_until_a_person_ends_it(
    sim, company, owner, line
):
    own(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    row = asked(company, owner)
    RightsOperation.objects.update(state="unknown", sent_at=clock.now() - GIVE_UP)
    assert followed(row, times=2).state == "unknown"
    assert operation_close(operation=row, closed_by=owner) is True
    row.refresh_from_db()
    assert row.state == "refused"


def test_a_change_that_nobody_can_ask_about_any_more_may_be_ended_by_hand(
    seal, company, owner, line
):
    row = asked(company, owner)
    RightsOperation.objects.update(state="sent", reference="x", sent_at=clock.now() - GIVE_UP)
    seal.bindings.update(ended_at=clock.now())
    assert (followed(row, times=1).state, line.calls) == ("unknown", [])
    assert operation_close(operation=row, closed_by=owner) is True


def test_only_the_unknown_is_ended_by_hand(seal, company, owner):
    row = followed(asked(company, owner))
    assert operation_close(operation=row, closed_by=owner) is False


def test_a_full_quota_sends_nothing_and_waits(seal, company, owner, line, monkeypatch):
    def full(*_arguments, **_named):
        raise KsefLater("quota", retry_after=900)

    monkeypatch.setattr(rights_operations, "asked", full)
    row = asked(company, owner)
    operations_follow()
    row.refresh_from_db()
    assert (row.state, row.next_at > clock.now() + timedelta(seconds=800)) == ("new", True)


def test_history_names_the_change_without_a_whole_pesel(seal, company, owner):
    asked(company, owner)
    entry = AuditEntry.objects.get(action="rights.grant")
    assert ANNA not in entry.subject
    assert ANNA not in str(entry.details)


def test_a_refusal_is_told_on_the_pages_once(sim, seal, company, owner):
    sim.world.faults.add("operation_verdict", "grant_persons", 1, {"code": 440}, "test")
    row = followed(asked(company, owner))
    notice = Notice.objects.get(key=f"rights:{row.pk}")
    assert notice.path.endswith(f"/{row.pk}/")


def test_a_slow_process_whose_claim_is_over_changes_nothing(seal, company, owner, line):
    row = asked(company, owner)
    RightsOperation.objects.update(state="sending", claimed_until=clock.now() + CLAIM)
    rights_operations._wait(row, ("nie ma połączenia", "no connection"), None)
    row.refresh_from_db()
    assert row.state == "sending"
