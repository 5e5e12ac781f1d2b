"""`manage.py rotate_keys`: every stored secret under the newest key, so that old ones may go."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ksefapp.accounts.audit import audit
from ksefapp.accounts.rotation import Rotated, remaining, rotate


class Command(BaseCommand):
    help = (
        "Seals all stored secrets anew under the first key of KSEF_SECRET_KEYS. May be stopped "
        "at any moment and started again; ends with 0 only when no older key is needed."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say what older keys still seal"
        )

    def handle(self, *args, check: bool, **options) -> None:
        self.stdout.write(f"The newest key is {settings.KEYRING.ids[0]}.")
        if not check:
            self._rotate()
        self._judge()

    def _rotate(self) -> None:
        parts = rotate(self._tell)
        for part in parts:
            for row in part.stuck:
                self.stderr.write(f"{part.column}, row {row}")
        audit("keys.rotate", subject=settings.KEYRING.ids[0], count=sum(p.sealed for p in parts))

    def _tell(self, part: Rotated) -> None:
        if part.sealed or part.passed or part.stuck:
            text = f"{part.column}: {part.sealed} sealed anew"
            text += f", {part.passed} written by others meanwhile" if part.passed else ""
            self.stdout.write(text + (f", {len(part.stuck)} stuck" if part.stuck else ""))
            self.stdout.flush()

    def _judge(self) -> None:
        left = remaining()
        for column, counts in left.items():
            for key, count in counts.items():
                self.stdout.write(f"{column}: {count} still sealed by {key}")
        if left:
            raise CommandError(
                "NOT DONE: keep all older keys. Make sure that every program runs with the "
                "newest key in front, then run this again."
            )
        older = ", ".join(settings.KEYRING.ids[1:]) or "none"
        self.stdout.write(f"Done. Keys that no row of this database needs: {older}.")
