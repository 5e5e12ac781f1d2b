"""The print of an invoice: HTML from one template, PDF by WeasyPrint, no network."""

import gc
import io
import re
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from functools import cache
from typing import Any

from django.template.loader import render_to_string

from invoices.render import codes, labels, tongues, view
from invoices.render.look import Look
from invoices.render.parts import Fact
from ksefapp.lib import clock

PRINT_VERSION = 2
ENVIRONMENTS = ("simulator", "test", "demo", "production")
STATES = ("draft", "preview", "waiting", "numbered", "offline", "total", "outside", "proforma")
MARKED = ("draft", "preview", "waiting")  # never to be handed out: a mark runs across every page
APT = (
    "apt-get install -y --no-install-recommends"
    " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-inter"
)
# B asks for the look alone, A for a structure that nobody here has validated either.
VARIANT = "pdf/a-3b"
HOUSE = Look()
_FOOT_CHARS = 60
_NO_NAME = re.compile(r"[^A-Za-z0-9]+")
# Read once: two threads that print at a time would keep each other's raised value for good.
_GC_THRESHOLD = gc.get_threshold()


class PrintUnavailable(RuntimeError):
    """PDFs cannot be made on this machine; the text says what is missing."""


@cache
def available() -> str | None:
    """None if PDFs can be made here, else what is missing and the command that installs it."""
    try:
        # It prints an essay to stdout before it raises; ours is the last line of a command.
        with redirect_stdout(io.StringIO()):
            import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        what = str(error).partition(": ")[0]
        return f"{type(error).__name__}: {what} ({APT})"
    return None


def invoice_html(
    tree: Any,
    *,
    language: str,
    ksef_number: str | None,
    link: str | None,
    environment: str,
    state: str,
    sha256: str,
    kod2_link: str | None = None,
    mode: str = "",
    look: Look = HOUSE,
) -> str:
    """The page that `invoice_pdf` prints, styles and pictures inside it.

    `language` one of tongues.LANGUAGES; `environment` one of ENVIRONMENTS; `state`
    one of STATES; `sha256` of the issued file in hex, "" for a draft; `mode` of issue by its
    code, named in the head of a paper that is issued offline. ValueError if a numbered print
    lacks the number or the link of KOD I, or an offline one either of its links.
    """
    if state not in STATES:
        raise ValueError(f"unknown state {state!r}")
    if environment not in ENVIRONMENTS:
        raise ValueError(f"unknown environment {environment!r}")
    shown = _codes(state, language, ksef_number, link, kod2_link)
    number = ksef_number if state == "numbered" else None
    document = view.document(tree, language=language, ksef_number=number)
    if state in ("offline", "total"):
        document.part["head"].blocks[0].facts.append(_mode(mode, language))
    if state == "proforma":
        return _proforma_page(document, environment, language, look)
    context = {
        "document": document,
        "part": document.part,
        "number": document.number or labels.text("no_number", tongues.main(language)),
        "foot": shortened(document.number),
        "ksef_number": number,
        "codes": shown,
        "note": labels.mark("total_note", language) if state == "total" else "",
        "watermark": _mark(state, language),
        "sha256": sha256,
        "look": look,
        # In two languages it is too long for its place beside the first of two codes.
        "small_apart": language == tongues.BOTH and len(shown) > 1,
    }
    return page("print/invoice.html", context, environment, language)


def _proforma_page(document: view.Document, environment: str, language: str, look: Look) -> str:
    """The same parts under another name, which stands on every page; nothing of KSeF."""
    marks = ["proforma", *([] if environment == "production" else [environment])]
    context = {
        "document": replace(document, title=labels.text("proforma_title", language)),
        "part": document.part | {"small": None},
        "number": document.number,
        "foot": shortened(document.number),
        "banner": " · ".join(labels.mark(mark, language) for mark in marks),
        "note": labels.mark("proforma_note", language),
        "look": look,
    }
    return page("print/invoice.html", context, environment, language)


