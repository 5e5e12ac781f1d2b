"""Rate limits of KSeF: the published ones as data, the effective ones by asking."""

from auth_ksef.client import routes

# OpenAPI 2.9.0, x-rate-limits: requests per second, minute and hour in sliding windows,
# counted per context and IP address (anonymous and global: per IP); None is no limit.
PUBLISHED = {
    "onlineSession": (10, 30, 120),
    "onlineSessionClose": (20, 60, 240),
    "batchSession": (10, 20, 60),
    "batchSessionClose": (20, 40, 120),
    "invoiceSend": (10, 30, 180),
    "invoiceStatus": (30, 120, 1200),
    "sessionList": (5, 10, 60),
    "sessionInvoiceList": (10, 20, 200),
    "sessionMisc": (10, 120, 1200),
    "invoiceMetadata": (8, 16, 20),
    "invoiceExport": (8, 16, 20),
    "invoiceExportStatus": (10, 60, 600),
    "invoiceDownload": (8, 16, 64),
    "collectiveIdentifier": (20, 120, 240),
    "other": (10, 30, 120),
    "anonymous": (60, None, None),
    "global": (75, None, None),
}


class LimitsApi:
    """Part of KsefApi: what this context may do, as KSeF says."""

    def rate_limits(self, *, access: str) -> dict:
        """Effective limits per group as KSeF gives them (`GET /rate-limits`); -1 is no limit."""
        return self._door.json(routes.RATE_LIMITS, bearer=access)

    def context_limits(self, *, access: str) -> dict:
        """Sizes and counts allowed in sessions of this context (`GET /limits/context`)."""
        return self._door.json(routes.CONTEXT_LIMITS, bearer=access)
