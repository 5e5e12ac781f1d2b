"""Notices: what a person must know or do about a company, kept until it is over."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ksefapp.lib import clock


class Notice(models.Model):
    """One matter. `key` names it, so that the same matter is told once until it is over.

    A person may put it aside sooner: it leaves the pages, and is not told again either.
    """

    class Kind(models.TextChoices):
        INFO = "info", _("wiadomość")
        WARN = "warn", _("ostrzeżenie")
        BAD = "bad", _("alarm")

    company = models.ForeignKey(
        "accounts.Company", on_delete=models.CASCADE, related_name="notices"
    )
    environment = models.CharField(max_length=10)
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=4, choices=Kind)
    pl = models.CharField(max_length=1000)
    en = models.CharField(max_length=1000)
    path = models.CharField(max_length=500, blank=True)  # of the page where to act
    raised_at = models.DateTimeField(default=clock.now)
    mail_at = models.DateTimeField(null=True, blank=True)  # next try to mail; None: nothing to do
    over = models.BooleanField(default=False)  # the matter itself has ended
    resolved_at = models.DateTimeField(null=True, blank=True)  # gone from the pages
    resolved_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # who put it aside; None: the application, because it is over

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "key"],
                condition=models.Q(resolved_at=None),
                name="told_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.key}"
