"""How long a print takes, against the least that its engine needs for the same rows.

    .venv/bin/python benchmarks/print.py

The baseline is WeasyPrint with its defaults and an unstyled table of the same cells: no heads on
pages, no codes, no sums, no marks. The ratio says what our page costs on top; below 1 our fixed
columns save more than the rest of the page costs. Median of the runs, one process, warm.
"""

import logging
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

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


def median_ms(work: Callable[[], object], runs: int) -> float:
    """Median milliseconds of so many runs."""
    times = []
    for _ in range(runs):
        start = perf_counter()
        work()
        times.append((perf_counter() - start) * 1000)
    return statistics.median(times)


def bare_html(tree: dict) -> str:
    """The lines as an unstyled table."""
    rows = "".join(
        f"<tr>{''.join(f'<td>{text}</td>' for text in line.values())}</tr>"
        for line in tree["Fa"]["FaWiersz"]
    )
    return f"<html lang=pl><table>{rows}</table>"


def main() -> None:
    settings.configure(TEMPLATES=[TEMPLATES], USE_TZ=True)
    django.setup()
    logging.disable(logging.WARNING)
    from weasyprint import HTML

    from tests.render_support import invoice, printed

    printed(invoice())
    print("lines   print ms   bare ms   ratio")
    for lines, runs in RUNS.items():
        tree = invoice(lines=lines)
        ours = median_ms(lambda tree=tree: printed(tree), runs)
        bare = median_ms(lambda tree=tree: HTML(string=bare_html(tree)).write_pdf(), runs)
        print(f"{lines:5} {ours:10.0f} {bare:9.0f} {ours / bare:7.2f}")


if __name__ == "__main__":
    main()
