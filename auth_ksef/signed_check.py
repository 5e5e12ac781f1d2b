"""Digests and value of a XAdES signature, evaluated as far as we can. Advice, never a verdict.

Only what is fixed is computed: the canonicalisations, Base64, and the three ways to take the
signature itself out. An expression is never run, a reference never followed out of the file.
"""

import base64
import binascii
import hashlib
import re
from copy import deepcopy
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from auth_ksef.client.errors import clean

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
MORE_2021 = "http://www.w3.org/2021/04/xmldsig-more#"
NS = {"ds": DS}

# ksef-docs, auth/podpis-xades.md: what KSeF takes. URI to (exclusive, with comments).
C14N = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True),
    "http://www.w3.org/2006/12/xml-c14n11": (False, False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": (True, False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": (True, True),
}
ENVELOPED = f"{DS}enveloped-signature"
BASE64 = f"{DS}base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
LISTED = frozenset(C14N) | {ENVELOPED, BASE64, XPATH, FILTER2}
DIGESTS = {
    f"{DS}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    f"{MORE}sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    f"{MORE_2007}sha3-256": "sha3_256",
    f"{MORE_2007}sha3-384": "sha3_384",
    f"{MORE_2007}sha3-512": "sha3_512",
}
HASHES = {
    "1": hashes.SHA1,
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
    "3-256": hashes.SHA3_256,
    "3-384": hashes.SHA3_384,
    "3-512": hashes.SHA3_512,
}
# URI to (family, hash): every algorithm of SignedInfo that KSeF lists.
METHODS = {
    f"{DS}rsa-sha1": ("pkcs1", "1"),
    **{f"{MORE}rsa-sha{size}": ("pkcs1", size) for size in ("256", "384", "512")},
    **{f"{MORE_2007}sha{size}-rsa-MGF1": ("pss", size) for size in HASHES},
    **{f"{MORE}ecdsa-sha{size}": ("ecdsa", size) for size in ("1", "256", "384", "512")},
    **{f"{MORE_2021}ecdsa-sha{size}": ("ecdsa", size) for size in ("3-256", "3-384", "3-512")},
}
NOT_SIGNATURE = re.compile(r"not\(\s*ancestor-or-self::(\w+):Signature\s*\)")
SIGNATURES = re.compile(r"(?:(?://|/descendant::|/descendant-or-self::|here\(\)/ancestor::))(\w+):Signature(?:\[1\])?")  # fmt: skip  # noqa: E501
MOST_REFERENCES, MOST_TRANSFORMS = 10, 6

Advice = tuple[str, dict[str, str]]


class _Unknown(Exception):
    """Something that is not evaluated here; the text names it."""


@dataclass(frozen=True)
class Checked:
    """What was found: `problems` of the references, and what SignedInfo was signed with."""

    signature: etree._Element
    problems: tuple[Advice, ...]
    transforms: tuple[str, ...]
    method: str

    def advice(self, certificate: x509.Certificate | None) -> list[Advice]:
        """All remarks, with the signature's value checked by the certificate's key."""
        unlisted = [("unlisted", {"name": one}) for one in self.transforms if one not in LISTED]
        if self.method not in METHODS:
            unlisted.append(("unlisted", {"name": self.method or "–"}))
        return [*unlisted, *self.problems, *_value_problem(self, certificate)]


def evaluate(signature: etree._Element, request: etree._Element, form: str) -> Checked:
    """The references of a signature, each digest computed where we can."""
    rows = signature.findall("ds:SignedInfo/ds:Reference", NS)
    found = [_transforms(row) for row in rows[:MOST_REFERENCES]]
    names = dict.fromkeys(name for names in found for name, _ in names)
    problems = [_reference_problem(row, signature) for row in rows[:MOST_REFERENCES]]
    if len(rows) > MOST_REFERENCES:
        problems.append(("unknown", {"name": "Reference"}))
    if not _covers(rows, signature, request, form):
        problems.append(("uncovered", {}))
    return Checked(
        signature,
        tuple({repr(one): one for one in problems if one}.values()),
        tuple(names),
        _algorithm(signature.find("ds:SignedInfo/ds:SignatureMethod", NS)),
    )


def _covers(rows, signature, request, form: str) -> bool:
    uris = {row.get("URI", "") for row in rows}
    if form == "enveloped":
        return "" in uris or bool(_own_ids(request) & uris)
    holders = [*signature.findall("ds:Object", NS), request]
    return any(_own_ids(node) & uris for node in holders)


def _own_ids(node: etree._Element) -> set[str]:
    return {f"#{node.get(name)}" for name in ("Id", "ID", "id") if node.get(name)}


def _algorithm(node: etree._Element | None) -> str:
    return "" if node is None else clean(node.get("Algorithm", ""), 200)


def _transforms(row: etree._Element) -> list[tuple[str, etree._Element]]:
    nodes = row.findall("ds:Transforms/ds:Transform", NS)
    return [(_algorithm(node), node) for node in nodes[:MOST_TRANSFORMS]]


def _reference_problem(row: etree._Element, signature: etree._Element) -> Advice | None:
    method = _algorithm(row.find("ds:DigestMethod", NS))
    if method not in DIGESTS:
        return "unlisted", {"name": method or "–"}
    try:
        data = _octets(row, signature)
    except _Unknown as unknown:
        return "unknown", {"name": str(unknown)}
    except (etree.LxmlError, ValueError):
        # A damaged file, for instance with a relative namespace, has no canonical form.
        return "unknown", {"name": "Reference"}
    stated = _decoded(row.findtext("ds:DigestValue", default="", namespaces=NS))
    return None if hashlib.new(DIGESTS[method], data).digest() == stated else ("digest", {})


