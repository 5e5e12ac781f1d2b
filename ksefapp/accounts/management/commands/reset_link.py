"""`manage.py reset_link EMAIL`: a one-time link for a new password, where no mail is set."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import User


class Command(BaseCommand):
    help = "Prints a one-time link with which a person sets a new password."

    def add_arguments(self, parser) -> None:
        parser.add_argument("email")

    def handle(self, *args, email: str, **options) -> None:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no open account with the address {email}.")
        audit("account.reset_link", user=user, subject=user.email)
        self.stdout.write(reset_link(user))


def reset_link(user: User) -> str:
    """The whole link; it dies with its first use and after PASSWORD_RESET_TIMEOUT."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(user),
            "key": default_token_generator.make_token(user),
        },
    )
    return settings.KSEF_SITE_URL + path
