"""The form that asks KSeF for a token."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from auth_ksef.models import TokenOrder
from auth_ksef.token_words import LEAST, RIGHTS
from auth_ksef.tokens import DESCRIPTION_MOST

HERE, ELSEWHERE = TokenOrder.Purpose.HERE, TokenOrder.Purpose.ELSEWHERE


class TokenForm(forms.Form):
    """For which program the token is, how it is called in KSeF, and what it may do."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    purpose = forms.ChoiceField(
        label=_("Dla którego programu?"),
        choices=[(HERE, _("Dla tego programu")), (ELSEWHERE, _("Dla innego programu"))],
        initial=ELSEWHERE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Wybierz, dla którego programu jest token.")},
    )
    description = forms.CharField(
        label=_("Nazwa tokena w KSeF"),
        min_length=5,
        max_length=DESCRIPTION_MOST,
        error_messages={
            "required": _("Nazwij token, na przykład nazwą programu."),
            "min_length": _("KSeF chce co najmniej 5 znaków."),
        },
    )
    permissions = forms.MultipleChoiceField(
        label=_("Co wolno temu tokenowi?"),
        choices=[(name, words[0]) for name, words in RIGHTS.items()],
        initial=LEAST,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Zaznacz co najmniej jedno uprawnienie.")},
    )


def purpose_details() -> dict[str, dict]:
    """What the cards of `purpose` say."""
    return {
        HERE: {
            "text": _("Zapiszemy go zaszyfrowany. Pokażemy już tylko cztery ostatnie znaki."),
        },
        ELSEWHERE: {
            "text": _("Pokażemy go jeden raz, do skopiowania. Nie zapiszemy go."),
        },
    }


def permission_details() -> dict[str, dict]:
    """What the cards of `permissions` say."""
    return {
        name: {"text": text, "badge": _("wystarczy do faktur") if name in LEAST else ""}
        for name, (_label, text) in RIGHTS.items()
    }
