"""Lists of rights from the simulator, and the pages of a company's rights."""

import pytest
from django.urls import reverse

from auth_ksef.client import KsefRefused
from auth_ksef.errors import NoCredential
from auth_ksef.messages import told
from auth_ksef.models import KsefSnapshot, RightsOperation
from auth_ksef.rights import asked, rights_refresh
from auth_ksef.rights_messages import RightsNotNow
from tests.grants_support import (
    ANNA,
    CLIENT,
    OFFICE,
    authorization_body,
    entity_body,
    grant,
    nip,
    person_body,
)
from tests.grants_support import owner as owner_at
from tests.rights_support import followed, given_to_anna, own, sealed

pytestmark = pytest.mark.django_db

KIND = "persons"


def page(company, name="connection-rights", *args):
    return reverse(name, args=[company.nip, *args])


def text_of(response):
    return response.content.decode()


def form_data(**changes):
    return {
        "preset": "read",
        "who": "person",
        "id_kind": "Pesel",
        "identifier": "44051401359",
        "first_name": "Jan",
        "last_name": "Kowalski",
    } | changes


@pytest.fixture
def seal(company, owner, line):
    return sealed(company, owner)


def test_all_lists_are_read_and_kept_as_they_came(sim, seal, company, owner):
    given_to_anna(sim, company, "InvoiceRead")
    rows = {row.kind: row for row in rights_refresh(company=company, person=owner)}
    assert set(rows) == {*KsefSnapshot.Kind.values} - {"tokens", "logins", "certificates"}
    (found,) = rows["persons"].rows
    assert found["authorizedIdentifier"]["value"] == ANNA
    assert all(row.fetched_at and not row.failure for row in rows.values())


def test_both_sides_of_authorizations_are_in_one_list(sim, seal, company, owner):
    grant(owner_at(sim, company.nip), "authorizations", authorization_body())
    grant(owner_at(sim, CLIENT), "authorizations", authorization_body(to=nip(company.nip)))
    (row,) = rights_refresh(company=company, person=owner, kinds=["authorizations"])
    assert {one["authorizingEntityIdentifier"]["value"] for one in row.rows} == {
        company.nip,
        CLIENT,
    }


