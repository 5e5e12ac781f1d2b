"""A stranger's client grants, lists and revokes permissions, and makes tokens."""

import pytest
from ksef_client import models
from ksef_client.services.workflows import AuthCoordinator

from tests import grants_support as bodies
from tests import test_simulator_contract as contract
from tests.grants_support import ANNA, EVA, OFFICE, nip, pesel
from tests.simulator_support import NIP, OTHER_NIP

pytestmark = pytest.mark.slow
running, client = contract.running, contract.client
HERE = {"queryType": "PermissionsInCurrentContext"}


def enter(client, identifier, context):
    """The access token of somebody with a self-signed certificate, in the context."""
    key, certificate = bodies.certificate_of(identifier)
    return (
        AuthCoordinator(client.auth)
        .authenticate_with_xades(
            context_identifier_type="nip",
            context_identifier_value=context,
            subject_identifier_type="certificateSubject",
            certificate_pem=contract.pem(certificate),
            private_key_pem=contract.private_pem(key),
            verify_certificate_chain=False,
            poll_interval_seconds=0.1,
        )
        .access_token
    )


@pytest.fixture
def company(client):
    return enter(client, nip(), NIP)


@pytest.fixture
def office(client):
    return enter(client, nip(OFFICE), OFFICE)


def ended(client, begun, access):
    """The final status of an operation."""
    read = lambda: client.permissions.get_operation_status(  # noqa: E731
        begun.reference_number, access_token=access
    )
    return contract.until(read, lambda value: value.status.code != 100).status.code


def grant(client, what, body, access):
    kinds = {
        "person": models.PersonPermissionsGrantRequest,
        "entity": models.EntityPermissionsGrantRequest,
        "authorization": models.EntityAuthorizationPermissionsGrantRequest,
        "indirect": models.IndirectPermissionsGrantRequest,
    }
    order = getattr(client.permissions, f"grant_{what}")
    return ended(client, order(kinds[what].from_dict(body), access_token=access), access)


def listed(client, access, **filters):
    wanted = models.PersonPermissionsQueryRequest.from_dict(HERE | filters)
    found = client.permissions.query_persons_grants(wanted, access_token=access)
    return found.permissions


def revoke(client, grant_id, access):
    begun = client.permissions.revoke_common_permission(grant_id, access_token=access)
    return ended(client, begun, access)


def test_a_foreign_client_grants_to_a_person_lists_and_revokes(client, company):
    body = bodies.person_body("InvoiceWrite", "InvoiceRead")
    assert grant(client, "person", body, company) == 200
    anna = enter(client, pesel(), NIP)
    wanted = models.PersonalPermissionsQueryRequest.from_dict({})
    own = client.permissions.query_personal_grants(wanted, access_token=anna).permissions
    assert {item.permission_scope.value for item in own} == {"InvoiceWrite", "InvoiceRead"}
    found = listed(client, company, authorizedIdentifier=pesel())
    assert [item.authorized_identifier.value for item in found] == [ANNA, ANNA]
    assert {revoke(client, item.id, company) for item in found} == {200}
    assert listed(client, company, authorizedIdentifier=pesel()) == []


def test_a_foreign_client_passes_a_client_on_to_staff(client, company, office):
    body = bodies.entity_body("InvoiceRead", delegate=True)
    assert grant(client, "entity", body, company) == 200
    received = client.permissions.query_entities_grants(
        models.EntityPermissionsQueryRequest.from_dict({}), access_token=office
    ).permissions
    assert [item.context_identifier.value for item in received] == [NIP]
    staff = bodies.person_body("InvoiceRead", to=pesel(EVA)) | {"targetIdentifier": nip()}
    assert grant(client, "indirect", staff, office) == 200
    assert enter(client, pesel(EVA), NIP)
    (mine,) = listed(client, company, authorizedIdentifier=nip(OFFICE))
    assert revoke(client, mine.id, company) == 200
    (left,) = listed(client, office)
    assert left.permission_state.value == "Inactive"


def test_a_foreign_client_authorises_and_ends_self_billing(client, company):
    body = bodies.authorization_body(to=nip(OTHER_NIP))
    assert grant(client, "authorization", body, company) == 200
    wanted = models.EntityAuthorizationPermissionsQueryRequest.from_dict({"queryType": "Granted"})
    (item,) = client.permissions.query_authorizations_grants(
        wanted, access_token=company
    ).authorization_grants
    assert item.authorized_entity_identifier.value == OTHER_NIP
    begun = client.permissions.revoke_authorization(item.id, access_token=company)
    assert ended(client, begun, company) == 200


def test_a_foreign_client_reads_roles_and_the_consent_to_attachments(client, company):
    assert client.permissions.query_entities_roles(access_token=company).roles == []
    consent = client.permissions.check_attachment_permission_status(access_token=company)
    assert consent.is_attachment_allowed is False


def test_a_foreign_client_makes_lists_and_revokes_a_token(client, company):
    wanted = models.GenerateTokenRequest.from_dict(
        {"permissions": ["InvoiceRead"], "description": "token z umowy"}
    )
    made = client.tokens.generate_token(wanted, access_token=company)
    read = lambda: client.tokens.get_token_status(  # noqa: E731
        made.reference_number, access_token=company
    )
    assert contract.until(read, lambda value: value.status.value == "Active")
    found = client.tokens.list_tokens(
        access_token=company, statuses=["Active"], description="z umowy"
    )
    assert [item.reference_number for item in found.tokens] == [made.reference_number]
    client.tokens.revoke_token(made.reference_number, access_token=company)
    assert contract.until(read, lambda value: value.status.value == "Revoked")
