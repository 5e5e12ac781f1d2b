"""Open notices as the page of all companies counts them."""

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from ksefapp.accounts.hooks import Concern
from ksefapp.accounts.models import Company
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import notice_counts

SHAPES = {
    Notice.Kind.BAD: (1, "bad", "bad"),
    Notice.Kind.WARN: (3, "warn", "warn"),
}


def concerns(companies: Collection[Company]) -> dict[int, list[Concern]]:
    """Alarms and warnings of each company. One query; mere information waits inside."""
    counts = notice_counts(companies)
    return {
        company.pk: [
            Concern(*SHAPES[kind], words, reverse("notice-list", args=[company.nip]))
            for kind, words in _words(counts.get(company.pk, {}))
        ]
        for company in companies
    }


def _words(counts: dict[str, int]) -> list[tuple[str, str]]:
    labels = {
        Notice.Kind.BAD: _("alarmy: %(count)d"),
        Notice.Kind.WARN: _("ostrzeżenia: %(count)d"),
    }
    return [(k, text % {"count": counts[k]}) for k, text in labels.items() if counts.get(k)]