def test_own_rights_are_kept_under_the_certificate(sim, seal, company, owner):
    mine = own(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    (row,) = rights_refresh(company=company, person=owner, kinds=["received"])
    assert row.subject == mine.fingerprint
    assert [one["permissionScope"] for one in row.rows] == ["InvoiceRead"]


def test_a_list_that_fails_keeps_its_rows_and_says_why(sim, seal, company, owner, line):
    given_to_anna(sim, company, "InvoiceRead")
    rights_refresh(company=company, person=owner, kinds=[KIND])
    line.cut.append("/permissions/query/persons/grants")
    (row,) = rights_refresh(company=company, person=owner, kinds=[KIND])
    assert len(row.rows) == 1
    assert row.failed_at
    assert told(row.failure)


def test_without_the_right_to_look_it_says_what_is_needed(sim, company, owner, line):
    own(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    (row,) = rights_refresh(company=company, person=owner, kinds=[KIND])
    assert "zarządzanie uprawnieniami" in told(row.failure, "pl")


def test_with_nothing_to_log_in_with_it_says_what_is_missing(company, owner, line):
    with pytest.raises(NoCredential):
        rights_refresh(company=company, person=owner)


def test_an_issuer_never_acts_by_what_is_the_companys(seal, company, teammate, line):
    with pytest.raises(RightsNotNow) as caught:
        rights_refresh(company=company, person=teammate, kinds=["received"])
    assert (caught.value.code, line.calls) == ("none-own", [])


def test_a_refusal_that_is_no_403_is_not_tried_another_way(sim, seal, company, owner, line):
    own(company, owner)
    given_to_anna(sim, company, "InvoiceRead")
    tried = []

    def call(api, access):
        tried.append(access)
        raise KsefRefused("wrong", http_status=400)

    with pytest.raises(KsefRefused):
        asked(company, owner, call)
    assert len(tried) == 1


def test_a_look_never_calls_ksef(sim, seal, company, owner, client_of, line):
    assert client_of(owner).get(page(company)).status_code == 200
    assert client_of(owner).get(reverse("office-rights")).status_code == 200
    assert line.calls == []


def test_the_button_shows_who_may_do_what(sim, seal, company, owner, client_of):
    given_to_anna(sim, company, "InvoiceRead", "CredentialsManage")
    grant(owner_at(sim, company.nip), "entities", entity_body("InvoiceWrite", delegate=True))
    client = client_of(owner)
    shown = text_of(client.post(page(company, "connection-rights-refresh"), follow=True))
    for text in ("Anna Nowak", "Biuro rachunkowe Kowalska", "także sobie", "swoim pracownikom"):
        assert text in shown


def test_who_does_not_grant_sees_only_own_rights(sim, seal, company, teammate, client_of):
    own(company, teammate)
    given_to_anna(sim, company, "InvoiceRead")
    grant(owner_at(sim, company.nip), "entities", entity_body("InvoiceWrite"))
    client = client_of(teammate)
    shown = text_of(client.post(page(company, "connection-rights-refresh"), follow=True))
    assert "przeglądanie faktur" in shown
    assert "Biuro rachunkowe Kowalska" not in shown
    assert "Nadaj uprawnienie" not in shown


def test_a_grant_tells_first_and_asks_ksef_only_when_confirmed(seal, company, owner, client_of):
    client = client_of(owner)
    shown = text_of(client.post(page(company, "connection-rights-grant"), form_data()))
    assert "Nie wystawi żadnej faktury." in shown
    assert not RightsOperation.objects.exists()
    confirmed = form_data(action="nadaj")
    answer = client.post(page(company, "connection-rights-grant"), confirmed)
    row = RightsOperation.objects.get()
    assert answer.url == page(company, "connection-rights-operation", row.pk)
    assert followed(row).state == "done"


def test_correcting_brings_back_what_was_typed(seal, company, owner, client_of):
    data = form_data(action="popraw")
    shown = text_of(client_of(owner).post(page(company, "connection-rights-grant"), data))
    assert 'value="Kowalski"' in shown


def test_two_clicks_on_the_confirmation_are_one_grant(seal, company, owner, client_of):
    client, data = client_of(owner), form_data(action="nadaj")
    first = client.post(page(company, "connection-rights-grant"), data)
    assert client.post(page(company, "connection-rights-grant"), data).url == first.url
    assert RightsOperation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identifier": "44051401358"}, "identifier"),
        ({"identifier": "5265877636", "who": "office", "full_name": "Biuro"}, "identifier"),
        ({"identifier": "5265877635", "who": "office", "full_name": "Biuro"}, "identifier"),
        ({"last_name": ""}, "last_name"),
        ({"who": "office", "identifier": "7980332920"}, "full_name"),
        ({"preset": "other", "other": "scopes"}, "scopes"),
        ({"id_kind": "Fingerprint", "identifier": "AB" * 32}, "born"),
        ({"preset": "other", "other": "subunit", "unit": "1"}, "unit"),
        ({"preset": "other", "other": "eu", "vat_ue": "X"}, "vat_ue"),
        ({"preset": "pass-on"}, "full_name"),
    ],
)
def test_what_is_wrong_stands_at_its_field(company, owner, client_of, changes, field):
    data = form_data(**changes)
    answer = client_of(owner).post(page(company, "connection-rights-grant"), data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_what_the_chosen_way_does_not_show_does_not_matter(company, owner, client_of):
    data = form_data(
        preset="pass-on", identifier="7980332920", full_name="Biuro", first_name="A", vat_ue="?"
    )
    answer = client_of(owner).post(page(company, "connection-rights-grant"), data)
    assert answer.status_code == 200
    assert "Przekazywanie dalej jest poza Twoją kontrolą" in text_of(answer)


@pytest.mark.parametrize(
    "changes",
    [
        {"preset": "issue-read"},
        {"preset": "issue-read", "who": "office", "identifier": OFFICE, "full_name": "Biuro K"},
        {"preset": "pass-on", "identifier": OFFICE, "full_name": "Biuro K"},
        {"preset": "other", "other": "SelfInvoicing", "identifier": OFFICE, "full_name": "Firma K"},
        {"preset": "other", "other": "scopes", "scopes": ["CredentialsManage", "Introspection"]},
        {"id_kind": "Fingerprint", "identifier": "ab" * 32, "person_id": "44051401359"},
        {
            "preset": "other",
            "other": "eu",
            "identifier": "ab" * 32,
            "person_id": "44051401359",
            "vat_ue": "DE123456789",
            "eu_name": "Holz GmbH",
            "eu_address": "Berlin",
        },
    ],
)
def test_each_way_of_granting_ends_done_at_ksef(seal, company, owner, client_of, changes):
    data = form_data(action="nadaj", **changes)
    answer = client_of(owner).post(page(company, "connection-rights-grant"), data)
    assert answer.status_code == 302, answer.context["form"].errors
    assert followed(RightsOperation.objects.get()).state == "done"


def test_a_token_alone_is_told_before_anything_is_typed(company, owner, client_of):
    from auth_ksef.credentials import token_add
    from tests.auth_support import TOKEN

    token_add(company=company, token=TOKEN.format(nip=company.nip), added_by=owner)
    shown = text_of(client_of(owner).get(page(company, "connection-rights-grant")))
    assert "Tym, co jest zapisane" in shown


def test_withdrawing_asks_first_and_then_goes(sim, seal, company, owner, client_of):
    given_to_anna(sim, company, "CredentialsManage")
    (row,) = rights_refresh(company=company, person=owner, kinds=[KIND])
    address = page(company, "connection-rights-revoke", KIND, row.rows[0]["id"])
    client = client_of(owner)
    assert "Upewnij się" in text_of(client.get(address))
    assert not RightsOperation.objects.exists()
    client.post(address)
    assert followed(RightsOperation.objects.get()).state == "done"
    row.refresh_from_db()
    assert row.rows == []


@pytest.mark.parametrize(("kind", "id"), [("persons", "nobody"), ("tokens", "x"), ("roles", "x")])
def test_only_a_listed_right_can_be_withdrawn(company, owner, client_of, kind, id):
    address = page(company, "connection-rights-revoke", kind, id)
    assert client_of(owner).get(address).status_code == 404


def test_the_page_of_a_change_stops_asking_at_its_end(seal, company, owner, client_of):
    client = client_of(owner)
    client.post(page(company, "connection-rights-grant"), form_data(action="nadaj"))
    row = RightsOperation.objects.get()
    state = page(company, "connection-rights-operation-state", row.pk)
    assert client.get(state).status_code == 200
    followed(row)
    answer = client.get(state)
    assert answer.status_code == 286
    assert "KSeF wykonał zmianę." in text_of(answer)


def test_an_unknown_change_says_not_to_ask_again(seal, company, owner, client_of, line):
    client = client_of(owner)
    client.post(page(company, "connection-rights-grant"), form_data(action="nadaj"))
    row = RightsOperation.objects.get()
    RightsOperation.objects.update(state="unknown")
    shown = text_of(client.get(page(company, "connection-rights-operation", row.pk)))
    assert "Nie składaj tej zmiany ponownie" in shown


def test_a_stranger_does_not_reach_another_companys_change(
    company, other_company, stranger, owner, client_of
):
    row = RightsOperation.objects.create(
        company=company, environment="simulator", kind="revoke", body={}, requested_by=owner
    )
    address = page(other_company, "connection-rights-operation", row.pk)
    assert client_of(stranger).get(address).status_code == 404


def test_lists_cut_off_by_the_limit_are_read_later(sim, seal, company, owner, client_of, line):
    rights_refresh(company=company, person=owner, kinds=[KIND])
    line.cut.append("/permissions/query/entities/grants")
    client_of(owner).post(page(company, "connection-rights-refresh"))
    wanted = KsefSnapshot.objects.exclude(wanted_at=None)
    assert {row.kind for row in wanted} == {"entities", "authorizations", "subunits", "eu", "roles"}


def test_person_bodies_of_the_tests_are_what_the_form_sends(company, owner, client_of):
    client_of(owner).post(page(company, "connection-rights-grant"), form_data(action="nadaj"))
    body = RightsOperation.objects.get().body
    assert body.keys() == person_body("InvoiceRead").keys()
