"""A stranger's client drives a simulator process: a KSeF, not a mirror of our own client."""

import base64
import json
import time

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from ksef_client import KsefClient
from ksef_client.config import KsefClientOptions
from ksef_client.models import (
    EnrollCertificateRequest,
    FormCode,
    InvoiceExportRequest,
    QueryCertificatesRequest,
    RetrieveCertificatesRequest,
    RevokeCertificateRequest,
)
from ksef_client.services.crypto import build_encryption_data
from ksef_client.services.csr import generate_csr_ec
from ksef_client.services.workflows import (
    AuthCoordinator,
    BatchSessionWorkflow,
    ExportWorkflow,
    OnlineSessionWorkflow,
)
from lxml import etree

from simulator.seed import seed
from tests import openapi_support
from tests import simulator_signing as signing
from tests.simulator_support import FORM, NIP, fa3, process, sha, since, tarred, zipped

pytestmark = pytest.mark.slow
# The foreign client uploads to no loopback address, so the storage has a name of its own.
STORAGE = "storage.example"
UPO = {"u": "http://upo.schematy.mf.gov.pl/KSeF/v4-3"}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulator")
    storage = f"http://{STORAGE}:{{port}}"
    with process(folder, "--control", "--storage-url", storage) as made:
        made.seeded = seed(folder, NIP)
        # All of this comes from one address within a minute or two.
        generous = {"limits_multiplier": 100}
        assert made.request("POST", "/control/settings", json=generous).status == 200
        yield made


@pytest.fixture
def client(running, monkeypatch):
    """The foreign client, every exchange of which is held against the OpenAPI."""
    send = httpx.Client.send

    def checked(self, request, **options):
        if request.url.host == STORAGE:
            # The storage is no part of the API, so the OpenAPI says nothing about it.
            request.url = request.url.copy_with(host="127.0.0.1")
            return send(self, request, **options)
        response = send(self, request, **options)
        response.read()
        content = request.headers.get("Content-Type", "")
        sent = json.loads(request.content) if request.content and "json" in content else None
        openapi_support.validate_exchange(
            request.method,
            str(request.url),
            sent,
            response.status_code,
            response.content,
            response.headers,
        )
        return response

    monkeypatch.setattr(httpx.Client, "send", checked)
    settings = KsefClientOptions(base_url=running.url, strict_presigned_url_validation=False)
    with KsefClient(settings) as made:
        yield made


def certificate(client, usage):
    found = client.security.get_public_key_certificates()
    return next(item for item in found if usage in [str(u.value) for u in item.usage])


def token_login(client, running):
    key = certificate(client, "KsefTokenEncryption")
    return AuthCoordinator(client.auth).authenticate_with_ksef_token(
        token=running.seeded.token,
        public_certificate=key.certificate,
        public_key_id=key.public_key_id,
        context_identifier_type="nip",
        context_identifier_value=NIP,
        poll_interval_seconds=0.1,
    )


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def xades_login(client, running, algorithm):
    base = running.seeded.files[["rsa", "ec"].index(algorithm)]
    key = serialization.load_pem_private_key(
        base.with_suffix(".key").read_bytes(), running.seeded.password.encode()
    )
    return AuthCoordinator(client.auth).authenticate_with_xades(
        context_identifier_type="nip",
        context_identifier_value=NIP,
        subject_identifier_type="certificateSubject",
        certificate_pem=base.with_suffix(".crt").read_text(),
        private_key_pem=private_pem(key),
        verify_certificate_chain=True,
        poll_interval_seconds=0.1,
    )


LOGINS = {
    "token": token_login,
    "xades-rsa": lambda client, running: xades_login(client, running, "rsa"),
    "xades-ec": lambda client, running: xades_login(client, running, "ec"),
}


def until(read, ready):
    end = time.monotonic() + 10
    while not ready(value := read()):
        assert time.monotonic() < end, value
        time.sleep(0.1)
    return value


