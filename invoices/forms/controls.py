"""Small parts that every form of an invoice is made of."""

from django import forms

from invoices.fa3 import schema


def values_of(path: str) -> tuple[str, ...]:
    """The values that the schema allows at a path."""
    return schema.node(path).facets.values


def text_box(label, **kwargs) -> forms.CharField:
    return forms.CharField(label=label, required=False, strip=False, **kwargs)


def keep_unknown_choices(form: forms.Form) -> None:
    """A value that the list lacks (from a file, say) is shown, not exchanged for another one."""
    for name, field in form.fields.items():
        value = form[name].value() or ""
        if isinstance(field, forms.ChoiceField) and value and value not in dict(field.choices):
            field.choices = [*field.choices, (value, value)]
