"""Shapes of the requests that grant permissions (OpenAPI "Nadawanie uprawnień")."""

from typing import Any

from simulator import numbers, shapes, subunits

NIP = shapes.text(10, 10, numbers.NIP.pattern)
PESEL = shapes.text(11, 11, r"\d{2}(?:0[1-9]|1[0-2]|2[1-9]|3[0-2]|4[1-9]|5[0-2]|6[1-9]|7[0-2]|8[1-9]|9[0-2])\d{7}")  # fmt: skip  # noqa: E501
DESCRIPTION = shapes.text(5, 256)
# OpenAPI VatUeIdentifier: a number of each member state, Northern Ireland included.
VAT_UE = (
    r"(ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|EL\d{9}|"
    r"ES([A-Z]\d{8}|\d{8}[A-Z]|[A-Z]\d{7}[A-Z])|FI\d{8}|FR[A-Z0-9]{2}\d{9}|HR\d{11}|HU\d{8}|"
    r"IE(\d{7}[A-Z]{2}|\d[A-Z0-9+*]\d{5}[A-Z])|IT\d{11}|LT(\d{9}|\d{12})|LU\d{8}|LV\d{11}|"
    r"MT\d{8}|NL[A-Z0-9+*]{12}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|"
    r"XI((\d{9}|\d{12})|(GD|HA)\d{3}))"
)


def fingerprint(value: Any, path: str) -> str:
    """SHA-256 of a certificate, 64 hex digits; gives them in upper case."""
    return shapes.text(64, 64, "[0-9A-Fa-f]{64}")(value, path).upper()


def internal_id(value: Any, path: str) -> str:
    """The identifier of a sub-unit, with its checksum."""
    text = shapes.text(10, 16)(value, path)
    if not subunits.is_internal_id(text):
        raise shapes.wrong(path, "nieprawidłowy identyfikator wewnętrzny.")
    return text


def nip_vat_ue(value: Any, path: str) -> str:
    """`{nip}-{vat_ue}`."""
    return shapes.text(15, 25, f"{numbers.NIP.pattern}-{VAT_UE}")(value, path)


HOLDER = shapes.typed(Nip=NIP, Pesel=PESEL, Fingerprint=fingerprint)
BY_FINGERPRINT = shapes.typed(Fingerprint=fingerprint)
_NAMES = {"firstName": shapes.text(2, 30), "lastName": shapes.text(2, 81)}
_PERSON = {
    "PersonByIdentifier": ("personById", shapes.record(_NAMES)),
    "PersonByFingerprintWithIdentifier": (
        "personByFpWithId",
        shapes.record(_NAMES | {"identifier": shapes.typed(Pesel=PESEL, Nip=NIP)}),
    ),
    "PersonByFingerprintWithoutIdentifier": (
        "personByFpNoId",
        shapes.record(
            _NAMES
            | {
                "birthDate": shapes.day,
                "idDocument": shapes.record(
                    {
                        "type": shapes.text(1, 20),
                        "number": shapes.text(1, 20),
                        "country": shapes.text(2, 2, "[A-Z]{2}"),
                    }
                ),
            }
        ),
    ),
}
ADDRESSED = shapes.record({"fullName": shapes.text(1, 100), "address": shapes.text(1, 512)})
_EU_SUBJECT = {
    name: _PERSON[name]
    for name in ("PersonByFingerprintWithIdentifier", "PersonByFingerprintWithoutIdentifier")
} | {"EntityByFingerprint": ("entityByFp", ADDRESSED)}


def _details(kinds: dict[str, tuple[str, shapes.Check]]) -> shapes.Check:
    """subjectDetails: the object that the type names must be there; gives the answers' form."""

    def check(value: Any, path: str) -> dict:
        kind = shapes.record({"subjectDetailsType": shapes.choice(*kinds)})(value, path)
        name, shape = kinds[kind["subjectDetailsType"]]
        found = shapes.record({name: shape})(value, path)[name]
        return _told(kind["subjectDetailsType"], found)

    return check


