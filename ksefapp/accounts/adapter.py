"""How allauth behaves here: registration is open for the first user only."""

from allauth.account.adapter import DefaultAccountAdapter

from ksefapp.accounts.invitations import invitation_find
from ksefapp.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """The first user may register; everybody else needs an invitation."""

    def is_open_for_signup(self, request) -> bool:
        if not User.objects.exists():
            return True
        return invitation_find(request.session.get("invitation", "")) is not None
