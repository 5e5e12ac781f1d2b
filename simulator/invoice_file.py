"""What KSeF checks in an invoice file, and what it reads out of it."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

import schemas
from simulator import numbers

MAX_SIZE = 1_000_000
MAX_SIZE_WITH_ATTACHMENT = 3_000_000
NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
NS = {"f": NAMESPACE}
KINDS = {
    "VAT": "Vat",
    "ZAL": "Zal",
    "KOR": "Kor",
    "ROZ": "Roz",
    "UPR": "Upr",
    "KOR_ZAL": "KorZal",
    "KOR_ROZ": "KorRoz",
}
# Discouraged by XML 1.0, "Characters", and refused by KSeF: U+7F-84, U+86-9F, U+FDD0-FDEF and
# the last two characters of planes 1 to 16; as UTF-8, because bytes are searched much faster.
_DISCOURAGED = re.compile(
    rb"\x7f|\xc2[\x80-\x84\x86-\x9f]|\xef\xb7[\x90-\xaf]"
    rb"|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf]"
)
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_MAX_DETAILS = 20


@dataclass
class Rejection(Exception):
    """Why a file is refused: a status code of an invoice and its details."""

    code: int
    details: list[str] = field(default_factory=list)


def parse(data: bytes) -> etree._Element:
    """The root of a file that keeps KSeF's rules of XML; raises Rejection 430 or 450."""
    if data.startswith(b"\xef\xbb\xbf"):
        raise Rejection(430, ["Plik faktury zawiera znacznik BOM."])
    if len(data) > MAX_SIZE_WITH_ATTACHMENT:
        raise Rejection(430, ["Przekroczono maksymalny rozmiar pliku faktury."])
    declared = _DECLARED.match(data)
    if declared and declared[1].decode("latin-1").lower() != "utf-8":
        raise Rejection(450, ["Prolog XML wskazuje kodowanie inne niż UTF-8."])
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Rejection(450, ["Plik nie jest zakodowany w UTF-8."]) from error
    if _DISCOURAGED.search(data):
        raise Rejection(450, ["Plik zawiera niezalecane znaki Unicode."])
    return _without_instructions(_tree(data))


def _tree(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Rejection(450, ["Nieprawidłowy XML"]) from error
    if root.getroottree().docinfo.doctype:
        raise Rejection(450, ["Deklaracja DTD jest niedozwolona."])
    return root


def _without_instructions(root: etree._Element) -> etree._Element:
    # The iterator of the tree does not reach instructions beside the root.
    beside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    inside = root.iter(etree.ProcessingInstruction)
    if any(node.tag is etree.ProcessingInstruction for node in beside) or any(True for _ in inside):
        raise Rejection(450, ["Instrukcje przetwarzania XML są niedozwolone."])
    return root


def validate(root: etree._Element) -> None:
    """The schema FA(3); raises Rejection 450 with the schema's messages."""
    schema = schemas.fa3_schema()
    if not schema.validate(root):
        messages = [f"Wiersz {e.line}: {e.message}" for e in schema.error_log]
        raise Rejection(450, messages[:_MAX_DETAILS])


def check_nips(root: etree._Element) -> None:
    """Checksums of NIP and IDWew, as production does; raises Rejection 450."""
    wrong = [
        f"Nieprawidłowa suma kontrolna numeru NIP: {node.text}"
        for node in root.iterfind(".//f:NIP", NS)
        if not numbers.nip_is_valid((node.text or "").strip())
    ]
    wrong += [
        f"Nieprawidłowa suma kontrolna NIP w identyfikatorze wewnętrznym: {node.text}"
        for node in root.iterfind(".//f:IDWew", NS)
        if not numbers.nip_is_valid((node.text or "").strip()[:10])
    ]
    if wrong:
        raise Rejection(450, wrong[:_MAX_DETAILS])


@dataclass(frozen=True)
class Facts:
    """What the register keeps of an invoice."""

    seller: str
    kind: str
    number: str
    issued_on: date
    has_attachment: bool
    meta: dict[str, Any]


def number_of(root: etree._Element) -> str | None:
    """The invoice number, if it can be read."""
    return (_text(root, "f:Fa/f:P_2") or "")[:256] or None


def day_of(root: etree._Element) -> date | None:
    """The day of issue (P_1), if it can be read."""
    try:
        return date.fromisoformat(_text(root, "f:Fa/f:P_1") or "")
    except ValueError:
        return None


def read(root: etree._Element) -> Facts:
    """The facts of a file that is valid by the schema."""
    return Facts(
        seller=_text(root, "f:Podmiot1/f:DaneIdentyfikacyjne/f:NIP"),
        kind=_text(root, "f:Fa/f:RodzajFaktury"),
        number=_text(root, "f:Fa/f:P_2"),
        issued_on=date.fromisoformat(_text(root, "f:Fa/f:P_1")),
        has_attachment=root.find("f:Zalacznik", NS) is not None,
        meta=_meta(root),
    )


def _meta(root: etree._Element) -> dict[str, Any]:
    who = "f:DaneIdentyfikacyjne/f:"
    return {
        "sellerName": _text(root, f"f:Podmiot1/{who}Nazwa"),
        "buyer": _party(root.find("f:Podmiot2", NS)),
        "third": [
            _party(node) | {"role": int(_text(node, "f:Rola") or 0)}
            for node in root.iterfind("f:Podmiot3", NS)
        ],
        "authorized": _authorized(root.find("f:PodmiotUpowazniony", NS)),
        "currency": _text(root, "f:Fa/f:KodWaluty"),
        "gross": _text(root, "f:Fa/f:P_15"),
        "net": str(_sum(root, r"P_13_\d+(_\d)?")),
        "vat": str(_vat(root)),
        "self_invoicing": _text(root, "f:Fa/f:Adnotacje/f:P_17") == "1",
    }


def _party(node: etree._Element) -> dict[str, Any]:
    who = "f:DaneIdentyfikacyjne/f:"
    kinds = (("NIP", "Nip"), ("IDWew", "InternalId"), ("NrVatUE", "VatUe"), ("NrID", "Other"))
    name = _text(node, f"{who}Nazwa")
    for tag, kind in kinds:
        value = _text(node, who + tag)
        if value:
            return {"identifier": {"type": kind, "value": value}, "name": name}
    return {"identifier": {"type": "None", "value": None}, "name": name}


def _authorized(node: etree._Element | None) -> dict[str, Any] | None:
    if node is None:
        return None
    who = "f:DaneIdentyfikacyjne/f:"
    nip, name = _text(node, f"{who}NIP"), _text(node, f"{who}Nazwa")
    return {"nip": nip, "name": name, "role": int(_text(node, "f:RolaPU"))}


def _sum(root: etree._Element, pattern: str) -> Decimal:
    amounts = (
        Decimal(node.text.strip())
        for node in root.iterfind("f:Fa/*", NS)
        if re.fullmatch(pattern, etree.QName(node).localname)
    )
    return sum(amounts, Decimal(0))


def _vat(root: etree._Element) -> Decimal:
    """VAT in PLN: the converted fields where the invoice is in another currency."""
    converted = _sum(root, r"P_14_\d+W")
    return converted or _sum(root, r"P_14_\d+")


def _text(node: etree._Element, path: str) -> str | None:
    found = node.findtext(path, None, NS)
    return " ".join(found.split()) if found else None
