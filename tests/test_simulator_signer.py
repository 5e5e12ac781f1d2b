"""`python -m simulator sign`: a signing program for those who have no signature at hand."""

import pytest
from cryptography import x509

from simulator.__main__ import main
from simulator.holder import fingerprint
from tests.simulator_signing import PESEL, request_xml
from tests.simulator_support import NIP, Sender


@pytest.fixture
def sender(sim):
    """Somebody at a simulator that knows a sole trader by NIP and PESEL."""
    made = Sender(sim.request)
    body = {"nip": NIP, "pesel": PESEL, "isBailiff": False, "description": "Osoba próbna"}
    made.call("POST", "/testdata/person", token=None, json=body, expect=200)
    return made


def signed(sender, folder, kind, number, **options):
    """The bytes that the program writes for a fresh challenge."""
    challenge = sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]
    source, target = folder / "request.xml", folder / "signed.xml"
    source.write_text(request_xml(challenge, **options))
    arguments = ["--data", str(folder), "--kind", kind, "--number", number, "--name", "Jan Łoś"]
    assert main(["sign", *arguments, str(source), str(target)]) == 0
    return target.read_bytes()


def final(sender, data):
    """Method and code that a login with this file ends with."""
    headers, path = {"Content-Type": "application/xml"}, "/auth/xades-signature"
    begun = sender.call("POST", path, token=None, data=data, headers=headers, expect=202).json
    done = sender.poll(begun)
    return done["authenticationMethod"], done["status"]["code"]


@pytest.mark.parametrize(
    ("kind", "number", "method"),
    [
        ("person", PESEL, "QualifiedSignature"),
        ("trader", NIP, "QualifiedSignature"),
        ("seal", NIP, "QualifiedSeal"),
        ("trusted", PESEL, "TrustedProfile"),
        ("personal", PESEL, "PersonalSignature"),
    ],
)
def test_a_signed_file_logs_in(sender, tmp_path, kind, number, method):
    assert final(sender, signed(sender, tmp_path, kind, number)) == (method, 200)


def test_a_foreign_certificate_keeps_its_fingerprint(sender, tmp_path):
    signed(sender, tmp_path, "foreign", "DE-123")
    pem = (tmp_path / "signers" / "foreign-DE-123.pem").read_bytes()
    known = fingerprint(x509.load_pem_x509_certificate(pem))
    body = {
        "contextIdentifier": {"type": "Nip", "value": NIP},
        "authorizedIdentifier": {"type": "Fingerprint", "value": known},
        "permissions": [{"permissionType": "InvoiceRead", "description": "Do odczytu"}],
    }
    sender.call("POST", "/testdata/permissions", token=None, json=body, expect=200)
    data = signed(sender, tmp_path, "foreign", "DE-123", by="certificateFingerprint")
    assert final(sender, data) == ("QualifiedSignature", 200)


def test_the_key_is_readable_by_its_owner_only(sender, tmp_path):
    signed(sender, tmp_path, "person", PESEL)
    file = tmp_path / "signers" / f"person-{PESEL}.pem"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", ["../../etc", "a/b", ""])
def test_a_number_is_no_path(tmp_path, number):
    arguments = ["--data", str(tmp_path), "--number", number, "a.xml", "b.xml"]
    with pytest.raises(SystemExit):
        main(["sign", *arguments])


def test_what_is_no_xml_is_said(tmp_path, capsys):
    source = tmp_path / "a.xml"
    source.write_text("nie XML")
    arguments = ["--data", str(tmp_path), "--number", PESEL, str(source), str(tmp_path / "b.xml")]
    with pytest.raises(SystemExit):
        main(["sign", *arguments])
    assert "no XML" in capsys.readouterr().err
