"""What may be sent: GET /rate-limits, /limits/context, /limits/subject."""

from werkzeug import Response

from simulator import limits
from simulator.sessions import MAX_INVOICES
from simulator.web import Call, json_response

_SIZES = {
    "maxInvoiceSizeInMB": 1,
    "maxInvoiceWithAttachmentSizeInMB": 3,
    "maxInvoices": MAX_INVOICES,
}


def rate_limits(call: Call) -> Response:
    """GET /rate-limits."""
    names = ("perSecond", "perMinute", "perHour")
    return json_response(
        {
            group: dict(zip(names, call.world.limiter.effective(group), strict=True))
            for group in limits.GROUPS
        }
    )


def context(call: Call) -> Response:
    """GET /limits/context."""
    return json_response(
        {
            "onlineSession": _SIZES,
            "batchSession": _SIZES,
            "collectiveIdentifier": {"maxInvoices": 500},
        }
    )


def subject(call: Call) -> Response:
    """GET /limits/subject: a company may hold more certificates than a person."""
    enrolments, active = (300, 100) if call.who.subject.type == "Nip" else (12, 6)
    return json_response(
        {
            "enrollment": {"maxEnrollments": enrolments},
            "certificate": {"maxCertificates": active},
        }
    )
