"""The table of operations: path, rate-limit group, tokens accepted, permissions required."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator import (
    attachments,
    auth,
    batch,
    certificate_center,
    certificate_limits,
    control,
    enrolments,
    exports,
    grants_give,
    grants_query,
    invoices,
    latarnia,
    metadata,
    operations,
    own_limits,
    permissions_own,
    public,
    registers,
    roles,
    session_limits,
    sessions,
    testdata,
    tokens,
    upo,
    xades_login,
)

SEND = ("InvoiceWrite", "PefInvoiceWrite", "EnforcementOperations")
SEND_MANY = ("InvoiceWrite", "EnforcementOperations")
SEE = ("InvoiceWrite", "Introspection", "PefInvoiceWrite", "EnforcementOperations")
LIST = ("InvoiceWrite", "Introspection", "EnforcementOperations")
READ = ("InvoiceRead",)
ACCESS = ("access",)


@dataclass(frozen=True)
class Route:
    """One operation; `tokens` empty means that no bearer token is asked for."""

    name: str
    method: str
    path: str
    handler: Callable
    group: str = ""
    tokens: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    api: bool = True
    control: bool = False
    # Outside the API: no bearer, no limits, but faults may be ordered for it.
    outside: bool = False


def _anonymous(name: str, method: str, path: str, handler: Callable, *kinds: str) -> Route:
    return Route(name, method, f"/v2{path}", handler, "anonymous", kinds)


def _secured(
    name: str,
    method: str,
    path: str,
    handler: Callable,
    group: str = "other",
    permissions: tuple[str, ...] = (),
    tokens: tuple[str, ...] = ACCESS,
) -> Route:
    return Route(name, method, f"/v2{path}", handler, group, tokens, permissions)


def _page(name: str, method: str, path: str, handler: Callable) -> Route:
    return Route(name, method, path, handler, api=False)


def _outside(name: str, method: str, path: str, handler: Callable) -> Route:
    return Route(name, method, path, handler, api=False, outside=True)


def _control(name: str, method: str, path: str, handler: Callable) -> Route:
    return Route(f"control_{name}", method, f"/control{path}", handler, api=False, control=True)


MANAGE = ("CredentialsManage",)
ADMINISTER = ("CredentialsManage", "CredentialsRead")


def _granting() -> list[Route]:
    """Permissions given and taken away; the operations' names are those of grants_rules."""
    subunits, eu = ("SubunitManage",), ("VatUeManage",)
    paths = (
        ("grant_persons", "persons", grants_give.persons, MANAGE),
        ("grant_entities", "entities", grants_give.entities, MANAGE),
        ("grant_authorizations", "authorizations", grants_give.authorizations, MANAGE),
        ("grant_indirect", "indirect", grants_give.indirect, MANAGE),
        ("grant_subunits", "subunits", grants_give.subunits, subunits),
        ("grant_eu_admin", "eu-entities/administration", grants_give.eu_admin, MANAGE),
        ("grant_eu_representative", "eu-entities", grants_give.eu_representative, eu),
    )
    found = [
        _secured(name, "POST", f"/permissions/{path}/grants", handler, permissions=needed)
        for name, path, handler, needed in paths
    ]
    one = "grants/<permissionId>"
    endings = (
        ("permission_revoke", f"common/{one}", grants_give.revoke, (*MANAGE, *eu, *subunits)),
        ("authorization_revoke", f"authorizations/{one}", grants_give.revoke_authorization, MANAGE),
    )
    found += [
        _secured(name, "DELETE", f"/permissions/{path}", handler, permissions=needed)
        for name, path, handler, needed in endings
    ]
    path = "/permissions/operations/<referenceNumber>"
    return [*found, _secured("permission_operation", "GET", path, operations.status)]


def _granted() -> list[Route]:
    """The lists of permissions and of roles."""
    many = (*ADMINISTER, "SubunitManage")
    lists = (
        ("personal_grants", "personal/grants", permissions_own.personal, ()),
        ("persons_grants", "persons/grants", grants_query.persons, many),
        ("subunits_grants", "subunits/grants", grants_query.subunit_admins, many),
        ("entities_grants", "entities/grants", grants_query.entities, ADMINISTER),
        ("subordinate_roles", "subordinate-entities/roles", roles.subordinates, many),
        (
            "authorizations_grants",
            "authorizations/grants",
            grants_query.authorizations,
            (*ADMINISTER, "PefInvoiceWrite"),
        ),
        (
            "eu_entities_grants",
            "eu-entities/grants",
            grants_query.eu_entities,
            (*ADMINISTER, "VatUeManage"),
        ),
    )
    found = [
        _secured(name, "POST", f"/permissions/query/{path}", handler, permissions=needed)
        for name, path, handler, needed in lists
    ]
    path = "/permissions/query/entities/roles"
    return [*found, _secured("entity_roles", "GET", path, roles.own, permissions=ADMINISTER)]


_WHITELIST = "/registers/whitelist/api"
_ONLINE = "/sessions/online"
_BATCH = "/sessions/batch"
_ONE = "/sessions/<referenceNumber>"
_INVOICE = f"{_ONE}/invoices/<invoiceReferenceNumber>"

