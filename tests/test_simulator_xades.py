"""Login by XAdES: the forms, transforms and algorithms that KSeF lists, and nothing else."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from simulator import xades_policy
from simulator.certificates import seal_name
from simulator.seed import seed
from tests import simulator_signing as signing
from tests.simulator_signing import (
    EXCLUSIVE,
    SEAL,
    enveloped,
    enveloping,
    key,
    person,
    request_xml,
    self_signed,
)
from tests.simulator_support import NIP, OTHER_NIP, Sender

ENVELOPED = xades_policy.ENVELOPED


@pytest.fixture
def sender(sim):
    return Sender(sim.request)


def challenge(sender):
    return sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]


def post(sender, data, query="", expect=None):
    headers = {"Content-Type": "application/xml"}
    path = f"/auth/xades-signature{query}"
    return sender.call("POST", path, token=None, data=data, headers=headers, expect=expect)


def request(sender, **options):
    return request_xml(challenge(sender), **options)


def status(sender, data, query=""):
    """The code and details an accepted document ends with."""
    final = sender.poll(post(sender, data, query, expect=202).json)["status"]
    return final["code"], final["details"]


def refused(sender, data, query=""):
    """The code of a document that is refused at once."""
    body = post(sender, data, query, expect=400).json
    return body["exception"]["exceptionDetailList"][0]["exceptionCode"]


def signed(sender, private=None, subject=SEAL, make=enveloped, **options):
    private = private or key()
    return make(request(sender), private, self_signed(private, subject), **options)


@pytest.mark.parametrize("c14n", sorted(xades_policy.C14N))
@pytest.mark.parametrize("removing", [ENVELOPED, xades_policy.XPATH, xades_policy.FILTER2])
def test_every_listed_transform_of_an_enveloped_signature_is_taken(sender, removing, c14n):
    assert status(sender, signed(sender, transforms=[removing, c14n])) == (200, None)


@pytest.mark.parametrize("c14n", sorted(xades_policy.C14N))
def test_an_enveloping_signature_is_taken_with_every_canonicalisation(sender, c14n):
    data = signed(sender, make=enveloping, transforms=[c14n], c14n=c14n, properties_c14n=c14n)
    assert status(sender, data) == (200, None)


def test_an_enveloping_signature_without_transforms_is_taken(sender):
    assert status(sender, signed(sender, make=enveloping)) == (200, None)


def test_a_request_in_base64_inside_the_signature_is_taken(sender):
    assert status(sender, signed(sender, make=enveloping, encode=True)) == (200, None)


@pytest.mark.parametrize("method", sorted(xades_policy.RSA_METHODS))
def test_every_listed_rsa_algorithm_is_taken(sender, method):
    assert status(sender, signed(sender, method=method)) == (200, None)


@pytest.mark.parametrize("method", sorted(xades_policy.EC_METHODS))
def test_every_listed_ecdsa_algorithm_is_taken(sender, method):
    assert status(sender, signed(sender, key("ec", 256), method=method)) == (200, None)


@pytest.mark.parametrize("size", [384, 521])
def test_larger_curves_are_taken(sender, size):
    assert status(sender, signed(sender, key("ec", size))) == (200, None)


@pytest.mark.parametrize("digest", sorted(xades_policy.DIGESTS))
def test_every_listed_digest_is_taken_in_references_and_certificate(sender, digest):
    data = signed(sender, digest=digest, cert_digest=digest, tag="SigningCertificateV2")
    assert status(sender, data) == (200, None)


@pytest.mark.parametrize("namespace", [signing.V20, signing.V21])
def test_both_versions_of_the_request_are_taken(sender, namespace):
    private = key()
    document = request(sender, namespace=namespace)
    assert status(sender, enveloped(document, private, self_signed(private))) == (200, None)


def test_a_detached_signature_is_refused(sender):
    private = key()
    document = request(sender)
    data = enveloping(document, private, self_signed(private)).decode().split("?>", 1)[1]
    moved = data.replace(document, "").replace("</ds:Object>", "</ds:Object>", 1)
    assert refused(sender, f"<Both>{document}{moved}</Both>".encode()) == 9105


def test_of_two_requests_only_the_signed_one_is_read(sender, sim):
    """Signature wrapping: an unsigned request is put in front of the signed one."""
    evil = request(sender, context=f"<Nip>{OTHER_NIP}</Nip>")
    place = '<ds:Object Id="Doc">'
    wrapped = (
        signed(sender, make=enveloping)
        .decode()
        .replace(place, f"<ds:Object>{evil}</ds:Object>{place}")
    )
    assert status(sender, wrapped.encode()) == (200, None)
    assert sim.world.store.row("SELECT context FROM authentications")["context"] == NIP


def test_one_id_on_two_elements_is_refused(sender):
    data = signed(sender, make=enveloping).decode()
    evil = request(sender, context=f"<Nip>{OTHER_NIP}</Nip>")
    twice = data.replace('<ds:Object Id="Doc">', f'<ds:Object Id="Doc">{evil}</ds:Object><ds:Object Id="Doc">')  # fmt: skip  # noqa: E501
    assert refused(sender, twice.encode()) == 9105


@pytest.mark.parametrize(
    "evil",
    [
        [xades_policy.ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"],
        [EXCLUSIVE],
        ["http://www.w3.org/2001/04/xmldsig-more#xptr"],
        [xades_policy.ENVELOPED, xades_policy.BASE64],
    ],
)
def test_other_transforms_are_refused(sender, evil):
    data = signed(sender).decode()
    start, end = data.index('<ds:Reference URI=""'), data.index("<ds:DigestMethod")
    listed = "".join(f'<ds:Transform Algorithm="{uri}"/>' for uri in evil)
    changed = f'<ds:Reference URI=""><ds:Transforms>{listed}</ds:Transforms>'
    assert refused(sender, (data[:start] + changed + data[end:]).encode()) == 9105


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("not(ancestor-or-self::ds:Signature)", "self::ds:Nothing"),
        ("not(ancestor-or-self::ds:Signature)", "not(ancestor-or-self::xx:Signature)"),
        ("/descendant::ds:Signature", "/descendant::*"),
        ('Filter="subtract"', 'Filter="intersect"'),
    ],
)
def test_other_xpath_expressions_are_refused(sender, old, new):
    which = xades_policy.XPATH if old.startswith("not") else xades_policy.FILTER2
    data = signed(sender, transforms=[which, EXCLUSIVE]).decode()
    assert old in data
    assert refused(sender, data.replace(old, new).encode()) == 9105


@pytest.mark.parametrize("uri", ["http://127.0.0.1/x", "file:///etc/passwd", "#xpointer(/)", "x"])
def test_a_reference_out_of_the_document_is_refused(sender, uri):
    data = signed(sender).decode().replace('URI=""', f'URI="{uri}"')
    assert refused(sender, data.encode()) == 9105


def test_an_enveloping_signature_over_nothing_is_refused(sender):
    """The whole document without its signature, where the signature is the document."""
    data = signed(sender, make=enveloping).decode()
    start, end = data.index('<ds:Reference URI="#Doc"'), data.index('<ds:Reference URI="#Props"')
    empty = signing.reference("", [ENVELOPED])
    assert refused(sender, (data[:start] + empty + data[end:]).encode()) == 9105


def test_properties_that_no_reference_covers_are_refused(sender):
    private = key()
    made = self_signed(private)
    bare = signing.signature_xml(
        made, covered=signing.reference("", [ENVELOPED, EXCLUSIVE]), method=signing.RSA256
    ).replace(signing.reference("#Props", [EXCLUSIVE]), "")
    end = "</AuthTokenRequest>"
    data = signing.compute(request(sender).replace(end, bare + end), private)
    assert refused(sender, data) == 9105


def test_a_document_of_thousands_of_elements_is_refused_before_any_transform(sender):
    data = signed(sender).decode().replace("<ds:Object>", f"<ds:Object>{'<a/>' * 3000}")
    assert refused(sender, data.encode()) == 9101


def test_a_document_over_two_megabytes_is_refused(sender):
    assert post(sender, b"<a>" + b" " * 2_000_000 + b"</a>").status == 413


def test_a_manifest_is_refused(sender):
    data = signed(sender).decode()
    evil = f"<ds:Object><ds:Manifest>{signing.reference('file:///etc/passwd', [])}</ds:Manifest>"
    data = data.replace("<ds:Object>", f"{evil}</ds:Object><ds:Object>", 1)
    assert refused(sender, data.encode()) == 9105


@pytest.mark.parametrize(
    ("old", "new"),
    [(f"<Nip>{NIP}", f"<Nip>{OTHER_NIP}"), ("certificateSubject", "certificateFingerprint")],
)
def test_a_changed_request_breaks_the_signature(sender, old, new):
    data = signed(sender).decode()
    assert refused(sender, data.replace(old, new).encode()) == 9105


def test_a_changed_signing_time_breaks_the_signature(sender):
    data = signed(sender, time="2026-11-21T10:00:00Z").decode()
    assert refused(sender, data.replace("T10:00:00Z", "T11:00:00Z").encode()) == 9105


def test_a_certificate_other_than_the_named_one_is_refused(sender):
    data = signed(sender).decode()
    other = self_signed(key("ec", 256)).public_bytes(serialization.Encoding.DER)
    start, end = data.index("<ds:X509Certificate>") + 20, data.index("</ds:X509Certificate>")
    data = data[:start] + base64.b64encode(other).decode() + data[end:]
    assert refused(sender, data.encode()) == 9105


def test_an_ecdsa_value_in_der_is_refused(sender):
    data = signed(sender, key("ec", 256)).decode()
    start, end = data.index("<ds:SignatureValue>") + 19, data.index("</ds:SignatureValue>")
    longer = base64.b64encode(b"0" * 70).decode()
    assert refused(sender, (data[:start] + longer + data[end:]).encode()) == 9105


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 9101),
        (b"not xml", 9101),
        (b"<AuthTokenRequest/>", 9102),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 9101),
        (b"<a>\xff\xfe</a>", 21217),
    ],
)
def test_what_is_no_signed_document_gets_its_own_code(sender, data, code):
    assert refused(sender, data) == code


def test_two_signatures_are_too_many(sender):
    data = signed(sender).decode()
    extra = f'<ds:Signature xmlns:ds="{signing.DS}"/></AuthTokenRequest>'
    assert refused(sender, data.replace("</AuthTokenRequest>", extra).encode()) == 9103


@pytest.mark.parametrize(
    "options",
    [
        {"context": "<Nip>123</Nip>"},
        {"context": f"<Nip>{NIP[:5]}<!-- -->{NIP[5:]}</Nip>"},
        {"by": "other"},
        {"policy": "<Extra/>"},
        {"policy": "<AuthorizationPolicy><AllowedIps><Ip4Address>1</Ip4Address></AllowedIps>"
                   "</AuthorizationPolicy>"},
    ],
)  # fmt: skip
def test_a_request_against_its_schema_is_refused(sender, options):
    private = key()
    data = enveloped(request(sender, **options), private, self_signed(private))
    assert refused(sender, data) == 21401


def test_a_challenge_works_once(sender):
    data = signed(sender)
    post(sender, data, expect=202)
    assert refused(sender, data) == 21111


def test_a_challenge_older_than_ten_minutes_is_refused(sender, sim):
    sim.world.settings.change({"challenge_seconds": 0})
    assert refused(sender, signed(sender)) == 21111


@pytest.mark.parametrize(("private", "code"), [(("rsa", 1024), 21115), (("ec", 192), 21115)])
def test_a_short_key_is_refused(sender, private, code):
    assert refused(sender, signed(sender, key(*private))) == code


@pytest.mark.parametrize(("start", "end"), [(-10, -1), (1, 10)])
def test_a_certificate_out_of_its_time_fails_with_460(sender, start, end):
    private = key()
    data = enveloped(request(sender), private, self_signed(private, start=start, end=end))
    assert status(sender, data) == (460, ["Nieważny certyfikat"])


def test_a_self_signed_certificate_fails_when_the_chain_is_asked_for(sender):
    answer = status(sender, signed(sender), "?verifyCertificateChain=true")
    assert answer == (460, ["Niezaufany łańcuch certyfikatów"])


def test_a_certificate_of_an_unknown_issuer_fails(sender):
    private, other = key("ec", 256), key()
    made = self_signed(private, issuer=seal_name(OTHER_NIP, "X"), issuer_key=other)
    code, details = status(sender, enveloped(request(sender), private, made))
    assert (code, details) == (460, ["Błąd weryfikacji łańcucha certyfikatów"])


def own_certificate(sim, kind, algorithm="ec"):
    seeded = seed(sim.folder, NIP, password="Aa1!" * 4)
    base = next(file for file in seeded.files if file.name == f"{kind}-{algorithm}")
    from cryptography import x509

    private = serialization.load_pem_private_key(
        base.with_suffix(".key").read_bytes(), seeded.password.encode()
    )
    return private, x509.load_pem_x509_certificate(base.with_suffix(".crt").read_bytes())


def test_a_ksef_certificate_logs_in_even_with_the_chain_verified(sim, sender):
    data = enveloped(request(sender), *own_certificate(sim, "authentication"))
    assert status(sender, data, "?verifyCertificateChain=true") == (200, None)


def test_an_offline_certificate_cannot_log_in(sim, sender):
    data = enveloped(request(sender), *own_certificate(sim, "offline"))
    assert refused(sender, data) == 21115


@pytest.mark.parametrize(
    ("state", "detail"), [("Revoked", "Certyfikat odwołany"), ("Blocked", "Certyfikat zawieszony")]
)
def test_a_revoked_or_blocked_ksef_certificate_fails(sim, sender, state, detail):
    private, made = own_certificate(sim, "authentication")
    serial = f"{made.serial_number:016X}"
    sim.request("POST", f"/control/certificates/{serial}", json={"status": state})
    assert status(sender, enveloped(request(sender), private, made)) == (460, [detail])


def test_a_stranger_without_permissions_fails_with_415(sender):
    data = signed(sender, subject=seal_name(OTHER_NIP, "Obcy"))
    assert status(sender, data) == (415, ["Brak przypisanych uprawnień"])


@pytest.mark.parametrize("serial", [f"PNOPL-{signing.PESEL}", f"TINPL-{NIP}", f"NIP:{NIP}"])
def test_a_person_is_known_by_pesel_or_nip(sender, serial):
    body = {"nip": NIP, "pesel": signing.PESEL, "isBailiff": False, "description": "Osoba"}
    sender.call("POST", "/testdata/person", token=None, json=body, expect=200)
    assert status(sender, signed(sender, subject=person(serial))) == (200, None)


def test_a_certificate_without_identifier_needs_the_fingerprint(sender):
    assert refused(sender, signed(sender, subject=person("ABC-1"))) == 21406


def test_a_granted_fingerprint_logs_in(sender):
    private = key()
    made = self_signed(private, person("ABC-1"))
    from simulator.holder import fingerprint

    body = {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": {"type": "Fingerprint", "value": fingerprint(made).lower()},
        "permissions": [{"permissionType": "InvoiceRead", "description": "odczyt"}],
    }
    sender.call("POST", "/testdata/permissions", token=None, json=body, expect=200)
    data = enveloped(request(sender, by="certificateFingerprint"), private, made)
    assert status(sender, data) == (200, None)


def test_an_address_outside_the_policy_gets_403(sender):
    private = key()
    policy = (
        "<AuthorizationPolicy><AllowedIps><Ip4Mask>10.0.0.0/8</Ip4Mask></AllowedIps>"
        "</AuthorizationPolicy>"
    )
    begun = post(
        sender, enveloped(request(sender, policy=policy), private, self_signed(private)), expect=202
    ).json
    bearer = begun["authenticationToken"]["token"]
    answer = sender.call("GET", f"/auth/{begun['referenceNumber']}", token=bearer, expect=403)
    assert answer.json["reasonCode"] == "ip-not-allowed"


def test_a_document_of_another_type_gets_415(sender):
    answer = sender.call("POST", "/auth/xades-signature", token=None, json={}, expect=415)
    assert answer.json["status"] == 415


def test_a_certificate_expires_by_the_test_clock(sender, monkeypatch, tmp_path):
    private = key()
    made = self_signed(private)
    offset = tmp_path / "offset"
    offset.write_text(str(timedelta(days=60).total_seconds()))
    monkeypatch.setenv("KSEF_TEST_CLOCK", str(offset))
    code, details = status(sender, enveloped(request(sender), private, made))
    assert (code, details) == (460, ["Nieważny certyfikat"])
