"""What a draft will become, as its heading says it."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invoices.fa3 import tree as trees
from invoices.models import Draft
from invoices.services.proforma_checks import is_proforma

register = template.Library()

NAMES: dict[str, Promise] = {
    "VAT": _("Szkic faktury"),
    "UPR": _("Szkic faktury uproszczonej"),
    "ZAL": _("Szkic faktury zaliczkowej"),
    "ROZ": _("Szkic faktury rozliczającej"),
    "KOR": _("Szkic korekty"),
    "KOR_ZAL": _("Szkic korekty zaliczki"),
    "KOR_ROZ": _("Szkic korekty rozliczenia"),
}
NEW_NAMES: dict[str, Promise] = {
    "VAT": _("Nowa faktura"),
    "UPR": _("Nowa faktura uproszczona"),
    "ZAL": _("Nowa faktura zaliczkowa"),
    "ROZ": _("Nowa faktura rozliczająca"),
    "KOR": _("Nowa korekta"),
    "KOR_ZAL": _("Nowa korekta zaliczki"),
    "KOR_ROZ": _("Nowa korekta rozliczenia"),
}
OF_OFFER, OF_TEMPLATE = _("Szkic pro formy"), _("Wzór faktury cyklicznej")


@register.filter
def draft_name(draft: Draft) -> str:
    """ "Szkic korekty", "Szkic faktury zaliczkowej" …, by what its content says now."""
    if draft.options.get("recurring"):
        return str(OF_TEMPLATE)
    if is_proforma(draft.options):
        return str(OF_OFFER)
    return str(NAMES.get(trees.text(draft.content, "Fa/RodzajFaktury"), NAMES["VAT"]))


@register.filter
def new_name(kind: str) -> str:
    """ "Nowa faktura zaliczkowa" …, of RodzajFaktury; of what is not saved yet."""
    return str(NEW_NAMES.get(kind, NEW_NAMES["VAT"]))
