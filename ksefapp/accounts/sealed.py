"""Finds out which keys the stored secrets need, without opening any of them."""

import sys

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db import connection

from ksefapp.lib.fields import SealedTextField
from ksefapp.lib.keyring import KEY_ID_LENGTH, PREFIX, SealBroken, key_id_of


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
    for table, column in existing(sealed_columns()):
        needed |= _key_ids(table, column)
    needed |= _second_factor_key_ids()
    return sorted(needed - set(settings.KEYRING.ids))


def existing(columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the columns that the database has by now."""
    # A table, or a column of it, may wait for its migration.
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        return [
            (table, column)
            for table, column in columns
            if table in tables
            and column
            in {
                found.name
                for found in connection.introspection.get_table_description(cursor, table)
            }
        ]


def keys_verify() -> None:
    """Stops the process when a stored secret's key is missing, naming the key's id.

    Called by whatever starts: web, worker, supervisor. Exit code 3 also makes gunicorn's
    master give up; with another one it would start the same failing worker for ever.
    """
    if missing := missing_key_ids():
        sys.stderr.write(
            f"ksef.E004: the database holds secrets sealed under key {', '.join(missing)}, "
            "which is not in the keyring. Add it to KSEF_SECRET_KEYS (newest first). "
            "Nothing was changed.\n"
        )
        raise SystemExit(3)


def _key_ids(table: str, column: str) -> set[str]:
    quote = connection.ops.quote_name
    length = len(PREFIX) + KEY_ID_LENGTH + 2
    # Names come from our own models, not from anybody's input.
    sql = (
        f"SELECT DISTINCT substr({quote(column)}, 1, {length}) "  # noqa: S608
        f"FROM {quote(table)} WHERE {quote(column)} <> ''"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {key_id_shown(row[0]) for row in cursor.fetchall()}


def _second_factor_key_ids() -> set[str]:
    """allauth keeps the sealed seeds inside JSON, so they are no columns of ours."""
    if not existing([(Authenticator._meta.db_table, "data")]):
        return set()
    rows = Authenticator.objects.values_list("data", flat=True)
    texts = [text for data in rows for text in data.values() if isinstance(text, str)]
    return {key_id_of(text) for text in texts if text.startswith(f"{PREFIX}.")}


def key_id_shown(start: str) -> str:
    """The key's id of a sealed value or of its start; "?" for what is no sealed value."""
    try:
        return key_id_of(start)
    except SealBroken:
        return "?"
