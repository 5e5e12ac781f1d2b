"""What is known about KSeF's availability, and in which mode companies work. Evidence only grows.

An outage is an announcement of the Ministry (Latarnia) or a person's entry with its source.
Whether the API answers us is `auth_ksef.Contact`: a fact of ours that makes no outage (LAT-09).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.rows import WrittenOnce


class Category(models.TextChoices):
    """As Latarnia names them."""

    FAILURE = "FAILURE", _("awaria")
    MAINTENANCE = "MAINTENANCE", _("niedostępność")
    TOTAL_FAILURE = "TOTAL_FAILURE", _("awaria całkowita")


class Evidence(WrittenOnce, models.Model):
    """Rows of this kind are written once: never changed, never deleted."""

    class Meta:
        abstract = True


class LatarniaState(models.Model):
    """The last word of an environment's Latarnia, and when it is asked again."""

    class Status(models.TextChoices):
        AVAILABLE = "AVAILABLE", _("dostępny")
        MAINTENANCE = "MAINTENANCE", _("niedostępność")
        FAILURE = "FAILURE", _("awaria")
        TOTAL_FAILURE = "TOTAL_FAILURE", _("awaria całkowita")
        UNKNOWN = "UNKNOWN", _("nie wiadomo")

    environment = models.CharField(max_length=10, choices=Environment, unique=True)
    status = models.CharField(max_length=14, choices=Status, default=Status.UNKNOWN)
    raw_status = models.CharField(max_length=100, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    failed_text = models.CharField(max_length=500, blank=True)  # stored() pair; empty: it answered
    failures = models.PositiveIntegerField(default=0)  # in a row
    next_at = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.environment}: {self.status}"


class LatarniaMessage(Evidence):
    """A message in one version, whole, as it came (LAT-05)."""

    environment = models.CharField(max_length=10, choices=Environment)
    message_id = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    event_id = models.BigIntegerField(null=True)
    category = models.CharField(max_length=50)
    type = models.CharField(max_length=50)
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    published = models.DateTimeField(null=True)
    raw = models.JSONField()
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "message_id", "version"], name="one_row_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} v{self.version}"


class Outage(models.Model):
    """One event. What is known of it stands in its versions; the newest counts.

    Of Latarnia (`company` None, for all companies of the environment) or entered by hand for
    one company, where it may replace what Latarnia said (LAT-08).
    """

    environment = models.CharField(max_length=10, choices=Environment)
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="outages"
    )
    event_id = models.CharField(max_length=100, blank=True)  # Latarnia's; empty for entries by hand
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "event_id"],
                condition=~Q(event_id=""),
                name="one_outage_per_event",
            )
        ]

    def __str__(self) -> str:
        return f"{self.environment} {self.event_id or self.pk}"


class OutageVersion(Evidence):
    """What was known of an outage from `at` on. Its id is the journal's revision."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="versions")
    category = models.CharField(max_length=14, choices=Category)
    start = models.DateTimeField()
    end = models.DateTimeField(null=True, blank=True)
    published = models.DateTimeField(null=True, blank=True)
    void = models.BooleanField(default=False)  # entered by mistake: counts no more
    message = models.ForeignKey(
        LatarniaMessage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(max_length=500, blank=True)
    link = models.URLField(max_length=1000, blank=True)  # the announcement, e.g. in BIP
    note = models.CharField(max_length=2000, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.outage} {self.category} {self.start:%Y-%m-%d %H:%M}"


class NetworkState(models.Model):
    """Our own network, apart from KSeF: one row. "Works" = some independent host answers."""

    works = models.BooleanField(null=True)  # None: not known
    since = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    text = models.CharField(max_length=500, blank=True)  # stored() pair
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"network: {self.works}"


class CompanyMode(models.Model):
    """A company's standing rules, and what is switched on now."""

    company = models.OneToOneField(
        Company, primary_key=True, on_delete=models.CASCADE, related_name="offline_mode"
    )
    # Standing rules: what the application may decide without asking.
    auto_outage = models.BooleanField(default=False)  # announced outage: its mode at once
    auto_offline24_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    # Switched on by hand.
    offline24_since = models.DateTimeField(null=True, blank=True)
    offline24_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The automatic outage mode is set aside until then; it comes back if the outage goes on.
    overruled_until = models.DateTimeField(null=True, blank=True)
    overruled_outage = models.ForeignKey(
        Outage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What was in force when last looked at, to journal each change once.
    last_mode = models.CharField(max_length=9, default="online")
    last_outage = models.ForeignKey(
        Outage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.company}: {self.last_mode}"


class ModeEntry(Evidence):
    """The journal of modes: who decided what for a company, when and why."""

    class What(models.TextChoices):
        RULES = "rules", _("zmiana reguł")
        ON = "on", _("włączenie trybu")
        OFF = "off", _("powrót do trybu online")
        OVERRULE = "overrule", _("pominięcie trybu awarii")
        CHANGE = "change", _("zmiana trybu")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="mode_entries")
    environment = models.CharField(max_length=10, choices=Environment)
    what = models.CharField(max_length=8, choices=What)
    mode = models.CharField(max_length=9, blank=True)  # in force from here on
    why = models.CharField(max_length=1000, blank=True)  # stored() pair, or the person's words
    outage = models.ForeignKey(
        Outage, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # None: the application, by the standing rule

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.company} {self.what} {self.mode}"


class Silence(models.Model):
    """A time in which something did not answer us: a fact of ours, never an outage (LAT-09).

    Written from `Contact` and `NetworkState`, which only know the present.
    """

    class What(models.TextChoices):
        API = "api", _("API KSeF")
        NETWORK = "network", _("nasza sieć")

    environment = models.CharField(max_length=10, blank=True)  # empty: our own network
    what = models.CharField(max_length=7, choices=What)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "what"],
                condition=Q(until=None),
                name="one_silence_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.environment} {self.since:%Y-%m-%d %H:%M}"
