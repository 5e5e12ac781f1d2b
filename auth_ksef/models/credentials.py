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

    class Renewal(models.TextChoices):
        """What happens when a certificate nears its end."""

        AUTO = "auto", _("odnowi się samo")
        ASK = "ask", _("przypomnij, odnowię po swojemu")
        OFF = "off", _("nie odnawiaj i nie przypominaj")

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
    ksef_name = models.CharField(max_length=100, blank=True)  # of a certificate, in KSeF's list
    reference = models.CharField(max_length=64, blank=True)  # of a token made from here
    renewal = models.CharField(max_length=4, choices=Renewal, default=Renewal.AUTO)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)  # in KSeF, by us
    revocation_reason = models.CharField(max_length=24, blank=True)  # OpenAPI: KeyCompromise, …

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

    `lease_until` lets one process log in or refresh while the others wait for its result. A login
    that KSeF takes minutes to judge stands in `waiting…`: whoever comes next asks after that one.
    """

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    access = SealedTextField(blank=True, default="")
    access_until = models.DateTimeField(null=True, blank=True)
    refresh = SealedTextField(blank=True, default="")
    refresh_until = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=64, blank=True)  # of the login, in KSeF's list
    logged_in_at = models.DateTimeField(null=True, blank=True)
    waiting = SealedTextField(blank=True, default="")  # its authentication token
    waiting_reference = models.CharField(max_length=64, blank=True)
    waiting_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "company"], name="one_cache")]

    def __str__(self) -> str:
        return f"{self.credential} / {self.company}"
