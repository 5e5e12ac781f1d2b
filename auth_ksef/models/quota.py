"""KSeF's limits: calls that were counted, limits that were told, blocks that were given."""

from django.db import models

from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock


class QuotaCall(models.Model):
    """One limited call that left: KSeF counts it for this context, address and group."""

    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    environment = models.CharField(max_length=10, choices=Environment)
    address = models.CharField(max_length=45, blank=True)
    group = models.CharField(max_length=24)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["environment", "company", "group", "at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.at:%H:%M:%S}"


class QuotaLimit(models.Model):
    """Effective limits of a group as `GET /rate-limits` told them; None is no limit."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="quota_limits")
    environment = models.CharField(max_length=10, choices=Environment)
    group = models.CharField(max_length=24)
    per_second = models.PositiveIntegerField(null=True)
    per_minute = models.PositiveIntegerField(null=True)
    per_hour = models.PositiveIntegerField(null=True)
    learned_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "group"], name="one_limit_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.per_second}/{self.per_minute}/{self.per_hour}"


class QuotaBlock(models.Model):
    """A `Retry-After` that KSeF gave: no call of this group before `until`, however long."""

    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    environment = models.CharField(max_length=10, choices=Environment)
    address = models.CharField(max_length=45, blank=True)
    group = models.CharField(max_length=24)
    until = models.DateTimeField()
    seen_at = models.DateTimeField(default=clock.now)
    foreign = models.BooleanField(default=False)  # below our own count: another program's calls

    class Meta:
        indexes = [models.Index(fields=["environment", "company", "group", "until"])]

    def __str__(self) -> str:
        return f"{self.group} until {self.until:%H:%M:%S}"
