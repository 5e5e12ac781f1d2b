from django.core.management.base import BaseCommand, CommandError

from invoices.coverage.house import temporary_house
from invoices.coverage.measure import Line, lines
from invoices.coverage.visit import Visitor
from invoices.render import pdf


class Command(BaseCommand):
    """Sends documents that hold all of FA(3) through form, XML, screen and print, and counts."""

    help = (
        "How many of the schema's paths can be entered, written, read, shown and printed; "
        "exit 1 if any cannot, with the paths."
    )
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        if reason := pdf.available():
            raise CommandError(f"PDFs cannot be made here: {reason}")
        measured = []
        with temporary_house(expert=True) as (client, company):
            for line in lines(Visitor(client, company)):
                measured.append(line)
                self.stdout.write(str(line))
                self.stdout.flush()
        for line in measured:
            self._explain(line)
        if any(line.missing for line in measured):
            raise SystemExit(1)

    def _explain(self, line: Line) -> None:
        """After the five lines: what is missing, one path a line."""
        for broken in line.broken:
            self.stdout.write(f"{line.name}, {broken}")
        for path in line.missing:
            self.stdout.write(f"{line.name} lacks {path}")
