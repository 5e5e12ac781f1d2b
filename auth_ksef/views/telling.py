"""What became of a call that a person waits for, as a message on the next page."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.utils.translation import gettext as _

from auth_ksef.client import KsefError, KsefRefused, KsefUnknown
from auth_ksef.errors import LoginRefused, words_of
from auth_ksef.messages import Refusal, chosen

T = TypeVar("T")


def tried(request, call: Callable[[], T]) -> T | None:
    """What the call gives; None after a refusal, which the next page tells."""
    try:
        return call()
    except (KsefError, Refusal) as error:
        messages.warning(request, sentence_of(error))
    return None


def sentence_of(error: Exception) -> str:
    """The refusal for a person, as a whole sentence."""
    if isinstance(error, Refusal | LoginRefused):
        return error.message()
    said = chosen(words_of(error)).rstrip(".")
    if isinstance(error, KsefRefused):
        return _("KSeF odmówił: %(said)s.") % {"said": said}
    if isinstance(error, KsefUnknown):
        return _("KSeF nie odpowiedział. Odśwież listę, zanim spróbujesz jeszcze raz.")
    return f"{said[:1].upper()}{said[1:]}."
