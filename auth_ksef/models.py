"""Who we are towards KSeF: credentials, what they are bound to, and the tokens they earned."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.fields import SealedTextField


class Credential(models.Model):
    """A token or a KSeF certificate with its key. It belongs to a person or to a company."""

    class Kind(models.TextChoices):
        TOKEN = "token", _("token KSeF")
        CERTIFICATE = "certificate", _("certyfikat KSeF")

    class Use(models.TextChoices):
        """Of a certificate, by its keyUsage: type 1 logs in, type 2 signs KOD II."""

        LOGIN = "authentication", _("uwierzytelnianie (typ 1)")
        OFFLINE = "offline", _("offline, KOD II (typ 2)")

    environment = models.CharField(max_length=10, choices=Environment)
    kind = models.CharField(max_length=11, choices=Kind)
    use = models.CharField(max_length=14, choices=Use, default=Use.LOGIN)
    owner_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    owner_company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.PROTECT)
    label = models.CharField(max_length=200)
    secret = SealedTextField()  # the token, or the private key as unencrypted PKCS#8 PEM
    last_four = models.CharField(max_length=4, blank=True)  # of a token; all that is ever shown
    certificate_pem = models.TextField(blank=True)
    serial = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)  # SHA-256 of the DER, upper hex
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    ksef_status = models.CharField(max_length=20, blank=True)  # as KSeF last said: Active, …
    ksef_status_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="credential_has_one_owner",
                condition=Q(owner_user=None) ^ Q(owner_company=None),
            )
        ]

    def __str__(self) -> str:
        return self.label


class Binding(models.Model):
    """A credential may act for a company, for one purpose, in one environment.

    Background use of a person's key rests on that person's recorded consent and ends with
    the membership.
    """

    class Purpose(models.TextChoices):
        LOGIN = "login", _("logowanie")
        KOD_II = "kod2", "KOD II"

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="bindings")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="bindings")
    environment = models.CharField(max_length=10, choices=Environment)
    purpose = models.CharField(max_length=5, choices=Purpose)
    bound_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    bound_at = models.DateTimeField(default=clock.now)
    consented_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "company", "purpose"],
                condition=Q(ended_at=None),
                name="bound_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.credential} → {self.company} ({self.purpose})"


class TokenCache(models.Model):
    """Access and refresh token of one credential in one company's context, sealed.

    `lease_until` lets one process log in or refresh while the others wait for its result.
    """

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    access = SealedTextField(blank=True, default="")
    access_until = models.DateTimeField(null=True, blank=True)
    refresh = SealedTextField(blank=True, default="")
    refresh_until = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "company"], name="one_cache")]

    def __str__(self) -> str:
        return f"{self.credential} / {self.company}"


class ConnectionCheck(models.Model):
    """What "Sprawdź połączenie" found, in codes that the page words."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="checks")
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE)
    checked_at = models.DateTimeField(default=clock.now)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ok = models.BooleanField()
    permissions = models.JSONField(default=list)
    findings = models.JSONField(default=list)  # [{"code", "severity", …facts}]
    clock_skew_seconds = models.IntegerField(null=True)

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
