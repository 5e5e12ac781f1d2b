"""What this room does when another one announces something."""

from django.dispatch import receiver

from auth_ksef.credentials import binding_end
from auth_ksef.farewell import signed_farewell
from auth_ksef.models import Binding, SignedLogin
from ksefapp.accounts.models import Company, User
from ksefapp.accounts.signals import membership_ended


@receiver(membership_ended)
def personal_bindings_end(sender, *, user: User, company: Company, **kwargs) -> None:
    """A person who leaves takes along the credentials lent to the company, and its logins."""
    lent = Binding.objects.filter(company=company, credential__owner_user=user, ended_at=None)
    for binding in lent.select_related("credential", "company").defer("credential__secret"):
        binding_end(binding=binding, ended_by=None)
    signed_farewell(SignedLogin.objects.filter(company=company, person=user))
