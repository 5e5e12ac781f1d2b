"""What registration adds to allauth: a name, and the address that was invited."""

from allauth.account.signals import user_signed_up
from allauth.core import context
from django import forms
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from ksefapp.accounts.invitations import invitation_accept, invitation_find


class SignupForm(forms.Form):
    """Base of allauth's registration form (ACCOUNT_SIGNUP_FORM_CLASS)."""

    full_name = forms.CharField(
        label=_("Imię i nazwisko"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Wpisz imię i nazwisko, tak jak mają je widzieć inni.")},
    )
    field_order = ["full_name", "email", "password1", "password2"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation_find(context.request.session.get("invitation", ""))
        if self.invitation and "email" in self.fields:
            self.fields["email"].initial = self.invitation.email

    def clean(self) -> dict:
        data = super().clean()
        email = (data or self.cleaned_data).get("email", "")
        if self.invitation and email and email.lower() != self.invitation.email:
            self.add_error(
                "email",
                _("Zaproszenie jest dla adresu %(email)s. Załóż konto na ten adres.")
                % {"email": self.invitation.email},
            )
        return data

    def signup(self, request, user) -> None:
        """allauth's hook after the user was saved."""
        user.full_name = self.cleaned_data["full_name"]
        user.save(update_fields=["full_name"])


@receiver(user_signed_up)
def join_company(request, user, **kwargs) -> None:
    """Whoever registers from an invitation has accepted it."""
    token = request.session.pop("invitation", "")
    if token:
        invitation_accept(token=token, user=user)
