from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from invoices.coverage.house import temporary_house
from invoices.coverage.roundtrip import outcomes
from invoices.coverage.visit import Visitor


class Command(BaseCommand):
    """Takes FA(3) files through the pages on a temporary database: what went in must come out."""

    help = (
        "Imports each *.xml of a folder, opens it in the form, saves it untouched and compares. "
        "Exit 1 on a difference, 2 if there is no such folder."
    )
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args, folder: Path, **options) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder", returncode=2)
        found: Counter[str] = Counter()
        with temporary_house() as (client, company):
            for name, outcome in outcomes(Visitor(client, company), folder):
                found[outcome.kind] += 1
                self.stdout.write(f"{name}: {outcome}")
                self.stdout.flush()
        kinds = ", ".join(f"{found[kind]} {kind}" for kind in ("equal", "different", "refused"))
        self.stdout.write(f"{found.total()} files: {kinds}")
        if found["different"]:
            raise SystemExit(1)
