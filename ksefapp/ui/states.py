"""Words, shapes and styles of the delivery states and the modes of issue."""

from django.utils.translation import gettext_lazy as _

# Keys are the states of a submission, and what a page knows besides: a draft, a deadline, an
# original without its number. Values: style of the pill, glyph, word. A calm state is quiet text,
# only deviation has colour.
PILLS = {
    "draft": ("quiet", "draft", _("Szkic")),
    "queued": ("", "queued", _("W kolejce")),
    "claimed": ("", "half", _("Wysyłamy")),
    "session_opened": ("", "half", _("Wysyłamy")),
    "sent": ("", "half", _("Czeka na numer")),
    "waiting": ("", "clock", _("Czeka na wysłanie")),
    "waiting_original": ("", "clock", _("Czeka na oryginał")),
    "waiting_deadline": ("warn", "clock", _("Czeka na wysłanie")),
    "accepted": ("quiet", "ok", _("Przyjęta")),
    "unknown": ("unknown", "unknown", _("Nie wiemy jeszcze")),
    "refused": ("bad", "bad", _("Odrzucona")),
    "late": ("bad", "warn", _("Po terminie")),
    "withdrawn": ("quiet", "withdrawn", _("Wycofana")),
    "outside": ("quiet", "ring", _("Poza KSeF")),
}

MODES = {
    "offline24": _("offline24"),
    "niedost": _("niedostępność"),
    "awaria": _("awaria"),
    "calkowita": _("awaria całkowita"),
    "poza": _("poza KSeF"),
}
