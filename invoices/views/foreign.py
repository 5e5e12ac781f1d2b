"""The page "Podgląd pliku XML": any invoice file shown as it is; nothing of it is stored."""

from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from lxml import etree

from invoices.fa3.parse import parse
from invoices.fa3.problems import FaXmlError
from invoices.fa3.tree import Tree
from invoices.render import foreign, pdf, tongues, view
from invoices.render.formats import printable
from invoices.services.previews import PreviewTooLong, file_preview
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib.xml import MAX_BYTES, XmlRefused, parse_untrusted


@dataclass
class Opened:
    """A file that was read: an FA(3) tree, or the elements of anything else."""

    name: str
    root: etree._Element
    tree: Tree | None = None
    notes: list[str] = field(default_factory=list)


class NotShown(Exception):
    """Why the file is not shown, in the active language."""


@company_page(May.VIEW)
@require_http_methods(["GET", "POST"])
def foreign_page(request, company):
    """Asks for a file and shows it, on the page or as PDF."""
    if request.method == "GET":
        return _page(request, {})
    try:
        opened = _opened(request.FILES.get("file"))
        if request.POST.get("action") == "pdf":
            return _pdf(request, company, opened)
        return _page(request, _shown(opened))
    except NotShown as refused:
        problems = [{"text": str(refused), "href": "#id_file"}]
        return _page(request, {"problems": problems}, status=422)


def _page(request, context: dict, status: int = 200) -> HttpResponse:
    more = {"can_print": pdf.available() is None, "languages": tongues.LANGUAGES}
    return render(request, "invoices/foreign.html", context | more, status=status)


def _opened(file) -> Opened:
    """The upload, read as hostile XML. Raises NotShown."""
    if file is None:
        raise NotShown(_("Wybierz plik XML."))
    if file.size > MAX_BYTES:
        raise NotShown(_("Plik ma ponad 3 MB."))
    data = file.read()
    try:
        root = parse_untrusted(data, allow_bom=True, allow_instructions=True)
    except XmlRefused as refused:
        raise NotShown(refused.en if _language() == "en" else refused.pl) from None
    opened = Opened(printable(file.name)[:100], root)
    if foreign.kind_of(root) == "FA(3)":
        _as_fa3(opened, data)
    return opened


def _as_fa3(opened: Opened, data: bytes) -> None:
    """A file that only says that it is FA(3) is shown by its elements, and why is said."""
    try:
        opened.tree = parse(data)
    except FaXmlError as error:
        opened.notes = [problem.message(_language()) for problem in error.problems[:5]]


def _language() -> str:
    return "en" if (get_language() or "pl").startswith("en") else "pl"


def _shown(opened: Opened) -> dict:
    context = {"name": opened.name, "kind": foreign.kind_of(opened.root), "notes": opened.notes}
    if opened.tree is not None:
        return context | {"document": view.document(opened.tree, language=_language())}
    try:
        return context | {"items": foreign.items(opened.root)}
    except foreign.TooMuch:
        text = _("Plik ma ponad %(most)d elementów: tylu tu nie pokażemy.")
        raise NotShown(text % {"most": foreign.MOST_NODES}) from None


def _pdf(request, company, opened: Opened) -> HttpResponse:
    wanted = tongues.known(request.POST.get("language"), _language())
    try:
        content = _printed(opened, company.environment, wanted)
    except (PreviewTooLong, foreign.TooMuch):
        raise NotShown(_("Plik jest za duży na PDF. Obejrzyj go na stronie.")) from None
    except pdf.PrintUnavailable as error:
        text = _("Ten serwer nie może zrobić PDF. Brakuje: %(what)s")
        raise NotShown(text % {"what": error}) from None
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="podglad.pdf"'
    return response


def _printed(opened: Opened, environment: str, language: str) -> bytes:
    if opened.tree is not None:
        return file_preview(tree=opened.tree, environment=environment, language=language)
    return foreign.foreign_pdf(
        opened.root, name=opened.name, environment=environment, language=language
    )
