"""What was answered to which Idempotency-Key."""

from django.db import models

from ksefapp.accounts.models import ApiKey
from ksefapp.lib import clock


class IdempotentAnswer(models.Model):
    """One Idempotency-Key of one API key; `status` is empty while the work is being done.

    Who holds the row is told by `lease_until`: a request that takes over writes another one.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, address, type and body
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or '…'}"