def page(template: str, context: dict[str, Any], environment: str, language: str) -> str:
    """A paper's HTML: its own values, the print's words, the mark of its environment."""
    is_real = environment == "production"
    words = {
        "lang": tongues.main(language),
        "look": HOUSE,
        "t": labels.texts(language),
        "banner": None if is_real else labels.mark(environment, language),
    }
    return tongues.spelled(render_to_string(template, words | context))


def invoice_pdf(tree: Any, *, xml: bytes | None = None, **options: Any) -> bytes:
    """The print as PDF bytes; arguments and ValueError as `invoice_html`.

    KOD I stands on it in the state "numbered", both codes in the state "offline"; on what must
    not be handed out a mark runs across every page. The file says that it is PDF/A-3; `xml` are
    the issued bytes, which travel inside it as they are. PrintUnavailable rises where
    `available()` names a reason.
    """
    refuse_unavailable()
    name = file_name(view.number_of(tree))
    return html_to_pdf(invoice_html(tree, **options), source=(name, xml) if xml else None)


def refuse_unavailable() -> None:
    """Raises PrintUnavailable where `available()` names a reason."""
    if reason := available():
        raise PrintUnavailable(reason)


def _codes(
    state: str, language: str, ksef_number: str | None, link: str | None, kod2_link: str | None
) -> list[codes.Code]:
    """The codes that a paper of this state carries. Raises ValueError where one is missing."""
    if state == "numbered":
        if not (ksef_number and link):
            raise ValueError("a numbered print needs the KSeF number and the link of KOD I")
        return codes.numbered(link, ksef_number, language)
    if state == "offline":
        if not (link and kod2_link):
            raise ValueError("an offline print needs the links of KOD I and KOD II")
        return codes.offline(link, kod2_link, language)
    return []


def _mark(state: str, language: str) -> str | None:
    """What runs across every page of a print that must not be handed out, one line a language."""
    if state not in MARKED:
        return None
    return tongues.flat(labels.mark(state, language)).replace(" / ", "\n")


def _mode(mode: str, language: str) -> Fact:
    return Fact(labels.text("mode", language), labels.text(f"mode_{mode}", language), "code")


def html_to_pdf(html: str, *, source: tuple[str, bytes] | None = None) -> bytes:
    """The PDF of a page that carries all it needs as `data:` addresses.

    `source` is the name and the content of the file that the page shows, put into the PDF
    (ISO 19005-3, AFRelationship Source).
    """
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=("data",), fail_on_errors=False)
    with _patient_gc():
        return HTML(string=html, url_fetcher=fetcher).write_pdf(
            finisher=_named_once,
            pdf_variant=VARIANT,
            pdf_tags=True,
            # Made for each write: WeasyPrint closes the file of an attachment that it wrote.
            attachments=[_attachment(*source)] if source else None,
        )


def _named_once(_document, file) -> None:
    """WeasyPrint 70 lists each attachment twice among the associated files."""
    if "AF" in file.catalog:
        file.catalog["AF"][:] = dict.fromkeys(file.catalog["AF"])


def _attachment(name: str, content: bytes):
    from weasyprint import Attachment

    now = clock.now()
    stream = io.BytesIO(content)
    return Attachment(file_obj=stream, name=name, relationship="Source", created=now, modified=now)


def file_name(number: str) -> str:
    """`FV-2026-11-0141.xml`: the invoice's number as every system takes it."""
    return f"{_NO_NAME.sub('-', number).strip('-')[:60] or 'faktura'}.xml"


@contextmanager
def _patient_gc():
    """Layout makes hundreds of thousands of live boxes: collecting them over and over is waste."""
    gc.set_threshold(max(_GC_THRESHOLD[0], 50_000), *_GC_THRESHOLD[1:])
    try:
        yield
    finally:
        gc.set_threshold(*_GC_THRESHOLD)


def shortened(number: str) -> str:
    """A number as it fits the foot of a page."""
    return number if len(number) <= _FOOT_CHARS else number[: _FOOT_CHARS - 1] + "…"
