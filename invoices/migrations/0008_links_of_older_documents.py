"""Older corrections and settlements are linked to what they name, as new ones are when issued.

What an invoice comes to after its corrections, and which advances are settled, is read by these
links. Nothing is linked twice, so it may run again.
"""

from itertools import islice

from django.db import migrations
from django.db.models import Q

AT_ONCE = 200
# What of → (path, KSeF number of an entry, number of an entry).
NAMED = {
    "corrects": ("Fa/DaneFaKorygowanej", "NrKSeFFaKorygowanej", "NrFaKorygowanej"),
    "settles": ("Fa/FakturaZaliczkowa", "NrKSeFFaZaliczkowej", "NrFaZaliczkowej"),
}
KINDS = ("KOR", "KOR_ZAL", "KOR_ROZ", "ROZ", "ZAL")


def fill(apps, schema_editor):
    """From the frozen bytes; what cannot be read stays as it was."""
    from invoices.fa3.parse import parse
    from invoices.fa3.problems import FaXmlError

    Document, DocumentXml, DocumentLink = (
        apps.get_model("invoices", name) for name in ("Document", "DocumentXml", "DocumentLink")
    )
    rows = DocumentXml.objects.filter(document__kind__in=KINDS).select_related("document")
    for row in rows.iterator(chunk_size=AT_ONCE):
        try:
            tree = parse(bytes(row.content))
        except FaXmlError:
            continue
        links = [
            DocumentLink(document_id=row.document_id, other_id=other, what=what)
            for what, other in dict.fromkeys(_found(Document, row.document, tree))
        ]
        DocumentLink.objects.bulk_create(links, batch_size=AT_ONCE, ignore_conflicts=True)


def _found(Document, document, tree):
    from invoices.fa3 import tree as trees

    for what, (path, *names) in NAMED.items():
        entries = iter(trees.groups(tree, path))
        while some := list(islice(entries, AT_ONCE)):
            keys = [tuple(trees.text(entry, name) for name in names) for entry in some]
            yield from ((what, pk) for pk in _named(Document, document, keys))


def _named(Document, document, keys):
    """Ours that were there when the document was issued; only where an entry names just one."""
    known = list(
        Document.objects.filter(
            Q(ksef_number__in={ksef for ksef, _ in keys} - {""})
            | Q(number__in={number for _, number in keys} - {""}),
            company_id=document.company_id,
            environment=document.environment,
            seller_nip=document.seller_nip,
            issued_at__lte=document.issued_at,
            withdrawn_at=None,
        )
        .exclude(pk__in=[document.pk, document.replaces_id])
        .values_list("pk", "ksef_number", "number")
    )
    for ksef, number in keys:
        meant = [
            pk
            for pk, its_ksef, its_number in known
            if (its_ksef == ksef if ksef and its_ksef else its_number == number)
        ]
        if len(meant) == 1:
            yield meant[0]


class Migration(migrations.Migration):
    dependencies = [("invoices", "0007_self_billing_series")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
