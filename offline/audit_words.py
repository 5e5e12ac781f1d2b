"""How this room's actions are called in the history of changes."""

from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.audit import DETAILS, WORDS

WORDS.update(
    {
        "outage.enter": _("Wpis w dzienniku trybów pracy KSeF"),
        "outage.amend": _("Poprawka wpisu w dzienniku trybów pracy KSeF"),
        "outage.void": _("Unieważnienie wpisu w dzienniku trybów pracy KSeF"),
        "mode.rules": _("Zmiana reguł wyboru trybu"),
        "mode.on": _("Włączenie trybu offline24"),
        "mode.off": _("Powrót do trybu online"),
        "mode.overrule": _("Pominięcie trybu ogłoszonej awarii"),
        "mode.overrule_end": _("Koniec pomijania trybu ogłoszonej awarii"),
        "mode.change": _("Zmiana trybu pracy przez regułę"),
    }
)
DETAILS.update(
    {
        "start": _("od"),
        "published": _("ogłoszono"),
        "end": _("do"),
        "link": _("odnośnik"),
        "note": _("notatka"),
        "why": _("powód"),
        "until": _("do kiedy"),
        "mode": _("tryb"),
        "auto_outage": _("tryb ogłoszonej awarii od razu"),
        "auto_offline24_minutes": _("offline24 po tylu minutach bez połączenia"),
    }
)
