"""Who a login stands for: KSeF certificates, podpis zaufany, e-ID, fingerprints."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from simulator import clock
from simulator.certificates import seal_name
from simulator.holder import fingerprint
from tests.simulator_enrolling import data_of, issued, new_key
from tests.simulator_signing import (
    PESEL,
    begin,
    enveloping,
    key,
    login,
    owner_of,
    person,
    self_signed,
)
from tests.simulator_support import NIP, Sender

MINISTRY = seal_name("5252955037", "Minister do spraw informatyzacji - pieczęć podpisu zaufanego")


@pytest.fixture(autouse=True)
def quick(sim):
    sim.world.settings.change({"enrollment_seconds": 0})


@pytest.fixture
def later(monkeypatch, tmp_path):
    """Moves the simulator's clock so many days on."""
    file = tmp_path / "clock"
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(file))
    return lambda days: file.write_text(str(days * 86400))


@pytest.fixture
def anna(sim):
    """The sole trader of NIP, known to KSeF by PESEL too."""
    body = {"nip": NIP, "pesel": PESEL, "isBailiff": False, "description": "Osoba próbna"}
    Sender(sim.request).call("POST", "/testdata/person", token=None, json=body, expect=200)


def final(sim, private, certificate, **options):
    """Method, code and details that a login ends with."""
    sender, begun = begin(sim.request, private, certificate, **options)
    done = sender.poll(begun.json)
    return done["authenticationMethod"], done["status"]["code"], done["status"]["details"]


def refused(sim, private, certificate, **options):
    """The code with which a login is refused at once."""
    _, answer = begin(sim.request, private, certificate, status=400, **options)
    return answer.json["exception"]["exceptionDetailList"][0]["exceptionCode"]


def trusted(pesel=PESEL):
    """The claimed role in which podpis zaufany names the person."""
    return (
        "<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>"
        '<pz:PodpisZP xmlns:pz="http://crd.gov.pl/xml/schematy/ppzp/" '
        'xmlns:os="http://crd.gov.pl/xml/schematy/osoba/2009/11/16/"><pz:DaneZP>'
        "<pz:DaneZPOsobyFizycznej><os:Nazwisko>NOWAK</os:Nazwisko><os:Imie>ANNA</os:Imie>"
        f"<os:PESEL>{pesel}</os:PESEL></pz:DaneZPOsobyFizycznej></pz:DaneZP></pz:PodpisZP>"
        "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole>"
    )


def ministry():
    return key(), self_signed(key(), MINISTRY)


def identity_card():
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Podpis osobisty")
    subject = x509.Name([*person(f"PNOPL-{PESEL}"), unit])
    return key(), self_signed(key(), subject)


def test_podpis_zaufany_stands_for_the_person_named_inside(sim, anna):
    assert final(sim, *ministry(), role=trusted()) == ("TrustedProfile", 200, None)


def test_podpis_zaufany_may_envelop_the_request(sim, anna):
    done = final(sim, *ministry(), role=trusted(), make=enveloping)
    assert done == ("TrustedProfile", 200, None)


def test_podpis_zaufany_gives_the_names_of_the_person_for_a_certificate(sim, anna):
    assert data_of(login(sim.request, *ministry(), role=trusted())) == {
        "commonName": "ANNA NOWAK",
        "countryName": "PL",
        "givenName": "ANNA",
        "surname": "NOWAK",
        "serialNumber": f"PNOPL-{PESEL}",
    }


def test_podpis_zaufany_of_a_stranger_has_no_rights(sim, anna):
    done = final(sim, *ministry(), role=trusted("44051401359"))
    assert done == ("TrustedProfile", 415, ["Brak przypisanych uprawnień"])


@pytest.mark.parametrize("role", ["", trusted("brak"), trusted(f"{PESEL}<!-- -->1")])
def test_the_seal_of_podpis_zaufany_without_a_person_is_21406(sim, role):
    assert refused(sim, *ministry(), role=role) == 21406


def test_podpis_zaufany_has_no_fingerprint_of_a_person(sim, anna):
    assert refused(sim, *ministry(), role=trusted(), by="certificateFingerprint") == 21406


