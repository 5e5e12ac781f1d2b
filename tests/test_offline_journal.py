"""The outage journal: entries by hand, versions, what counts for whom, the announcement."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from ksefapp.accounts.models import AuditEntry
from ksefapp.lib import clock
from offline import journal
from offline.models import Outage, OutageVersion
from offline.signals import outage_changed

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
FACTS = {"category": "FAILURE", "start": START, "end": None, "link": "https://bip.example/1"}


def entered(company, owner, **changes) -> Outage:
    return journal.outage_enter(company=company, by=owner, **(FACTS | changes))


def announced(environment: str = "simulator", **changes) -> Outage:
    """One of Latarnia's."""
    facts = {"category": "FAILURE", "start": START, "end": None, "published": None}
    row = journal.announcement_record(
        **{"environment": environment, "event_id": "7", "message": None, "title": "Awaria"},
        **(facts | changes),
    )
    return row.outage


@pytest.fixture
def heard():
    """What the signal said."""
    calls = []

    def listen(sender, signal, **facts):
        calls.append(facts)

    outage_changed.connect(listen)
    yield calls
    outage_changed.disconnect(listen)


def test_an_entry_counts_for_its_company_only(company, other_company, owner):
    outage = entered(company, owner)
    (event,) = journal.event_list(company)
    assert (event.id, event.category, event.start) == (outage.pk, "FAILURE", START)
    assert journal.event_list(other_company) == []


def test_latarnias_outage_counts_for_all_of_its_environment(company, other_company):
    announced()
    assert journal.event_list(company) == journal.event_list(other_company) != []


@pytest.mark.parametrize(("environment", "count"), [("production", 1), ("test", 0), ("demo", 0)])
def test_only_some_latarnias_drive(company, environment, count):
    announced(environment)
    company.environment = environment
    assert len(journal.event_list(company)) == count


def test_an_entry_counts_in_its_environment_only(company, owner):
    entered(company, owner)
    company.environment = "test"
    assert journal.event_list(company) == []


def test_an_entry_stands_in_for_latarnias_until_it_is_void(company, other_company, owner):
    told = announced()
    own = entered(company, owner, replaces=told, end=START + HOUR)
    assert [event.id for event in journal.event_list(company)] == [own.pk]
    assert [event.id for event in journal.event_list(other_company)] == [told.pk]
    journal.outage_void(outage=own, by=owner, note="pomyłka")
    assert [event.id for event in journal.event_list(company)] == [told.pk]


def test_what_is_replaced_cannot_be_replaced_again(company, owner):
    told = announced()
    entered(company, owner, replaces=told)
    assert not journal.replaceable_list(company).exists()
    with pytest.raises(ValidationError, match="zastąpić"):
        entered(company, owner, replaces=told)


def test_nobody_replaces_an_own_entry_or_a_strangers(company, other_company, owner, stranger):
    for other in (entered(company, owner), entered(other_company, stranger)):
        with pytest.raises(ValidationError):
            entered(company, owner, replaces=other)


def test_an_amendment_is_a_further_version(company, owner):
    outage = entered(company, owner)
    journal.outage_amend(outage=outage, by=owner, **(FACTS | {"end": START + HOUR}))
    assert [event.end for event in journal.event_list(company)] == [START + HOUR]
    assert [row.end for row in outage.versions.all()] == [None, START + HOUR]


def test_the_same_facts_again_are_no_version(company, owner):
    outage = entered(company, owner)
    journal.outage_amend(outage=outage, by=owner, **FACTS)
    assert outage.versions.count() == 1


def test_a_void_entry_counts_no_more_and_stays(company, owner):
    outage = entered(company, owner)
    journal.outage_void(outage=outage, by=owner, note="inny system")
    assert journal.event_list(company) == []
    assert [row.void for row in outage.versions.all()] == [False, True]
    with pytest.raises(ValidationError):
        journal.outage_amend(outage=outage, by=owner, **FACTS)


def test_latarnias_outages_are_not_changed_by_hand(company, owner):
    told = announced()
    with pytest.raises(ValidationError, match="Latarni"):
        journal.outage_amend(outage=told, by=owner, **FACTS)
    with pytest.raises(ValidationError, match="Latarni"):
        journal.outage_void(outage=told, by=owner, note="nie było")


def test_versions_are_never_changed_or_deleted(company, owner):
    row = entered(company, owner).versions.get()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("category", {"category": "STORM"}),
        ("end", {"end": START - HOUR}),
        ("start", {"start": clock.now() + HOUR}),
        ("end", {"end": clock.now() + HOUR}),
        ("start", {"category": "MAINTENANCE", "end": clock.now() + timedelta(days=400)}),
        ("note", {"link": "", "note": " "}),
        ("link", {"link": "javascript:alert(1)"}),
    ],
)
def test_what_cannot_have_been_announced_is_refused(company, owner, field, changes):
    with pytest.raises(ValidationError) as caught:
        entered(company, owner, **changes)
    assert set(caught.value.message_dict) == {field}
    assert not Outage.objects.exists()


def test_an_entry_counts_from_its_announcement(company, owner):
    """Deadlines ask when it was announced, which may be later than it began (OFF-05)."""
    told = START + 5 * HOUR
    entered(company, owner, published=told)
    (event,) = journal.event_list(company)
    assert event.announced == told


def test_an_announcement_of_the_future_is_refused(company, owner):
    with pytest.raises(ValidationError) as refused:
        entered(company, owner, published=clock.now() + 2 * HOUR)
    assert list(refused.value.message_dict) == ["published"]


def test_maintenance_may_lie_ahead(company, owner):
    ahead = clock.now() + timedelta(days=7)
    outage = entered(company, owner, category="MAINTENANCE", start=ahead, end=ahead + HOUR)
    assert [event.id for event in journal.event_list(company)] == [outage.pk]


def test_an_entry_is_void_only_for_a_reason(company, owner):
    with pytest.raises(ValidationError, match="dlaczego"):
        journal.outage_void(outage=entered(company, owner), by=owner, note=" ")


def test_the_revision_is_the_newest_version(company, owner):
    assert journal.revision() == 0
    outage = entered(company, owner)
    first = journal.revision()
    journal.outage_void(outage=outage, by=owner, note="pomyłka")
    assert journal.revision() == OutageVersion.objects.latest("id").pk > first


def test_each_change_is_announced_after_its_commit(
    company, owner, heard, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        entered(company, owner)
        assert heard == []
    (said,) = heard
    assert said == {
        "environment": "simulator",
        "company": company,
        "revision": journal.revision(),
    }


def test_latarnias_change_is_announced_for_all(heard, db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        announced()
    assert heard[0]["company"] is None


def test_who_wrote_what_is_in_the_history(company, owner):
    outage = entered(company, owner)
    journal.outage_void(outage=outage, by=owner, note="pomyłka")
    actions = AuditEntry.objects.filter(company=company).values_list("action", "user")
    assert sorted(actions) == [("outage.enter", owner.pk), ("outage.void", owner.pk)]
