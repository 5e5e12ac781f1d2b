"""Finds out which keys the stored secrets need, without opening any of them."""

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection

from ksefapp.lib.fields import SealedTextField
from ksefapp.lib.keyring import SealBroken, key_id_of


def sealed_columns() -> list[tuple[str, str]]:
    """(table, column) of every sealed field of every model."""
    return [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, SealedTextField)
    ]


def missing_key_ids() -> list[str]:
    """Ids of keys that stored secrets need and the keyring lacks; empty before migration."""
    needed: set[str] = set()
    for table, column in sealed_columns():
        needed |= _key_ids(table, column)
    return sorted(needed - set(settings.KEYRING.ids))


def _key_ids(table: str, column: str) -> set[str]:
    quote = connection.ops.quote_name
    # Names come from our own models, not from anybody's input.
    sql = f"SELECT DISTINCT substr({quote(column)}, 1, 12) FROM {quote(table)} WHERE {quote(column)} <> ''"  # noqa: S608,E501
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            starts = [row[0] for row in cursor.fetchall()]
    except (OperationalError, ProgrammingError):  # the table is not there yet
        return set()
    return {_key_id(start) for start in starts}


def _key_id(start: str) -> str:
    try:
        return key_id_of(f"{start}.")
    except SealBroken:
        return "?"
