"""AuthTokenRequest 2.0 and 2.1: checked and read as their XSDs say (schemat_auth_v2-*.xsd)."""

import re
from dataclasses import dataclass, field

from lxml import etree

from simulator.auth import IP4
from simulator.errors import Invalid
from simulator.web import Identifier

NAMESPACES = ("http://ksef.mf.gov.pl/auth/token/2.0", "http://ksef.mf.gov.pl/auth/token/2.1")
DS = "http://www.w3.org/2000/09/xmldsig#"
SUBJECT, FINGERPRINT = "certificateSubject", "certificateFingerprint"
_NIP = r"[1-9](\d[1-9]|[1-9]\d)\d{7}"
CONTEXTS = {
    "Nip": _NIP,
    "InternalId": rf"{_NIP}-\d{{5}}",
    "NipVatUe": rf"{_NIP}-[A-Z]{{2}}[A-Z0-9+*]{{2,13}}",
    "PeppolId": r"P[A-Z]{2}[0-9]{6}",
}
# Elements of AllowedIps in the schema's order, with the names of the JSON policy.
POLICY = {
    "Ip4Address": ("ip4Addresses", IP4),
    "Ip4Range": ("ip4Ranges", f"{IP4}-{IP4}"),
    "Ip4Mask": ("ip4Masks", f"{IP4}/(0|[1-9]|[12][0-9]|3[0-2])"),
}


@dataclass(frozen=True)
class AuthRequest:
    """What the signed document asks for."""

    challenge: str
    context: Identifier
    by: str
    policy: dict[str, list[str]] = field(default_factory=dict)


def is_root(node: etree._Element) -> bool:
    """Whether the element is an AuthTokenRequest of a known version."""
    name = etree.QName(node)
    return name.localname == "AuthTokenRequest" and name.namespace in NAMESPACES


def read(root: etree._Element) -> AuthRequest:
    """The request; raises 400 21401 when the document is not valid by its schema."""
    if set(root.attrib) - {"{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"}:
        raise _wrong("atrybuty są niedozwolone")
    reader = _Reader(root)
    challenge = reader.leaf("Challenge", r"\d{8}-CR-[A-F0-9]{10}-[A-F0-9]{10}-[A-F0-9]{2}")
    context = _context(reader.inner("ContextIdentifier"))
    by = reader.leaf("SubjectIdentifierType", f"{SUBJECT}|{FINGERPRINT}")
    policy = _policy(reader) if reader.next_is("AuthorizationPolicy") else {}
    reader.end()
    return AuthRequest(challenge, context, by, policy)


def _context(reader: "_Reader") -> Identifier:
    for name, pattern in CONTEXTS.items():
        if reader.next_is(name):
            value = reader.leaf(name, pattern)
            reader.end()
            return Identifier(name, value)
    raise _wrong("nieprawidłowy ContextIdentifier")


def _policy(reader: "_Reader") -> dict[str, list[str]]:
    outer = reader.inner("AuthorizationPolicy")
    allowed = outer.inner("AllowedIps")
    outer.end()
    policy = {}
    for name, (key, pattern) in POLICY.items():
        values = []
        while allowed.next_is(name):
            values.append(allowed.leaf(name, pattern))
        if len(values) > 10:
            raise _wrong(f"za dużo elementów {name}")
        policy[key] = values
    allowed.end()
    return policy


class _Reader:
    """Takes the children of an element in order, each of one namespace, without surprises."""

    def __init__(self, node: etree._Element) -> None:
        self.namespace = etree.QName(node).namespace
        # Signed text is text without comments: a comment inside a value would make what is
        # read differ from what was signed.
        if any(not isinstance(child.tag, str) for child in node):
            raise _wrong("komentarze i instrukcje są niedozwolone")
        children = [child for child in node if etree.QName(child).namespace != DS]
        if "".join([node.text or "", *(child.tail or "" for child in node)]).strip():
            raise _wrong(f"tekst poza elementami w {etree.QName(node).localname}")
        self.children = children

    def next_is(self, name: str) -> bool:
        """Whether the next child has this name."""
        return bool(self.children) and self.children[0].tag == f"{{{self.namespace}}}{name}"

    def _take(self, name: str) -> etree._Element:
        if not self.next_is(name):
            raise _wrong(f"oczekiwano elementu {name}")
        node = self.children.pop(0)
        if node.attrib:
            raise _wrong(f"atrybuty elementu {name} są niedozwolone")
        return node

    def inner(self, name: str) -> "_Reader":
        """The next child, which has children of its own."""
        return _Reader(self._take(name))

    def leaf(self, name: str, pattern: str) -> str:
        """The text of the next child, which must match the pattern."""
        node = self._take(name)
        text = (node.text or "").strip()
        if len(node) or not re.fullmatch(pattern, text):
            raise _wrong(f"nieprawidłowa wartość elementu {name}")
        return text

    def end(self) -> None:
        """Nothing may follow."""
        if self.children:
            raise _wrong(f"nieoczekiwany element {etree.QName(self.children[0]).localname}")


def _wrong(reason: str) -> Invalid:
    return Invalid(21401, f"AuthTokenRequest: {reason}.")