def _told(kind: str, found: dict) -> dict:
    if kind == "EntityByFingerprint":
        return {"entity": {"subjectDetailsType": kind} | found}
    born = found.get("birthDate")
    return {
        "person": {
            "subjectDetailsType": kind,
            "firstName": found["firstName"],
            "lastName": found["lastName"],
            "personIdentifier": found.get("identifier"),
            "birthDate": born.isoformat() if born else None,
            "idDocument": found.get("idDocument"),
        }
    }


def _entity(value: Any, path: str) -> dict:
    name = shapes.record({"fullName": shapes.text(5, 90)})(value, path)["fullName"]
    return {"entity": {"subjectDetailsType": "EntityByIdentifier", "fullName": name}}


def _matching(shape: shapes.Check) -> shapes.Check:
    """The details must be of a kind that goes with the identifier of the subject."""

    def check(value: Any, path: str) -> dict:
        body = shape(value, path)
        told = body["subjectDetails"].get("person", body["subjectDetails"].get("entity"))
        by_print = "ByFingerprint" in told["subjectDetailsType"]
        if by_print != (body["subjectIdentifier"]["type"] == "Fingerprint"):
            raise shapes.wrong(
                "subjectDetails.subjectDetailsType", "nie odpowiada typowi identyfikatora."
            )
        return body

    return check


_PERSON_DETAILS = _details(_PERSON)
_PERSON_SCOPES = (
    "CredentialsManage",
    "CredentialsRead",
    "InvoiceWrite",
    "InvoiceRead",
    "Introspection",
    "SubunitManage",
    "EnforcementOperations",
    "CollectiveIdentifierManage",
)
_ENTITY_SCOPES = ("InvoiceWrite", "InvoiceRead", "CollectiveIdentifierManage")
AUTHORIZATIONS = ("SelfInvoicing", "RRInvoicing", "TaxRepresentative", "PefInvoicing")

PERSONS = _matching(
    shapes.record(
        {
            "subjectIdentifier": HOLDER,
            "permissions": shapes.unique(shapes.choice(*_PERSON_SCOPES), 20),
            "description": DESCRIPTION,
            "subjectDetails": _PERSON_DETAILS,
        }
    )
)
ENTITIES = shapes.record(
    {
        "subjectIdentifier": shapes.typed(Nip=NIP),
        "permissions": shapes.unique(
            shapes.record({"type": shapes.choice(*_ENTITY_SCOPES)}, {"canDelegate": shapes.flag}),
            20,
        ),
        "description": DESCRIPTION,
        "subjectDetails": _entity,
    }
)
AUTHORIZATION = shapes.record(
    {
        "subjectIdentifier": shapes.typed(Nip=NIP, PeppolId=shapes.text(9, 9, "P[A-Z]{2}[0-9]{6}")),
        "permission": shapes.choice(*AUTHORIZATIONS),
        "description": DESCRIPTION,
        "subjectDetails": _entity,
    }
)
INDIRECT = _matching(
    shapes.record(
        {
            "subjectIdentifier": HOLDER,
            "permissions": shapes.unique(shapes.choice(*_ENTITY_SCOPES), 20),
            "description": DESCRIPTION,
            "subjectDetails": _PERSON_DETAILS,
        },
        {"targetIdentifier": shapes.typed(Nip=NIP, AllPartners=None, InternalId=internal_id)},
    )
)
SUBUNIT = _matching(
    shapes.record(
        {
            "subjectIdentifier": HOLDER,
            "contextIdentifier": shapes.typed(InternalId=internal_id, Nip=NIP),
            "description": DESCRIPTION,
            "subjectDetails": _PERSON_DETAILS,
        },
        {"subunitName": shapes.text(5, 256)},
    )
)
EU_ADMIN = shapes.record(
    {
        "subjectIdentifier": BY_FINGERPRINT,
        "contextIdentifier": shapes.typed(NipVatUe=nip_vat_ue),
        "description": DESCRIPTION,
        "euEntityName": shapes.text(5, 256),
        "subjectDetails": _details(_EU_SUBJECT),
        "euEntityDetails": ADDRESSED,
    }
)
EU_REPRESENTATIVE = shapes.record(
    {
        "subjectIdentifier": BY_FINGERPRINT,
        "permissions": shapes.unique(shapes.choice("InvoiceWrite", "InvoiceRead"), 20),
        "description": DESCRIPTION,
        "subjectDetails": _details(_EU_SUBJECT),
    }
)
