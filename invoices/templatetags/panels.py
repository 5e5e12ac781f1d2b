"""Small parts of the panels' templates."""

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.translation import get_language

from invoices.fa3 import registry, schema
from invoices.forms.panel_parts import Control, Panel
from invoices.forms.panels import PRESETS
from invoices.render import labels

register = template.Library()

_DECIMALS = frozenset({"amount", "price", "quantity", "percent"})
_LISTS = {
    "country": "Podmiot1/Adres/KodKraju",
    "eu_country": "Podmiot2/DaneIdentyfikacyjne/KodUE",
    "currency": "Fa/KodWaluty",
}


@register.simple_tag
def code_tag(code: str) -> str:
    """The name of an element beside its label; CSS shows it in the expert view only."""
    return format_html('<span class="code-tag" translate="no">{}</span>', code)


@register.simple_tag
def described(part: Control) -> str:
    """What ties a control to its error and its help."""
    ids = [f"{part.id}-error"] * bool(part.errors) + [f"{part.id}-hint"] * bool(part.help)
    attrs = {"aria-describedby": " ".join(ids)} if ids else {}
    return flatatt(attrs | ({"aria-invalid": "true"} if part.errors else {}))


@register.simple_tag
def typing(part: Control) -> str:
    """How a box of one line is typed into: keyboard, list of codes, length."""
    attrs: dict = {"autocomplete": "off"}
    if part.widget in _DECIMALS:
        attrs["inputmode"] = "decimal"
    elif part.widget in ("date", "nip", "integer"):
        attrs["inputmode"] = "numeric"
    if part.widget in _LISTS:
        attrs["list"] = f"list-{part.widget}"
    return flatatt(attrs)


@register.inclusion_tag("invoices/panels/panel.html", takes_context=True)
def draw_panel(context, panel: Panel) -> dict:
    """One open section."""
    shown = {name: context.get(name) for name in ("company", "screen")}
    return {"panel": panel, "presets": PRESETS, **shown}


@register.inclusion_tag("invoices/panels/datalists.html")
def datalists() -> dict:
    """Codes of countries and currencies with their names, once for a page."""
    language = get_language() or "pl"
    named = []
    for widget, path in _LISTS.items():
        codes = schema.node(path).facets.values
        named.append((widget, [(code, _name(path, code, language)) for code in codes]))
    return {"lists": named}


def _name(path: str, code: str, language: str) -> str:
    if path.endswith("KodWaluty"):
        return registry.value_label(path, code, language)
    return labels.country(code, language)
