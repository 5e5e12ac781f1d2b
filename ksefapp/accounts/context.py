"""What every page knows: the company at hand, the menu, the environment."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from ksefapp.accounts.access import Actor, company_list, role_of
from ksefapp.accounts.models import Environment
from ksefapp.accounts.roles import RIGHTS, May
from ksefapp.notify.shown import notices_shown


def page(request) -> dict:
    """Context processor: `company`, `companies`, `nav`, `environment`, `mail_missing`, `rights`."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"company": None, "environment": "", "nav": [], "mail_missing": False}
    company = getattr(request, "company", None)
    rights = RIGHTS.get(role_of(Actor(user), company), frozenset()) if company else frozenset()
    notices = notices_shown(company, request.path) if rights else {}
    return {
        **notices,
        "company": company,
        "companies": list(company_list(Actor(user))[:50]),
        "rights": {str(right) for right in rights},
        "nav": navigation(request, company, rights, notices) if company else [],
        "environment": company.environment if company else "",
        "environment_name": Environment(company.environment).label if company else "",
        "mail_missing": not settings.EMAIL_HOST and May.MEMBERS in rights,
    }


# Pages whose names do not begin with the name of their entry.
ELSEWHERE = {
    "credential-retire": "connection",
    "company-look": "company-settings",
    "contractor": "contractor-list",
    "product": "product-list",
    "invoice-series": "company-settings",
    "mail-settings": "company-settings",
    "xml-view": "invoice-list",
    "proforma": "invoice-list",
    "proforma-list": "invoice-list",
    "relief": "invoice-list",
    "relief-entry": "invoice-list",
    "relief-loss": "invoice-list",
    "self-billing": "invoice-list",
    "advance-next": "invoice-list",
    "advance-settle": "invoice-list",
    "correct-nip": "invoice-list",
    "correct-outside": "invoice-list",
    "correct-rebate": "invoice-list",
    "correct-start": "invoice-list",
}


def _is_of(entry: str, here: str) -> bool:
    """Whether the page with the name `here` belongs to this entry of the menu."""
    if here in ELSEWHERE:
        return ELSEWHERE[here] == entry
    return here == entry or here.startswith(entry.removesuffix("-list") + "-")


def navigation(request, company, rights, notices: dict) -> list[dict]:
    """The menu of one company; only what exists and what the role may see."""
    entries = [
        ("invoice-list", _("Faktury"), "document", True),
        ("notice-list", _("Powiadomienia"), "bell", True),
        ("journal", _("Dziennik trybów pracy"), "journal", True),
        ("contractor-list", _("Kontrahenci"), "people", True),
        ("product-list", _("Produkty i usługi"), "box", True),
        ("recurring-list", _("Cykliczne"), "refresh", True),
        ("report", _("Zestawienia"), "chart", True),
        ("handover-list", _("Do przekazania"), "mail", True),
        ("session-list", _("Sesje KSeF"), "send", True),
        ("connection", _("Połączenie z KSeF"), "key", May.OWN_CREDENTIAL in rights),
        ("member-list", _("Osoby i role"), "people", May.MEMBERS in rights),
        ("api-key-list", _("Klucze API"), "code", May.API_KEYS in rights),
        ("company-settings", _("Ustawienia"), "settings", May.SETTINGS in rights),
        ("environment", _("Środowisko KSeF"), "globe", May.ENVIRONMENT in rights),
        ("audit-list", _("Historia zmian"), "history", May.AUDIT in rights),
    ]
    short = {
        "connection": _("Połączenie"),
        "member-list": _("Osoby"),
        "journal": _("Tryby"),
        "session-list": _("Sesje"),
        "product-list": _("Produkty"),
        "notice-list": _("Sprawy"),
    }
    counts = {"notice-list": notices.get("notices_count")}
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match else ""
    return [
        {
            "url": reverse(name, args=[company.nip]),
            "label": label,
            "short": short.get(name, label),
            "icon": icon,
            "active": _is_of(name, here),
            "count": counts.get(name),
            "alarm": name in counts and notices.get("notices_alarm", False),
            "gap": name == "connection",
        }
        for name, label, icon, shown in entries
        if shown
    ]
