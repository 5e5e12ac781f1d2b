"""One ZIP with everything of a company."""

import tempfile

from django.conf import settings
from django.http import FileResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from invoices.models import Document
from invoices.services.export import company_export
from ksefapp.accounts.audit import audit
from ksefapp.accounts.pages import company_page
from ksefapp.accounts.roles import May
from ksefapp.lib import clock


@company_page(May.EXPORT)
@require_http_methods(["GET", "POST"])
def export_page(request, company):
    """Says what the archive holds; the POST makes and sends it."""
    if request.method == "GET":
        count = Document.objects.filter(company=company).count()
        return render(request, "invoices/export.html", {"count": count})
    # On disk, not in memory; the file goes with the response.
    archive = tempfile.TemporaryFile(dir=settings.KSEF_DATA_DIR)  # noqa: SIM115 closed by it
    count = company_export(company=company, to=archive)
    archive.seek(0)
    audit("company.export", company=company, user=request.user, documents=count)
    name = f"ksef-{company.nip}-{clock.today():%Y-%m-%d}.zip"
    return FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip")
