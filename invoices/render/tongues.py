"""The languages of a print: Polish, English, or Polish with English beside it.

In a bilingual print one text holds both: marks of Unicode's private use stand around the English
part until the page is spelled out. `formats.printable` lets no such mark of an invoice through.
"""

import re
from collections.abc import Callable

BOTH = "pl-en"
LANGUAGES = ("pl", "en", BOTH)
_OPEN, _CLOSE = "\ue000", "\ue001"
_ENGLISH = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")


def pick(words: tuple[str, str], language: str) -> str:
    """The Polish or the English word, or both of them in one text; equal ones stand once."""
    pl, en = words
    if language == BOTH and pl != en:
        return f"{pl}{_OPEN}{en}{_CLOSE}"
    return en if language.startswith("en") else pl


def spelled(html: str) -> str:
    """The page with each English part after a slash, said to be English; its title is plain."""
    title, end, rest = html.partition("</title>")
    return flat(title) + end + _ENGLISH.sub(r' / <span lang="en">\1</span>', rest)


def flat(text: str) -> str:
    """The same for places that hold no elements: titles, attributes."""
    return _ENGLISH.sub(r" / \1", text)


def each(text: str, change: Callable[[str], str]) -> str:
    """The text with a change made to the Polish and to the English part."""
    parts = re.split(f"([{_OPEN}{_CLOSE}])", text)
    return "".join(part if part in (_OPEN, _CLOSE) else change(part) for part in parts)


def small(text: str) -> str:
    """The text as it stands within a sentence; an abbreviation keeps its capitals."""
    return each(text, lambda part: part if part[:2].isupper() else part[:1].lower() + part[1:])


def words(text: str) -> list[str]:
    """Where a line of it may be broken."""
    return flat(text).split()


def main(language: str) -> str:
    """The language of the page around: a bilingual one is Polish."""
    return "en" if language.startswith("en") else "pl"


def known(wanted: str | None, otherwise: str) -> str:
    """What was asked for, if there is such a print."""
    return wanted if wanted in LANGUAGES else otherwise
