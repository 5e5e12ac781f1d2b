"""What happens around documents: links, payments, pro formas, rhythms, the 10,000 PLN relief."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from auth_ksef.messages import told
from invoices.models.documents import Document, Draft
from invoices.models.registers import Contractor
from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.rows import WrittenOnce

USER = settings.AUTH_USER_MODEL


class DocumentLink(WrittenOnce, models.Model):
    """How a document of ours rests on another one of ours; written when it is issued."""

    class What(models.TextChoices):
        CORRECTS = "corrects", _("koryguje")  # Fa/DaneFaKorygowanej
        SETTLES = "settles", _("rozlicza zaliczkę")  # Fa/FakturaZaliczkowa
        REISSUES = "reissues", _("wystawiona ponownie za")  # anew after a correction to zero

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="linked_by")
    what = models.CharField(max_length=8, choices=What)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["document", "other", "what"], name="one_link_each")
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.what} {self.other_id}"


class Payment(models.Model):
    """Money that came for a document, in its currency; a mistake is cancelled, never deleted."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=20, decimal_places=2)  # negative: given back
    received_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(default=clock.now)
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["received_on", "pk"]

    def __str__(self) -> str:
        return f"{self.document_id}: {self.amount}"


class Proforma(models.Model):
    """An offer in the shape of an invoice: never sent, no QR, no VAT duty, its own series.

    `content` is an FA(3) tree that is never made into a file; `draft` is the invoice made of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="proformas")
    environment = models.CharField(max_length=10, choices=Environment)
    number = models.CharField(max_length=256)
    issued_on = models.DateField()
    content = models.JSONField()
    options = models.JSONField(default=dict)
    contractor = models.ForeignKey(
        Contractor, null=True, blank=True, on_delete=models.PROTECT, related_name="proformas"
    )
    buyer_name = models.CharField(max_length=512, blank=True)
    buyer_id = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    gross = models.DecimalField(max_digits=20, decimal_places=2)
    search = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    draft = models.OneToOneField(
        Draft, null=True, blank=True, on_delete=models.SET_NULL, related_name="proforma"
    )
    invoice = models.OneToOneField(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="proforma"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_on", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "number"], name="proforma_number_used_once"
            )
        ]

    def __str__(self) -> str:
        return self.number


class Recurring(models.Model):
    """A template of an invoice with a rhythm; each day that is due makes one run, ever."""

    class Unit(models.TextChoices):
        WEEK = "week", _("tydzień")
        MONTH = "month", _("miesiąc")
        YEAR = "year", _("rok")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="recurring")
    environment = models.CharField(max_length=10, choices=Environment)
    name = models.CharField(_("nazwa"), max_length=100)
    content = models.JSONField()  # an FA(3) tree without a number; terms count from its P_1
    options = models.JSONField(default=dict)
    unit = models.CharField(max_length=5, choices=Unit, default=Unit.MONTH)
    every = models.PositiveSmallIntegerField(default=1)
    # Day of the month it falls on; 31 is the last one of every month. Weeks count from the start.
    day = models.PositiveSmallIntegerField(default=1)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    next_on = models.DateField(null=True, blank=True)  # None: over
    # What is sold is that of the month it falls in, the one before, or nothing is said (OkresFa).
    period = models.CharField(max_length=8, blank=True)  # "", "this", "previous"
    issues_itself = models.BooleanField(default=False)  # else it only makes drafts
    mails_itself = models.BooleanField(default=False)  # once the invoice may be handed out
    problem = models.CharField(max_length=1000, blank=True)  # stored() pair: the last failure
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["next_on", "name"]
        indexes = [models.Index(fields=["paused_at", "next_on"])]

    def __str__(self) -> str:
        return self.name

    @property
    def said(self) -> str:
        """Why the last run needs a person, in the active language."""
        return told(self.problem)


class RecurringRun(models.Model):
    """One due day of a template: the row is what keeps it from being made twice."""

    recurring = models.ForeignKey(Recurring, on_delete=models.PROTECT, related_name="runs")
    due_on = models.DateField()
    made_at = models.DateTimeField(default=clock.now)
    draft = models.ForeignKey(
        Draft, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    document = models.OneToOneField(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="recurring_run"
    )
    problem = models.CharField(max_length=1000, blank=True)  # why it stayed a draft

    class Meta:
        ordering = ["-due_on"]
        constraints = [
            models.UniqueConstraint(fields=["recurring", "due_on"], name="one_run_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.recurring_id} {self.due_on}"


class ReliefEntry(WrittenOnce, models.Model):
    """Sales of the 10,000 PLN relief documented outside this application (art. 145m)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="relief_entries")
    environment = models.CharField(max_length=10, choices=Environment)
    month = models.DateField()  # its first day
    amount = models.DecimalField(max_digits=20, decimal_places=2)  # PLN gross; negative takes back
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-month", "-pk"]

    def __str__(self) -> str:
        return f"{self.company_id} {self.month:%Y-%m} {self.amount}"


class ReliefLoss(WrittenOnce, models.Model):
    """The relief is lost for good, also in later months (art. 145m ust. 2)."""

    class Why(models.TextChoices):
        LIMIT = "limit", _("przekroczony limit")
        DECLARED = "declared", _("wpisana przez osobę")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="relief_losses")
    environment = models.CharField(max_length=10, choices=Environment)
    lost_on = models.DateField()
    why = models.CharField(max_length=8, choices=Why)
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # the first invoice that had to go to KSeF
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "environment"], name="relief_lost_once")
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.lost_on}"
