"""Numbers from a series. A gap is allowed (art. 106e ust. 1 pkt 2), a repetition is not."""

import re
from datetime import date
from itertools import count

from django.db.models import F

from invoices.models import Counter, Document, Proforma, Series, Submission
from ksefapp.accounts.models import Company

DEFAULT_PATTERNS = {
    "VAT": "FV/{nr}/{mm}/{rrrr}",
    "KOR": "KOR/{nr}/{mm}/{rrrr}",
    "ZAL": "ZAL/{nr}/{mm}/{rrrr}",
    "ROZ": "ROZ/{nr}/{mm}/{rrrr}",
    "UPR": "FU/{nr}/{mm}/{rrrr}",
    "KOR_ZAL": "KZAL/{nr}/{mm}/{rrrr}",
    "KOR_ROZ": "KROZ/{nr}/{mm}/{rrrr}",
}
OUTSIDE_PREFIX = "P/"  # what is outside KSeF shows it by its number
# Our numbers must not meet those that the supplier gives to its own invoices.
SELF_BILLED_PREFIX, SELF_BILLED_PATTERN = "SF/", "SF/{nr}/{mm}/{rrrr}"
PROFORMA_PATTERN, PROFORMA_KIND = "PF/{nr}/{mm}/{rrrr}", "VAT"
KSEF, OUTSIDE, PROFORMA = Series.Scope.KSEF, Series.Scope.OUTSIDE, Series.Scope.PROFORMA
SELF_BILLED = Series.Scope.SELF_BILLED
NUMBER = re.compile(r"\{nr(?::(\d))?\}")
FIELD = re.compile(r"\{([^{}]*)\}")
KNOWN = "{nr}, {nr:4}, {mm}, {rrrr}, {rr}"
AT_A_TIME = 100  # how many numbers are looked up with one query


class PatternError(ValueError):
    """A pattern that cannot number invoices; the text says why, in Polish and English."""

    def __init__(self, pl: str, en: str) -> None:
        super().__init__(en)
        self.pl, self.en = pl, en


def pattern_check(pattern: str, reset: str) -> None:
    """Raises PatternError unless numbers made from the pattern cannot repeat by themselves."""
    if not pattern.isprintable() or pattern != " ".join(pattern.split()):
        raise PatternError(
            "Wzór może mieć pojedyncze spacje w środku, bez innych znaków niewidocznych.",
            "The pattern may have single blanks inside, no other invisible characters.",
        )
    if len(NUMBER.findall(pattern)) != 1:
        raise PatternError(
            "Wzór musi mieć dokładnie jedno {nr}, na przykład FV/{nr}/{mm}/{rrrr}.",
            "The pattern needs exactly one {nr}, for example FV/{nr}/{mm}/{rrrr}.",
        )
    unknown = [f for f in FIELD.findall(pattern) if not re.fullmatch(r"nr(:\d)?|mm|rrrr|rr", f)]
    if unknown:
        raise PatternError(
            f"Nie znam znacznika {{{unknown[0]}}}. Znam: {KNOWN}.",
            f"Unknown placeholder {{{unknown[0]}}}. Known: {KNOWN}.",
        )
    has_year = "{rrrr}" in pattern or "{rr}" in pattern
    if reset == Series.Reset.MONTHLY and not (has_year and "{mm}" in pattern):
        raise PatternError(
            "Numeracja od 1 co miesiąc wymaga {mm} i {rrrr}, inaczej numery się powtórzą.",
            "Counting from 1 each month needs {mm} and {rrrr}, otherwise numbers repeat.",
        )
    if reset == Series.Reset.YEARLY and not has_year:
        raise PatternError(
            "Numeracja od 1 co rok wymaga {rrrr}, inaczej numery się powtórzą.",
            "Counting from 1 each year needs {rrrr}, otherwise numbers repeat.",
        )


def number_format(pattern: str, nr: int, on: date) -> str:
    """The pattern filled in, e.g. `FV/{nr}/{mm}/{rrrr}` → `FV/12/11/2026`."""
    text = NUMBER.sub(lambda m: str(nr).zfill(int(m[1] or 0)), pattern)
    return (
        text.replace("{mm}", f"{on.month:02}")
        .replace("{rrrr}", str(on.year))
        .replace("{rr}", f"{on.year % 100:02}")
    )


def scope_of(mode: str) -> str:
    """Which of the series of a kind numbers what is issued in this mode."""
    return OUTSIDE if mode == Submission.Mode.OUTSIDE else KSEF


def default_pattern(kind: str, scope: str) -> str:
    """What a series that nobody has changed looks like."""
    if scope == PROFORMA:
        return PROFORMA_PATTERN
    if scope == SELF_BILLED:
        return SELF_BILLED_PATTERN if kind == "VAT" else SELF_BILLED_PREFIX + DEFAULT_PATTERNS[kind]
    return (OUTSIDE_PREFIX if scope == OUTSIDE else "") + DEFAULT_PATTERNS[kind]


def series_get(*, company: Company, kind: str, scope: str = KSEF) -> Series:
    """The company's series for this kind in its current environment, made on first use.

    Pro formas of every kind share one series, that of PROFORMA_KIND.
    """
    row, _ = Series.objects.get_or_create(
        company=company,
        environment=company.environment,
        kind=PROFORMA_KIND if scope == PROFORMA else kind,
        scope=scope,
        defaults={"pattern": default_pattern(kind, scope)},
    )
    return row


def counter_get(series: Series, on: date) -> Counter:
    """The counter of the period that the date falls into."""
    period = {"monthly": f"{on:%Y-%m}", "yearly": f"{on:%Y}", "never": ""}[series.reset]
    row, _ = Counter.objects.get_or_create(series=series, period=period)
    return row


def number_preview(*, company: Company, kind: str, on: date, scope: str = KSEF) -> str:
    """The number that an invoice issued now would get; reserves nothing."""
    series = series_get(company=company, kind=kind, scope=scope)
    return _first_free(series, counter_get(series, on).next_number, on)[1]


def number_take(*, company: Company, kind: str, on: date, scope: str = KSEF) -> str:
    """Takes the next free number. Call inside the transaction that stores the document."""
    series = series_get(company=company, kind=kind, scope=scope)
    counter = counter_get(series, on)
    # The update takes the row's lock, so that two issuers read the counter one after the other.
    Counter.objects.filter(pk=counter.pk).update(next_number=F("next_number"))
    counter.refresh_from_db()
    nr, number = _first_free(series, counter.next_number, on)
    Counter.objects.filter(pk=counter.pk).update(next_number=nr + 1)
    return number


def _first_free(series: Series, start: int, on: date) -> tuple[int, str]:
    """Skips numbers that somebody typed in by hand before the counter came to them."""
    batches = (range(first, first + AT_A_TIME) for first in count(start, AT_A_TIME))
    return next(free for batch in batches if (free := _free_among(series, batch, on)))


def _free_among(series: Series, batch: range, on: date) -> tuple[int, str] | None:
    numbers = {nr: number_format(series.pattern, nr, on) for nr in batch}
    used = _used(series, list(numbers.values()))
    return next(((nr, number) for nr, number in numbers.items() if number not in used), None)


def _used(series: Series, numbers: list[str]) -> set[str]:
    if series.scope == PROFORMA:
        taken = Proforma.objects.filter(company=series.company, environment=series.environment)
        return set(taken.filter(number__in=numbers).values_list("number", flat=True))
    rows = Document.objects.filter(
        environment=series.environment,
        seller_nip=series.company.nip,
        kind=series.kind,
        number__in=numbers,
        withdrawn_at=None,
    )
    return set(rows.values_list("number", flat=True))
