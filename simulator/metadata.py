"""POST /invoices/query/metadata: the register of invoices, filtered and paged."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

from werkzeug import Response

from simulator import clock, invoice_file, numbers, processing, shapes
from simulator.sessions import FORM
from simulator.store import Row
from simulator.web import Call, json_response

MAX_RECORDS = 10_000
MAX_RANGE = timedelta(days=100)
NIP = shapes.text(10, 10, numbers.NIP.pattern)
ROLES = ("Subject1", "Subject2", "Subject3", "SubjectAuthorized")
COLUMNS = {"Issue": "issued_on", "Invoicing": "sent_at", "PermanentStorage": "stored_at"}
KINDS = (*invoice_file.KINDS.values(), "VatPef", "VatPefSp", "KorPef", "VatRr", "KorVatRr")
RANGE = shapes.record(
    {"dateType": shapes.choice(*COLUMNS), "from": shapes.instant},
    {"to": shapes.instant, "restrictToPermanentStorageHwmDate": shapes.boolean},
)
FILTERS = shapes.record(
    {"subjectType": shapes.choice(*ROLES), "dateRange": RANGE},
    {
        "ksefNumber": shapes.text(35, 36, numbers.KSEF_NUMBER.pattern),
        "invoiceNumber": shapes.text(0, 256),
        "amount": shapes.record(
            {"type": shapes.choice("Brutto", "Netto", "Vat")},
            {"from": shapes.number, "to": shapes.number},
        ),
        "sellerNip": NIP,
        "buyerIdentifier": shapes.record(
            {"type": shapes.choice("Nip", "VatUe", "Other", "None")}, {"value": shapes.text(0, 50)}
        ),
        "currencyCodes": shapes.array(shapes.text(3, 3), 200),
        "invoicingMode": shapes.choice("Online", "Offline"),
        "isSelfInvoicing": shapes.boolean,
        "formType": shapes.choice("FA", "PEF", "FA_RR"),
        "invoiceTypes": shapes.array(shapes.choice(*KINDS), 50),
        "hasAttachment": shapes.boolean,
    },
)


def query(call: Call) -> Response:
    """POST /invoices/query/metadata."""
    request = call.request
    orders = shapes.query_choices(request, "sortOrder", ("Asc", "Desc"))
    size = shapes.query_integer(request, "pageSize", 10, 250, 10)
    offset = shapes.query_integer(request, "pageOffset", 0, MAX_RECORDS, 0) * size
    filters = shapes.json_body(request, FILTERS)
    now = clock.now()
    processing.settle(call.world)
    rows = _between(call, filters["dateRange"], now, descending=orders[:1] == ["Desc"])
    found = [item for row in rows if (item := _item(row)) and _matches(call, item, row, filters)]
    found, truncated = found[:MAX_RECORDS], len(found) > MAX_RECORDS
    more = offset + size < len(found)
    by_storage = filters["dateRange"]["dateType"] == "PermanentStorage"
    return json_response(
        {
            "hasMore": more,
            "isTruncated": truncated and not more,
            "permanentStorageHwmDate": clock.stamp(now) if by_storage else None,
            "invoices": found[offset : offset + size],
        }
    )


def _between(call: Call, given: dict, now: datetime, *, descending: bool) -> list[Row]:
    begin, end = given["from"], given["to"] or now
    if end < begin:
        raise shapes.wrong("dateRange", "data 'to' jest wcześniejsza niż 'from'.")
    if end - begin > MAX_RANGE:
        raise shapes.wrong("dateRange", "zakres nie może przekraczać 100 dni.")
    column = COLUMNS[given["dateType"]]
    if given["dateType"] == "Issue":
        first, last = (clock.warsaw_day(moment).isoformat() for moment in (begin, end))
    else:
        first, last = clock.stamp(begin), clock.stamp(end)
    return call.store.rows(
        f"SELECT * FROM invoices WHERE ksef_number IS NOT NULL AND stored_at <= ? "  # noqa: S608
        f"AND {column} BETWEEN ? AND ? "
        f"ORDER BY {column} {'DESC' if descending else 'ASC'}, number",
        clock.stamp(now),
        first,
        last,
    )


def _matches(call: Call, item: dict, row: Row, filters: dict) -> bool:
    nip = call.who.context.value
    others = [party["identifier"]["value"] for party in item["thirdSubjects"] or ()]
    roles = {
        "Subject1": item["seller"]["nip"] == nip,
        "Subject2": item["buyer"]["identifier"]["value"] == nip,
        "Subject3": nip in others,
        "SubjectAuthorized": (item["authorizedSubject"] or {}).get("nip") == nip,
    }
    exact = {
        "ksefNumber": item["ksefNumber"],
        "invoiceNumber": item["invoiceNumber"],
        "sellerNip": item["seller"]["nip"],
        "invoicingMode": item["invoicingMode"],
        "isSelfInvoicing": item["isSelfInvoicing"],
        "hasAttachment": item["hasAttachment"],
        "formType": "FA",
    }
    return (
        roles[filters["subjectType"]]
        and all(filters[name] in (None, value) for name, value in exact.items())
        and item["currency"] in (filters["currencyCodes"] or [item["currency"]])
        and item["invoiceType"] in (filters["invoiceTypes"] or [item["invoiceType"]])
        and _buyer_matches(item, filters["buyerIdentifier"])
        and _amount_matches(item, filters["amount"])
    )


def _buyer_matches(item: dict, wanted: dict | None) -> bool:
    buyer = item["buyer"]["identifier"]
    if wanted is None:
        return True
    return buyer["type"] == wanted["type"] and wanted["value"] in (None, buyer["value"])


def _amount_matches(item: dict, wanted: dict | None) -> bool:
    if wanted is None:
        return True
    names = {"Brutto": "grossAmount", "Netto": "netAmount", "Vat": "vatAmount"}
    amount = item[names[wanted["type"]]]
    low = amount if wanted["from"] is None else wanted["from"]
    high = amount if wanted["to"] is None else wanted["to"]
    return low <= amount <= high


def _item(row: Row) -> dict:
    """OpenAPI InvoiceMetadata."""
    meta = json.loads(row["meta"])
    return {
        "ksefNumber": row["ksef_number"],
        "invoiceNumber": row["invoice_number"],
        "issueDate": row["issued_on"],
        "invoicingDate": row["sent_at"],
        "acquisitionDate": row["acquired_at"],
        "permanentStorageDate": row["stored_at"],
        "seller": {"nip": row["seller"], "name": meta["sellerName"]},
        "buyer": meta["buyer"],
        "netAmount": _double(meta["net"]),
        "grossAmount": _double(meta["gross"]),
        "vatAmount": _double(meta["vat"]),
        "currency": meta["currency"],
        "invoicingMode": row["mode"],
        "invoiceType": invoice_file.KINDS[row["kind"]],
        "formCode": FORM,
        "isSelfInvoicing": meta["self_invoicing"],
        "hasAttachment": meta["attachment"],
        "invoiceHash": row["hash"],
        "hashOfCorrectedInvoice": row["corrected_hash"],
        "thirdSubjects": meta["third"] or None,
        "authorizedSubject": meta["authorized"],
    }


def _double(amount: str) -> float:
    # The OpenAPI carries amounts as doubles; nothing is computed with them here.
    return float(Decimal(amount))
