"""What is wrong with an invoice, said so that a form can show it at its field."""

import hashlib
from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn", "hint"]

MOST = 50  # more than this helps nobody, and a hostile file can have millions


@dataclass(frozen=True)
class Problem:
    """One finding: where, which rule, how bad, and what to do, in Polish and English.

    `path` is relative to Faktura, lists have 0-based positions: `Fa/FaWiersz[0]/P_7`;
    "" means the whole document. "block": KSeF would refuse it or the law forbids it;
    "warn": the user may go on; "hint": for information.
    """

    path: str
    rule: str
    severity: Severity
    pl: str
    en: str

    @property
    def key(self) -> str:
        """Names this finding until its place or its words change: what a person accepted."""
        digest = hashlib.sha256(self.pl.encode(errors="surrogatepass")).hexdigest()
        return f"{self.rule}|{self.path}|{digest[:8]}"

    def message(self, language: str) -> str:
        """The text in the language of a code such as "pl" or "en-gb"; Polish by default."""
        return self.en if language.lower().startswith("en") else self.pl


class FaError(ValueError):
    """Carries the problems that made something impossible."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.path}: {p.en}" for p in problems[:5]))


class FaXmlError(FaError):
    """Bytes that cannot be read into an FA(3) tree."""


class FaTreeError(FaError):
    """A tree that cannot be written: unknown element, wrong shape, illegal character."""


def blocking(problems: list[Problem]) -> list[Problem]:
    """Those that forbid issuing."""
    return [problem for problem in problems if problem.severity == "block"]
