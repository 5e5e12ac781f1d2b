"""The office's page: what clients granted, read by the worker; rights passed on to staff."""

from datetime import timedelta

import pytest
from django.urls import reverse

from auth_ksef.credentials import binding_add
from auth_ksef.models import KsefSnapshot, RightsOperation
from auth_ksef.office import (
    CLAIM,
    GIVE_UP,
    client_list,
    delegated_to,
    office_refresh,
    snapshots_follow,
    wanted_count,
)
from ksefapp.accounts.models import Membership
from ksefapp.lib import clock
from tests.cast import company_made
from tests.grants_support import ANNA, OFFICE, authorization_body, entity_body, grant, nip
from tests.grants_support import owner as owner_at
from tests.rights_support import followed, given_to_anna, own, sealed

pytestmark = pytest.mark.django_db

UNKNOWN_CLIENT = "8225900795"


@pytest.fixture
def office(accountant):
    """The accountant's own firm, logged in by its seal."""
    made = company_made(OFFICE, name="Biuro rachunkowe Kowalska")
    Membership.objects.create(user=accountant, company=made, role="owner")
    sealed(made, accountant)
    return made


@pytest.fixture
def mine(company, accountant, line):
    """Her certificate, which serves the client's company."""
    return own(company, accountant)


def read_all(times=30):
    for _ in range(times):
        KsefSnapshot.objects.update(claimed_until=None)
        if not snapshots_follow():
            return


def client_of_nip(person, value):
    return next(one for one in client_list(person) if one.nip == value)


def test_a_client_that_granted_shows_what(sim, mine, company, accountant):
    given_to_anna(sim, company, "InvoiceWrite", "InvoiceRead", "Introspection")
    assert office_refresh(accountant) == 1
    read_all()
    client = client_of_nip(accountant, company.nip)
    assert (client.issues, client.reads, client.others) == (
        "own",
        "own",
        ["przeglądanie historii sesji"],
    )
    assert wanted_count(accountant) == 0


def test_a_client_that_granted_nothing_says_so(mine, company, accountant):
    office_refresh(accountant)
    read_all()
    client = client_of_nip(accountant, company.nip)
    assert (client.issues, "415" in client.said) == ("", True)


def test_what_was_granted_to_the_office_counts_too(sim, mine, office, company, accountant):
    body = entity_body("InvoiceRead", delegate=True)
    assert grant(owner_at(sim, company.nip), "entities", body) == 200
    office_refresh(accountant)
    read_all()
    client = client_of_nip(accountant, company.nip)
    assert (client.reads, client.delegates) == ("office", True)
    assert [value for value, _rights in delegated_to(office)] == [company.nip]


def test_a_client_who_is_not_kept_here_is_listed(sim, mine, office, accountant):
    body = authorization_body(to=nip(OFFICE))
    assert grant(owner_at(sim, UNKNOWN_CLIENT), "authorizations", body) == 200
    office_refresh(accountant)
    read_all()
    client = client_of_nip(accountant, UNKNOWN_CLIENT)
    assert (client.company, client.others) == (None, ["samofakturowanie"])


def test_without_an_own_certificate_it_says_what_is_missing(company, accountant):
    assert client_of_nip(accountant, company.nip).unbound is True
    assert office_refresh(accountant) == 0


def test_companies_where_she_only_looks_are_not_listed(company, viewer):
    assert client_list(viewer) == []


def test_nobody_sees_what_others_were_granted(sim, mine, company, accountant, owner):
    given_to_anna(sim, company, "InvoiceWrite")
    office_refresh(accountant)
    read_all()
    assert client_of_nip(owner, company.nip).issues == ""


def test_two_clicks_read_each_list_once(sim, mine, company, accountant, line):
    given_to_anna(sim, company, "InvoiceWrite")
    office_refresh(accountant)
    office_refresh(accountant)
    read_all()
    assert line.count("POST /permissions/query/personal/grants") == 1


def test_a_claimed_list_is_left_to_its_process(mine, company, accountant, line):
    office_refresh(accountant)
    KsefSnapshot.objects.update(claimed_until=clock.now() + CLAIM)
    assert (snapshots_follow(), line.calls) == (0, [])


