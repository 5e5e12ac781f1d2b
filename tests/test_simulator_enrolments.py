"""KSeF certificates asked for: limits, names, request, status, download."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import certificate_requests, clock
from simulator.errors import Invalid
from tests import simulator_enrolling as enrolling
from tests.simulator_enrolling import ask, csr, data_of, enroll, issued, new_key, status_of
from tests.simulator_signing import PESEL, key, login, owner_of, person, self_signed
from tests.simulator_support import NIP, Sender

LIMITS = "/certificates/limits"
OVERRIDE = "/testdata/limits/subject/certificate"


@pytest.fixture(autouse=True)
def quick(sim):
    sim.world.settings.change({"enrollment_seconds": 0})


@pytest.fixture
def owner(sim):
    return owner_of(sim.request)


@pytest.fixture
def anna(sim):
    """A person who owns NIP and signs with a qualified signature."""
    body = {"nip": NIP, "pesel": PESEL, "isBailiff": False, "description": "Osoba próbna"}
    Sender(sim.request).call("POST", "/testdata/person", token=None, json=body, expect=200)
    return login(sim.request, key(), self_signed(key(), person(f"PNOPL-{PESEL}")))


@pytest.fixture
def later(monkeypatch, tmp_path):
    """Moves the simulator's clock so many seconds on."""
    file = tmp_path / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    return lambda seconds: file.write_text(str(seconds))


def code(answer):
    assert answer.status == 400, answer.body
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def limits(sender):
    answer = sender.call("GET", LIMITS, expect=200).json
    return answer["enrollment"]["limit"], answer["certificate"]["limit"]


def left(sender):
    answer = sender.call("GET", LIMITS, expect=200).json
    return answer["enrollment"]["remaining"], answer["certificate"]["remaining"]


def order(sim, kind, **more):
    body = {"kind": kind, "operation": "certificate_enroll"} | more
    assert sim.request("POST", "/control/faults", json=body).status == 201


def set_limits(sender, enrolments, certificates):
    body = {
        "enrollment": {"maxEnrollments": enrolments},
        "certificate": {"maxCertificates": certificates},
    }
    sender.call("POST", OVERRIDE, json=body, expect=200)


def test_a_company_is_told_the_names_of_its_seal(owner):
    assert data_of(owner) == {
        "commonName": "Sprzedawca sp. z o.o.",
        "countryName": "PL",
        "organizationName": "Sprzedawca sp. z o.o.",
        "organizationIdentifier": f"VATPL-{NIP}",
    }


def test_a_person_is_told_the_names_of_their_signature(anna):
    assert data_of(anna) == {
        "commonName": "Anna Nowak",
        "countryName": "PL",
        "givenName": "Anna",
        "surname": "Nowak",
        "serialNumber": f"PNOPL-{PESEL}",
    }


def test_a_login_by_token_gets_no_names(sender):
    assert code(sender.call("GET", "/certificates/enrollments/data")) == 25001


def test_a_login_by_token_asks_for_no_certificate(sender):
    request = csr({"commonName": "X", "countryName": "PL"}, new_key())
    assert code(ask(sender, request)) == 25002
    assert sender.call("GET", LIMITS, expect=200).json["canRequest"] is False


@pytest.mark.parametrize("kind", ["Authentication", "Offline"])
def test_a_certificate_of_either_kind_is_issued_for_one_use(owner, kind):
    private = new_key()
    made = issued(owner, private, certificateType=kind)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage).value
    assert made.public_key() == private.public_key()
    assert usage.digital_signature is (kind == "Authentication")
    assert usage.content_commitment is (kind == "Offline")


def test_a_certificate_has_the_names_of_the_request_and_lasts_two_years(owner):
    made = issued(owner)
    assert made.subject == enrolling.name_of(data_of(owner))
    assert made.not_valid_after_utc - made.not_valid_before_utc == timedelta(days=730)


