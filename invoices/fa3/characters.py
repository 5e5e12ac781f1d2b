"""Characters that KSeF refuses (TF-02): found with their place, and taken out.

They come by copying out of PDF files and editors. Discouraged by XML 1.0 and refused by KSeF:
U+007F–0084, U+0086–009F, U+FDD0–FDEF and the last two of each plane; of C0 only tab, LF and CR
are XML at all (ksef-docs, weryfikacja-faktury).
"""

import re
from dataclasses import dataclass
from typing import Any

from invoices.fa3.tree import TEXT, Tree

REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# Line and page breaks of editors: a blank keeps the words apart.
_BREAKS = re.compile("[\x0b\x0c\x1c-\x1f]")
_WORDS, _LONGEST = 3, 40


@dataclass(frozen=True)
class Refused:
    """One refused character: its code as U+XXXX, and the words before it ("" at the start)."""

    code: str
    after: str

    def place(self, language: str) -> str:
        """Where it stands, in words."""
        if not self.after:
            return {"pl": "na początku", "en": "at the start"}[language]
        words = {"pl": "po tekście „{}”", "en": 'after "{}"'}[language]
        return words.format(self.after)


def find(text: str) -> list[Refused]:
    """The refused characters of a text, in order."""
    return [Refused(f"U+{ord(hit[0]):04X}", _before(text, hit)) for hit in REFUSED.finditer(text)]


def clean_text(text: str) -> tuple[str, list[Refused]]:
    """(the text without refused characters, what was taken out)."""
    found = find(text)
    return (REFUSED.sub("", _BREAKS.sub(" ", text)) if found else text), found


def clean_tree(tree: Tree) -> tuple[Tree, list[tuple[str, Refused]]]:
    """(a copy without refused characters, (path with positions, character) of each)."""
    found: list[tuple[str, Refused]] = []
    return _clean(tree, "", found), found


def _clean(value: Any, path: str, found: list[tuple[str, Refused]]) -> Any:
    if isinstance(value, dict):
        return {key: _clean(inner, _below(path, key), found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner, f"{path}[{at}]", found) for at, inner in enumerate(value)]
    if not isinstance(value, str):
        return value
    cleaned, refused = clean_text(value)
    found += [(path, each) for each in refused]
    return cleaned


def _below(path: str, key: str) -> str:
    return path if key == TEXT else f"{path}/{key}".lstrip("/")


def _before(text: str, hit: re.Match) -> str:
    """The last words before the character, themselves without such characters."""
    before = REFUSED.sub("", text[: hit.start()][-200:]).split()
    return " ".join(before[-_WORDS:])[-_LONGEST:]
