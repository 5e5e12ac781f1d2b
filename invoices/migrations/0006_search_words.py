"""Older documents are found by what stands inside them, and know their VAT in PLN."""

from django.db import migrations, models

CHUNK = 200


def fill(apps, schema_editor):
    """From the frozen bytes; what cannot be read stays as it was."""
    from invoices.fa3 import facades
    from invoices.fa3.parse import parse
    from invoices.fa3.problems import FaXmlError
    from invoices.services.search_words import words_of

    Document = apps.get_model("invoices", "Document")
    DocumentXml = apps.get_model("invoices", "DocumentXml")
    rows = DocumentXml.objects.select_related("document").only("content", "document__search")
    changed = []
    for row in rows.iterator(chunk_size=CHUNK):
        try:
            tree = parse(bytes(row.content))
        except FaXmlError:
            continue
        document = row.document
        document.search = f"{document.search} {words_of(tree)}".strip()
        document.vat_pln = facades.summary(tree).vat_pln
        changed.append(document)
        if len(changed) == CHUNK:
            Document.objects.bulk_update(changed, ["search", "vat_pln"])
            changed = []
    Document.objects.bulk_update(changed, ["search", "vat_pln"])


class Migration(migrations.Migration):

    dependencies = [("invoices", "0005_kinds_and_registers")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="vat_pln",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=20, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
