"""Signed AuthTokenRequests of every form, and the self-signed certificates behind them."""

import base64
import hashlib
from datetime import timedelta
from functools import cache

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from simulator import clock, xades_policy
from simulator.certificates import Person, person_name, seal_name
from tests.simulator_support import NIP, Sender

DS = xades_policy.DS
V21 = "http://ksef.mf.gov.pl/auth/token/2.1"
V20 = "http://ksef.mf.gov.pl/auth/token/2.0"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA256 = f"{xades_policy.MORE}rsa-sha256"
EC256 = f"{xades_policy.MORE}ecdsa-sha256"
SEAL = seal_name(NIP, "Sprzedawca sp. z o.o.")
PESEL = "90010112345"


def person(serial_number):
    return person_name(Person("Anna", "Nowak", serial_number))


@cache
def key(kind="rsa", size=2048):
    if kind == "rsa":
        return rsa.generate_private_key(65537, size)
    curves = {192: ec.SECP192R1, 256: ec.SECP256R1, 384: ec.SECP384R1, 521: ec.SECP521R1}
    return ec.generate_private_key(curves[size]())


def self_signed(private, subject=SEAL, *, start=-1, end=30, issuer=None, issuer_key=None):
    """A certificate from `start` to `end` days from now; self-signed unless told otherwise."""
    now = clock.now()
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject)
    builder = builder.public_key(private.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now + timedelta(days=start))
    builder = builder.not_valid_after(now + timedelta(days=end))
    return builder.sign(issuer_key or private, hashes.SHA256())


def request_xml(challenge, *, context=f"<Nip>{NIP}</Nip>", by="certificateSubject", **options):
    namespace, policy = options.get("namespace", V21), options.get("policy", "")
    return (
        f'<AuthTokenRequest xmlns="{namespace}"><Challenge>{challenge}</Challenge>'
        f"<ContextIdentifier>{context}</ContextIdentifier>"
        f"<SubjectIdentifierType>{by}</SubjectIdentifierType>{policy}</AuthTokenRequest>"
    )


def transform(uri):
    """A transform as KSeF lists it; XPath and filter with the one expression it allows."""
    inner = ""
    if uri == xades_policy.XPATH:
        inner = "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>"
    if uri == xades_policy.FILTER2:
        inner = (
            f'<f:XPath xmlns:f="{xades_policy.FILTER2}" Filter="subtract">'
            "/descendant::ds:Signature</f:XPath>"
        )
    return f'<ds:Transform Algorithm="{uri}">{inner}</ds:Transform>'


def reference(uri, transforms, digest=SHA256):
    inner = "".join(transform(name) for name in transforms)
    inner = f"<ds:Transforms>{inner}</ds:Transforms>" if transforms else ""
    return (
        f'<ds:Reference URI="{uri}">{inner}<ds:DigestMethod Algorithm="{digest}"/>'
        "<ds:DigestValue/></ds:Reference>"
    )


def signature_xml(certificate, *, method, covered, c14n=EXCLUSIVE, digest=SHA256, objects="", **o):
    """A ds:Signature still to be computed, with XAdES properties for the certificate."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    named = hashlib.new(xades_policy.DIGESTS[o.get("cert_digest", SHA256)], der).digest()
    tag = o.get("tag", "SigningCertificate")
    time = o.get("time", clock.now().isoformat())
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="Sig"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/>{covered}'
        f"{reference('#Props', [o.get('properties_c14n', EXCLUSIVE)], digest)}</ds:SignedInfo>"
        "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{base64.b64encode(der).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f"{objects}<ds:Object><xades:QualifyingProperties "
        'xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#Sig">'
        '<xades:SignedProperties Id="Props"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{time}</xades:SigningTime><xades:{tag}><xades:Cert>"
        f'<xades:CertDigest><ds:DigestMethod Algorithm="{o.get("cert_digest", SHA256)}"/>'
        f"<ds:DigestValue>{base64.b64encode(named).decode()}</ds:DigestValue></xades:CertDigest>"
        f"</xades:Cert></xades:{tag}>{o.get('role', '')}"
        "</xades:SignedSignatureProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )


def compute(document, private):
    """Fill in the digests and the signature value."""
    root = etree.fromstring(document)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM, None)
    context.sign(next(root.iter(f"{{{DS}}}Signature")))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def default_method(private):
    return RSA256 if isinstance(private, rsa.RSAPrivateKey) else EC256


def enveloped(request, private, certificate, transforms=None, **options):
    """The request with the signature inside."""
    options.setdefault("method", default_method(private))
    transforms = transforms or [xades_policy.ENVELOPED, EXCLUSIVE]
    covered = reference("", transforms, options.get("digest", SHA256))
    signature = signature_xml(certificate, covered=covered, **options)
    end = "</AuthTokenRequest>"
    return compute(request.replace(end, signature + end), private)


def enveloping(request, private, certificate, transforms=(), encode=False, **options):
    """The signature with the request inside ds:Object, plain or as Base64."""
    options.setdefault("method", default_method(private))
    content = base64.b64encode(request.encode()).decode() if encode else request
    transforms = [xades_policy.BASE64] if encode else transforms
    covered = reference("#Doc", transforms, options.get("digest", SHA256))
    objects = f'<ds:Object Id="Doc">{content}</ds:Object>'
    return compute(signature_xml(certificate, covered=covered, objects=objects, **options), private)


def begin(request, private, certificate, make=enveloped, role="", status=202, **options):
    """A login by a signed request, begun: the sender and what KSeF answered."""
    sender = Sender(request)
    challenge = sender.call("POST", "/auth/challenge", token=None, expect=200).json["challenge"]
    data = make(request_xml(challenge, **options), private, certificate, role=role)
    headers = {"Content-Type": "application/xml"}
    path = "/auth/xades-signature"
    answer = sender.call("POST", path, token=None, data=data, headers=headers, expect=status)
    return sender, answer


def login(request, private, certificate, **options):
    """Somebody who logged in with this certificate."""
    sender, begun = begin(request, private, certificate, **options)
    done = sender.poll(begun.json)["status"]
    assert done["code"] == 200, done
    sender.redeem(begun.json)
    return sender


def owner_of(request):
    """Somebody who logged in with the seal of NIP, not with a token."""
    private = key()
    return login(request, private, self_signed(private))
