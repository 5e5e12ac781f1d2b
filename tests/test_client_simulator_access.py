"""Certificates, tokens, logins and permissions: the client against a running simulator."""

import pytest
from cryptography import x509

from auth_ksef.client import (
    AUTHENTICATION,
    KEY_COMPROMISE,
    OFFLINE,
    TOKEN_ENCRYPTION,
    Context,
    KsefRefused,
    scopes,
    sign_auth_request,
)
from ksefapp.lib import clock
from tests.simulator_enrolling import csr, new_key
from tests.simulator_signing import key, self_signed
from tests.simulator_support import NIP, OTHER_NIP
from tests.test_client_simulator import access, running, wait, world

__all__ = ["access", "running", "world"]
pytestmark = pytest.mark.slow


def signed_in(world, private, certificate, **options):
    """What a login by this certificate ends with."""
    challenge = world.api.challenge()
    signed = sign_auth_request(
        challenge=challenge,
        context=Context("Nip", NIP),
        certificate=certificate,
        private_key=private,
        now=challenge.timestamp,
        **options,
    )
    started = world.api.xades_login(signed)
    status = wait(lambda: world.api.login_status(started))
    assert status.code == 200, status
    return world.api.redeem(started)


@pytest.fixture
def owner(world):
    """The access token of the company itself, by its seal."""
    return signed_in(world, key(), self_signed(key())).access


def enrolled(world, owner, private, **options):
    """The status of a request for a certificate that was followed to its end."""
    data = world.api.enrollment_data(access=owner)
    sent = world.api.enroll(
        access=owner, name="Certyfikat próbny", csr=csr(data, private), **options
    )
    return wait(lambda: world.api.enrollment_status(access=owner, reference=sent.reference))


@pytest.mark.parametrize("kind", [AUTHENTICATION, OFFLINE])
def test_a_signature_becomes_a_certificate(world, owner, kind):
    before = world.api.certificate_limits(access=owner)
    status = enrolled(world, owner, new_key(), type=kind)
    assert (before.can_request, status.code) == (True, 200)
    (file,) = world.api.certificates_retrieve(access=owner, serials=[status.serial])
    found = x509.load_der_x509_certificate(file.der)
    assert (file.type, f"{found.serial_number:016X}") == (kind, status.serial)
    after = world.api.certificate_limits(access=owner)
    assert after.certificates_left == before.certificates_left - 1


def test_a_new_certificate_logs_in_until_it_is_revoked(world, owner):
    private = new_key()
    status = enrolled(world, owner, private, type=AUTHENTICATION)
    (file,) = world.api.certificates_retrieve(access=owner, serials=[status.serial])
    certificate = x509.load_der_x509_certificate(file.der)
    assert signed_in(world, private, certificate).access
    world.api.certificate_revoke(access=owner, serial=status.serial, reason=KEY_COMPROMISE)
    page = world.api.certificates_query(access=owner, serial=status.serial)
    assert [row.status for row in page.items] == ["Revoked"]


def test_a_token_login_gets_no_data_for_a_certificate(world, access):
    with pytest.raises(KsefRefused) as caught:
        world.api.enrollment_data(access=access)
    assert caught.value.code == 25001


def test_a_csr_with_other_names_is_refused(world, owner):
    data = world.api.enrollment_data(access=owner) | {"commonName": "Kto Inny"}
    with pytest.raises(KsefRefused) as caught:
        world.api.enroll(
            access=owner, name="Certyfikat", type=AUTHENTICATION, csr=csr(data, new_key())
        )
    assert caught.value.http_status == 400


