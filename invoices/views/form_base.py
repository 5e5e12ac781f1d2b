"""The tree that a page's form was drawn from travels with the page, sealed.

What stands in the boxes means something only beside that tree: places of lines, elements that
have no box, texts as they were before somebody typed. So a page that saves itself again and
again always says the same thing, and of two people's changes it can be told who changed what.
"""

from django.core import signing

from invoices.forms.options import options_posted
from ksefapp.accounts.models import Company

NAME = "base"
_SALT = "invoices.form.base"


def base_pack(company: Company, tree: dict, options: dict) -> str:
    """The text for the hidden field; nobody but us can make one, none fits another company."""
    return signing.dumps([tree, options], salt=f"{_SALT}.{company.pk}", compress=True)


def base_read(company: Company, data) -> tuple[dict, dict] | None:
    """(tree, options) of a posted form; None from a form without it, or with a broken one."""
    try:
        tree, options = signing.loads(data.get(NAME, ""), salt=f"{_SALT}.{company.pk}")
    except signing.BadSignature:
        return None
    return tree, options_posted(data, options)