# fmt: off
# One line per operation: a table reads better than wrapped calls.
ROUTES = (
    _anonymous("auth_challenge", "POST", "/auth/challenge", auth.challenge),
    _anonymous("auth_token", "POST", "/auth/ksef-token", auth.ksef_token),
    _anonymous("auth_xades", "POST", "/auth/xades-signature", xades_login.login),
    _anonymous("auth_status", "GET", "/auth/<referenceNumber>", auth.status, "authentication"),
    _anonymous("auth_redeem", "POST", "/auth/token/redeem", auth.redeem, "authentication"),
    _anonymous("auth_refresh", "POST", "/auth/token/refresh", auth.refresh, "refresh"),
    _anonymous("public_keys", "GET", "/security/public-key-certificates", auth.public_keys),
    _secured("auth_sessions", "GET", "/auth/sessions", auth.sessions),
    _secured(
        "auth_session_revoke_current",
        "DELETE",
        "/auth/sessions/current",
        auth.revoke_current,
        tokens=("access", "refresh"),
    ),
    _secured("auth_session_revoke", "DELETE", "/auth/sessions/<referenceNumber>", auth.revoke),
    *_granting(),
    *_granted(),
    _secured("token_create", "POST", "/tokens", tokens.create),
    _secured("token_list", "GET", "/tokens", tokens.listing),
    _secured("token_status", "GET", "/tokens/<referenceNumber>", tokens.status),
    _secured("token_revoke", "DELETE", "/tokens/<referenceNumber>", tokens.revoke),
    _secured("rate_limits", "GET", "/rate-limits", own_limits.rate_limits),
    _secured("limits_context", "GET", "/limits/context", own_limits.context),
    _secured("limits_subject", "GET", "/limits/subject", certificate_limits.subject),
    _secured("testdata_limits", "POST", "/testdata/rate-limits", own_limits.override),
    _secured("testdata_limits_reset", "DELETE", "/testdata/rate-limits", own_limits.restore),
    _secured(
        "testdata_limits_production",
        "POST",
        "/testdata/rate-limits/production",
        own_limits.production,
    ),
    _secured(
        "testdata_session_limits",
        "POST",
        "/testdata/limits/context/session",
        session_limits.override,
    ),
    _secured(
        "testdata_session_limits_reset",
        "DELETE",
        "/testdata/limits/context/session",
        session_limits.restore,
    ),
    _secured(
        "testdata_certificate_limits",
        "POST",
        "/testdata/limits/subject/certificate",
        certificate_limits.override,
    ),
    _secured(
        "testdata_certificate_limits_reset",
        "DELETE",
        "/testdata/limits/subject/certificate",
        certificate_limits.restore,
    ),
    _secured("certificate_limits", "GET", "/certificates/limits", enrolments.limits),
    _secured("certificate_data", "GET", "/certificates/enrollments/data", enrolments.data),
    _secured("certificate_enroll", "POST", "/certificates/enrollments", enrolments.enroll),
    _secured(
        "certificate_enrollment",
        "GET",
        "/certificates/enrollments/<referenceNumber>",
        enrolments.status,
    ),
    _secured("certificate_query", "POST", "/certificates/query", certificate_center.query),
    _secured("certificate_retrieve", "POST", "/certificates/retrieve", certificate_center.retrieve),
    _secured(
        "certificate_revoke",
        "POST",
        "/certificates/<certificateSerialNumber>/revoke",
        certificate_center.revoke,
    ),
    _secured(
        "testdata_certificate",
        "PUT",
        "/testdata/certificates/<serialNumber>",
        certificate_center.shorten,
    ),
    _secured("session_open", "POST", _ONLINE, sessions.open_online, "onlineSession", SEND),
    _secured(
        "invoice_send",
        "POST",
        f"{_ONLINE}/<referenceNumber>/invoices",
        invoices.send,
        "invoiceSend",
        SEND,
    ),
    _secured(
        "session_close",
        "POST",
        f"{_ONLINE}/<referenceNumber>/close",
        sessions.close_online,
        "onlineSessionClose",
        SEND,
    ),
    _secured("batch_open", "POST", _BATCH, batch.open_batch, "batchSession", SEND_MANY),
    _secured(
        "batch_close",
        "POST",
        f"{_BATCH}/<referenceNumber>/close",
        batch.close,
        "batchSessionClose",
        SEND_MANY,
    ),
    _secured("session_list", "GET", "/sessions", sessions.listing, "sessionList", LIST),
    _secured("session_status", "GET", _ONE, sessions.status, "sessionMisc", SEE),
    _secured(
        "invoice_list", "GET", f"{_ONE}/invoices", invoices.listing, "sessionInvoiceList", SEE
    ),
    _secured(
        "invoice_failed",
        "GET",
        f"{_ONE}/invoices/failed",
        invoices.failed,
        "sessionInvoiceList",
        SEE,
    ),
    _secured("invoice_status", "GET", _INVOICE, invoices.status, "invoiceStatus", SEE),
    _secured(
        "upo_by_ksef_number",
        "GET",
        f"{_ONE}/invoices/ksef/<ksefNumber>/upo",
        upo.by_ksef_number,
        "sessionMisc",
        SEE,
    ),
    _secured("upo_by_invoice", "GET", f"{_INVOICE}/upo", upo.by_invoice, "sessionMisc", SEE),
    _secured(
        "upo_by_page", "GET", f"{_ONE}/upo/<upoReferenceNumber>", upo.by_page, "sessionMisc", SEE
    ),
    _secured(
        "invoice_download",
        "GET",
        "/invoices/ksef/<ksefNumber>",
        invoices.download,
        "invoiceDownload",
        READ,
    ),
    _secured(
        "invoice_metadata",
        "POST",
        "/invoices/query/metadata",
        metadata.query,
        "invoiceMetadata",
        READ,
    ),
    _anonymous("testdata_subject", "POST", "/testdata/subject", testdata.subject),
    _anonymous(
        "testdata_subject_remove", "POST", "/testdata/subject/remove", testdata.subject_remove
    ),
    _anonymous("testdata_person", "POST", "/testdata/person", testdata.person),
    _anonymous("testdata_person_remove", "POST", "/testdata/person/remove", testdata.person_remove),
    _secured(
        "testdata_block", "POST", "/testdata/context/block", testdata.context_block, tokens=()
    ),
    _secured(
        "testdata_unblock", "POST", "/testdata/context/unblock", testdata.context_unblock, tokens=()
    ),
    _anonymous("testdata_permissions", "POST", "/testdata/permissions", testdata.grant),
    _anonymous(
        "testdata_permissions_revoke", "POST", "/testdata/permissions/revoke", testdata.revoke
    ),
    _anonymous("testdata_attachment", "POST", "/testdata/attachment", attachments.grant),
    _anonymous(
        "testdata_attachment_revoke", "POST", "/testdata/attachment/revoke", attachments.revoke
    ),
    _secured(
        "attachments_status",
        "GET",
        "/permissions/attachments/status",
        attachments.status,
        permissions=("CredentialsManage", "CredentialsRead"),
    ),
    _secured("export_start", "POST", "/invoices/exports", exports.start, "invoiceExport", READ),
    _secured(
        "export_status",
        "GET",
        "/invoices/exports/<referenceNumber>",
        exports.status,
        "invoiceExportStatus",
        READ,
    ),
    _outside(
        "export_download", "GET", "/storage/exports/<reference>/<int:number>", exports.download
    ),
    _outside("part_upload", "PUT", "/storage/batch/<session>/<int:number>", batch.upload),
    _outside("upo_download", "GET", "/download/upo/<token>", upo.download),
    _page("health", "GET", "/health", public.health),
    _page("home", "GET", "/", public.home),
    _page("invoice_page", "GET", "/invoice/<nip>/<day>/<digest>", public.invoice),
    _page(
        "certificate_page",
        "GET",
        "/certificate/<kind>/<context>/<nip>/<serial>/<digest>/<signature>",
        public.certificate,
    ),
    _outside("latarnia_status", "GET", "/latarnia/status", latarnia.status),
    _outside("latarnia_messages", "GET", "/latarnia/messages", latarnia.messages),
    _outside(
        "whitelist_search", "GET", f"{_WHITELIST}/search/nip/<nip>", registers.whitelist_search
    ),
    _outside(
        "whitelist_many", "GET", f"{_WHITELIST}/search/nips/<nips>", registers.whitelist_many
    ),
    _outside(
        "whitelist_check",
        "GET",
        f"{_WHITELIST}/check/nip/<nip>/bank-account/<account>",
        registers.whitelist_check,
    ),
    _outside("vies_check", "POST", "/registers/vies/check-vat-number", registers.vies_check),
    _outside(
        "nbp_rates",
        "GET",
        "/registers/nbp/api/exchangerates/rates/<table>/<code>/<first>/<last>/",
        registers.nbp_rates,
    ),
    _control("faults", "GET", "/faults", control.faults),
    _control("fault_add", "POST", "/faults", control.fault_add),
    _control("faults_clear", "DELETE", "/faults", control.faults_clear),
    _control("fault_remove", "DELETE", "/faults/<int:number>", control.fault_remove),
    _control("settings", "GET", "/settings", control.settings),
    _control("settings_change", "POST", "/settings", control.settings_change),
    _control("reset", "POST", "/reset", control.reset),
    _control("keys_rotate", "POST", "/keys/rotate", control.keys_rotate),
    _control("session_expire", "POST", "/sessions/<reference>/expire", control.session_expire),
    _control("certificate", "POST", "/certificates/<serial>", control.certificate_status),
    _control("authorization", "POST", "/authorizations", control.authorization),
    _control("latarnia", "POST", "/latarnia", control.latarnia),
    _control("outages", "GET", "/outages", control.outages),
    _control("outage_change", "POST", "/outages", control.outage_change),
    _control("requests", "GET", "/requests", control.requests),
    _control("invoices", "GET", "/invoices", control.invoices),
    _control("invoice", "GET", "/invoices/<ksef_number>", control.invoice),
)
# fmt: on
