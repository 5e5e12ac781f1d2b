"""Certificates as their holder sees them: listed, fetched, revoked (OpenAPI "Certyfikaty")."""

from cryptography import x509
from cryptography.x509.oid import NameOID
from werkzeug import Response

from simulator import clock, enrolments, numbers, permissions, shapes
from simulator.errors import Invalid, forbidden
from simulator.store import Row
from simulator.web import Call, empty, json_response

SERIAL = shapes.text(16, 16, r"[0-9A-F]{16}")
STATUSES = ("Active", "Blocked", "Revoked", "Expired")
QUERY = shapes.record(
    {},
    {
        "certificateSerialNumber": SERIAL,
        "name": shapes.text(),
        "type": shapes.choice("Authentication", "Offline"),
        "status": shapes.choice(*STATUSES),
        "expiresAfter": shapes.instant,
    },
)
RETRIEVE = shapes.record({"certificateSerialNumbers": shapes.array(SERIAL, 10)})
REASONS = ("Unspecified", "Superseded", "KeyCompromise")
REVOKE = shapes.record({}, {"revocationReason": shapes.choice(*REASONS)})
UPDATE = shapes.record({"validTo": shapes.instant})


def query(call: Call) -> Response:
    """POST /certificates/query: the newest first."""
    size = shapes.query_integer(call.request, "pageSize", 10, 50, 10)
    offset = shapes.query_integer(call.request, "pageOffset", 0, 10**6, 0) * size
    wanted = shapes.json_body(call.request, QUERY, optional=True)
    found = [item for row in _own(call) if _matches(item := _item(row), wanted)]
    page = found[offset : offset + size]
    return json_response({"certificates": page, "hasMore": offset + size < len(found)})


def _own(call: Call) -> list[Row]:
    """Certificates made for the caller's identifier, or for the other of NIP and PESEL."""
    enrolments.settle(call.store)
    held = permissions.aliases(call.store, call.who.subject)
    rows = call.store.rows(
        "SELECT * FROM certificates ORDER BY COALESCE(requested_at, valid_from) DESC, serial"
    )
    return [row for row in rows if (row["holder_type"], row["holder"]) in held]


def _matches(item: dict, wanted: dict) -> bool:
    exact = {
        "certificateSerialNumber": item["certificateSerialNumber"],
        "type": item["type"],
        "status": item["status"],
    }
    after = wanted["expiresAfter"]
    return (
        all(wanted[name] in (None, value) for name, value in exact.items())
        and (wanted["name"] or "") in item["name"]
        and (after is None or item["validTo"] > clock.stamp(after))
    )


def _item(row: Row) -> dict:
    """OpenAPI CertificateListItem."""
    certificate = x509.load_der_x509_certificate(row["der"])
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "certificateSerialNumber": row["serial"],
        "name": row["name"],
        "type": row["kind"],
        "commonName": str(common[0].value) if common else "",
        "status": status(row),
        "subjectIdentifier": {"type": row["holder_type"], "value": row["holder"]},
        "validFrom": row["valid_from"],
        "validTo": row["valid_to"],
        "lastUseDate": row["used_at"],
        "requestDate": row["requested_at"] or row["valid_from"],
    }


def status(row: Row) -> str:
    """The status now: what was decided, else Expired when its time is over."""
    if row["status"] == "Active" and row["valid_to"] < clock.stamp(clock.now()):
        return "Expired"
    return row["status"]


def retrieve(call: Call) -> Response:
    """POST /certificates/retrieve: those of the serial numbers that are the caller's."""
    wanted = shapes.json_body(call.request, RETRIEVE)["certificateSerialNumbers"]
    if not wanted:
        raise shapes.wrong("certificateSerialNumbers", "wymagany jest co najmniej jeden numer.")
    found = [row for row in _own(call) if row["serial"] in wanted]
    return json_response(
        {
            "certificates": [
                {
                    "certificate": numbers.to_base64(row["der"]),
                    "certificateName": row["name"],
                    "certificateSerialNumber": row["serial"],
                    "certificateType": row["kind"],
                }
                for row in found
            ]
        }
    )


def revoke(call: Call, certificateSerialNumber: str) -> Response:
    """POST /certificates/{certificateSerialNumber}/revoke; not for a login by token."""
    if call.who.method == "Token":
        raise forbidden("auth-method-not-allowed")
    body = shapes.json_body(call.request, REVOKE, optional=True)
    row = _mine(call, certificateSerialNumber)
    if status(row) != "Active":
        raise Invalid(25009)
    with call.store.write() as db:
        db.execute(
            "UPDATE certificates SET status = 'Revoked', reason = ? WHERE serial = ?",
            (body["revocationReason"] or REASONS[0], row["serial"]),
        )
    return empty()


def shorten(call: Call, serialNumber: str) -> Response:
    """PUT /testdata/certificates/{serialNumber}: an earlier end of validity."""
    until = shapes.json_body(call.request, UPDATE)["validTo"]
    row = _mine(call, serialNumber)
    if clock.stamp(until) > row["valid_to"]:
        raise shapes.wrong("validTo", "data nie może być późniejsza niż obecna.")
    with call.store.write() as db:
        db.execute(
            "UPDATE certificates SET valid_to = ? WHERE serial = ?",
            (clock.stamp(until), row["serial"]),
        )
    return empty(200)


def _mine(call: Call, serial: str) -> Row:
    SERIAL(serial, "certificateSerialNumber")
    for row in _own(call):
        if row["serial"] == serial:
            return row
    raise Invalid(25008)