def test_the_list_shows_name_and_day_of_the_request(owner):
    enroll(owner, certificateName="Laptop księgowej", certificateType="Offline")
    answer = owner.call("POST", "/certificates/query", json={}, expect=200).json
    found = answer["certificates"][0]
    assert (found["name"], found["type"]) == ("Laptop księgowej", "Offline")
    assert found["requestDate"] <= clock.stamp(clock.now())


def test_a_request_takes_its_time(sim, owner, later):
    sim.world.settings.change({"enrollment_seconds": 60})
    reference = enroll(owner)
    waiting = status_of(owner, reference)
    assert (waiting["status"]["code"], waiting["certificateSerialNumber"]) == (100, None)
    later(61)
    assert status_of(owner, reference)["status"]["code"] == 200


def test_one_request_can_be_ordered_to_take_long(sim, owner, later):
    order(sim, "slow_enrolment", seconds=300)
    slow, quick = enroll(owner), enroll(owner)
    assert status_of(owner, slow)["status"]["code"] == 100
    assert status_of(owner, quick)["status"]["code"] == 200
    later(301)
    assert status_of(owner, slow)["status"]["code"] == 200


@pytest.mark.parametrize("wanted", [400, 500, 550])
def test_one_request_can_be_ordered_to_fail(sim, owner, wanted):
    order(sim, "enrolment_verdict", code=wanted)
    done = status_of(owner, enroll(owner))
    assert (done["status"]["code"], done["certificateSerialNumber"]) == (wanted, None)
    assert status_of(owner, enroll(owner))["status"]["code"] == 200


def test_a_status_is_kept_for_thirty_days(owner, later):
    reference = enroll(owner)
    later(30 * 86400 + 1)
    fresh = owner_of(owner._request)
    assert fresh.call("GET", f"/certificates/enrollments/{reference}").status == 410


def test_an_unknown_request_is_25005(owner):
    answer = owner.call("GET", "/certificates/enrollments/20261122-CE-0000000000-0000000000-00")
    assert code(answer) == 25005


def test_a_stranger_does_not_see_the_request(sim, owner):
    answer = sim.sender("1111111111").call("GET", f"/certificates/enrollments/{enroll(owner)}")
    assert code(answer) == 25005


def test_validity_may_begin_later(owner):
    start = clock.now().replace(microsecond=0) + timedelta(days=40)
    made = issued(owner, validFrom=clock.stamp(start))
    assert made.not_valid_before_utc == start
    assert made.not_valid_after_utc == start + timedelta(days=730)


def test_validity_never_begins_before_the_certificate_was_issued(owner):
    asked = clock.now() - timedelta(days=40)
    made = issued(owner, validFrom=clock.stamp(asked))
    assert made.not_valid_before_utc > clock.now() - timedelta(minutes=1)


@pytest.mark.parametrize("name", ["abcd", "a" * 101, "Nazwa/z ukośnikiem", "Kropka.", "Zażółć\n"])
def test_a_wrong_name_is_21405(owner, name):
    request = csr(data_of(owner), new_key())
    assert code(ask(owner, request, certificateName=name)) == 21405


@pytest.mark.parametrize("change", [{"certificateType": "Seal"}, {"validFrom": "jutro"}])
def test_another_kind_or_day_is_21405(owner, change):
    assert code(ask(owner, csr(data_of(owner), new_key()), **change)) == 21405


def test_what_is_no_base64_is_21405(owner):
    assert code(ask(owner, b"", csr="to nie jest Base64!")) == 21405


@pytest.mark.parametrize("data", [b"x", b"\x30\x03\x02\x01\x00"])
def test_what_is_no_request_is_25004(owner, data):
    assert code(ask(owner, data)) == 25004


def test_a_request_signed_by_another_key_is_25004(owner):
    data = bytearray(csr(data_of(owner), key()))
    data[-1] ^= 1
    assert code(ask(owner, bytes(data))) == 25004


NAMES = {"commonName": "Anna Nowak", "countryName": "PL"}
REQUEST = csr(NAMES, new_key())


