"""POST /invoices/query/metadata: the register of invoices, filtered and paged."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from werkzeug import Response

from simulator import clock, invoice_file, numbers, processing, shapes
from simulator.errors import Invalid
from simulator.sessions import FORM
from simulator.store import Row, Store
from simulator.web import Call, json_response

MAX_RECORDS = 10_000
MAX_RANGE = timedelta(days=100)
NIP = shapes.text(10, 10, numbers.NIP.pattern)
ROLES = ("Subject1", "Subject2", "Subject3", "SubjectAuthorized")
COLUMNS = {"Issue": "issued_on", "Invoicing": "sent_at", "PermanentStorage": "stored_at"}
KNOWN = (
    "ksef_number, invoice_number, issued_on, sent_at, acquired_at, stored_at, seller, mode, kind, "
    "hash, corrected_hash, meta"
)
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
    begin, end = span(filters["dateRange"], now)
    processing.settle(call.world)
    nip = call.who.context.value
    found = list(search(call.store, nip, filters, begin, end, descending=orders[:1] == ["Desc"]))
    found, truncated = found[:MAX_RECORDS], len(found) > MAX_RECORDS
    more = offset + size < len(found)
    by_storage = filters["dateRange"]["dateType"] == "PermanentStorage"
    return json_response(
        {
            "hasMore": more or truncated,
            "isTruncated": truncated and not more,
            "permanentStorageHwmDate": clock.stamp(now) if by_storage else None,
            "invoices": found[offset : offset + size],
        }
    )


def span(given: dict, now: datetime) -> tuple[datetime, datetime]:
    """The range asked for, both ends; 21405 when it is wrong, 21183 when it is still ahead."""
    begin, end = given["from"], given["to"] or now
    if end < begin:
        raise shapes.wrong("dateRange", "data 'to' jest wcześniejsza niż 'from'.")
    if end - begin > MAX_RANGE:
        raise shapes.wrong("dateRange", "zakres nie może przekraczać 100 dni.")
    if given["restrictToPermanentStorageHwmDate"] and given["dateType"] == "PermanentStorage":
        if begin > now:
            raise Invalid(
                21183,
                "Parametr dateRange.from jest późniejszy niż PermanentStorageHwmDate przy "
                "włączonym restrictToPermanentStorageHwmDate.",
            )
        end = min(end, now)
    return begin, end


def search(
    store: Store,
    nip: str,
    filters: dict,
    begin: datetime,
    end: datetime,
    *,
    descending: bool = False,
) -> Iterator[dict]:
    """OpenAPI InvoiceMetadata of what a company may see, in the order of the date asked for."""
    kind = filters["dateRange"]["dateType"]
    column = COLUMNS[kind]
    first, last = clock.stamp(begin), clock.stamp(end)
    if kind == "Issue":
        first, last = (clock.warsaw_day(moment).isoformat() for moment in (begin, end))
    where, values = _exact(nip, filters)
    order = f"{column} {'DESC' if descending else 'ASC'}, number"
    rows = store.rows(
        f"SELECT {KNOWN} FROM invoices WHERE ksef_number IS NOT NULL AND stored_at <= ? "  # noqa: S608
        f"AND {column} BETWEEN ? AND ? {where} ORDER BY {order}",
        clock.stamp(clock.now()),
        first,
        last,
        *values,
    )
    found = (_item(row) for row in rows)
    return (item for item in found if _matches(nip, item, filters))


def _exact(nip: str, filters: dict) -> tuple[str, list]:
    """What the database can choose by itself, so that one invoice is found among many."""
    wanted = {
        "seller": nip if filters["subjectType"] == "Subject1" else filters["sellerNip"],
        "ksef_number": filters["ksefNumber"],
        "invoice_number": filters["invoiceNumber"],
        "mode": filters["invoicingMode"],
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    return "".join(f"AND {name} = ? " for name in wanted), list(wanted.values())


def _matches(nip: str, item: dict, filters: dict) -> bool:
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
