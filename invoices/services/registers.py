"""What contractors, products and price lists have in common: search, saving, archive."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import Http404

from invoices.models import Contractor, PriceList, Product
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, User
from ksefapp.lib import clock, nip

SEARCHED = {
    Contractor: (
        *("name", "short_name", "id_country", "id_number", "address_l1", "address_l2"),
        *("email", "client_number"),
    ),
    Product: ("name", "symbol", "gtin", "pkwiu", "cn"),
}
WORDS_OF = {Contractor: "contractor", Product: "product", PriceList: "price_list"}
MOST_WORDS = 8


class RegisterConflict(Exception):
    """Somebody saved the row in between; `.current` is the row as it is now."""

    def __init__(self, current: Model) -> None:
        super().__init__(f"{WORDS_OF[type(current)]} {current.pk} was changed")
        self.current = current


def rows_of(model: type[Model], company: Company, *, archived: bool | None = False) -> QuerySet:
    """The company's rows; `archived` None: all."""
    rows = model.objects.filter(company=company)
    return rows if archived is None else rows.filter(archived_at__isnull=not archived)


def row_get(model: type[Model], company: Company, pk: object) -> Model:
    """One row of the company, archived or not. Raises Http404."""
    is_key = isinstance(pk, int) or (isinstance(pk, str) and re.fullmatch("[0-9]{1,9}", pk))
    row = model.objects.filter(company=company, pk=pk).first() if is_key else None
    if row is None:
        raise Http404("no such row")
    return row


def searched(rows: QuerySet, words: str) -> QuerySet:
    """Rows that say every word; a NIP also as people write it, an EU number with its country."""
    for word in words.lower().split()[:MOST_WORDS]:
        bare = nip.clean(word).lower()
        found = Q(search__contains=word)
        rows = rows.filter(found | Q(search__contains=bare) if len(bare) > 3 else found)
    return rows


def search_text(row: Model) -> str:
    """What the search of a register looks through, in lower case."""
    parts = [str(getattr(row, name)) for name in SEARCHED[type(row)]]
    if isinstance(row, Contractor):
        parts.append(row.id_country + row.id_number)
    return " ".join(filter(None, parts)).lower()


def row_filled(row: Model, values: Mapping[str, object]) -> list[str]:
    """Puts the values into the row, not yet saved; gives the names of those that changed."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name, value in values.items():
        setattr(row, name, value)
    if hasattr(row, "search"):
        row.search = search_text(row)
        row.changed_at = clock.now()
    return changed


@transaction.atomic
def row_save(
    *, row: Model, values: Mapping[str, object], by: User, seen: datetime | None = None
) -> Model:
    """Makes or changes a row. `seen` is the `changed_at` that the person was shown.

    A change of nothing is not written. Raises RegisterConflict when the row is another by now.
    """
    action = WORDS_OF[type(row)] + (".change" if row.pk else ".create")
    if row.pk:
        row = type(row).objects.select_for_update().get(pk=row.pk)
        if seen is not None and row.changed_at != seen:
            raise RegisterConflict(row)
    if not (changed := row_filled(row, values)) and row.pk:
        return row
    row.save()
    audit(action, company=row.company, user=by, subject=str(row), fields=changed)
    return row


@transaction.atomic
def row_archive(*, row: Model, by: User, archived: bool = True) -> Model:
    """Takes a row out of lists and suggestions, or back into them; nothing is deleted."""
    if (row.archived_at is not None) == archived:
        return row
    row.archived_at = clock.now() if archived else None
    fields = ["archived_at"]
    if hasattr(row, "changed_at"):
        row.changed_at = clock.now()
        fields.append("changed_at")
    row.save(update_fields=fields)
    action = WORDS_OF[type(row)] + (".archive" if archived else ".restore")
    audit(action, company=row.company, user=by, subject=str(row))
    return row
