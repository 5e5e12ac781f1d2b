"""The walk of a check for the page: each step, what it means, what mends it and where."""

from dataclasses import dataclass, field

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from auth_ksef.connection import REQUIRED
from auth_ksef.contact import contact_get
from auth_ksef.doctor_clicks import CLICKS, SIGNATURE, Click
from auth_ksef.doctor_words import WORDS, words_key
from auth_ksef.messages import Pair, chosen
from auth_ksef.models import ConnectionCheck
from auth_ksef.rights_words import SCOPES
from ksefapp.accounts.models import Environment
from ksefapp.ui.formats import nip, plural

KINDS = {"ok": "ok", "warn": "warn", "failed": "bad", "skipped": "todo"}


@dataclass(frozen=True)
class How:
    """One next step, with the address of ours where it is done."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Step:
    """One line of the report: `kind` is ok, warn, bad or todo; `said` are KSeF's own words."""

    kind: str
    title: str
    text: str = ""
    said: list[str] = field(default_factory=list)
    how: list[How] = field(default_factory=list)
    name: str = ""


def permission_name(scope: str) -> str:
    """The right as the Taxpayer App calls it."""
    return chosen(SCOPES[scope][0]) if scope in SCOPES else scope


def headline(check: ConnectionCheck) -> Step:
    """The result in one sentence."""
    failed = [step for step in check.steps if step["state"] == "failed"]
    codes = {step["code"] for step in failed}
    missing = sum(step["code"] == "missing-permission" for step in failed)
    if not failed:
        return Step("ok", _("Połączenie z KSeF działa."))
    if "login-refused" in codes:
        return Step("bad", _("KSeF nie wpuszcza tej firmy."))
    if missing:
        rights = plural(missing, _("uprawnienia,uprawnień,uprawnień"))
        return Step("bad", _("Logowanie działa, ale brakuje %(rights)s.") % {"rights": rights})
    if failed[0]["step"] == "answer":
        return Step("warn", _("Nie wiemy, czy połączenie działa: nie udało się zapytać KSeF."))
    if "refused" in codes:
        return Step("bad", _("Logowanie działa, ale KSeF odmówił jednej z czynności."))
    return Step("warn", _("Nie wiemy, czy połączenie działa: sprawdzanie się przerwało."))


def report(check: ConnectionCheck) -> list[Step]:
    """All steps in the order in which they were walked; none for checks of old versions."""
    return [_step(check, step) for step in check.steps]


def short_report(check: ConnectionCheck) -> list[Step]:
    """The way in, and everything that did not go well."""
    shown = ("answer", "login", "permissions")
    return [step for step in report(check) if step.kind in ("bad", "warn") or step.name in shown]


def words_of_step(check: ConnectionCheck, step: dict) -> tuple[Pair, list[Pair]]:
    """What happened and the next steps, both in two languages, for the API."""
    key = words_key(step)
    clicks = [_filled(check, step, click.pair) for click in _clicks(check, key)]
    return _what(check, step, key), clicks


def _step(check: ConnectionCheck, step: dict) -> Step:
    name, state = step["step"], step["state"]
    if state == "ok" or step["code"] == "not-reached":
        return Step(KINDS[state], _title(check, step), _fine(check, step), name=name)
    key = words_key(step)
    how = [
        How(chosen(_filled(check, step, click.pair)), _url(check, click))
        for click in _clicks(check, key)
    ]
    said = [_("KSeF podaje: %(text)s") % {"text": text} for text in step.get("details", [])]
    text = chosen(_what(check, step, key))
    return Step(KINDS[state], _title(check, step), text, said, how, name)


