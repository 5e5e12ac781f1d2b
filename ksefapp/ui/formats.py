"""How numbers, dates and identifiers are written for people.

Pure functions but for `recent`, which asks the clock; the template filters of the same names
only call them. Amounts keep the Polish notation in both languages, because they are compared
with the printed document.
"""

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, gettext_lazy

from ksefapp.lib import clock

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
SHORT_DAYS = (
    gettext_lazy("pn"),
    gettext_lazy("wt"),
    gettext_lazy("śr"),
    gettext_lazy("cz"),
    gettext_lazy("pt"),
    gettext_lazy("sb"),
    gettext_lazy("nd"),
)
_TIED_WORD = re.compile(r"(?<![^\s(„\"])([aiouwzAIOUWZ])\s+(?=\S)")
_TIED_FORM = re.compile(r"\b(sp\.)\s+(?=z\s|k\.|j\.|p\.)")
_TIED_NUMBER = re.compile(r"\b(art\.|ust\.|pkt|nr|poz\.|zał\.|str\.)\s+(?=\d)")
_TIED_MONEY = re.compile(r"(\d)\s+(?=zł\b)")


def amount(value: Decimal | str | int | None, places: int = 2) -> str:
    """`1 234,56` with no-break spaces and a real minus; further decimals are kept.

    Nothing gives an en dash; text that is no number comes back unchanged.
    """
    if value is None or value == "":
        return DASH
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    # abs() would round to 28 digits.
    whole, _, fraction = f"{number.copy_abs():f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    grouped = f"{int(whole):,}".replace(",", NBSP)
    sign = MINUS if number < 0 else ""
    return f"{sign}{grouped},{fraction}" if fraction else f"{sign}{grouped}"


def money(value: Decimal | str | None, currency: str = "PLN") -> str:
    """The amount with its currency: `1 234,56 zł`, `99,00 EUR`."""
    text = amount(value)
    return text if text == DASH else f"{text}{NBSP}{'zł' if currency == 'PLN' else currency}"


def nip(value: str | None) -> str:
    """`526-587-76-35`; what is not ten digits comes back unchanged."""
    text = str(value or "")
    if not re.fullmatch(r"[0-9]{10}", text):
        return text
    return f"{text[:3]}-{text[3:6]}-{text[6:8]}-{text[8:]}"


def account_number(value: str | None) -> str:
    """A Polish account (26 digits, PL in front or not) in groups as banks print it."""
    text = re.sub(r"\s", "", str(value or ""))
    digits = text.removeprefix("PL")
    if not re.fullmatch(r"[0-9]{26}", digits):
        return str(value or "")
    groups = [digits[:2]] + [digits[i : i + 4] for i in range(2, 26, 4)]
    return ("PL" if text != digits else "") + " ".join(groups)


def local(value: date | datetime | str | None) -> date | datetime | None:
    """A Warsaw date or an aware Warsaw time from a date, an instant or ISO text, else None."""
    if isinstance(value, str):
        value = _from_iso(value)
    if isinstance(value, datetime) and value.tzinfo:
        return clock.warsaw(value)
    return value or None


def _from_iso(text: str) -> date | datetime | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return clock.warsaw(moment) if moment.tzinfo else moment
    except (ValueError, OverflowError):  # midnight of the last day of 9999 is no Warsaw time
        return None


def date_pl(value: date | datetime | str | None) -> str:
    """`3.11.2026`; text that is no ISO date comes back unchanged."""
    day = local(value)
    return f"{day.day}.{day:%m.%Y}" if day else str(value or "")


def time_pl(value: datetime | str | None, seconds: bool = False) -> str:
    """`9:05` or `9:05:01`, in Warsaw."""
    moment = local(value)
    if not isinstance(moment, datetime):
        return ""
    return f"{moment.hour}:{moment:%M:%S}" if seconds else f"{moment.hour}:{moment:%M}"


def datetime_pl(value: date | datetime | str | None, seconds: bool = False) -> str:
    """`3.11.2026, 9:05`, in Warsaw; a date without a time stays a date."""
    return ", ".join(filter(None, [date_pl(value), time_pl(value, seconds)]))


def recent(value: datetime | str | None) -> str:
    """`13:23` today, `20.11.2026, 13:23` on another day, in Warsaw: an hour alone would mislead."""
    moment = local(value)
    if isinstance(moment, datetime) and moment.date() == clock.today():
        return time_pl(moment)
    return datetime_pl(value)


def weekday_date(value: date | datetime | str | None) -> str:
    """`poniedziałek 23.11.2026, 23:59`, the weekday in the active language."""
    day = local(value)
    if not day:
        return str(value or "")
    name = str(WEEKDAYS[day.weekday()])
    # Django writes Polish weekdays with a capital, Polish does not.
    name = name.lower() if get_language() == "pl" else name
    return f"{name}{NBSP}{datetime_pl(day)}"


def short_day(value: date | datetime | str | None) -> str:
    """`pn 23.11`, for lists."""
    day = local(value)
    return f"{SHORT_DAYS[day.weekday()]}{NBSP}{day.day}.{day:%m}" if day else str(value or "")


def tie(text: str) -> str:
    """One-letter words, `art. 106`, `450 zł` and `sp. z o.o.` stay together."""
    for words in (_TIED_WORD, _TIED_FORM, _TIED_NUMBER, _TIED_MONEY):
        text = words.sub(rf"\1{NBSP}", str(text))
    return str(text)


def plural(count: int, forms: str) -> str:
    """`5 faktur` from 5 and `"faktura,faktury,faktur"`; two forms follow the English rule.

    The forms are one translatable text: `{{ n|plural:_("faktura,faktury,faktur") }}`.
    """
    words = [word.strip() for word in str(forms).split(",")]
    return f"{amount(count, 0)}{NBSP}{words[_plural_index(abs(int(count)), len(words))]}"


def _plural_index(count: int, forms: int) -> int:
    if count == 1:
        return 0
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return 1 if forms < 3 or few else 2


def initials(name: str) -> str:
    """`AZ` for Anna Zielińska or anna.zielinska@example.com."""
    words = re.split(r"[\s._-]+", str(name).split("@")[0].strip())
    return "".join(word[0] for word in words[:2] if word).upper()
