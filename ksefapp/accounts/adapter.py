"""How allauth behaves here: who may register, and how second factors are kept."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from ksefapp.accounts.invitations import invitation_find
from ksefapp.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """The first user may register; everybody else needs an invitation."""

    def is_open_for_signup(self, request) -> bool:
        if not User.objects.exists():
            return True
        return invitation_find(request.session.get("invitation", "")) is not None


class MFAAdapter(DefaultMFAAdapter):
    """Seeds of second factors lie in the database sealed, like every other secret."""

    PURPOSE = "mfa_authenticator.data"

    def encrypt(self, text: str) -> str:
        """The sealed text."""
        return settings.KEYRING.seal(text, purpose=self.PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises keyring.KeyMissing or SealBroken."""
        return settings.KEYRING.open(encrypted_text, purpose=self.PURPOSE)
