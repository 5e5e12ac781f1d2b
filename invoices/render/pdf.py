"""The print of an invoice: HTML from one template, PDF by WeasyPrint, no network."""

import gc
import io
from contextlib import contextmanager, redirect_stdout
from functools import cache
from typing import Any

from django.template.loader import render_to_string

from invoices.render import labels, qr, view

PRINT_VERSION = 1
ENVIRONMENTS = ("simulator", "test", "demo", "production")
STATES = ("draft", "waiting", "numbered")
APT = (
    "apt-get install -y --no-install-recommends"
    " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-inter"
)
_FOOT_CHARS = 60
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
) -> str:
    """The page that `invoice_pdf` prints, styles and pictures inside it.

    `language` "pl" or "en"; `environment` "simulator", "test", "demo" or "production"; `state`
    "draft", "waiting" or "numbered"; `sha256` of the issued file in hex, "" for a draft.
    ValueError if a numbered print lacks the number or the link of KOD I.
    """
    if state not in STATES:
        raise ValueError(f"unknown state {state!r}")
    if environment not in ENVIRONMENTS:
        raise ValueError(f"unknown environment {environment!r}")
    is_numbered = state == "numbered"
    if is_numbered and not (ksef_number and link):
        raise ValueError("a numbered print needs the KSeF number and the link of KOD I")
    number = ksef_number if is_numbered else None
    document = view.document(tree, language=language, ksef_number=number)
    context = {
        "document": document,
        "part": document.part,
        "t": labels.texts(language),
        "number": document.number or labels.text("no_number", language),
        "foot": _shortened(document.number),
        "ksef_number": number,
        "link": link if is_numbered else None,
        "qr": qr.data_uri(link) if is_numbered else None,
        "banner": None if environment == "production" else labels.mark(environment, language),
        "watermark": None if is_numbered else labels.mark(state, language).replace(" / ", "\n"),
        "sha256": sha256,
    }
    return render_to_string("print/invoice.html", context)


def invoice_pdf(
    tree: Any,
    *,
    language: str,
    ksef_number: str | None,
    link: str | None,
    environment: str,
    state: str,
    sha256: str,
) -> bytes:
    """The print as PDF bytes; arguments and ValueError as `invoice_html`.

    KOD I stands on it only in the state "numbered"; before, a mark runs across every page.
    PrintUnavailable rises where `available()` names a reason.
    """
    if reason := available():
        raise PrintUnavailable(reason)
    html = invoice_html(
        tree,
        language=language,
        ksef_number=ksef_number,
        link=link,
        environment=environment,
        state=state,
        sha256=sha256,
    )
    return html_to_pdf(html)


def html_to_pdf(html: str) -> bytes:
    """The PDF of a page that carries all it needs as `data:` addresses."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=("data",), fail_on_errors=False)
    with _patient_gc():
        return HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_tags=True)


@contextmanager
def _patient_gc():
    """Layout makes hundreds of thousands of live boxes: collecting them over and over is waste."""
    gc.set_threshold(max(_GC_THRESHOLD[0], 50_000), *_GC_THRESHOLD[1:])
    try:
        yield
    finally:
        gc.set_threshold(*_GC_THRESHOLD)


def _shortened(number: str) -> str:
    return number if len(number) <= _FOOT_CHARS else number[: _FOOT_CHARS - 1] + "…"
