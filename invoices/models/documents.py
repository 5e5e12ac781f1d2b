"""Drafts change; issued documents never do. The XML bytes are the truth, the rest is an index."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import Company, Environment
from ksefapp.lib import clock
from ksefapp.lib.rows import WrittenOnce


class Draft(models.Model):
    """An FA(3) tree being written. Who saves over another `version` gets a conflict."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="drafts")
    environment = models.CharField(max_length=10, choices=Environment)
    content = models.JSONField()
    options = models.JSONField(default=dict)  # answers that no element of FA(3) carries
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Warnings that a person looked at and accepted, each with a note; they go to the document.
    accepted = models.JSONField(default=dict, blank=True)
    replaces = models.ForeignKey(
        "invoices.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_as = models.OneToOneField(
        "invoices.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="draft"
    )

    # A correction whose original has no KSeF number yet is issued by itself once it has one.
    waits_for = models.ForeignKey(
        "invoices.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_accept = models.JSONField(default=list)  # warnings accepted when it was asked for
    wait_problem = models.CharField(max_length=1000, blank=True)  # why it could not be issued

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return f"szkic {self.id}"


class Document(WrittenOnce, models.Model):
    """An issued invoice: columns for lists and search over its frozen XML.

    Only three facts are ever added to the row, each once: the KSeF number with its time, and
    the withdrawal of what KSeF refused. `save` on an existing row raises.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="documents")
    environment = models.CharField(max_length=10, choices=Environment)
    kind = models.CharField(max_length=7)  # RodzajFaktury
    number = models.CharField(max_length=256)  # P_2
    issued_on = models.DateField()  # P_1, the legal date
    issued_at = models.DateTimeField(default=clock.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64)  # of the XML bytes, lower hex
    seller_nip = models.CharField(max_length=10)
    buyer_name = models.CharField(max_length=512, blank=True)
    buyer_id = models.CharField(max_length=60, blank=True)
    contractor = models.ForeignKey(
        "invoices.Contractor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="documents",
    )
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=20, decimal_places=2)
    vat = models.DecimalField(max_digits=20, decimal_places=2)
    gross = models.DecimalField(max_digits=20, decimal_places=2)  # P_15
    # In PLN: P_14_xW of a foreign currency; None where such an invoice does not say it.
    vat_pln = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    paid = models.BooleanField(default=False)  # as the invoice itself says (Zaplacono)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    # Why the buyer must get it outside KSeF as well (art. 106gb ust. 4); empty: no such duty.
    hand_over_why = models.CharField(max_length=20, blank=True)
    # Warnings accepted before issue: by whom, when, with which note.
    accepted = models.JSONField(default=dict, blank=True)
    search = models.TextField(blank=True)  # lower-case number, buyer, ids, amount, words inside
    ksef_number = models.CharField(max_length=36, null=True, blank=True, unique=True)
    ksef_number_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_on", "-issued_at"]
        constraints = [
            # KSeF's own key of a duplicate (440), kept for ten years.
            models.UniqueConstraint(
                fields=["environment", "seller_nip", "kind", "number"],
                condition=Q(withdrawn_at=None),
                name="number_used_once",
            )
        ]
        indexes = [models.Index(fields=["company", "environment", "-issued_on", "-issued_at"])]

    def __str__(self) -> str:
        return self.number


class DocumentXml(WrittenOnce, models.Model):
    """The frozen bytes, apart from the index row so that lists do not load them."""

    document = models.OneToOneField(
        Document, primary_key=True, on_delete=models.PROTECT, related_name="file"
    )
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.document_id}.xml"


class Upo(WrittenOnce, models.Model):
    """Urzędowe poświadczenie odbioru: the signed receipt, byte for byte as KSeF gave it."""

    document = models.OneToOneField(
        Document, primary_key=True, on_delete=models.PROTECT, related_name="upo"
    )
    content = models.BinaryField(default=b"")  # empty where the session's page holds it
    page = models.ForeignKey(
        "invoices.SessionUpo", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64)
    fetched_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="upo_is_somewhere", condition=Q(page=None) ^ Q(content=b""))
        ]

    def __str__(self) -> str:
        return f"UPO {self.document_id}"

    @property
    def xml(self) -> bytes:
        """The receipt's bytes, its own or the session's collective page that names it."""
        return bytes(self.page.content if self.page else self.content)


class DocumentPrint(models.Model):
    """A rendered PDF, keyed by document, state, language and template version."""

    class State(models.TextChoices):
        WAITING = "waiting", _("czeka na numer")
        NUMBERED = "numbered", _("z numerem KSeF")
        OFFLINE = "offline", _("z kodami OFFLINE i CERTYFIKAT")
        CONFIRMATION = "confirm", _("potwierdzenie transakcji")
        TOTAL = "total", _("bez kodów, awaria całkowita")
        OUTSIDE = "outside", _("bez kodów, poza KSeF")

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="prints")
    state = models.CharField(max_length=8, choices=State)
    language = models.CharField(max_length=5)
    template_version = models.PositiveSmallIntegerField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, blank=True)  # of the PDF, lower hex
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "state", "language", "template_version"], name="one_print_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.state} {self.language}"
