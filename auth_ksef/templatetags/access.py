"""The places of a company's connection to KSeF, as one row of links above each of them."""

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from auth_ksef.messages import told
from ksefapp.accounts.roles import May

register = template.Library()
register.filter("told", told)

# Name of the address, words, the right; pages behind a place begin with its name.
PLACES = (
    ("connection", _("Połączenie"), May.OWN_CREDENTIAL),
    ("connection-ways", _("Jak się zalogować"), May.OWN_CREDENTIAL),
    ("connection-certificates", _("Certyfikaty"), May.OWN_CREDENTIAL),
    ("connection-tokens", _("Tokeny"), May.CREDENTIALS),
    ("connection-rights", _("Uprawnienia"), May.OWN_CREDENTIAL),
    ("connection-doctor", _("Sprawdzenie"), May.OWN_CREDENTIAL),
    ("connection-logins", _("Sesje w KSeF"), May.OWN_CREDENTIAL),
    ("connection-whose", _("Czyj certyfikat?"), May.OWN_CREDENTIAL),
)


@register.inclusion_tag("ui/views.html", takes_context=True)
def access_places(context) -> dict:
    """Links to the places that the role may see; the present one is marked."""
    company, rights = context["company"], context["rights"]
    here = context["request"].resolver_match.view_name
    items = [
        {"label": label, "url": reverse(name, args=[company.nip]), "active": _is_of(name, here)}
        for name, label, may in PLACES
        if may in rights
    ]
    return {"items": items, "label": _("Połączenie z KSeF")}


def _is_of(place: str, here: str) -> bool:
    nearest = max(
        (name for name, *_rest in PLACES if here == name or here.startswith(f"{name}-")),
        key=len,
        default="connection",
    )
    return place == nearest
