"""`python -m simulator sign`: signs a downloaded AuthTokenRequest, for want of a real signature.

The certificates are self-signed and only look like qualified ones, so nothing but a simulator
or KSeF's TEST environment takes them. They are kept, because a fingerprint that was granted
rights must stay the same.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree

from simulator import certificates, clock, numbers
from simulator.certificates import Person
from simulator.xades_policy import DS, ENVELOPED, MORE

KINDS = ("person", "trader", "seal", "trusted", "personal", "foreign")
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_MINISTRY = ("5252955037", "Minister do spraw informatyzacji - pieczęć podpisu zaufanego")
# By which the simulator knows an identity card's signature; real ones may look otherwise.
_CARD = (x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Podpis osobisty"),)
_DAYS = timedelta(days=730)


@dataclass(frozen=True)
class Signer:
    """Who signs: the kind, its number (PESEL, NIP or a foreign one) and its name."""

    kind: str
    number: str
    name: str

    @property
    def person(self) -> tuple[str, str]:
        """Given name and surname."""
        given, _, surname = self.name.rpartition(" ")
        return given or surname, surname

    @property
    def subject(self) -> x509.Name:
        """The subject of the certificate, as issuers write it."""
        if self.kind == "seal":
            return certificates.seal_name(self.number, self.name)
        if self.kind == "trusted":
            return certificates.seal_name(*_MINISTRY)
        prefix = {"trader": "TINPL-", "foreign": ""}.get(self.kind, "PNOPL-")
        name = certificates.person_name(Person(*self.person, f"{prefix}{self.number}"))
        return x509.Name([*name, *_CARD]) if self.kind == "personal" else name


def sign(data: bytes, who: Signer, folder: Path) -> bytes:
    """The request with an enveloped XAdES signature; ValueError when it is no XML."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError("the file is no XML document") from error
    pem = certificate_file(who, folder).read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    signature = etree.fromstring(_template(certificate, who))
    root.append(signature)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM, None)
    context.sign(signature)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def certificate_file(who: Signer, folder: Path) -> Path:
    """Key and certificate of the signer in one PEM file, made once."""
    path = Path(folder) / "signers" / f"{who.kind}-{who.number}.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(_made(who))
    return path


def _made(who: Signer) -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    builder = x509.CertificateBuilder().subject_name(who.subject).issuer_name(who.subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + _DAYS)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _template(certificate: x509.Certificate, who: Signer) -> str:
    """The signature still to be computed, with the properties that XAdES wants."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    digest = numbers.to_base64(hashlib.sha256(der).digest())
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="Signature"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{MORE}ecdsa-sha256"/>'
        f"{_reference('', ENVELOPED, _EXCLUSIVE)}{_reference('#Properties', _EXCLUSIVE)}"
        "</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{numbers.to_base64(der)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>"
        '<xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" '
        'Target="#Signature"><xades:SignedProperties Id="Properties">'
        f"<xades:SignedSignatureProperties><xades:SigningTime>{clock.now().isoformat()}"
        "</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue>'
        f"</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>{_role(who)}"
        "</xades:SignedSignatureProperties></xades:SignedProperties>"
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )


def _reference(uri: str, *transforms: str) -> str:
    inner = "".join(f'<ds:Transform Algorithm="{name}"/>' for name in transforms)
    return (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{inner}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue/></ds:Reference>'
    )


def _role(who: Signer) -> str:
    """Podpis zaufany names the person in a claimed role, not in the certificate."""
    if who.kind != "trusted":
        return ""
    given, surname = (escape(name) for name in who.person)
    return (
        "<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>"
        '<pz:PodpisZP xmlns:pz="http://crd.gov.pl/xml/schematy/ppzp/" '
        'xmlns:os="http://crd.gov.pl/xml/schematy/osoba/2009/11/16/"><pz:DaneZP>'
        f"<pz:DaneZPOsobyFizycznej><os:Nazwisko>{surname}</os:Nazwisko><os:Imie>{given}</os:Imie>"
        f"<os:PESEL>{escape(who.number)}</os:PESEL></pz:DaneZPOsobyFizycznej></pz:DaneZP>"
        "</pz:PodpisZP></xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole>"
    )
