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

CERTIFICATE_LIMITS = Route("certificate_limits", "GET", "/certificates/limits", "other")
ENROLLMENT_DATA = Route("enrollment_data", "GET", "/certificates/enrollments/data", "other")
ENROLL = Route("enroll", "POST", "/certificates/enrollments", "other", effect=True)
ENROLLMENT_STATUS = Route(
    "enrollment_status", "GET", "/certificates/enrollments/{referenceNumber}", "other"
)
CERTIFICATES_QUERY = Route("certificates_query", "POST", "/certificates/query", "other")
CERTIFICATES_RETRIEVE = Route("certificates_retrieve", "POST", "/certificates/retrieve", "other")
# What is revoked stays revoked: asked twice, it happens once.
CERTIFICATE_REVOKE = Route(
    "certificate_revoke",
    "POST",
    "/certificates/{certificateSerialNumber}/revoke",
    "other",
    answer="none",
)

TOKEN_CREATE = Route("token_create", "POST", "/tokens", "other", effect=True)
TOKENS_LIST = Route("tokens_list", "GET", "/tokens", "other")
TOKEN_STATUS = Route("token_status", "GET", "/tokens/{referenceNumber}", "other")
TOKEN_REVOKE = Route("token_revoke", "DELETE", "/tokens/{referenceNumber}", "other", answer="none")

LOGINS_LIST = Route("logins_list", "GET", "/auth/sessions", "other")
LOGIN_REVOKE = Route(
    "login_revoke", "DELETE", "/auth/sessions/{referenceNumber}", "other", answer="none"
)
LOGIN_REVOKE_CURRENT = Route(
    "login_revoke_current", "DELETE", "/auth/sessions/current", "other", answer="none"
)

# Each grant and each withdrawal starts an operation of its own, known only by its reference.
GRANT_PERSONS = Route("grant_persons", "POST", "/permissions/persons/grants", "other", effect=True)
GRANT_ENTITIES = Route(
    "grant_entities", "POST", "/permissions/entities/grants", "other", effect=True
)
GRANT_AUTHORIZATIONS = Route(
    "grant_authorizations", "POST", "/permissions/authorizations/grants", "other", effect=True
)
GRANT_INDIRECT = Route(
    "grant_indirect", "POST", "/permissions/indirect/grants", "other", effect=True
)
GRANT_SUBUNITS = Route(
    "grant_subunits", "POST", "/permissions/subunits/grants", "other", effect=True
)
GRANT_EU_ADMINS = Route(
    "grant_eu_admins",
    "POST",
    "/permissions/eu-entities/administration/grants",
    "other",
    effect=True,
)
GRANT_EU_REPRESENTATIVES = Route(
    "grant_eu_representatives", "POST", "/permissions/eu-entities/grants", "other", effect=True
)
GRANT_REVOKE = Route(
    "grant_revoke", "DELETE", "/permissions/common/grants/{permissionId}", "other", effect=True
)
AUTHORIZATION_REVOKE = Route(
    "authorization_revoke",
    "DELETE",
    "/permissions/authorizations/grants/{permissionId}",
    "other",
    effect=True,
)
OPERATION_STATUS = Route(
    "operation_status", "GET", "/permissions/operations/{referenceNumber}", "other"
)
ATTACHMENT_STATUS = Route("attachment_status", "GET", "/permissions/attachments/status", "other")
GRANTED_PERSONS = Route("granted_persons", "POST", "/permissions/query/persons/grants", "other")
RECEIVED_ENTITIES = Route(
    "received_entities", "POST", "/permissions/query/entities/grants", "other"
)
GRANTED_AUTHORIZATIONS = Route(
    "granted_authorizations", "POST", "/permissions/query/authorizations/grants", "other"
)
GRANTED_SUBUNITS = Route("granted_subunits", "POST", "/permissions/query/subunits/grants", "other")
GRANTED_EU = Route("granted_eu", "POST", "/permissions/query/eu-entities/grants", "other")
ROLES = Route("roles", "GET", "/permissions/query/entities/roles", "other")
SUBORDINATES = Route(
    "subordinates", "POST", "/permissions/query/subordinate-entities/roles", "other"
)

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