def _title(check: ConnectionCheck, step: dict) -> str:
    if "permission" in step:
        right = permission_name(step["permission"])
        return _("%(right)s: brak") % {"right": right[:1].upper() + right[1:]}
    return {
        "answer": _("Odpowiedź KSeF"),
        "clock": _("Zegar"),
        "login": _("Logowanie do firmy, NIP %(nip)s") % {"nip": nip(check.company.nip)},
        "refresh": _("Odnowienie logowania"),
        "permissions": _("Uprawnienia"),
        "limits": _("Limity zapytań"),
        "sending": _("Wysyłanie: lista sesji"),
        "upo": _("Stan sesji i UPO"),
        "reading": _("Przeglądanie faktur"),
        "certificates": _("Wnioskowanie o certyfikaty"),
        "grants": _("Przeglądanie uprawnień"),
        "token": _("Stan tokena w KSeF"),
    }.get(step["step"], step["step"])


def _fine(check: ConnectionCheck, step: dict) -> str:
    if step["state"] != "ok":
        return ""
    name = step["step"]
    if name == "answer":
        return str(Environment(check.company.environment).label)
    if name == "clock":
        return _("Zgadza się z zegarem KSeF.")
    if name == "login":
        return credential_name(check)
    if name == "permissions":
        return ", ".join(permission_name(scope) for scope in step.get("rights", []))
    if name == "grants" and step.get("attachments"):
        return _("Firma ma w KSeF zgodę na faktury z załącznikami.")
    if name == "certificates" and step.get("can_request"):
        return _("Ile certyfikatów można jeszcze mieć: %(left)s.") % {"left": step["left"]}
    return ""


def credential_name(check: ConnectionCheck) -> str:
    """With what the check logged in."""
    if check.signed_login:
        return _("podpis: %(who)s") % {"who": check.signed_login.signer_name}
    return str(check.credential)


def _what(check: ConnectionCheck, step: dict, key: str) -> Pair:
    """Both sentences. What the room itself refused, it has worded already."""
    said = step.get("pl", ""), step.get("en", "")
    if key == "quota-full" and all(said):
        return tuple(f"{text[:1].upper()}{text[1:]}." for text in said)
    return _filled(check, step, WORDS[key].what)


def _filled(check: ConnectionCheck, step: dict, pair: Pair) -> Pair:
    found = []
    for text, language in zip(pair, ("pl", "en"), strict=True):
        with override(language):
            found.append(text.format_map(_facts(check, step, language)))
    return tuple(found)


def _facts(check: ConnectionCheck, step: dict, language: str) -> dict[str, object]:
    known = contact_get(check.company.environment)
    number = step.get("ksef_code") or step.get("http")
    said = step.get(language) or step.get("said") or ", ".join(step.get("details") or [])
    rights = [step["permission"]] if "permission" in step else step.get("rights", [])[:1]
    return {
        "label": credential_name(check),
        "nip": check.company.nip,
        "number": f" ({number})" if number else "",
        "said": said.rstrip(".") + "." if said else "–",
        "right": "”, „".join(permission_name(scope) for scope in rights or REQUIRED),
        "address": (known and known.address) or "–",
        "simulator": settings.KSEF_SIMULATOR_URL,
        "seconds": abs(step.get("seconds") or 0),
        "environment": str(Environment(check.company.environment).label),
    }


def _clicks(check: ConnectionCheck, key: str) -> list[Click]:
    """What this kind of credential can do; Aplikacja Podatnika knows nothing of the simulator."""
    simulated = check.company.environment == Environment.SIMULATOR
    kind = SIGNATURE if check.signed_login else check.credential.kind
    found = [CLICKS[name] for name in WORDS[key].clicks if kind in CLICKS[name].kinds]
    if not simulated:
        return [click for click in found if click is not CLICKS["simulator"]]
    kept = [click for click in found if not click.outside]
    return kept + ([CLICKS["seed"]] if len(kept) < len(found) else [])


def _url(check: ConnectionCheck, click: Click) -> str:
    try:
        return reverse(click.page, args=[check.company.nip]) if click.page else ""
    except NoReverseMatch:
        return ""
