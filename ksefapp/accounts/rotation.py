"""Seals every stored secret anew under the newest key, row by row, while the house works.

Each row is one UPDATE that names the sealed text it replaces: a value that somebody writes
meanwhile stays as written. Nothing is remembered between runs, because a sealed value tells its
key; a run that is killed at any row leaves only fewer rows to the next one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.db import connection

from ksefapp.accounts.adapter import MFAAdapter
from ksefapp.accounts.sealed import existing, key_id_shown, sealed_columns
from ksefapp.lib.keyring import PREFIX, KeyMissing, SealBroken

BATCH = 200
_SEEDS = MFAAdapter.PURPOSE


@dataclass
class Rotated:
    """What one column came to: rows sealed anew, and why others could not be opened."""

    column: str
    sealed: int = 0
    passed: int = 0  # written by somebody else at the same moment
    stuck: list[str] = field(default_factory=list)  # "<primary key>: <key id> is missing"


def rotate(told: Callable[[Rotated], None] = lambda part: None) -> list[Rotated]:
    """Seals what old keys sealed; `told` hears of each column after each batch.

    Safe beside running programs, in several processes at once, and after a kill. A row that
    does not open stays as it is and is named. Ask `remaining` whether all is done.
    """
    parts = [_column(table, column, told) for table, column in existing(sealed_columns())]
    return [*parts, _second_factors(told)]


def remaining() -> dict[str, Counter]:
    """How many values are not sealed by the newest key: by "table.column", then by key id."""
    found = {
        f"{table}.{column}": Counter(dict(_keys_of(table, column)))
        for table, column in existing(sealed_columns())
    }
    found[_SEEDS] = Counter(
        key_id_shown(text) for row in _authenticators() for text in _old_texts(row.data).values()
    )
    return {name: counts for name, counts in found.items() if counts}


def _column(table: str, column: str, told: Callable[[Rotated], None]) -> Rotated:
    part = Rotated(f"{table}.{column}")
    last = 0
    while rows := _batch(table, column, last):
        for row, old in rows:
            _one(part, row, old, lambda row, old, new: _swap(table, column, row, old, new))
        last = rows[-1][0]
        told(part)
    return part


def _one(part: Rotated, row: int, old: str, swap: Callable[[int, str, str], bool]) -> None:
    try:
        new = _anew(old, part.column)
    except (KeyMissing, SealBroken) as error:
        part.stuck.append(f"{row}: {error}")
        return
    if swap(row, old, new):
        part.sealed += 1
    else:
        part.passed += 1


def _anew(sealed: str, purpose: str) -> str:
    ring = settings.KEYRING
    return ring.seal(ring.open(sealed, purpose=purpose), purpose=purpose)


def _newest() -> str:
    return f"{PREFIX}.{settings.KEYRING.ids[0]}."


def _key_column(table: str) -> str:
    found = (model._meta for model in apps.get_models() if model._meta.db_table == table)
    return connection.ops.quote_name(next(found).pk.column)


def _where(column: str) -> str:
    return f"{column} <> '' AND substr({column}, 1, {len(_newest())}) <> %s"


def _batch(table: str, column: str, after: int) -> list[tuple[int, str]]:
    # Names come from our own models, not from anybody's input.
    name, of = connection.ops.quote_name(column), connection.ops.quote_name(table)
    key = _key_column(table)
    sql = (
        f"SELECT {key}, {name} FROM {of} WHERE {key} > %s AND {_where(name)} "  # noqa: S608
        f"ORDER BY {key} LIMIT {BATCH}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [after, _newest()])
        return cursor.fetchall()


def _swap(table: str, column: str, row: int, old: str, new: str) -> bool:
    name, of = connection.ops.quote_name(column), connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {of} SET {name} = %s WHERE {_key_column(table)} = %s AND {name} = %s",  # noqa: S608
            [new, row, old],
        )
        return cursor.rowcount == 1


def _keys_of(table: str, column: str) -> Iterator[tuple[str, int]]:
    name, of = connection.ops.quote_name(column), connection.ops.quote_name(table)
    start = f"substr({name}, 1, {len(_newest())})"
    sql = f"SELECT {start}, count(*) FROM {of} WHERE {_where(name)} GROUP BY 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [_newest()])
        for text, count in cursor.fetchall():
            yield key_id_shown(text), count


def _second_factors(told: Callable[[Rotated], None]) -> Rotated:
    """Seeds of second factors, which allauth keeps inside JSON."""
    part = Rotated(_SEEDS)
    for row in _authenticators():
        for name, old in _old_texts(row.data).items():
            _one(part, row.pk, old, lambda pk, old, new, name=name: _swap_seed(pk, name, old, new))
    told(part)
    return part


def _authenticators() -> Iterator[Authenticator]:
    if existing([(Authenticator._meta.db_table, "data")]):
        yield from Authenticator.objects.order_by("pk").iterator(BATCH)


def _old_texts(data: dict) -> dict[str, str]:
    texts = {name: text for name, text in data.items() if isinstance(text, str)}
    return {
        name: text
        for name, text in texts.items()
        if text.startswith(f"{PREFIX}.") and not text.startswith(_newest())
    }


def _swap_seed(pk: int, name: str, old: str, new: str) -> bool:
    """Compares the whole JSON, because recovery codes are crossed off beside their seed."""
    row = Authenticator.objects.filter(pk=pk).first()
    if row is None or row.data.get(name) != old:
        return False
    rows = Authenticator.objects.filter(pk=pk, data=row.data)
    return rows.update(data={**row.data, name: new}) == 1
