"""The program of the person: signs a downloaded AuthTokenRequest as an outside program would.

It shares no code with the application: libxmlsec computes. `identity` makes a self-signed
certificate that is like the named kind; `signed` gives back the file to upload.
"""

from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from simulator import xades_policy
from simulator.certificates import seal_name
from tests import simulator_signing as signing

NIP, PESEL = "5265877635", "90010112345"
RSA, EC = ("rsa", 2048), ("ec", 256)
TRANSFORMS = {
    "xpath": xades_policy.XPATH,
    "filter2": xades_policy.FILTER2,
    "enveloped": xades_policy.ENVELOPED,
    "base64": xades_policy.BASE64,
    "c14n11": "http://www.w3.org/2006/12/xml-c14n11",
    "c14n11-comments": "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    "exclusive": signing.EXCLUSIVE,
    "exclusive-comments": f"{signing.EXCLUSIVE}WithComments",
    "c14n": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "c14n-comments": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
}
REMOVING = ("xpath", "filter2", "enveloped")
# Each list of transforms that KSeF takes (ksef-docs, auth/podpis-xades.md), with its form.
LISTED = [
    *(("enveloped", (name, "exclusive")) for name in REMOVING),
    *(("enveloped", ("enveloped", name)) for name in TRANSFORMS if "c14n" in name),
    ("enveloped", ("enveloped", "exclusive-comments")),
    ("enveloping", ()),
    ("enveloping", ("exclusive",)),
    ("enveloping", ("base64",)),
]
RSA_METHODS = {
    uri.rpartition("#")[2]: uri for uri in xades_policy.RSA_METHODS
}  # "rsa-sha256", "sha3-256-rsa-MGF1" …
EC_METHODS = {uri.rpartition("#")[2]: uri for uri in xades_policy.EC_METHODS}
METHODS = RSA_METHODS | EC_METHODS
DIGESTS = {name.replace("_", "-"): uri for uri, name in xades_policy.DIGESTS.items()}


@dataclass(frozen=True)
class Identity:
    """A key with its self-signed certificate, and what kind it is like."""

    kind: str
    certificate: x509.Certificate
    private: object = field(repr=False)
    role: str = ""  # XAdES SignerRole, inside the signed properties

    @property
    def fingerprint(self) -> str:
        """SHA-256, upper hex."""
        return self.certificate.fingerprint(hashes.SHA256()).hex().upper()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def _card_name(pesel):
    """As the simulator knows the personal signature of an identity card: by its unit."""
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Podpis osobisty")
    return x509.Name([*signing.person(f"PNOPL-{pesel}"), unit])


def _trusted_name():
    """As podpis zaufany is sealed: by the ministry, whoever signs."""
    return seal_name("5252955037", "Minister Cyfryzacji - pieczęć podpisu zaufanego")


def _trusted_role(pesel):
    """The claimed role in which podpis zaufany names the person who signs."""
    return (
        "<xades:SignerRole><xades:ClaimedRoles><xades:ClaimedRole>"
        '<pz:PodpisZP xmlns:pz="http://crd.gov.pl/xml/schematy/ppzp/" '
        'xmlns:os="http://crd.gov.pl/xml/schematy/osoba/2009/11/16/"><pz:DaneZP>'
        "<pz:DaneZPOsobyFizycznej><os:Nazwisko>Nowak</os:Nazwisko><os:Imie>Anna</os:Imie>"
        f"<os:PESEL>{pesel}</os:PESEL></pz:DaneZPOsobyFizycznej></pz:DaneZP></pz:PodpisZP>"
        "</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRole>"
    )


@cache
def identity(kind="person", *, nip=NIP, pesel=PESEL, by="PESEL", key=RSA, start=-1, end=30):
    """person (by PESEL or NIP), seal (nip), trusted (podpis zaufany), personal (identity card),
    foreign (no number)."""
    private = signing.key(*key)
    subjects = {
        "person": lambda: signing.person(f"PNOPL-{pesel}" if by == "PESEL" else f"TINPL-{nip}"),
        "seal": lambda: seal_name(nip, "Sprzedawca sp. z o.o."),
        "foreign": lambda: signing.person("PNODE-L01X00T47"),
        "trusted": _trusted_name,
        "personal": lambda: _card_name(pesel),
    }
    certificate = signing.self_signed(private, subjects[kind](), start=start, end=end)
    return Identity(kind, certificate, private, _trusted_role(pesel) if kind == "trusted" else "")


def signed(
    data: bytes,
    who: Identity,
    form="enveloped",
    transforms=("enveloped", "exclusive"),
    algorithm="",
    digest="sha256",
) -> bytes:
    """The downloaded file with a XAdES signature.

    `transforms` are names of TRANSFORMS, `algorithm` of METHODS ("" is what fits the key),
    `digest` of DIGESTS. The form is enveloped or enveloping; "base64" encodes the request.
    """
    request = _bare(data)
    options = {"digest": DIGESTS[digest], "role": who.role}
    options |= {"method": METHODS[algorithm]} if algorithm else {}
    names = [TRANSFORMS[name] for name in transforms]
    if form == "enveloping":
        encode = "base64" in transforms
        return signing.enveloping(
            request, who.private, who.certificate, names, encode=encode, **options
        )
    return signing.enveloped(request, who.private, who.certificate, names, **options)


def detached(data: bytes, who: Identity) -> bytes:
    """A wrapper with the request and, beside it, its signature: KSeF takes no such file."""
    request = _bare(data)
    covered = signing.reference("#Doc", [signing.EXCLUSIVE])
    method = signing.default_method(who.private)
    signature = signing.signature_xml(who.certificate, method=method, covered=covered)
    request = request.replace("<AuthTokenRequest", '<AuthTokenRequest Id="Doc"', 1)
    return signing.compute(f"<Signatures>{request}{signature}</Signatures>", who.private)


def _bare(data: bytes) -> str:
    """The request without its XML declaration."""
    text = data.decode()
    return text.partition("?>")[2].strip() if text.startswith("<?xml") else text
