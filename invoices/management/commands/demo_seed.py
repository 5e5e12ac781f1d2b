import secrets
import subprocess
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from auth_ksef.credentials import token_add
from ksefapp.accounts.models import Company, Membership, User
from ksefapp.accounts.roles import Role

EMAIL = "demo@ksefapp.example"
NIP = "5265877635"
NAME = "Stolarnia Wierzba sp. z o.o."


class Command(BaseCommand):
    """The demo: one person, one company, connected to the simulator by a token."""

    help = "Makes the demo's login and company on an empty database; does nothing on another."

    def handle(self, *args, **options) -> None:
        if User.objects.exists():
            email = User.objects.order_by("pk").values_list("email", flat=True)[0]
            self.stdout.write(f"login      {email} (lost password: manage.py reset_link {email})")
            return
        seeded = _simulator_seeded()
        password = secrets.token_urlsafe(12)
        with transaction.atomic():
            user = User.objects.create_user(EMAIL, password, full_name="Anna Zielińska")
            company = _company()
            Membership.objects.create(user=user, company=company, role=Role.OWNER)
            token_add(company=company, token=seeded["token"], added_by=user)
        self.stdout.write(f"login      {EMAIL}   password {password}   (shown once)")
        if "password" in seeded:
            folder = settings.KSEF_DATA_DIR / "simulator" / "certificates" / NIP
            self.stdout.write(f"KSeF certificates to try: {folder}, password {seeded['password']}")


def _company() -> Company:
    return Company.objects.create(
        nip=NIP,
        name=NAME,
        address_l1="ul. Leśna 14",
        address_l2="05-500 Piaseczno",
        email="biuro@stolarnia-wierzba.example",
        bank_account="61109010140000071219812874",
    )


def _simulator_seeded() -> dict[str, str]:
    """What the simulator printed: "token", and "password" when it made certificates.

    It is a program of its own, so it is asked by its command line.
    """
    data = str(settings.KSEF_DATA_DIR / "simulator")
    command = [sys.executable, "-m", "simulator", "seed", "--data", data, "--nip", NIP]
    done = subprocess.run(
        [*command, "--name", NAME], capture_output=True, text=True, timeout=60, check=False
    )
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    if "token" not in said:
        raise CommandError(f"the simulator could not be seeded: {done.stderr.strip()[-300:]}")
    return {name: text for name, text in said.items() if " " not in text}
