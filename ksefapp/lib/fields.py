"""A model field whose value is sealed in the database."""

from django.conf import settings
from django.db import models


class SealedTextField(models.TextField):
    """Text that only the keyring can read; the purpose is the column, so values cannot move.

    Raises keyring.KeyMissing or SealBroken when a row is read without its key.
    """

    description = "Sealed text"

    def _purpose(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value):
        if value in (None, ""):
            return value
        return settings.KEYRING.seal(str(value), purpose=self._purpose())

    def from_db_value(self, value, expression, connection):
        if value in (None, ""):
            return value
        return settings.KEYRING.open(value, purpose=self._purpose())

    def get_lookup(self, lookup_name):
        if lookup_name not in ("isnull",):
            raise TypeError("a sealed field cannot be searched")
        return super().get_lookup(lookup_name)
