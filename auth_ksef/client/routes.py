"""The operations of KSeF API 2 that we call, as data.

`effect` is the question on which everything rests: may a request whose answer was lost have
changed something that a repetition would change again? Then a lost answer is KsefUnknown;
otherwise the same call may simply be made later.
"""

from dataclasses import dataclass

MIB = 1024 * 1024
JSON_LIMIT = 5 * MIB
INVOICE_LIMIT = 7 * MIB // 2
UPO_LIMIT = 20 * MIB


@dataclass(frozen=True)
class Route:
    """One operation: method and path of the OpenAPI file, rate-limit group, kind of answer.

    `auth` says whether a bearer token goes along, `answer` is "json", "xml" or "none", `limit`
    the number of bytes of an answer that we are willing to read.
    """

    name: str
    method: str
    path: str
    group: str
    auth: bool = True
    effect: bool = False
    answer: str = "json"
    limit: int = JSON_LIMIT


PUBLIC_KEYS = Route(
    "public_keys", "GET", "/security/public-key-certificates", "anonymous", auth=False
)
CHALLENGE = Route("challenge", "POST", "/auth/challenge", "anonymous", auth=False)
TOKEN_LOGIN = Route("token_login", "POST", "/auth/ksef-token", "anonymous", auth=False)
XADES_LOGIN = Route("xades_login", "POST", "/auth/xades-signature", "anonymous", auth=False)
LOGIN_STATUS = Route("login_status", "GET", "/auth/{referenceNumber}", "anonymous")
# A second redeem is refused, so a lost answer costs the login and must be known as such.
REDEEM = Route("redeem", "POST", "/auth/token/redeem", "anonymous", effect=True)
REFRESH = Route("refresh", "POST", "/auth/token/refresh", "anonymous")

OWN_PERMISSIONS = Route("own_permissions", "POST", "/permissions/query/personal/grants", "other")
RATE_LIMITS = Route("rate_limits", "GET", "/rate-limits", "other")
CONTEXT_LIMITS = Route("context_limits", "GET", "/limits/context", "other")
CERTIFICATES_QUERY = Route("certificates_query", "POST", "/certificates/query", "other")

SESSION_OPEN = Route("session_open", "POST", "/sessions/online", "onlineSession", effect=True)
INVOICE_SEND = Route(
    "invoice_send",
    "POST",
    "/sessions/online/{referenceNumber}/invoices",
    "invoiceSend",
    effect=True,
)
SESSION_CLOSE = Route(
    "session_close",
    "POST",
    "/sessions/online/{referenceNumber}/close",
    "onlineSessionClose",
    effect=True,
    answer="none",
)
BATCH_OPEN = Route("batch_open", "POST", "/sessions/batch", "batchSession", effect=True)
BATCH_CLOSE = Route(
    "batch_close",
    "POST",
    "/sessions/batch/{referenceNumber}/close",
    "batchSessionClose",
    effect=True,
    answer="none",
)
SESSION_LIST = Route("session_list", "GET", "/sessions", "sessionList")
SESSION_STATUS = Route("session_status", "GET", "/sessions/{referenceNumber}", "sessionMisc")
SESSION_INVOICES = Route(
    "session_invoices", "GET", "/sessions/{referenceNumber}/invoices", "sessionInvoiceList"
)
SESSION_INVOICES_FAILED = Route(
    "session_invoices_failed",
    "GET",
    "/sessions/{referenceNumber}/invoices/failed",
    "sessionInvoiceList",
)
INVOICE_STATUS = Route(
    "invoice_status",
    "GET",
    "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}",
    "invoiceStatus",
)
UPO = Route(
    "upo",
    "GET",
    "/sessions/{referenceNumber}/invoices/{invoiceReferenceNumber}/upo",
    "sessionMisc",
    answer="xml",
    limit=UPO_LIMIT,
)
UPO_BY_NUMBER = Route(
    "upo_by_number",
    "GET",
    "/sessions/{referenceNumber}/invoices/ksef/{ksefNumber}/upo",
    "sessionMisc",
    answer="xml",
    limit=UPO_LIMIT,
)
SESSION_UPO = Route(
    "session_upo",
    "GET",
    "/sessions/{referenceNumber}/upo/{upoReferenceNumber}",
    "sessionMisc",
    answer="xml",
    limit=UPO_LIMIT,
)

INVOICE_BY_NUMBER = Route(
    "invoice_by_number",
    "GET",
    "/invoices/ksef/{ksefNumber}",
    "invoiceDownload",
    answer="xml",
    limit=INVOICE_LIMIT,
)
METADATA = Route("metadata", "POST", "/invoices/query/metadata", "invoiceMetadata")

ALL = tuple(value for value in globals().values() if isinstance(value, Route))
