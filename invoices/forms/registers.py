"""What the forms of contractors, products and price lists share; reading is the service's."""

from collections.abc import Mapping

from django import forms

from invoices.forms.controls import keep_unknown_choices
from invoices.services import register_values as values
from ksefapp.accounts.models import Company


class RegisterForm(forms.Form):
    """The boxes of one row. `found` holds what was read once the form is clean."""

    def __init__(self, data=None, *, company: Company, row) -> None:
        self.company, self.row = company, row
        self.found = values.Found()
        super().__init__(data, initial={name: self.shown(name) for name in self.base_fields})
        self.fill_choices()
        keep_unknown_choices(self)

    def fill_choices(self) -> None:
        """Choices that depend on the language, the company or the row."""

    def shown(self, name: str) -> object:
        """What the box of a column shows of the row."""
        value = getattr(self.row, name)
        return value if isinstance(value, bool) else values.shown(value)

    def read(self, given: Mapping[str, object]) -> values.Found:
        """What the boxes say; a room's own form asks its service."""
        raise NotImplementedError

    def clean(self) -> dict:
        """Each error stands at its own box."""
        data = super().clean()
        self.found = self.read(data)
        for name, text in self.found.errors.items():
            if name in self.fields and name not in self.errors:
                self.add_error(name, text)
        return data


def box(label, **kwargs) -> forms.CharField:
    """One line of text; what it may hold the service says."""
    return forms.CharField(label=label, required=False, **kwargs)


def tick(label) -> forms.BooleanField:
    """Yes or no."""
    return forms.BooleanField(label=label, required=False)


def select(label, choices=(), **kwargs) -> forms.ChoiceField:
    """One of some values; those of the schema are filled in when the form is made."""
    return forms.ChoiceField(label=label, required=False, choices=choices, **kwargs)