def test_a_worker_that_died_leaves_the_list_to_the_next(sim, mine, company, accountant):
    given_to_anna(sim, company, "InvoiceWrite")
    office_refresh(accountant)
    KsefSnapshot.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
    assert snapshots_follow() == 1
    assert client_of_nip(accountant, company.nip).issues == "own"


def test_without_a_connection_the_list_stays_wanted(mine, company, accountant, line):
    line.cut.append("/auth/challenge")
    office_refresh(accountant)
    snapshots_follow()
    row = KsefSnapshot.objects.get(company=company)
    assert row.wanted_at
    assert row.claimed_until > clock.now()


def test_after_an_hour_without_a_connection_it_is_given_up(mine, company, accountant, line):
    line.cut += ["/auth/challenge"] * 3
    office_refresh(accountant)
    KsefSnapshot.objects.update(wanted_at=clock.now() - GIVE_UP)
    snapshots_follow()
    assert wanted_count(accountant) == 0


def test_who_left_the_company_reads_nothing_there(mine, company, accountant, line):
    office_refresh(accountant)
    Membership.objects.filter(user=accountant).delete()
    read_all()
    assert "POST /permissions/query/personal/grants" not in line.calls
    assert wanted_count(accountant) == 0


def test_one_certificate_reads_at_several_clients(sim, mine, company, accountant):
    second = company_made(UNKNOWN_CLIENT, name="Żabka i Córka")
    Membership.objects.create(user=accountant, company=second, role="accountant")
    binding_add(credential=mine, company=second, bound_by=accountant)
    given_to_anna(sim, company, "InvoiceWrite")
    given_to_anna(sim, second, "InvoiceRead")
    office_refresh(accountant)
    read_all()
    found = {one.nip: (one.issues, one.reads) for one in client_list(accountant)}
    assert found == {company.nip: ("own", ""), UNKNOWN_CLIENT: ("", "own")}


def test_the_page_shows_it_and_polls_while_something_is_wanted(
    sim, mine, company, accountant, client_of
):
    given_to_anna(sim, company, "InvoiceWrite")
    client = client_of(accountant)
    shown = client.post(reverse("office-rights-refresh"), follow=True).content.decode()
    assert 'hx-trigger="every 3s"' in shown
    assert client.get(reverse("office-rights-state")).status_code == 200
    read_all()
    answer = client.get(reverse("office-rights-state"), headers={"HX-Request": "true"})
    assert answer.status_code == 286
    assert company.name in answer.content.decode()


@pytest.mark.parametrize("target", ["5265877635", "AllPartners"])
def test_a_right_is_passed_on_to_staff(sim, line, office, company, accountant, client_of, target):
    body = entity_body("InvoiceRead", delegate=True)
    assert grant(owner_at(sim, company.nip), "entities", body) == 200
    office_refresh(accountant)
    read_all()
    data = {
        "target": target,
        "scopes": ["InvoiceRead"],
        "id_kind": "Pesel",
        "identifier": "44051401359",
        "first_name": "Ewa",
        "last_name": "Kos",
        "action": "nadaj",
    }
    address = reverse("connection-rights-staff", args=[office.nip])
    client_of(accountant).post(address, data)
    assert followed(RightsOperation.objects.get()).state == "done"
    shown = client_of(accountant).get(reverse("connection-rights", args=[office.nip]))
    assert "Ewa Kos" in shown.content.decode()


def test_staff_of_a_client_who_did_not_allow_it_cannot_be_chosen(office, accountant, client_of):
    address = reverse("connection-rights-staff", args=[office.nip])
    answer = client_of(accountant).post(address, {"target": ANNA})
    assert answer.status_code == 422
    assert "target" in answer.context["form"].errors


def test_forty_clients_cost_as_many_queries_as_one(
    company, accountant, line, django_assert_max_num_queries
):
    mine = own(company, accountant)
    for serial in range(40):
        other = company_made(f"52{serial:08d}", name=f"Klient {serial}")
        Membership.objects.create(user=accountant, company=other, role="accountant")
        binding_add(credential=mine, company=other, bound_by=accountant)
    with django_assert_max_num_queries(6):
        assert len(client_list(accountant)) == 41