@pytest.mark.parametrize("login", LOGINS)
def test_a_foreign_client_gets_from_login_to_upo(client, running, login):
    access = LOGINS[login](client, running).access_token
    key = certificate(client, "SymmetricKeyEncryption")
    session = OnlineSessionWorkflow(client.sessions).open_session(
        form_code=FormCode.from_dict(FORM),
        public_certificate=key.certificate,
        public_key_id=key.public_key_id,
        access_token=access,
    )
    data = fa3(f"FV/{login}")
    sent = session.send_invoice(data)
    status = until(
        lambda: session.get_invoice_status(sent.reference_number),
        lambda value: value.status.code >= 200,
    )
    assert (status.status.code, status.invoice_hash) == (200, sha(data))
    upo = etree.fromstring(session.get_invoice_upo_by_ref(sent.reference_number))
    assert upo.findtext("u:Dokument/u:NumerKSeFDokumentu", None, UPO) == status.ksef_number
    session.close()
    done = until(session.get_status, lambda value: value.status.code >= 200)
    page = done.upo.pages[0].reference_number
    assert etree.fromstring(session.get_upo(page)).find("u:OpisPotwierdzenia", UPO) is not None


def test_the_foreign_client_reads_back_the_very_bytes(client, running):
    access = token_login(client, running).access_token
    key = certificate(client, "SymmetricKeyEncryption")
    session = OnlineSessionWorkflow(client.sessions).open_session(
        form_code=FormCode.from_dict(FORM),
        public_certificate=key.certificate,
        access_token=access,
    )
    data = fa3("FV/bytes")
    sent = session.send_invoice(data)
    status = until(
        lambda: session.get_invoice_status(sent.reference_number),
        lambda value: value.permanent_storage_date is not None,
    )
    assert (
        client.invoices.get_invoice_bytes(status.ksef_number, access_token=access).content == data
    )


@pytest.mark.parametrize(("pack", "compression"), [(zipped, "Zip"), (tarred, "TarGz")])
def test_a_foreign_client_sends_a_batch_and_reads_its_upo(client, running, pack, compression):
    access = token_login(client, running).access_token
    key = certificate(client, "SymmetricKeyEncryption")
    files = {f"{n}.xml": fa3(f"B/{compression}/{n}") for n in range(3)}
    session = BatchSessionWorkflow(client.sessions, client.http_client).open_session(
        form_code=FormCode.from_dict(FORM),
        archive_bytes=pack(files),
        compression_type=compression,
        public_certificate=key.certificate,
        public_key_id=key.public_key_id,
        access_token=access,
        offline_mode=True,
    )
    assert f"://{STORAGE}:" in session.part_upload_requests[0].url
    session.upload_parts()
    session.close()
    done = until(session.get_status, lambda value: value.status.code >= 200)
    assert (done.status.code, done.successful_invoice_count) == (200, 3)
    found = session.list_invoices().invoices
    assert [item.invoice_hash for item in found] == [sha(data) for data in files.values()]
    pages = [session.get_upo(page.reference_number) for page in done.upo.pages]
    confirmed = [
        node.text
        for page in pages
        for node in etree.fromstring(page).iterfind("u:Dokument/u:NumerKSeFDokumentu", UPO)
    ]
    assert confirmed == [item.ksef_number for item in found]


