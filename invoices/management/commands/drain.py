from django.core.management.base import BaseCommand

from invoices.services.recurring_run import recurring_run
from invoices.services.sweep import drain_all


class Command(BaseCommand):
    """Does what the workers would do, once, without a broker."""

    help = (
        "Makes recurring invoices, sends what is queued, asks about what was sent, fetches UPO and "
        "makes prints."
    )

    def handle(self, *args, **options) -> None:
        self.stdout.write(f"{recurring_run() + drain_all()} steps done")
