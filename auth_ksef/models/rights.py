"""Rights in KSeF: what it listed when it was asked last, and the changes that are under way."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock


class KsefSnapshot(models.Model):
    """A list of KSeF as it was when it was asked last: its limits forbid asking at each look."""

    class Kind(models.TextChoices):
        PERSONS = "persons", _("osoby")
        ENTITIES = "entities", _("podmioty")
        AUTHORIZATIONS = "authorizations", _("upoważnienia podmiotowe")
        SUBUNITS = "subunits", _("jednostki podrzędne")
        EU = "eu", _("podmioty unijne")
        ROLES = "roles", _("role podmiotu")
        RECEIVED = "received", _("uprawnienia otrzymane")
        TOKENS = "tokens", _("tokeny")
        LOGINS = "logins", _("sesje uwierzytelnienia")
        CERTIFICATES = "certificates", _("certyfikaty")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="snapshots")
    environment = models.CharField(max_length=10, choices=Environment)
    kind = models.CharField(max_length=14, choices=Kind)
    # Whose list it is where KSeF lists by subject (`Identity.subject`): the fingerprint of a
    # stored certificate, "podpis:<person>:<fingerprint>", "token:<last four>:<pk>"; empty where
    # it lists by context.
    subject = models.CharField(max_length=64, blank=True)
    rows = models.JSONField(default=list)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    fetched_at = models.DateTimeField(null=True, blank=True)  # of `rows`
    failed_at = models.DateTimeField(null=True, blank=True)  # the last attempt, when it failed
    failure = models.CharField(max_length=1000, blank=True)  # stored() pair
    # A person wants it read again: the worker does so when its claim, or KSeF's limit, allows.
    wanted_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["wanted_at"], name="snapshot_wanted")]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "kind", "subject"], name="one_snapshot_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.kind} ({len(self.rows)})"


class RightsOperation(models.Model):
    """One grant or revocation that was asked of KSeF, followed to its end."""

    class State(models.TextChoices):
        NEW = "new", _("do wysłania")
        SENDING = "sending", _("wysyłamy")
        UNKNOWN = "unknown", _("nie wiemy, czy KSeF to dostał")
        SENT = "sent", _("KSeF przetwarza")
        DONE = "done", _("zrobione")
        REFUSED = "refused", _("KSeF odmówił")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="operations")
    environment = models.CharField(max_length=10, choices=Environment)
    # Kinds of KsefApi.grant, or "revoke" and "revoke-authorization" with {"id"} as body.
    kind = models.CharField(max_length=24)
    body = models.JSONField(default=dict)
    key = models.CharField(max_length=64, blank=True)  # SHA-256 of kind and body, lower hex
    summary = models.CharField(max_length=500, blank=True)  # stored() pair: who, what, for people
    preset = models.CharField(max_length=24, blank=True)
    group = models.UUIDField(null=True, blank=True)  # operations asked for together
    reference = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    code = models.IntegerField(null=True, blank=True)
    said = models.CharField(max_length=1000, blank=True)  # stored() pair
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"])]
        constraints = [
            # Two clicks, or two people, ask for one change: it is asked of KSeF once.
            models.UniqueConstraint(
                fields=["company", "environment", "key"],
                condition=Q(state__in=["new", "sending", "unknown", "sent"]) & ~Q(key=""),
                name="one_open_change_each",
            )
        ]
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"
