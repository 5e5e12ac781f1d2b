"""The findings of a connection check in plain words: what is missing, who grants it, where."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from auth_ksef.connection import RECOMMENDED, REQUIRED
from auth_ksef.messages import chosen
from auth_ksef.models import ConnectionCheck, Credential
from ksefapp.accounts.models import Environment
from ksefapp.ui.formats import nip, plural

STAGES = ("answer", "login", "permissions")


@dataclass(frozen=True)
class Step:
    """One line of the report: `kind` is ok, warn, bad or todo; `how` are the next steps."""

    kind: str
    title: str
    text: str = ""
    how: list[str] = field(default_factory=list)


def permission_name(scope: str) -> str:
    """The right as the Taxpayer App calls it."""
    return {
        "InvoiceWrite": _("wystawianie faktur"),
        "InvoiceRead": _("przeglądanie faktur"),
        "Introspection": _("przeglądanie historii sesji"),
    }.get(scope, scope)


def headline(check: ConnectionCheck) -> Step:
    """The result in one sentence."""
    failed = _failure(check)
    if failed and failed["stage"] == "answer":
        return Step("warn", _("Nie wiemy, czy połączenie działa: nie udało się zapytać KSeF."))
    if failed and failed["code"] == "login-refused":
        return Step("bad", _("KSeF nie wpuszcza tej firmy."))
    if failed:
        return Step("warn", _("Nie wiemy, czy połączenie działa: sprawdzanie się przerwało."))
    missing = sum(item["code"] == "missing-permission" for item in check.findings)
    if missing:
        rights = plural(missing, _("uprawnienia,uprawnień,uprawnień"))
        text = _("Logowanie działa, ale brakuje %(rights)s.")
        return Step("bad", text % {"rights": rights})
    return Step("ok", _("Połączenie z KSeF działa."))


def report(check: ConnectionCheck) -> list[Step]:
    """All steps of the check in their order, those not reached as `todo`."""
    failed = _failure(check)
    reached = STAGES.index(failed["stage"]) if failed else len(STAGES)
    named = _titles(check)
    steps = [Step("ok", named[stage], _detail(check, stage)) for stage in STAGES[:reached]]
    if failed:
        steps.append(_failed(check, failed, named[failed["stage"]]))
        return steps + [Step("todo", named[stage]) for stage in STAGES[reached + 1 :]]
    return steps[:-1] + [_permission(check, scope) for scope in (*REQUIRED, RECOMMENDED)]


def clock_step(check: ConnectionCheck) -> Step | None:
    """The comparison of our clock with KSeF's; None when it was not made."""
    seconds = check.clock_skew_seconds
    if seconds is None:
        return None
    if not any(item["code"] == "clock-skew" for item in check.findings):
        return Step("ok", _("Zegar"), _("Zgadza się z zegarem KSeF."))
    facts = {"seconds": abs(seconds)}
    text = (
        _("Zegar tego serwera spieszy się o %(seconds)s s względem KSeF.")
        if seconds > 0
        else _("Zegar tego serwera spóźnia się o %(seconds)s s względem KSeF.")
    )
    how = _("Administrator serwera włącza synchronizację czasu (NTP). Od zegara zależą terminy.")
    return Step("warn", _("Zegar"), text % facts, [how])


def _failure(check: ConnectionCheck) -> dict | None:
    return next((item for item in check.findings if "stage" in item), None)


def _titles(check: ConnectionCheck) -> dict[str, str]:
    return {
        "answer": _("Odpowiedź KSeF"),
        "login": _("Logowanie do firmy, NIP %(nip)s") % {"nip": nip(check.company.nip)},
        "permissions": _("Uprawnienia"),
    }


def _detail(check: ConnectionCheck, stage: str) -> str:
    if stage == "login":
        return str(check.credential)
    return str(Environment(check.credential.environment).label) if stage == "answer" else ""


