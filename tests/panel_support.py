"""Renders panels and reads the page as a browser would post it."""

from django.template.loader import render_to_string
from lxml import html

from invoices.forms.panels import Panels


def page_of(panels: Panels) -> html.HtmlElement:
    """The rendered panels inside a form."""
    context = {"panels": panels, "company": {"nip": "5265877635"}}
    return parsed(render_to_string("invoices/panels/panels.html", context))


def parsed(content: str) -> html.HtmlElement:
    return html.document_fromstring(f'<form id="invoice-form">{content}</form>')


def posted(page: html.HtmlElement) -> dict:
    """What a browser sends of an untouched page: the last value of a name, panels as a list."""
    sent: dict = {"panel": []}
    for control in page.iter("input", "select", "textarea"):
        name, value = control.get("name"), _value(control)
        if name is None or value is None:
            continue
        if name == "panel":
            sent["panel"].append(value)
        else:
            sent[name] = value
    return sent


def _value(control) -> str | None:
    if control.tag == "select":
        chosen = [
            option.get("value")
            for option in control.iter("option")
            if option.get("selected") is not None
        ]
        return chosen[-1] if chosen else ""
    if control.tag == "textarea":
        text = control.text or ""
        return text.removeprefix("\n").replace("\n", "\r\n")
    if control.get("type") in ("radio", "checkbox") and control.get("checked") is None:
        return None
    return (control.get("value") or "").replace("\r", "").replace("\n", "")


def sent_by(tree: dict, **options) -> dict:
    """What an untouched form with all panels open sends for a tree."""
    return posted(page_of(Panels(tree, expert=True, **options)))
