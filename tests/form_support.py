"""The invoice form as a browser without scripts sees, fills and sends it."""

import lxml.html
from django.test import Client
from django.urls import reverse

from invoices.forms.simple import Screen
from invoices.models import Document, Draft
from invoices.services.seller import invoice_start
from ksefapp.lib import clock

FIRST_LINE = {
    "line-0-name": "Blat jesionowy",
    "line-0-quantity": "2",
    "line-0-unit": "szt.",
    "line-0-price": "1 234,56",
    "line-0-rate": "23",
}
BUYER = {
    "buyer_kind": "nip",
    "buyer_nip": "111-111-11-11",
    "buyer_name": "Kawiarnia Pod Lipą",
    "buyer_address1": "ul. Rynkowa 8",
    "buyer_address2": "00-950 Warszawa",
    "buyer_country": "PL",
}
FILLED = BUYER | FIRST_LINE


def page(response) -> lxml.html.HtmlElement:
    """The answer as a document."""
    return lxml.html.fromstring(response.content.decode())


def boxes(response) -> dict[str, str | list[str]]:
    """What a browser would send of the page's invoice form, without any button."""
    form = page(response).get_element_by_id("invoice-form")
    for unused in form.xpath(".//template"):
        unused.drop_tree()
    empty = {
        box.name: box.value or ""
        for box in form.xpath(".//input[@name]")
        if box.get("type") not in ("checkbox", "radio", "submit")
    }
    # Of a hidden box and a ticked one of the same name the later counts.
    sent = empty | dict(form.form_values())
    for area in form.iter("textarea"):
        # HTML: the first line break is not part of the value, others are sent as CRLF.
        sent[area.name] = area.value.removeprefix("\n").replace("\n", "\r\n")
    return sent | {"panel": [value for name, value in form.form_values() if name == "panel"]}


def errors(response) -> dict[str, str]:
    """Text of the error beside each box of the page, by the name of the box."""
    found = page(response)
    said = {}
    for control in found.xpath("//*[@aria-invalid='true'][@name]"):
        ids = (control.get("aria-describedby") or "").split()
        said[control.get("name")] = " ".join(
            found.get_element_by_id(each).text_content().strip()
            for each in ids
            if each.endswith("_error")
        )
    return said


def listed(response) -> list[str]:
    """The texts of the list of problems at the top."""
    return [item.text_content().strip() for item in page(response).xpath("//*[@id='problems']//li")]


def new_url(company) -> str:
    return reverse("invoice-new", args=[company.nip])


def draft_url(draft) -> str:
    return reverse("invoice-draft", args=[draft.company.nip, draft.pk])


def fill(client: Client, company, action: str = "save", **changes):
    """Opens the empty form, fills a valid invoice with some changes in, presses a button."""
    opened = boxes(client.get(new_url(company)))
    filled = opened | FILLED | {name.replace("__", "-"): text for name, text in changes.items()}
    return client.post(new_url(company), filled | {"action": action})


def edit(client: Client, draft: Draft, action: str = "save", **changes):
    """Opens a draft, changes something, presses a button."""
    opened = boxes(client.get(draft_url(draft)))
    changed = opened | {name.replace("__", "-"): text for name, text in changes.items()}
    return client.post(draft_url(draft), changed | {"action": action})


def only_draft() -> Draft:
    return Draft.objects.get(issued_as=None)


def only_document() -> Document:
    return Document.objects.get()


def boxes_of_screen(tree: dict) -> dict[str, str]:
    """What the form of a tree would send, without a server in between."""
    shown = Screen(tree)
    data = {f"{form.prefix}-{n}": v for form in shown.lines for n, v in form.initial.items()}
    data |= {name: value for name, value in shown.head.initial.items() if value}
    return data | {"notes": shown.head.initial["notes"].replace("\n", "\r\n")}


def sent_untouched(tree: dict) -> dict:
    """The tree after its form was opened and sent, nothing changed."""
    return Screen(tree, boxes_of_screen(tree)).typed_tree()


def typed_into_new(company, **texts: str) -> dict:
    """The tree that a new form becomes when this is typed into it."""
    data = FILLED | {name.replace("__", "-"): text for name, text in texts.items()}
    return Screen(invoice_start(company, today=clock.today()), data).typed_tree()
