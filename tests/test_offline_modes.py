"""Which mode a new invoice gets, who decides, what is journalled once and who is told."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from auth_ksef.models import Contact
from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from ksefapp.notify.models import Notice
from offline import journal, modes, watch
from offline.models import CompanyMode, LatarniaState, ModeEntry, Outage

HOUR = timedelta(hours=1)


def ago(**time):
    return clock.now() - timedelta(**time)


def announced(category="FAILURE", *, environment="simulator", start=None, end=None) -> Outage:
    start = start or ago(hours=1)
    row = journal.announcement_record(
        **{"environment": environment, "event_id": f"{category} {start}", "message": None},
        **{"category": category, "start": start, "end": end, "published": start, "title": "x"},
    )
    return row.outage


def ended(outage: Outage, end) -> None:
    row = journal.newest([outage.pk])[outage.pk]
    journal.announcement_record(
        **{"environment": outage.environment, "event_id": outage.event_id, "message": None},
        **{"category": row.category, "start": row.start, "end": end},
        **{"published": row.published, "title": "x"},
    )


def silent(minutes: int, environment="simulator") -> None:
    since = ago(minutes=minutes)
    Contact.objects.create(environment=environment, failing_since=since, failed_at=clock.now())


def rules(company, owner, *, outage=False, minutes=None) -> None:
    modes.rules_set(company=company, by=owner, auto_outage=outage, auto_offline24_minutes=minutes)


def mode_of(company) -> tuple:
    decision = modes.mode_now(company)
    return decision.mode, decision.by_rule, decision.proposal


# --- What decides -------------------------------------------------------------------------------
def test_without_any_reason_it_is_online(company):
    assert mode_of(company) == ("online", False, None)


@pytest.mark.parametrize(("category", "mode"), [("FAILURE", "awaria"), ("MAINTENANCE", "niedost")])
def test_an_announced_outage_is_proposed_and_by_rule_decided(company, owner, category, mode):
    outage = announced(category)
    assert mode_of(company) == ("online", False, mode)
    rules(company, owner, outage=True)
    assert mode_of(company) == (mode, True, None)
    assert modes.mode_now(company).outage == outage


def test_total_failure_is_never_automatic(company, owner):
    rules(company, owner, outage=True, minutes=1)
    silent(60)
    announced("TOTAL_FAILURE")
    assert mode_of(company) == ("online", False, "calkowita")


def test_a_failure_goes_before_maintenance(company, owner):
    rules(company, owner, outage=True)
    announced("MAINTENANCE", start=ago(minutes=5))
    announced("FAILURE", start=ago(hours=2))
    assert mode_of(company) == ("awaria", True, None)


def test_maintenance_counts_between_its_start_and_its_end_only(company, owner):
    rules(company, owner, outage=True)
    now = clock.now()
    announced("MAINTENANCE", start=now + HOUR, end=now + 2 * HOUR)
    found = [modes.mode_now(company, now + after * HOUR).mode for after in (0, 1, 1.9, 2)]
    assert found == ["online", "niedost", "niedost", "online"]


@pytest.mark.parametrize("environment", ["test", "demo"])
def test_the_latarnia_of_a_try_out_drives_nothing(company, owner, environment):
    company.environment = environment
    company.save()
    rules(company, owner, outage=True)
    announced("TOTAL_FAILURE", environment=environment)
    announced("FAILURE", environment=environment)
    assert mode_of(company) == ("online", False, None)


def test_an_own_entry_drives_there_too(company, owner):
    company.environment = "test"
    company.save()
    rules(company, owner, outage=True)
    journal.outage_enter(
        company=company, by=owner, category="FAILURE", start=ago(hours=1), note="BIP"
    )
    assert mode_of(company) == ("awaria", True, None)


def test_our_own_silence_is_never_an_outage(company, owner):
    rules(company, owner, outage=True)
    silent(600)
    assert mode_of(company) == ("online", False, "offline24")


def test_offline24_comes_by_rule_after_the_minutes(company, owner):
    rules(company, owner, minutes=30)
    silent(29)
    assert mode_of(company) == ("online", False, None)
    Contact.objects.update(failing_since=ago(minutes=30))
    assert mode_of(company) == ("offline24", True, None)


def test_a_short_silence_proposes_nothing(company):
    silent(1)
    assert mode_of(company) == ("online", False, None)


def test_offline24_by_hand_stays_until_switched_off(company, owner):
    modes.offline24_on(company=company, by=owner, why="remont")
    assert mode_of(company) == ("offline24", False, "online")
    modes.offline24_off(company=company, by=owner)
    assert mode_of(company) == ("online", False, None)


def test_offline24_by_hand_stays_during_maintenance(company, owner):
    rules(company, owner, outage=True)
    modes.offline24_on(company=company, by=owner)
    announced("MAINTENANCE")
    assert mode_of(company)[0] == "offline24"


def test_a_failure_goes_before_offline24_by_hand(company, owner):
    modes.offline24_on(company=company, by=owner)
    announced("FAILURE")
    assert mode_of(company) == ("offline24", False, "awaria")
    rules(company, owner, outage=True)
    assert mode_of(company) == ("awaria", True, None)


# --- Setting aside ------------------------------------------------------------------------------
def overruled(company, owner, **until) -> None:
    rules(company, owner, outage=True)
    modes.outage_overrule(company=company, by=owner, why="u nas działa", **until)


def test_an_overruled_mode_comes_back_if_the_outage_goes_on(company, owner):
    announced()
    until = clock.now() + HOUR
    overruled(company, owner, until=until)
    assert mode_of(company) == ("online", False, None)
    assert modes.mode_now(company, until).mode == "awaria"


def test_overruled_without_an_end_holds_for_this_outage_only(company, owner):
    announced(start=ago(hours=3))
    overruled(company, owner)
    assert modes.mode_now(company, clock.now() + 1000 * HOUR).mode == "online"
    announced(start=ago(minutes=1))
    assert mode_of(company) == ("awaria", True, None)


def test_it_may_be_taken_back_before(company, owner):
    announced()
    overruled(company, owner)
    modes.overrule_end(company=company, by=owner)
    assert mode_of(company) == ("awaria", True, None)


def test_there_must_be_something_to_set_aside_and_a_reason(company, owner):
    with pytest.raises(ValidationError):
        modes.outage_overrule(company=company, by=owner, why="tak")
    announced()
    rules(company, owner, outage=True)
    with pytest.raises(ValidationError):
        modes.outage_overrule(company=company, by=owner, why=" ")


def test_only_the_outages_own_mode_is_set_aside(company, owner):
    announced()
    silent(60)
    rules(company, owner, minutes=1)
    assert mode_of(company) == ("offline24", True, "awaria")
    with pytest.raises(ValidationError):
        modes.outage_overrule(company=company, by=owner, why="tak")


# --- The journal --------------------------------------------------------------------------------
def entries(company) -> list[tuple]:
    rows = ModeEntry.objects.filter(company=company).order_by("id")
    return [(row.what, row.mode, row.by_id) for row in rows]


def test_who_and_why_are_journalled_and_audited(company, owner):
    rules(company, owner, outage=True)
    modes.offline24_on(company=company, by=owner, why="remont")
    modes.offline24_off(company=company, by=owner)
    who = owner.pk
    expected = [("rules", "", who), ("on", "offline24", who), ("off", "online", who)]
    assert entries(company) == expected
    assert ModeEntry.objects.get(what="on").why == "remont"
    actions = AuditEntry.objects.filter(company=company, user=owner).values_list(
        "action", flat=True
    )
    assert sorted(actions) == ["mode.off", "mode.on", "mode.rules"]


def test_the_same_again_is_journalled_once(company, owner):
    for _ in range(2):
        rules(company, owner, outage=True)
        modes.offline24_on(company=company, by=owner)
    assert len(entries(company)) == 2


def test_an_automatic_change_is_journalled_once_and_so_is_the_return(company, owner):
    rules(company, owner, outage=True)
    outage = announced()
    assert [watch.modes_sweep() for _ in range(3)] == [1, 0, 0]
    ended(outage, clock.now())
    assert [watch.modes_sweep() for _ in range(2)] == [1, 0]
    assert entries(company)[1:] == [("change", "awaria", None), ("change", "online", None)]


def test_what_a_person_did_is_not_journalled_again_by_the_sweep(company, owner):
    modes.offline24_on(company=company, by=owner)
    assert watch.modes_sweep() == 0


def test_minutes_have_bounds(company, owner):
    for minutes in (0, 1441):
        with pytest.raises(ValidationError):
            rules(company, owner, minutes=minutes)


# --- Environments -------------------------------------------------------------------------------
def test_nothing_is_carried_into_another_environment(company, owner):
    rules(company, owner, outage=True)
    modes.offline24_on(company=company, by=owner)
    company.environment = "production"
    company.save()
    announced(environment="production")
    assert mode_of(company) == ("online", False, "awaria")
    rules(company, owner, minutes=5)
    row = CompanyMode.objects.get(company=company)
    assert (row.auto_outage, row.offline24_since) == (False, None)


# --- Who is told --------------------------------------------------------------------------------
def notices(company) -> dict[str, str]:
    rows = Notice.objects.filter(company=company, over=False)
    return {row.key.split(":")[0]: row.kind for row in rows}


def test_an_automatic_mode_is_told_and_alarms_without_kod2(company, owner):
    rules(company, owner, outage=True)
    announced()
    watch.modes_sweep()
    assert notices(company) == {"mode": "warn", "mode-kod2": "bad"}


def test_the_end_is_told_and_the_rest_resolved(company, owner):
    rules(company, owner, outage=True)
    outage = announced()
    watch.modes_sweep()
    ended(outage, clock.now())
    watch.modes_sweep()
    assert notices(company) == {"back": "info"}


def test_a_proposal_is_told_to_companies_without_rules(company):
    outage = announced()
    watch.modes_sweep()
    assert notices(company) == {"mode-proposal": "warn"}
    ended(outage, clock.now())
    watch.modes_sweep()
    assert notices(company) == {}


def test_an_outage_without_an_end_is_told_while_latarnia_says_that_all_is_well(company):
    state = LatarniaState.objects.create(environment="simulator", status="AVAILABLE")
    announced()
    for changed, told in ((ago(minutes=59), False), (ago(minutes=60), True)):
        LatarniaState.objects.filter(pk=state.pk).update(changed_at=changed)
        cache.clear()
        watch.modes_sweep()
        assert Notice.objects.filter(key__startswith="mode-open", over=False).exists() == told


def test_an_entry_that_latarnia_has_overtaken_is_told_until_it_is_amended(company, owner):
    outage = announced()
    facts = {"category": "FAILURE", "start": ago(hours=2), "note": "BIP"}
    own = journal.outage_enter(company=company, by=owner, replaces=outage, **facts)
    seen = Notice.objects.filter(key__startswith="mode-overtaken", over=False)
    for step, told in (
        (lambda: None, False),
        (lambda: ended(outage, clock.now()), True),
        (lambda: journal.outage_amend(outage=own, by=owner, **facts, end=clock.now()), False),
    ):
        step()
        cache.clear()
        watch.modes_sweep()
        assert seen.exists() == told


def test_our_silence_is_told_without_a_letter(company, monkeypatch):
    monkeypatch.setattr(watch, "contact_probe", lambda environment: False)
    silent(60)
    watch.modes_sweep()
    assert Notice.objects.get().mail_at is None


# --- Is KSeF back? ------------------------------------------------------------------------------
def test_a_silent_ksef_is_probed_now_and_then(company, simulator):
    silent(60)
    assert watch.contact_probe("simulator")
    assert Contact.objects.get().failing_since is None
    assert not watch.contact_probe("simulator")


def test_a_ksef_that_stays_silent_is_asked_once_in_a_while(company, monkeypatch):
    calls = []

    class Silent:
        def public_keys(self):
            calls.append(1)

    monkeypatch.setattr(watch, "ksef_api", lambda environment: Silent())
    silent(60)
    assert not any(watch.contact_probe("simulator") for _ in range(5))
    assert len(calls) == 1


def test_an_answering_ksef_is_not_probed(company):
    Contact.objects.create(environment="simulator", answered_at=clock.now())
    assert not watch.contact_probe("simulator")