def _failed(check: ConnectionCheck, finding: dict, title: str) -> Step:
    code = finding["code"]
    if code == "login-refused":
        said = [_("KSeF podaje: %(text)s") % {"text": text} for text in finding["details"]]
        text = chosen((finding["pl"], finding["en"]))
        return Step("bad", title, text, [*said, *_login_help(check)])
    if code == "clock-shifted":
        text = _("Zegar aplikacji jest przesunięty (KSEF_TEST_CLOCK), więc nic nie wysyłamy.")
        return Step("bad", title, text)
    if code == "quota-full":
        text = chosen((finding["pl"], finding["en"]))
        return Step("bad", title, f"{text[:1].upper()}{text[1:]}.")
    if code == "refused":
        text = _("KSeF odmówił odpowiedzi: %(said)s.") % {"said": finding["said"]}
        return Step("bad", title, text)
    return Step("bad", title, _("KSeF nie odpowiada nam albo odpowiada z błędem."), _silence(check))


def _silence(check: ConnectionCheck) -> list[str]:
    how = [_("To nie znaczy, że token lub certyfikat jest zły. Sprawdź ponownie za kilka minut.")]
    if check.credential.environment == Environment.SIMULATOR:
        text = _("Symulator powinien działać pod adresem %(url)s. Uruchamia go bin/demo.")
        how.append(text % {"url": settings.KSEF_SIMULATOR_URL})
    return how


def _login_help(check: ConnectionCheck) -> list[str]:
    if check.credential.environment == Environment.SIMULATOR:
        return [_seed(check)]
    if check.credential.kind == Credential.Kind.TOKEN:
        return [_new_token()]
    return [
        _(
            "Uprawnienia osoby nadaje właściciel firmy w Aplikacji Podatnika: Uprawnienia, "
            "Nadaj uprawnienie, Osoba."
        ),
        _("Nowy certyfikat pobierasz w Aplikacji Podatnika: Certyfikaty, Wnioskuj o certyfikat."),
    ]


def _permission(check: ConnectionCheck, scope: str) -> Step:
    name = permission_name(scope)
    title = name[:1].upper() + name[1:]
    if scope in check.permissions:
        return Step("ok", title)
    if scope != RECOMMENDED:
        return Step("bad", _("%(right)s: brak") % {"right": title}, "", _grant(check, name))
    text = _(
        "Bez tego prawa nie przejrzymy listy sesji. Gdy połączenie zerwie się podczas wysyłki, "
        "faktura może pozostać w stanie „nie wiemy”, aż odnajdziemy ją wśród przyjętych."
    )
    return Step("warn", _("%(right)s: brak") % {"right": title}, text, _grant(check, name))


def _grant(check: ConnectionCheck, name: str) -> list[str]:
    credential = check.credential
    if credential.environment == Environment.SIMULATOR:
        return [_seed(check)]
    if credential.kind == Credential.Kind.TOKEN:
        return [_("Uprawnień tokena nie da się zmienić."), _new_token()]
    return [
        _(
            "Właściciel firmy albo osoba zarządzająca uprawnieniami nadaje je w Aplikacji "
            "Podatnika: Uprawnienia, Nadaj uprawnienie, Osoba, %(person)s, zaznacz „%(right)s”."
        )
        % {"person": credential.label, "right": name},
        _("Osoba zgłoszona na ZAW-FA tylko zarządza uprawnieniami. To może nadać sobie sama."),
    ]


def _new_token() -> str:
    return _(
        "Nowy token tworzysz w Aplikacji Podatnika: Tokeny, Generuj token, zaznacz „wystawianie "
        "faktur”, „przeglądanie faktur” i „przeglądanie historii sesji”. Potem dodaj go tutaj, "
        "a poprzedni wycofaj."
    )


def _seed(check: ConnectionCheck) -> str:
    return _(
        "W symulatorze nowy token ze wszystkimi uprawnieniami tworzy polecenie "
        "python -m simulator seed --data KATALOG --nip %(nip)s."
    ) % {"nip": check.company.nip}
