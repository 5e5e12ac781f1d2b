"""Rows that are evidence."""


class WrittenOnce:
    """Stands before `models.Model`: the row is written once, never changed, never deleted.

    Django's collector and `queryset.update` pass by here; foreign keys to such rows are PROTECT.
    """

    def save(self, *args, **kwargs) -> None:
        """Only the first time. Raises TypeError."""
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        """Never. Raises TypeError."""
        raise TypeError(f"{type(self).__name__} is never deleted")
