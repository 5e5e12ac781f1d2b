"""Rows of KSeF's lists in words."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef.connection import SCOPES as KNOWN
from auth_ksef.presets import AUTHORIZATIONS, PERSON_SCOPES
from auth_ksef.rights_seen import shows
from auth_ksef.rights_words import (
    ROLES,
    SCOPES,
    Identifier,
    holders,
    identifier_masked,
    identifier_words,
    is_entity,
    is_passed_on,
    right_of,
    role_words,
)
from tests.grants_support import authorization_body, entity_body, person_body

NIP = "5265877635"
PERSON = {
    "id": "0c9a2b1e-4c1f-4b8e-9a58-0f4b6f3f9c11",
    "authorizedIdentifier": {"type": "Pesel", "value": "90010112345"},
    "authorIdentifier": {"type": "Nip", "value": NIP},
    "permissionScope": "InvoiceRead",
    "description": "Księgowość",
    "subjectPersonDetails": {"firstName": "Anna", "lastName": "Nowak"},
    "subjectEntityDetails": None,
    "permissionState": "Active",
    "startDate": "2026-11-22T09:00:00+00:00",
    "canDelegate": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PERSON, "type", "value", "fullName"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


def entity(**changes):
    return (
        PERSON
        | {
            "authorizedIdentifier": {"type": "Nip", "value": "7980332920"},
            "subjectPersonDetails": None,
            "subjectEntityDetails": {"fullName": "Biuro"},
        }
        | changes
    )


def test_every_scope_of_the_openapi_has_words():
    assert set(SCOPES) >= KNOWN
    assert set(PERSON_SCOPES) | set(AUTHORIZATIONS) <= set(SCOPES)


def test_a_person_is_named_with_identifier_and_meaning():
    right = right_of(PERSON)
    assert (right.holder, str(right.identifier)) == ("Anna Nowak", "PESEL 90010112345")
    assert (right.name, right.active, right.withdraws) == ("przeglądanie faktur", True, "revoke")
    assert right.since.isoformat() == "2026-11-22T09:00:00+00:00"


def test_words_follow_the_language():
    with translation.override("en"):
        assert right_of(PERSON).name == "reading invoices"


def test_a_firm_may_pass_on_and_says_so():
    right = right_of(entity(canDelegate=True))
    assert right.holder == "Biuro"
    assert "przekazać" in right.delegates_words


def test_an_authorization_is_withdrawn_by_its_own_operation():
    row = {
        "id": "1",
        "authorizationScope": "SelfInvoicing",
        "authorizedEntityIdentifier": {"type": "Nip", "value": "7980332920"},
        "authorizingEntityIdentifier": {"type": "Nip", "value": NIP},
    }
    right = right_of(row)
    assert (right.withdraws, right.context.value) == ("revoke-authorization", NIP)


def test_what_does_not_work_now_says_why():
    assert "Teraz nie działa" in right_of(PERSON | {"permissionState": "Inactive"}).inactive_words


def test_an_unknown_scope_keeps_ksefs_word():
    right = right_of(PERSON | {"permissionScope": "NewThing"})
    assert (right.name, right.means) == ("NewThing", "")


def test_rights_are_gathered_by_holder():
    rows = [PERSON, PERSON | {"permissionScope": "InvoiceWrite"}, entity()]
    found = holders(map(right_of, rows))
    assert [len(one.rights) for one in found] == [2, 1]


@given(st.dictionaries(st.sampled_from([*PERSON, "authorizationScope", "role"]), JSON))
def test_no_row_breaks_the_page(row):
    right = right_of(row)
    assert isinstance(right.holder, str)
    assert isinstance(role_words(row)[0], str)
    assert is_entity(row) in (True, False)
    assert is_passed_on(row, NIP) in (True, False)


def test_a_right_for_a_client_is_passed_on_and_one_for_the_company_is_not():
    client = {"targetIdentifier": {"type": "Nip", "value": "8225900795"}}
    everybody = {"targetIdentifier": {"type": "AllPartners", "value": None}}
    here = {"targetIdentifier": {"type": "Nip", "value": NIP}}
    rows = [PERSON | client, PERSON | everybody, PERSON | here, PERSON]
    assert [is_passed_on(row, NIP) for row in rows] == [True, True, False, False]


def test_the_history_keeps_the_end_of_a_pesel_only():
    one = Identifier("Pesel", "90010112345")
    assert identifier_masked(one) == "PESEL …2345"
    assert identifier_masked(Identifier("Nip", NIP)) == "NIP 526-587-76-35"


def test_a_fingerprint_is_shown_by_both_ends():
    words = identifier_words(Identifier("Fingerprint", "AB" * 31 + "CD"))
    assert words == "odcisk ABABABAB…ABABABCD"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_names_the_other_firm(role):
    row = {"role": role, "parentEntityIdentifier": {"type": "Nip", "value": NIP}}
    words, other = role_words(row)
    assert (words != role, other.value) == (True, NIP)


def test_the_list_shows_a_grant_only_when_all_of_it_is_there():
    body = person_body("InvoiceRead", "InvoiceWrite")
    body["subjectIdentifier"]["value"] = "90010112345"
    assert shows("persons", body, [PERSON]) is False
    assert shows("persons", body, [PERSON, PERSON | {"permissionScope": "InvoiceWrite"}])


def test_passing_on_that_was_asked_for_must_be_there():
    body = entity_body("InvoiceRead", to="7980332920", delegate=True)
    assert shows("entities", body, [entity()]) is False
    assert shows("entities", body, [entity(canDelegate=True)])


def test_an_authorization_of_another_sort_is_not_the_one():
    row = {
        "id": "1",
        "authorizationScope": "TaxRepresentative",
        "authorizedEntityIdentifier": {"type": "Nip", "value": "7980332920"},
    }
    assert shows("authorizations", authorization_body(), [row]) is False


def test_a_fingerprint_is_found_in_either_case():
    print_of = {"type": "Fingerprint", "value": "AB" * 32}
    row = PERSON | {"authorizedIdentifier": {"type": "Fingerprint", "value": "ab" * 32}}
    assert shows("persons", person_body("InvoiceRead", to=print_of), [row])


def test_a_withdrawal_shows_by_absence():
    body = {"id": PERSON["id"]}
    assert shows("revoke", body, [PERSON]) is False
    assert shows("revoke", body, [PERSON | {"id": "other"}])
