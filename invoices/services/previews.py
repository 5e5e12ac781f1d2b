"""The preview of a draft: the only PDF that is made while somebody waits, so it is kept small."""

from invoices.fa3 import totals
from invoices.fa3 import tree as trees
from invoices.models import Draft
from invoices.render import pdf
from invoices.render.look import Look
from invoices.services.look import look_get
from invoices.services.proforma_checks import is_proforma
from invoices.services.seller import invoice_start
from ksefapp.accounts.models import Company
from ksefapp.lib import clock

MOST_LINES = 100
MOST_TEXTS = 5_000  # what 100 full lines and their header come to
LINE_PATHS = ("Fa/FaWiersz", "Fa/Zamowienie/ZamowienieWiersz")


class PreviewTooLong(Exception):
    """The draft would keep the web process busy; its print is made after issue, by a worker."""


def preview_make(*, draft: Draft, language: str) -> bytes:
    """The PDF of a draft. Raises PreviewTooLong, and PrintUnavailable where no PDF can be made."""
    refuse_long(draft.content)
    return pdf.invoice_pdf(
        draft.content,
        language=language,
        ksef_number=None,
        link=None,
        environment=draft.environment,
        state="proforma" if is_proforma(draft.options) else "draft",
        sha256="",
        look=look_get(draft.company),
    )


def refuse_long(tree: dict) -> None:
    """Raises PreviewTooLong for what would keep the web process busy."""
    lines = sum(len(trees.items(tree, path)) for path in LINE_PATHS)
    if lines > MOST_LINES or sum(1 for _ in trees.leaves(tree)) > MOST_TEXTS:
        raise PreviewTooLong


def file_preview(*, tree: dict, environment: str, language: str) -> bytes:
    """The PDF of somebody's FA(3) file that is not stored here. Raises as `preview_make`."""
    refuse_long(tree)
    return pdf.invoice_pdf(
        tree,
        language=language,
        ksef_number=None,
        link=None,
        environment=environment,
        state="preview",
        sha256="",
    )


def sample_print(*, company: Company, look: Look) -> bytes:
    """A made-up invoice of this company, to look at its look. Raises PrintUnavailable."""
    tree = invoice_start(company, today=clock.today())
    trees.put(tree, "Podmiot2/DaneIdentyfikacyjne/Nazwa", "Przykładowy Nabywca sp. z o.o.")
    trees.put(tree, "Fa/P_2", "FV/1/2026")
    trees.put(tree, "Fa/FaWiersz", [dict(line) for line in SAMPLE_LINES])
    return pdf.invoice_pdf(
        totals.compute(tree),
        language="pl",
        ksef_number=None,
        link=None,
        environment=company.environment,
        state="draft",
        sha256="",
        look=look,
    )


def _sample(number: int, name: str, price: str, net: str) -> dict:
    line = {"NrWierszaFa": str(number), "P_7": name, "P_8A": "szt.", "P_8B": "2", "P_9A": price}
    return line | {"P_11": net, "P_12": "23"}


SAMPLE_LINES = [
    _sample(1, "Przykładowy towar", "1250.00", "2500.00"),
    _sample(2, "Przykładowa usługa", "99.99", "199.98"),
]