def test_the_role_of_a_person_in_another_seal_counts_for_nothing(sim, anna):
    stranger = self_signed(key(), seal_name("1111111111", "Obca sp. z o.o."))
    done = final(sim, key(), stranger, role=trusted())
    assert done == ("QualifiedSeal", 415, ["Brak przypisanych uprawnień"])


def test_an_identity_card_signs_in_its_own_way(sim, anna):
    assert final(sim, *identity_card()) == ("PersonalSignature", 200, None)


@pytest.mark.parametrize("setting", ["trusted_profile", "personal_signature"])
def test_signatures_that_ksef_may_not_take_can_be_refused(sim, anna, setting):
    sim.request("POST", "/control/settings", json={setting: 0})
    which = {"trusted_profile": ministry(), "personal_signature": identity_card()}[setting]
    assert final(sim, *which, role=trusted())[1:] == (460, ["Niepoprawny certyfikat"])


def test_a_certificate_from_ksef_says_so_and_remembers_its_use(sim):
    private, owner = new_key(), owner_of(sim.request)
    made = issued(owner, private)
    assert final(sim, private, made) == ("InternalCertificate", 200, None)
    listed = owner.call("POST", "/certificates/query", json={}, expect=200).json["certificates"]
    serial = f"{made.serial_number:016X}"
    used = {item["certificateSerialNumber"]: item["lastUseDate"] for item in listed}
    assert [number for number, moment in used.items() if moment] == [serial]


def test_a_certificate_that_begins_later_logs_in_on_its_day(sim, later):
    private, owner = new_key(), owner_of(sim.request)
    start = clock.stamp(clock.now() + timedelta(days=10))
    made = issued(owner, private, validFrom=start)
    assert final(sim, private, made)[1:] == (460, ["Nieważny certyfikat"])
    later(11)
    assert final(sim, private, made)[1:] == (200, None)


def test_a_certificate_does_not_log_in_after_its_end(sim, later):
    private = new_key()
    made = issued(owner_of(sim.request), private)
    later(731)
    assert final(sim, private, made) == ("InternalCertificate", 460, ["Nieważny certyfikat"])


def test_a_certificate_whose_validity_was_shortened_does_not_log_in(sim):
    private, owner = new_key(), owner_of(sim.request)
    made = issued(owner, private)
    body = {"validTo": clock.stamp(clock.now() - timedelta(seconds=1))}
    path = f"/testdata/certificates/{made.serial_number:016X}"
    owner.call("PUT", path, json=body, expect=200)
    assert final(sim, private, made)[1:] == (460, ["Nieważny certyfikat"])


def test_a_certificate_that_its_owner_revoked_does_not_log_in(sim):
    private, owner = new_key(), owner_of(sim.request)
    made = issued(owner, private)
    body = {"revocationReason": "Superseded"}
    path = f"/certificates/{made.serial_number:016X}/revoke"
    owner.call("POST", path, json=body, expect=204)
    assert final(sim, private, made)[1:] == (460, ["Certyfikat odwołany"])


def test_an_offline_certificate_does_not_log_in(sim):
    private = new_key()
    made = issued(owner_of(sim.request), private, certificateType="Offline")
    assert refused(sim, private, made) == 21115


def test_a_fingerprint_without_grants_has_no_rights(sim):
    stranger = self_signed(key(), person("DE-1"))
    done = final(sim, key(), stranger, by="certificateFingerprint")
    assert done == ("QualifiedSignature", 415, ["Brak przypisanych uprawnień"])


def test_a_fingerprint_is_known_in_either_case(sim):
    certificate = self_signed(key(), person("DE-1"))
    body = {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": {"type": "Fingerprint", "value": fingerprint(certificate).lower()},
        "permissions": [{"permissionType": "InvoiceRead", "description": "Do odczytu"}],
    }
    Sender(sim.request).call("POST", "/testdata/permissions", token=None, json=body, expect=200)
    assert final(sim, key(), certificate, by="certificateFingerprint")[1] == 200
