"""What leaves the house besides KSeF: the second code, papers and messages to buyers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.models.documents import Document
from ksefapp.accounts.models import Company
from ksefapp.lib import clock
from ksefapp.lib.fields import SealedTextField
from ksefapp.lib.rows import WrittenOnce


class Kod2(WrittenOnce, models.Model):
    """The signed address behind KOD II, made once: every paper of the document carries the same.

    Source: kody-qr; signature RSASSA-PSS (salt 32) or ECDSA P-256 in P1363 form.
    """

    document = models.OneToOneField(
        Document, primary_key=True, on_delete=models.PROTECT, related_name="kod2"
    )
    link = models.TextField()
    serial = models.CharField(max_length=64)
    credential = models.ForeignKey(
        "auth_ksef.Credential", on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"KOD II {self.document_id}"


class HandOver(WrittenOnce, models.Model):
    """What a buyer was given outside KSeF, when and by whom; never changed, never deleted."""

    class What(models.TextChoices):
        INVOICE = "invoice", _("faktura")
        CONFIRMATION = "confirm", _("potwierdzenie transakcji")

    class How(models.TextChoices):
        PRINT = "print", _("wydruk")
        DOWNLOAD = "download", _("pobrany plik PDF")
        MAIL = "mail", _("e-mail")
        OTHER = "other", _("inaczej")

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="hand_overs")
    what = models.CharField(max_length=7, choices=What)
    how = models.CharField(max_length=8, choices=How)
    to = models.CharField(max_length=320, blank=True)
    note = models.CharField(max_length=500, blank=True)
    print_state = models.CharField(max_length=8, blank=True)
    print_sha256 = models.CharField(max_length=64, blank=True)  # of the PDF that was given
    xml_sha256 = models.CharField(max_length=64)  # what its KOD I says
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.what} {self.document_id} {self.how}"


class MailSettings(models.Model):
    """A company's own mail server and words for sending invoices to buyers."""

    company = models.OneToOneField(
        Company, primary_key=True, on_delete=models.CASCADE, related_name="mail"
    )
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(
        max_length=8,
        choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", "–")],
        default="starttls",
    )
    username = models.CharField(max_length=320, blank=True)
    password = SealedTextField(blank=True, default="")
    sender = models.EmailField(blank=True)
    copy_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=200, blank=True)  # empty: our own words
    text = models.TextField(blank=True)
    subject_en = models.CharField(max_length=200, blank=True)
    text_en = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.company}: {self.host}"


class MailSent(models.Model):
    """One message to a buyer: the row is the queue; what was said to whom is kept."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="mails")
    what = models.CharField(max_length=7, choices=HandOver.What)
    to = models.CharField(max_length=320)
    language = models.CharField(max_length=5, default="pl")
    subject = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField(default=clock.now)
    queued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    last_text = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)  # given up; a person must act

    class Meta:
        ordering = ["-queued_at"]
        indexes = [models.Index(fields=["sent_at", "failed_at", "not_before"])]

    def __str__(self) -> str:
        return f"{self.document_id} → {self.to}"