@pytest.mark.parametrize("compression", ["Zip", "TarGz"])
def test_a_foreign_client_fetches_a_package_of_invoices(client, running, compression):
    access = token_login(client, running).access_token
    key = certificate(client, "SymmetricKeyEncryption")
    session = OnlineSessionWorkflow(client.sessions).open_session(
        form_code=FormCode.from_dict(FORM), public_certificate=key.certificate, access_token=access
    )
    data = fa3(f"E/{compression}")
    sent = session.send_invoice(data)
    number = until(
        lambda: session.get_invoice_status(sent.reference_number),
        lambda value: value.permanent_storage_date is not None,
    ).ksef_number
    secret = build_encryption_data(key.certificate, public_key_id=key.public_key_id)
    filters = {
        "subjectType": "Subject1",
        "dateRange": {"dateType": "PermanentStorage", "from": since()},
        "ksefNumber": number,
    }
    asked = {
        "encryption": secret.encryption_info.to_dict(),
        "filters": filters,
        "compressionType": compression,
    }
    begun = client.invoices.export_invoices(
        InvoiceExportRequest.from_dict(asked), access_token=access
    )
    done = until(
        lambda: client.invoices.get_export_status(begun.reference_number, access_token=access),
        lambda value: value.status.code >= 200,
    )
    workflow = ExportWorkflow(client.invoices, client.http_client)
    found = workflow.download_and_process_package(done.package, secret)
    assert found.invoice_xml_files == {f"{number}.xml": data.decode()}
    assert [item["invoiceHash"] for item in found.metadata_summaries] == [sha(data)]


def qualified_login(client):
    """A login by a signature made with a certificate such as a qualified one."""
    private = signing.key()
    return (
        AuthCoordinator(client.auth)
        .authenticate_with_xades(
            context_identifier_type="nip",
            context_identifier_value=NIP,
            subject_identifier_type="certificateSubject",
            certificate_pem=pem(signing.self_signed(private)),
            private_key_pem=private_pem(private),
            verify_certificate_chain=False,
            poll_interval_seconds=0.1,
        )
        .access_token
    )


def enrolled(client, access, kind):
    """Key and certificate of one kind, from the names to the download."""
    names = client.certificates.get_enrollment_data(access)
    made = generate_csr_ec(names.to_dict())
    asked = {
        "certificateName": f"Obcy program {kind}",
        "certificateType": kind,
        "csr": made.csr_base64,
    }
    request = EnrollCertificateRequest.from_dict(asked)
    sent = client.certificates.send_enrollment(request, access_token=access)
    done = until(
        lambda: client.certificates.get_enrollment_status(
            sent.reference_number, access_token=access
        ),
        lambda value: value.status.code >= 200,
    )
    assert done.status.code == 200
    wanted = {"certificateSerialNumbers": [done.certificate_serial_number]}
    (found,) = client.certificates.retrieve_certificate(
        RetrieveCertificatesRequest.from_dict(wanted), access_token=access
    ).certificates
    key = serialization.load_der_private_key(base64.b64decode(made.private_key_base64), None)
    return key, x509.load_der_x509_certificate(base64.b64decode(found.certificate))


@pytest.mark.parametrize("kind", ["Authentication", "Offline"])
def test_a_foreign_client_enrols_for_a_certificate(client, kind):
    access = qualified_login(client)
    before = client.certificates.get_limits(access)
    key, made = enrolled(client, access, kind)
    after = client.certificates.get_limits(access)
    assert made.public_key() == key.public_key()
    assert before.can_request
    assert after.certificate.remaining == before.certificate.remaining - 1


def test_a_foreign_client_logs_in_with_what_it_enrolled_until_it_revokes_it(client):
    access = qualified_login(client)
    key, made = enrolled(client, access, "Authentication")
    login = {
        "context_identifier_type": "nip",
        "context_identifier_value": NIP,
        "subject_identifier_type": "certificateSubject",
        "certificate_pem": pem(made),
        "private_key_pem": private_pem(key),
        "verify_certificate_chain": True,
        "poll_interval_seconds": 0.1,
    }
    assert AuthCoordinator(client.auth).authenticate_with_xades(**login).access_token
    serial = f"{made.serial_number:016X}"
    reason = RevokeCertificateRequest.from_dict({"revocationReason": "KeyCompromise"})
    client.certificates.revoke_certificate(serial, reason, access_token=access)
    wanted = QueryCertificatesRequest.from_dict({"certificateSerialNumber": serial})
    (found,) = client.certificates.query_certificates(wanted, access_token=access).certificates
    assert found.status.value == "Revoked"
    with pytest.raises(RuntimeError, match="460"):
        AuthCoordinator(client.auth).authenticate_with_xades(**login)
