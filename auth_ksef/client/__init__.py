"""A pure protocol adapter to KSeF API 2: no Django, no polling, no sleeping, no repeating.

`KsefApi` is the door to one environment. Its calls return plain values or raise one of three
errors: KsefRefused (a person must act), KsefLater (try again), KsefUnknown (it may have
happened).
"""

import copy
from collections.abc import Callable

import httpx

from auth_ksef.client.auth import (
    AccessToken,
    AuthApi,
    Challenge,
    Context,
    LoginStarted,
    LoginStatus,
    Tokens,
)
from auth_ksef.client.batch import (
    TAR_GZ,
    ZIP,
    BatchApi,
    BatchOpened,
    PackageFacts,
    PartFacts,
)
from auth_ksef.client.certificates import (
    AUTHENTICATION,
    KEY_COMPROMISE,
    OFFLINE,
    SUPERSEDED,
    UNSPECIFIED,
    CertificateFile,
    CertificateLimits,
    CertificatePage,
    CertificateRow,
    CertificatesApi,
    EnrollmentSent,
    EnrollmentStatus,
)
from auth_ksef.client.crypto import (
    KEY_NOT_ACCEPTED,
    SESSION_ENCRYPTION,
    TOKEN_ENCRYPTION,
    PublicKey,
    SealedFile,
    SealedInvoice,
    SessionKey,
    pick_key,
    with_fresh_key,
)
from auth_ksef.client.environments import Environment, environment
from auth_ksef.client.errors import KsefError, KsefLater, KsefRefused, KsefUnknown
from auth_ksef.client.invoices import InvoiceMetadata, InvoicesApi, MetadataPage
from auth_ksef.client.lighthouse import (
    LighthouseApi,
    LighthouseError,
    LighthouseMessage,
    LighthouseStatus,
)
from auth_ksef.client.limits import PUBLISHED, LimitsApi
from auth_ksef.client.logins import LoginRow, LoginsApi
from auth_ksef.client.permissions import (
    GRANTS,
    LISTS,
    AttachmentStatus,
    PermissionsApi,
    scopes,
)
from auth_ksef.client.presigned import PartUpload, PresignedApi
from auth_ksef.client.routes import Route
from auth_ksef.client.sessions import (
    FA3,
    FormCode,
    InvoiceStatus,
    SessionOpened,
    SessionRow,
    SessionsApi,
    SessionStatus,
    Upo,
    UpoPage,
)
from auth_ksef.client.status import Page, Status
from auth_ksef.client.tokens import TokenMade, TokenRow, TokensApi
from auth_ksef.client.transport import TIMEOUT, Door, Gate, Heard
from auth_ksef.client.xades import build_auth_request, sign_auth_request


class KsefApi(
    AuthApi,
    SessionsApi,
    BatchApi,
    PresignedApi,
    InvoicesApi,
    CertificatesApi,
    TokensApi,
    LoginsApi,
    PermissionsApi,
    LimitsApi,
):
    """One environment's door: one pool of connections, shared between threads, not over a fork.

    `base_url` ends with `/v2`. `http` replaces the connections in tests. `on_warning` receives
    the text of each `X-System-Warning`. `timeout` bounds a whole call, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        http: httpx.Client | None = None,
        on_warning: Callable[[str], None] | None = None,
        timeout: float = TIMEOUT,
    ):
        self._door = Door(base_url, http, on_warning, timeout)

    def watched(self, gate: Gate) -> "KsefApi":
        """The same client over the same connections, with a gate before each call."""
        api = copy.copy(self)
        api._door = self._door.watched(gate)
        return api

    def close(self) -> None:
        """Closes the connections."""
        self._door.close()


__all__ = [
    "AUTHENTICATION",
    "FA3",
    "GRANTS",
    "KEY_COMPROMISE",
    "KEY_NOT_ACCEPTED",
    "LISTS",
    "OFFLINE",
    "PUBLISHED",
    "SESSION_ENCRYPTION",
    "SUPERSEDED",
    "TAR_GZ",
    "TOKEN_ENCRYPTION",
    "UNSPECIFIED",
    "ZIP",
    "AccessToken",
    "AttachmentStatus",
    "BatchOpened",
    "CertificateFile",
    "CertificateLimits",
    "CertificatePage",
    "CertificateRow",
    "Challenge",
    "Context",
    "EnrollmentSent",
    "EnrollmentStatus",
    "Environment",
    "FormCode",
    "Gate",
    "Heard",
    "InvoiceMetadata",
    "InvoiceStatus",
    "KsefApi",
    "KsefError",
    "KsefLater",
    "KsefRefused",
    "KsefUnknown",
    "LighthouseApi",
    "LighthouseError",
    "LighthouseMessage",
    "LighthouseStatus",
    "LoginRow",
    "LoginStarted",
    "LoginStatus",
    "MetadataPage",
    "PackageFacts",
    "Page",
    "PartFacts",
    "PartUpload",
    "PublicKey",
    "Route",
    "SealedFile",
    "SealedInvoice",
    "SessionKey",
    "SessionOpened",
    "SessionRow",
    "SessionStatus",
    "Status",
    "TokenMade",
    "TokenRow",
    "Tokens",
    "Upo",
    "UpoPage",
    "build_auth_request",
    "environment",
    "pick_key",
    "scopes",
    "sign_auth_request",
    "with_fresh_key",
]