def _octets(row: etree._Element, signature: etree._Element) -> bytes:
    """What the digest of a reference is computed over. Raises _Unknown."""
    node = _target(row.get("URI"), signature)
    data: bytes | None = None
    for name, transform in _transforms(row):
        if data is not None:
            raise _Unknown(name)
        if name in C14N:
            data = _canonical(node, name, transform)
        elif name == BASE64:
            data = _decoded(node.xpath("string()"))
        elif name == ENVELOPED or _takes_signature_out(name, transform):
            node = _without(node, signature)
        else:
            raise _Unknown(name)
    return _canonical(node, next(iter(C14N))) if data is None else data


def _target(uri: str | None, signature: etree._Element) -> etree._Element:
    root = signature.getroottree().getroot()
    if uri == "" and not _beside(root):
        return root
    if not uri or not uri.startswith("#"):
        raise _Unknown(clean(uri or "–", 100))
    for node in root.iter(etree.Element):
        if uri in _own_ids(node):
            return node
    raise _Unknown(clean(uri, 100))


def _beside(root: etree._Element) -> bool:
    """Whether instructions stand beside the root: they are signed too, and lxml parts them."""
    beside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    return any(not isinstance(node, etree._Comment) for node in beside)


def _takes_signature_out(name: str, transform: etree._Element) -> bool:
    if name == XPATH:
        node = transform.find("ds:XPath", NS)
        return node is not None and _names_signature(node, NOT_SIGNATURE)
    if name != FILTER2:
        return False
    nodes = transform.findall(f"{{{FILTER2}}}XPath")
    subtracts = all(node.get("Filter") == "subtract" for node in nodes)
    return bool(nodes) and subtracts and all(_names_signature(one, SIGNATURES) for one in nodes)


def _names_signature(node: etree._Element, pattern: re.Pattern) -> bool:
    found = pattern.fullmatch((node.text or "").strip())
    return bool(found) and node.nsmap.get(found[1]) == DS


def _without(node: etree._Element, signature: etree._Element) -> etree._Element:
    """A copy of the node without the signature, the text around it kept."""
    if node is not signature.getroottree().getroot() or node is signature:
        raise _Unknown(ENVELOPED)
    path = node.getroottree().getelementpath(signature)
    copy = _own(node)
    inner = copy.find(path)
    before, parent = inner.getprevious(), inner.getparent()
    if before is not None:
        before.tail = (before.tail or "") + (inner.tail or "")
    else:
        parent.text = (parent.text or "") + (inner.tail or "")
    inner.tail = None
    parent.remove(inner)
    return copy


def _own(node: etree._Element) -> etree._Element:
    """The node as a document of its own with every namespace that is in scope."""
    copy = etree.Element(node.tag, dict(node.attrib), nsmap=node.nsmap)
    copy.text = node.text
    copy.extend([deepcopy(child) for child in node])
    return copy


def _canonical(node: etree._Element, name: str, transform=None) -> bytes:
    exclusive, comments = C14N[name]
    if not exclusive and _inherits(node):
        raise _Unknown(name)
    return etree.tostring(
        _own(node),
        method="c14n",
        exclusive=exclusive,
        # What "" and "#…" point at has no comments (XMLDSIG 4.4.3.3); SignedInfo keeps its own.
        with_comments=comments and node.tag == f"{{{DS}}}SignedInfo",
        inclusive_ns_prefixes=_prefixes(transform) if exclusive else None,
    )


def _inherits(node: etree._Element) -> bool:
    """Whether attributes xml:… of ancestors count, which lxml does not carry over."""
    mark = "{http://www.w3.org/XML/1998/namespace}"
    return any(name.startswith(mark) for one in node.iterancestors() for name in one.attrib)


def _prefixes(transform: etree._Element | None) -> list[str] | None:
    kind = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
    node = transform.find(kind) if transform is not None else None
    return node.get("PrefixList", "").split() if node is not None else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _value_problem(checked: Checked, certificate: x509.Certificate | None) -> list[Advice]:
    known = METHODS.get(checked.method)
    if certificate is None or known is None:
        return []
    try:
        _verify(checked.signature, certificate.public_key(), *known)
    except InvalidSignature:
        return [("value", {})]
    except _Unknown as unknown:
        return [("unknown", {"name": str(unknown)})]
    except Exception:
        # A broken key or an algorithm that this machine's OpenSSL has switched off.
        return [("unknown", {"name": checked.method})]
    return []


def _verify(signature: etree._Element, key, family: str, size: str) -> None:
    info = signature.find("ds:SignedInfo", NS)
    method = info.find("ds:CanonicalizationMethod", NS)
    if _algorithm(method) not in C14N:
        raise _Unknown(_algorithm(method) or "–")
    data = _canonical(info, _algorithm(method), method)
    value = _decoded(signature.findtext("ds:SignatureValue", default="", namespaces=NS))
    algorithm = HASHES[size]()
    if family == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(_der_value(value, key), data, ec.ECDSA(algorithm))
    elif family == "pkcs1" and isinstance(key, rsa.RSAPublicKey):
        key.verify(value, data, padding.PKCS1v15(), algorithm)
    elif family == "pss" and isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        key.verify(value, data, pss, algorithm)
    else:
        raise InvalidSignature


def _der_value(value: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """KSeF takes ECDSA as R || S (XMLDSIG 1.1); another form is no valid signature there."""
    size = (key.key_size + 7) // 8
    if len(value) != 2 * size:
        raise InvalidSignature
    return encode_dss_signature(
        int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
    )