@given(st.integers(0, len(REQUEST) - 1), st.integers(1, 255))
def test_a_request_with_any_byte_changed_is_refused(place, change):
    damaged = bytearray(REQUEST)
    damaged[place] ^= change
    with pytest.raises(Invalid) as refusal:
        certificate_requests.read(bytes(damaged), NAMES)
    assert refusal.value.code in (25003, 25004, 25010, 25011)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_order(data):
    with pytest.raises(Invalid):
        certificate_requests.read(data, NAMES)


ANYTHING = st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({})


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(["certificateName", "certificateType", "csr", "validFrom"]), ANYTHING)
def test_anything_in_any_field_of_a_request_is_never_a_500(owner, field, value):
    assert ask(owner, REQUEST, **{field: value}).status in (202, 400)


def changed(data, **values):
    return {name: value for name, value in (data | values).items() if value}


@pytest.mark.parametrize(
    "change",
    [{"commonName": "Inny"}, {"countryName": None}, {"serialNumber": "1"}, {"surname": "Kot"}],
)
def test_another_subject_than_that_of_the_login_is_25003(owner, change):
    assert code(ask(owner, csr(changed(data_of(owner), **change), new_key()))) == 25003


def test_a_name_twice_is_25003(owner):
    subject = [*enrolling.name_of(data_of(owner))]
    twice = x509.Name([*subject, x509.NameAttribute(NameOID.COMMON_NAME, "Sprzedawca sp. z o.o.")])
    assert code(ask(owner, csr(twice, new_key()))) == 25003


def test_the_order_of_names_does_not_matter(owner):
    subject = x509.Name(reversed([*enrolling.name_of(data_of(owner))]))
    assert ask(owner, csr(subject, new_key())).status == 202


def two_names():
    given = [x509.NameAttribute(NameOID.GIVEN_NAME, name) for name in ("Anna", "Maria")]
    rest = [item for item in person(f"TINPL-{NIP}") if item.oid != NameOID.GIVEN_NAME]
    return x509.Name([*given, *rest])


def test_several_given_names_are_one_text_and_either_form_is_taken(sim):
    anna = login(sim.request, key(), self_signed(key(), two_names()))
    assert data_of(anna)["givenName"] == "Anna Maria"
    assert ask(anna, csr(data_of(anna), new_key())).status == 202
    assert ask(anna, csr(two_names(), new_key())).status == 202


