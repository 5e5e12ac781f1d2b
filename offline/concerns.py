"""Modes as the page of all companies shows them: only where one is not online."""

from collections.abc import Collection

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from ksefapp.accounts.hooks import Concern
from ksefapp.accounts.models import Company
from offline.models import CompanyMode, ModeEntry
from offline.shown import ONLINE, mode_label


def concerns(companies: Collection[Company]) -> dict[int, list[Concern]]:
    """The mode last found in force for each company, where it is not online. One query."""
    newest = ModeEntry.objects.filter(company=OuterRef("company")).order_by("-id")
    rows = CompanyMode.objects.filter(company__in=companies).exclude(last_mode=ONLINE)
    # What was set in another environment does not count here.
    rows = rows.annotate(of=Subquery(newest.values("environment")[:1]))
    rows = rows.filter(of=F("company__environment")).values_list("company", "last_mode")
    nips = {company.pk: company.nip for company in companies}
    return {
        pk: [
            Concern(
                *(4, "clock", "quiet"),
                _("tryb: %(mode)s") % {"mode": mode_label(mode)},
                reverse("journal", args=[nips[pk]]),
            )
        ]
        for pk, mode in rows
    }
