"""Numbering series: a pattern and a counter per period."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.models import Company, Environment


class Series(models.Model):
    """How a kind of invoice is numbered in one company and environment."""

    class Reset(models.TextChoices):
        YEARLY = "yearly", _("co rok")
        MONTHLY = "monthly", _("co miesiąc")
        NEVER = "never", _("nigdy")

    class Scope(models.TextChoices):
        KSEF = "ksef", _("do KSeF")
        OUTSIDE = "outside", _("poza KSeF")
        PROFORMA = "proforma", _("pro forma")
        SELF_BILLED = "self", _("samofakturowanie")

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="series")
    environment = models.CharField(max_length=10, choices=Environment)
    kind = models.CharField(max_length=7)  # RodzajFaktury
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.KSEF)
    pattern = models.CharField(_("wzór numeru"), max_length=100)
    reset = models.CharField(
        _("numeracja od 1"), max_length=7, choices=Reset, default=Reset.MONTHLY
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "kind", "scope"], name="one_series_per_kind"
            )
        ]

    def __str__(self) -> str:
        return self.pattern


class Counter(models.Model):
    """The next number of a series in one period ("2026-11", "2026", or "")."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="counters")
    period = models.CharField(max_length=7, blank=True)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "period"], name="one_counter_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period}: {self.next_number}"
