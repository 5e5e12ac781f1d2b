"""One file through import, form and draft, and whether it comes back as it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from invoices.coverage.browser import sent
from invoices.coverage.compare import first_difference
from invoices.coverage.visit import SAVE, VisitFailed, Visitor
from invoices.fa3 import FaError, build, validate

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Outcome:
    """`kind` is "equal", "different" or "refused"; `more` says where or why."""

    kind: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.kind}{self.more}"


def outcomes(visitor: Visitor, folder: Path) -> Iterator[tuple[str, Outcome]]:
    """(name, outcome) of each `*.xml` of a folder, by name; folders in it are left alone."""
    files = (path for path in folder.iterdir() if path.suffix.lower() == ".xml" and path.is_file())
    for path in sorted(files):
        yield path.name, outcome(visitor, path)


def outcome(visitor: Visitor, path: Path) -> Outcome:
    """What became of one file. What the schema refuses, or cannot be read, is "refused"."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Outcome("refused", f": {error.strerror}")
    problems = validate(data.removeprefix(_BOM))
    if problems:
        where = f"{problems[0].path}: " if problems[0].path else ""
        return Outcome("refused", f": {where}{problems[0].en}")
    try:
        difference = first_difference(build(untouched(visitor, data)), data)
    except (VisitFailed, FaError) as error:
        return Outcome("different", f": {error}")
    if difference:
        return Outcome("different", f": {difference}")
    return Outcome("equal", " (BOM removed)" if data.startswith(_BOM) else "")


def untouched(visitor: Visitor, data: bytes) -> dict:
    """The draft of a file that was imported, opened and saved, with nothing typed in between."""
    url = visitor.imported(data)
    page = visitor.opened(url)
    return visitor.saved(url.partition("?")[0], sent(page.controls, SAVE))
