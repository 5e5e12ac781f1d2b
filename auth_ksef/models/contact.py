"""What we learned of our connection to KSeF: checks, warnings, whether it answers."""

from django.conf import settings
from django.db import models

from auth_ksef.models.credentials import Credential
from auth_ksef.models.entry import SignedLogin
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock


class ConnectionCheck(models.Model):
    """What "Sprawdź połączenie" found, in codes that the page words."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="checks")
    # With what KSeF was asked: one of the two.
    credential = models.ForeignKey(Credential, null=True, on_delete=models.CASCADE)
    signed_login = models.ForeignKey(SignedLogin, null=True, on_delete=models.CASCADE)
    checked_at = models.DateTimeField(default=clock.now)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ok = models.BooleanField()
    permissions = models.JSONField(default=list)
    findings = models.JSONField(default=list)  # [{"code", "severity", …facts}]
    clock_skew_seconds = models.IntegerField(null=True)
    steps = models.JSONField(default=list)  # [{"step", "state", "code", …facts}], as they went

    class Meta:
        ordering = ["-checked_at"]

    def __str__(self) -> str:
        return f"{self.company} {self.checked_at:%Y-%m-%d %H:%M} ok={self.ok}"


class SystemWarning(models.Model):
    """An `X-System-Warning` that KSeF sent: tomorrow's refusal, announced today."""

    environment = models.CharField(max_length=10, choices=Environment)
    text = models.CharField(max_length=500)
    operation = models.CharField(max_length=100, blank=True)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "text"], name="one_row_per_warning")
        ]

    def __str__(self) -> str:
        return self.text


class Contact(models.Model):
    """Whether the API of an environment answers us: a fact of ours, never an outage of KSeF.

    Any answer of KSeF counts, a refusal too; a gateway's page, a time-out, no connection do not.
    """

    environment = models.CharField(max_length=10, choices=Environment, unique=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # None: the last call was answered
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_text = models.CharField(max_length=500, blank=True)  # stored() pair
    address = models.CharField(max_length=45, blank=True)  # ours, as KSeF sees it (challenge)

    def __str__(self) -> str:
        return f"{self.environment}: {'?' if self.failing_since else 'ok'}"
