"""Requests for KSeF certificates, made as a stranger's program would make them."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.simulator_support import b64

OIDS = {
    "commonName": "2.5.4.3",
    "surname": "2.5.4.4",
    "serialNumber": "2.5.4.5",
    "countryName": "2.5.4.6",
    "organizationName": "2.5.4.10",
    "givenName": "2.5.4.42",
    "uniqueIdentifier": "2.5.4.45",
    "organizationIdentifier": "2.5.4.97",
}


def data_of(sender):
    """What KSeF says that the subject must be, without the nulls."""
    answer = sender.call("GET", "/certificates/enrollments/data", expect=200).json
    return {name: value for name, value in answer.items() if value is not None}


def name_of(data):
    pairs = [(x509.ObjectIdentifier(OIDS[name]), value) for name, value in data.items()]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def csr(subject, private, algorithm=None, padding=None):
    """A PKCS#10 request in DER; `subject` is a Name or the data of KSeF."""
    subject = subject if isinstance(subject, x509.Name) else name_of(subject)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    options = {"rsa_padding": padding} if padding else {}
    made = builder.sign(private, algorithm or hashes.SHA256(), **options)
    return made.public_bytes(serialization.Encoding.DER)


def ask(sender, request, **changes):
    """The answer to a request with these bytes."""
    body = {
        "certificateName": "Certyfikat próbny",
        "certificateType": "Authentication",
        "csr": b64(request),
    } | changes
    return sender.call("POST", "/certificates/enrollments", json=body)


def enroll(sender, private=None, **changes):
    """A reference number of a request that was taken."""
    answer = ask(sender, csr(data_of(sender), private or new_key()), **changes)
    assert answer.status == 202, answer.body
    return answer.json["referenceNumber"]


def status_of(sender, reference):
    path = f"/certificates/enrollments/{reference}"
    return sender.call("GET", path, expect=200).json


def fetch(sender, serial):
    """The certificate with this number."""
    body = {"certificateSerialNumbers": [serial]}
    answer = sender.call("POST", "/certificates/retrieve", json=body, expect=200).json
    (found,) = answer["certificates"]
    return x509.load_der_x509_certificate(base64.b64decode(found["certificate"]))


def issued(sender, private=None, **changes):
    """A certificate from request to download, at a simulator that takes no time for it."""
    done = status_of(sender, enroll(sender, private, **changes))
    assert done["status"]["code"] == 200, done
    return fetch(sender, done["certificateSerialNumber"])
