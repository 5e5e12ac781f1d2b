"""How long a print takes and how much memory, and what each way to make it faster is worth.

    .venv/bin/python benchmarks/print.py          the print as it is, and the bare engine
    .venv/bin/python benchmarks/print.py --tried  each of the ways in TRIED besides

Every row is a process of its own, so that its peak of memory is the document's. Medians of the
runs, warm; `cpu` is what counts on a busy machine. The bare engine is WeasyPrint with its
defaults and an unstyled table of the same cells: no heads on pages, no codes, no sums, no marks.
"""

import argparse
import gc
import json
import logging
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter, process_time

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [ROOT / "templates"],
    "OPTIONS": {"builtins": ["django.templatetags.i18n", "django.templatetags.static"]},
}
RUNS = {20: 9, 100: 5, 500: 3}
LONG = "Blat jesionowy olejowany, krawędź prosta, klasa A, transport w cenie, montaż osobno, "
XML = b"<Faktura>" + b" " * 50_000 + b"</Faktura>"


def bare_html(tree: dict) -> str:
    """The lines as an unstyled table."""
    rows = "".join(
        f"<tr>{''.join(f'<td>{text}</td>' for text in line.values())}</tr>"
        for line in tree["Fa"]["FaWiersz"]
    )
    return f"<html lang=pl><table>{rows}</table>"


def _page(tree: dict, **changes: object) -> str:
    from invoices.render import pdf
    from tests.render_support import arguments

    return pdf.invoice_html(tree, **arguments(**changes))


def as_it_is(tree: dict) -> bytes:
    """PDF/A-3 with the file inside, tagged, carried sums, fixed columns, patient gc."""
    from tests.render_support import printed

    return printed(tree, xml=XML)


def bare(tree: dict) -> bytes:
    """The engine alone."""
    from weasyprint import HTML

    return HTML(string=bare_html(tree)).write_pdf()


def changed(change: Callable[[str], str]) -> Callable[[dict], bytes]:
    """The print with its page changed."""

    def work(tree: dict) -> bytes:
        from invoices.render import pdf

        return pdf.html_to_pdf(change(_page(tree)), source=("f.xml", XML))

    return work


def plain_pdf(tree: dict) -> bytes:
    """No tags, no PDF/A, no file inside."""
    from weasyprint import HTML

    from invoices.render.pdf import _patient_gc

    with _patient_gc():
        return HTML(string=_page(tree)).write_pdf()


def usual_gc(tree: dict) -> bytes:
    """Python's own thresholds of garbage collection."""
    from unittest.mock import patch

    from invoices.render import pdf

    with patch.object(pdf, "_patient_gc", nullcontext):
        return as_it_is(tree)


def _cut(html: str, rows: int = 100) -> str:
    """The lines as tables of so many rows."""
    head, _, rest = html.partition('<table class="lines">')
    top, _, rest = rest.partition("<tbody>")
    body, _, tail = rest.partition("</tbody></table>")
    lines = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    parts = ["".join(lines[at : at + rows]) for at in range(0, len(lines), rows)]
    start = f'<table class="lines">{top}<tbody>'
    return head + "".join(f"{start}{part}</tbody></table>" for part in parts) + tail


TRIED: dict[str, Callable[[dict], bytes]] = {
    "as it is": as_it_is,
    "the bare engine": bare,
    "no tags, no PDF/A, no file": plain_pdf,
    "columns laid out by content": changed(
        lambda html: html.replace("layout: fixed", "layout: auto")
    ),
    "no carried sums": changed(lambda html: html.replace("string-set:", "x-string-set:")),
    "tables of 100 rows": changed(_cut),
    "the usual gc": usual_gc,
}


def measured(name: str, lines: int, long_names: bool) -> dict[str, float]:
    """Medians of milliseconds and the peak of memory in MB, in this process."""
    settings.configure(TEMPLATES=[TEMPLATES], USE_TZ=True)
    django.setup()
    logging.disable(logging.WARNING)
    from tests.render_support import invoice, line

    tree = invoice(lines=lines)
    if long_names:
        tree["Fa"]["FaWiersz"] = [line(n + 1, name=LONG * 3) for n in range(lines)]
    work = TRIED[name]
    work(invoice())
    gc.collect()
    walls, cpus = [], []
    for _ in range(RUNS.get(lines, 3)):
        wall, cpu = perf_counter(), process_time()
        made = work(tree)
        walls.append((perf_counter() - wall) * 1000)
        cpus.append((process_time() - cpu) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = {"ms": statistics.median(walls), "cpu": statistics.median(cpus)}
    return {**times, "mb": peak, "kb": len(made) / 1000}


def _apart(name: str, lines: int, long_names: bool) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", name, str(lines), str(int(long_names))]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tried", action="store_true")
    parser.add_argument("--one", nargs=3)
    arguments = parser.parse_args()
    if arguments.one:
        name, lines, long_names = arguments.one
        print(json.dumps(measured(name, int(lines), long_names == "1")))
        return
    names = list(TRIED) if arguments.tried else ["as it is", "the bare engine"]
    print(f"{'lines':>10}  {'':28} {'ms':>7} {'cpu ms':>7} {'MB':>5} {'file kB':>8}")
    for lines, long_names in ((20, False), (20, True), (500, False), (500, True)):
        for name in names[:2] if long_names else names:
            row = _apart(name, lines, long_names)
            size = f"{lines}{' long' if long_names else ''}"
            numbers = f"{row['ms']:7.0f} {row['cpu']:7.0f} {row['mb']:5.0f} {row['kb']:8.0f}"
            print(f"{size:>10}  {name:28} {numbers}", flush=True)


if __name__ == "__main__":
    main()
