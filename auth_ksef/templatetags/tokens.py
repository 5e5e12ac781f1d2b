"""The announced end of KSeF tokens, as a note on each page that has to do with tokens."""

from django import template

from auth_ksef.choosing import binding_list
from auth_ksef.models import Credential
from auth_ksef.sunset import sunset

register = template.Library()


@register.inclusion_tag("auth_ksef/tokens_sunset.html", takes_context=True)
def token_sunset(context, link: bool = True, used: bool = False) -> dict:
    """The note with its date, nothing where none is set; `link` shows the way to a certificate.

    With `used` only for a company that has a token here.
    """
    company, rights = context["company"], context.get("rights", ())
    tokens = binding_list(company).filter(credential__kind=Credential.Kind.TOKEN)
    return {
        "sunset": sunset() if not used or tokens.exists() else None,
        "company": company,
        "may_leave": link and "credentials" in rights,
    }
