"""The announced end of KSeF tokens, as a note on each page that has to do with tokens."""

from django import template

from auth_ksef.sunset import sunset

register = template.Library()


@register.inclusion_tag("auth_ksef/tokens_sunset.html", takes_context=True)
def token_sunset(context, link: bool = True) -> dict:
    """The note with its date; nothing where no date is set. `link` shows the way to a certificate."""
    rights = context.get("rights", ())
    return {
        "sunset": sunset(),
        "company": context["company"],
        "may_leave": link and "credentials" in rights,
    }
