"""Which signatures KSeF takes (ksef-docs, auth/podpis-xades.md): algorithms and transforms.

Everything is looked at before a library computes anything, so that no transform runs that
KSeF does not list and no reference leads out of the document.
"""

import re

from lxml import etree

from simulator.errors import Invalid

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
MORE_2021 = "http://www.w3.org/2021/04/xmldsig-more#"
NS = {"ds": DS, "xades": "http://uri.etsi.org/01903/v1.3.2#"}

ENVELOPED = f"{DS}enveloped-signature"
BASE64 = f"{DS}base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
C14N = frozenset(
    uri + comments
    for uri, mark in (
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "#"),
        ("http://www.w3.org/2006/12/xml-c14n11", "#"),
        ("http://www.w3.org/2001/10/xml-exc-c14n#", ""),
    )
    for comments in ("", f"{mark}WithComments")
)
DIGESTS = {
    f"{DS}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    f"{MORE}sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    f"{MORE_2007}sha3-256": "sha3_256",
    f"{MORE_2007}sha3-384": "sha3_384",
    f"{MORE_2007}sha3-512": "sha3_512",
}
RSA_METHODS = frozenset(
    [f"{DS}rsa-sha1"]
    + [f"{MORE}rsa-sha{size}" for size in (256, 384, 512)]
    + [f"{MORE_2007}sha{size}-rsa-MGF1" for size in (1, 256, 384, 512)]
    + [f"{MORE_2007}sha3-{size}-rsa-MGF1" for size in (256, 384, 512)]
)
EC_METHODS = frozenset(
    [f"{MORE}ecdsa-sha{size}" for size in (1, 256, 384, 512)]
    + [f"{MORE_2021}ecdsa-sha3-{size}" for size in (256, 384, 512)]
)
MAX_REFERENCES = 10
MAX_TRANSFORMS = 6
_NOT_SIGNATURE = re.compile(r"not\(\s*ancestor-or-self::(\w+):Signature\s*\)")
_SIGNATURES = re.compile(r"(?://|/descendant::|/descendant-or-self::|here\(\)/ancestor::)(\w+):Signature(?:\[1\])?")  # fmt: skip  # noqa: E501
_ID = re.compile(r"#[^\W\d][\w.\-]*")


def bad(detail: str) -> Invalid:
    """400 9105: the signature is not one that KSeF takes, or it is wrong."""
    return Invalid(9105, detail)


def check(signature: etree._Element) -> None:
    """The whole signature against the lists; raises 400 9105."""
    for name in ("Manifest", "RetrievalMethod", "HMACOutputLength"):
        if signature.find(f".//ds:{name}", NS) is not None:
            raise bad(f"Element {name} jest niedozwolony.")
    info = one(signature, "ds:SignedInfo")
    if algorithm(info, "ds:CanonicalizationMethod") not in C14N:
        raise bad("Niedozwolona kanonikalizacja.")
    if method(signature) not in RSA_METHODS | EC_METHODS:
        raise bad("Niedozwolony algorytm podpisu.")
    found = references(signature)
    if not 0 < len(found) <= MAX_REFERENCES:
        raise bad("Niedozwolona liczba referencji.")
    for reference in found:
        _check_reference(reference)


def references(signature: etree._Element) -> list[etree._Element]:
    """The references of SignedInfo."""
    return signature.findall("ds:SignedInfo/ds:Reference", NS)


def method(signature: etree._Element) -> str:
    """The URI of the signature's algorithm."""
    return algorithm(one(signature, "ds:SignedInfo"), "ds:SignatureMethod")


def transforms(reference: etree._Element) -> list[str]:
    """The URIs of a reference's transforms, in order."""
    found = reference.findall("ds:Transforms/ds:Transform", NS)
    return [node.get("Algorithm", "") for node in found]


def _check_reference(reference: etree._Element) -> None:
    uri = reference.get("URI")
    if uri is None or (uri and not _ID.fullmatch(uri)):
        raise bad("Referencja wskazuje poza dokument.")
    if algorithm(reference, "ds:DigestMethod") not in DIGESTS:
        raise bad("Niedozwolony algorytm skrótu.")
    nodes = reference.findall("ds:Transforms/ds:Transform", NS)
    if len(nodes) > MAX_TRANSFORMS:
        raise bad("Za dużo transformat.")
    for node in nodes:
        _check_transform(node)


def _check_transform(node: etree._Element) -> None:
    uri = node.get("Algorithm")
    if uri == XPATH:
        expression = one(node, "ds:XPath")
        if not _names_signature(expression, _NOT_SIGNATURE):
            raise bad("Niedozwolone wyrażenie XPath.")
    elif uri == FILTER2:
        _check_filter(node)
    elif uri not in C14N | {ENVELOPED, BASE64}:
        raise bad("Niedozwolona transformata.")


def _check_filter(node: etree._Element) -> None:
    """Only the signature itself may be taken out: anything else could leave the request bare."""
    expressions = node.findall(f"{{{FILTER2}}}XPath")
    if not 0 < len(expressions) <= 3 or len(expressions) != len(node):
        raise bad("Nieprawidłowy filtr XPath 2.0.")
    for expression in expressions:
        subtracts = expression.get("Filter") == "subtract"
        if not subtracts or not _names_signature(expression, _SIGNATURES):
            raise bad("Niedozwolone wyrażenie filtra XPath 2.0.")


def _names_signature(expression: etree._Element, pattern: re.Pattern) -> bool:
    found = pattern.fullmatch((expression.text or "").strip())
    return bool(found) and not len(expression) and expression.nsmap.get(found[1]) == DS


def algorithm(parent: etree._Element, path: str) -> str:
    """The Algorithm attribute of one child."""
    return one(parent, path).get("Algorithm", "")


def one(parent: etree._Element, path: str) -> etree._Element:
    """Exactly one element on the path; 400 9105 otherwise."""
    found = parent.findall(path, NS)
    if len(found) != 1:
        raise bad(f"Element {path} musi wystąpić dokładnie raz.")
    return found[0]
