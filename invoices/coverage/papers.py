"""Whether each text of an invoice can be read on the screen and in the PDF.

A text counts when it stands there as people read it (`render.formats`). A flag that only says yes
or no stands there by its own words, its label or that of its group; the kind of invoice by the
title; the form by its system code. The type of a column in an attachment's table has no words: it
counts where the picture of the table is another one with another type. The PDF's text is read
with pypdfium2, which the application needs itself.
"""

import re
from collections.abc import Iterator
from copy import deepcopy

import pypdfium2
from django.template.loader import render_to_string

from invoices.fa3 import registry, schema
from invoices.fa3 import tree as trees
from invoices.render import formats, labels, pdf, view

_LANGUAGE = "pl"
# Blanks, hyphens, and what pdfium puts where a line was broken.
_BROKEN = re.compile("[\\s\u00a0\ufffe\x02-]")
_FLAGS = {"BrakID": "no_id", "StanPrzed": "before", "StanPrzedZ": "before"}
_ANNOUNCES = {"RolaInna": "OpisRoli"}
_FLAGS |= {"P_12_Zal_15": "annex15", "P_12Z_Zal_15": "annex15"}


def on_screen(tree: trees.Tree) -> set[str]:
    """The plain paths whose texts stand in the screen view."""
    document = view.document(tree, language=_LANGUAGE)
    html = render_to_string("invoices/partials/document_view.html", {"document": document})
    return _told(tree, " ".join([document.title, document.number, _text_of_html(html)]))


def in_pdf(tree: trees.Tree) -> set[str]:
    """The plain paths whose texts stand in the PDF. Raises PrintUnavailable."""
    content = pdf.invoice_pdf(
        tree,
        language=_LANGUAGE,
        ksef_number=None,
        link=None,
        environment="production",
        state="draft",
        sha256="",
    )
    with pypdfium2.PdfDocument(content) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    return _told(tree, text)


def _text_of_html(html: str) -> str:
    import lxml.html

    return lxml.html.fromstring(html).text_content()


def _told(tree: trees.Tree, text: str) -> set[str]:
    shown = _squeezed(text)
    found: dict[str, bool] = {}
    for path, value in trees.leaves(tree):
        plain = trees.plain(path)
        words = [*_words(plain, value), *_announced(tree, path)]
        is_there = any(_squeezed(word) in shown for word in words)
        is_there = is_there or (path.endswith("/@Typ") and _matters(tree, path))
        found[plain] = found.get(plain, True) and is_there
    return {path for path, told in found.items() if told}


def _words(path: str, value: str) -> Iterator[str]:
    """What may stand for a text."""
    name = path.rpartition("/")[2]
    if path == "Naglowek/KodFormularza":
        yield schema.node(path).attributes[0].fixed or value
    elif path == "Fa/RodzajFaktury":
        yield labels.title(value, _LANGUAGE)
    elif _is_flag(path):
        if name in _FLAGS:
            yield labels.text(_FLAGS[name], _LANGUAGE)
        yield registry.label(path, _LANGUAGE)
        yield registry.label(path.rpartition("/")[0], _LANGUAGE)
    elif not name.startswith("@Typ"):
        yield formats.value(path, value, _LANGUAGE)


def _announced(tree: trees.Tree, path: str) -> Iterator[str]:
    """The description for which a flag stands: it is shown in the flag's place."""
    holder, _, name = path.rpartition("/")
    if name in _ANNOUNCES:
        yield trees.text(tree, f"{holder}/{_ANNOUNCES[name]}")


def _is_flag(path: str) -> bool:
    known = registry.entries().get(path)
    return known is not None and known.widget in ("flag1", "yesno12")


def _matters(tree: trees.Tree, path: str) -> bool:
    """Whether the document looks otherwise with another of the allowed values."""
    holder, _, key = path.rpartition("/")
    attribute = next(a for a in schema.node(trees.plain(holder)).attributes if a.key == key)
    pictures = []
    for value in attribute.facets.values:
        changed = deepcopy(tree)
        trees.put(changed, path, value)
        pictures.append(view.document(changed, language=_LANGUAGE).sections)
    return any(picture != pictures[0] for picture in pictures)


def _squeezed(text: str) -> str:
    return _BROKEN.sub("", text).casefold()
