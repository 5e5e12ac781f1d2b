"""`manage.py deadline --cases FILE`: until when, for each case of a JSON list, and by which law."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from offline.cases import Computed, case_compute

DIFFERS, UNREADABLE = 1, 2


class Command(BaseCommand):
    """Needs no database. Ends with 1 if an `expected` differs, with 2 if something is unreadable.

    `--saturday` counts Saturdays as business days and compares `expected_if_saturday_counts`;
    without it a difference there is told but fails nothing: that column is for the warning only.
    """

    help = "Prints the date, OPEN or NONE for each case of a JSON list, and the reason."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser) -> None:
        parser.add_argument("--cases", required=True, help="file: a JSON list of cases")
        parser.add_argument("--saturday", action="store_true", help="Saturdays count")

    def handle(self, *args, cases: str, saturday: bool, **options) -> None:
        tally = {"differ": 0, "unreadable": 0}
        rows = _read(cases)
        for number, row in enumerate(rows, start=1):
            self._case(row, number, saturday, tally)
        said = ", ".join(f"{count} {what}" for what, count in tally.items())
        self.stdout.write(f"{len(rows)} cases: {said}")
        if tally["differ"]:
            raise SystemExit(DIFFERS)
        if tally["unreadable"]:
            raise SystemExit(UNREADABLE)

    def _case(self, row: object, number: int, saturday: bool, tally: dict[str, int]) -> None:
        name = str(row.get("id", number)) if isinstance(row, dict) else str(number)
        try:
            found = case_compute(row, name)
        except (ValueError, OverflowError) as error:
            tally["unreadable"] += 1
            self.stderr.write(f"{name}: cannot be read: {error}")
            return
        differs = found.differs_strictly if saturday else found.differs
        tally["differ"] += differs
        self.stdout.write(_line(found, saturday))
        if found.differs_strictly and not saturday:
            said = f"{found.strict}, not {found.expected_strict}"
            self.stdout.write(f"  warning: if Saturday counts {said}")


def _read(path: str) -> list:
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{path}: {error}", returncode=UNREADABLE) from error
    if not isinstance(rows, list):
        raise CommandError(f"{path}: not a JSON list of cases", returncode=UNREADABLE)
    return rows


def _line(found: Computed, saturday: bool) -> str:
    result, other = (found.strict, found.plain) if saturday else (found.plain, found.strict)
    expected = found.expected_strict if saturday else found.expected
    _, rule = result.reason
    parts = [f"{rule} ({result.basis_en})"]
    if result.rests_on:
        parts.append(f"events {', '.join(map(str, result.rests_on))}")
    if str(other) != str(result):
        parts.append(f"{'without' if saturday else 'with'} Saturdays {other}")
    parts += [english for _, english in result.warnings]
    if expected is not None:
        parts.append("as expected" if str(result) == expected else f"DIFFERS from {expected}")
    return f"{found.name}  {result!s:<10}  {'; '.join(parts)}"