def test_a_token_is_made_used_listed_and_revoked(world, owner):
    made = world.api.token_create(access=owner, permissions=["InvoiceRead"], description="Odczyt")
    row = token_settled(world, owner, made.reference)
    assert (row.status, row.permissions, row.context) == ("Active", ("InvoiceRead",), ("Nip", NIP))
    challenge, public = world.api.challenge(), world.key(TOKEN_ENCRYPTION)
    started = world.api.token_login(
        challenge=challenge, context=Context("Nip", NIP), token=made.token, key=public
    )
    assert scopes(world.api.own_permissions(access=world.login(started))) == {"InvoiceRead"}
    world.api.token_revoke(access=owner, reference=made.reference)
    live = world.api.tokens_list(access=owner, status=["Active", "Pending"])
    assert made.reference not in [row.reference for row in live]


def token_settled(world, owner, reference):
    for _ in range(100):
        row = world.api.token_status(access=owner, reference=reference)
        if row.status != "Pending":
            return row
    raise AssertionError(row)


def test_this_login_is_told_from_the_others_and_ends_when_revoked(world):
    first = signed_in(world, key(), self_signed(key()))
    second = signed_in(world, key(), self_signed(key()))
    rows = {row.reference: row for row in world.api.logins_list(access=first.access)}
    (this,) = [row for row in rows.values() if row.is_current]
    assert this.refresh_until > clock.now()
    world.api.login_revoke_current(token=second.refresh)
    assert len(world.api.logins_list(access=first.access)) == len(rows) - 1
    world.api.login_revoke(access=first.access, reference=this.reference)
    for tokens in (first, second):
        with pytest.raises(KsefRefused):
            world.api.refresh(tokens.refresh)


def test_a_login_bound_to_our_address_goes_through(world):
    tokens = signed_in(world, key(), self_signed(key()), allowed_ips=["127.0.0.1"])
    assert world.api.own_permissions(access=tokens.access)


ACCOUNTANT = {
    "subjectIdentifier": {"type": "Pesel", "value": "90010112345"},
    "permissions": ["InvoiceRead", "InvoiceWrite"],
    "description": "Biuro rachunkowe",
    "subjectDetails": {
        "subjectDetailsType": "PersonByIdentifier",
        "personById": {"firstName": "Anna", "lastName": "Nowak"},
    },
}
OFFICE = {
    "subjectIdentifier": {"type": "Nip", "value": OTHER_NIP},
    "permissions": [{"type": "InvoiceRead", "canDelegate": True}],
    "description": "Biuro rachunkowe",
    "subjectDetails": {"fullName": "Biuro Rachunkowe Nowak"},
}
SELF_BILLING = {
    "subjectIdentifier": {"type": "Nip", "value": OTHER_NIP},
    "permission": "SelfInvoicing",
    "description": "Samofakturowanie",
    "subjectDetails": {"fullName": "Nabywca sp. z o.o."},
}


def followed(world, owner, reference):
    """The final status of an operation."""
    return wait(lambda: world.api.operation_status(access=owner, reference=reference))


@pytest.mark.parametrize(
    ("kind", "body", "listed"),
    [
        ("persons", ACCOUNTANT, "persons-here"),
        ("entities", OFFICE, "persons-here"),
        ("authorizations", SELF_BILLING, "authorizations-granted"),
    ],
)
def test_a_grant_is_followed_listed_and_withdrawn(world, owner, kind, body, listed):
    def rows():
        found = world.api.grants_list(kind=listed, access=owner)
        return [row["id"] for row in found if row["description"] == body["description"]]

    reference = world.api.grant(kind=kind, access=owner, body=body)
    assert followed(world, owner, reference).code == 200
    assert rows()
    revoke = world.api.authorization_revoke if kind == "authorizations" else world.api.grant_revoke
    for row in rows():
        assert followed(world, owner, revoke(access=owner, id=row)).code == 200
    assert rows() == []


@pytest.mark.parametrize("kind", ["subunits", "eu", "roles", "subordinates", "entities-received"])
def test_every_other_list_is_answered(world, owner, kind):
    assert world.api.grants_list(kind=kind, access=owner) == []


def test_the_consent_to_attachments_is_told(world, owner):
    assert world.api.attachment_status(access=owner).allowed is False