@pytest.mark.parametrize(
    "private",
    [
        rsa.generate_private_key(65537, 3072),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa-3072", "p-384", "ed25519"],
)
def test_another_key_is_25010(owner, private):
    algorithm = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    builder = x509.CertificateSigningRequestBuilder()
    made = builder.subject_name(enrolling.name_of(data_of(owner))).sign(private, algorithm)
    assert code(ask(owner, made.public_bytes(enrolling.serialization.Encoding.DER))) == 25010


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
@pytest.mark.parametrize("kind", ["ec", "rsa", "pss"])
def test_every_listed_signature_of_a_request_is_taken(owner, algorithm, kind):
    private = new_key() if kind == "ec" else key()
    salt = padding.PSS.DIGEST_LENGTH
    pss = padding.PSS(padding.MGF1(algorithm), salt) if kind == "pss" else None
    assert ask(owner, csr(data_of(owner), private, algorithm, pss)).status == 202


@pytest.mark.parametrize("algorithm", [hashes.SHA224(), hashes.SHA3_256()])
def test_another_digest_is_25011(owner, algorithm):
    assert code(ask(owner, csr(data_of(owner), new_key(), algorithm))) == 25011


def test_a_key_certified_for_another_subject_is_rejected(sim, owner, anna):
    private = new_key()
    issued(owner, private)
    done = status_of(anna, enroll(anna, private))["status"]
    reason = "Klucz publiczny został już certyfikowany przez inny podmiot."
    assert (done["code"], done["details"]) == (400, [reason])


def test_a_company_may_hold_a_hundred_certificates_and_a_person_six(owner, anna):
    assert (limits(owner), limits(anna)) == ((300, 100), (12, 6))


def test_each_certificate_takes_from_both_limits(anna):
    issued(anna)
    assert left(anna) == (11, 5)


def test_too_many_requests_are_25006(owner):
    set_limits(owner, 1, 50)
    issued(owner)
    assert code(ask(owner, csr(data_of(owner), new_key()))) == 25006
    assert owner.call("GET", LIMITS, expect=200).json["canRequest"] is False


def test_too_many_certificates_are_25007_until_one_is_revoked(anna):
    set_limits(anna, 50, 1)
    made = issued(anna)
    assert code(ask(anna, csr(data_of(anna), new_key()))) == 25007
    anna.call("POST", f"/certificates/{made.serial_number:016X}/revoke", json={}, expect=204)
    assert ask(anna, csr(data_of(anna), new_key())).status == 202


def test_of_two_requests_for_the_last_place_one_is_rejected(sim, anna, later):
    sim.world.settings.change({"enrollment_seconds": 5})
    set_limits(anna, 50, 1)
    first, second = enroll(anna), enroll(anna)
    later(6)
    assert status_of(anna, first)["status"]["code"] == 200
    assert status_of(anna, second)["status"]["details"] == [
        "Osiągnięto dopuszczalny limit posiadanych certyfikatów."
    ]


def test_changed_limits_can_be_put_back(owner):
    set_limits(owner, 7, 3)
    assert limits(owner) == (7, 3)
    shown = owner.call("GET", "/limits/subject", expect=200).json
    assert shown["certificate"]["maxCertificates"] == 3
    owner.call("DELETE", OVERRIDE, expect=200)
    assert limits(owner) == (300, 100)


def test_limits_of_a_number_that_the_subject_does_not_have_are_21405(owner):
    body = {"subjectIdentifierType": "Pesel", "enrollment": {"maxEnrollments": 1}}
    assert code(owner.call("POST", OVERRIDE, json=body)) == 21405


def test_a_certificate_of_ksef_renews_itself(sim, anna):
    private = new_key()
    first = issued(anna, private)
    again = login(sim.request, private, first)
    assert data_of(again) == data_of(anna)
    assert issued(again).subject == first.subject


def test_a_person_without_a_number_keeps_the_identity_of_the_fingerprint(sim):
    private, subject = key(), person("DE-123")
    certificate = self_signed(private, subject)
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex().upper()
    body = {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": {"type": "Fingerprint", "value": fingerprint},
        "permissions": [{"permissionType": "InvoiceRead", "description": "Do odczytu"}],
    }
    Sender(sim.request).call("POST", "/testdata/permissions", token=None, json=body, expect=200)
    stranger = login(sim.request, private, certificate, by="certificateFingerprint")
    assert limits(stranger) == (12, 6)
    fresh = new_key()
    again = login(sim.request, fresh, issued(stranger, fresh))
    listed = again.call("POST", "/certificates/query", json={}, expect=200).json["certificates"]
    expected = {"type": "Fingerprint", "value": fingerprint}
    assert [item["subjectIdentifier"] for item in listed] == [expected]


def test_certificates_belong_to_the_person_in_every_context(sim, anna):
    serial = f"{issued(anna).serial_number:016X}"
    other = "1111111111"
    body = {
        "contextIdentifier": {"type": "Nip", "value": other},
        "authorizedIdentifier": {"type": "Pesel", "value": PESEL},
        "permissions": [{"permissionType": "InvoiceRead", "description": "Do odczytu"}],
    }
    anna.call("POST", "/testdata/permissions", token=None, json=body, expect=200)
    certificate = self_signed(key(), person(f"PNOPL-{PESEL}"))
    elsewhere = login(sim.request, key(), certificate, context=f"<Nip>{other}</Nip>")
    assert enrolling.fetch(elsewhere, serial).serial_number == int(serial, 16)
