"""What an invoice becomes when its day ends before it left."""

from django.conf import settings

from auth_ksef.messages import stored
from invoices.models import Submission
from invoices.services.delivery_states import attempt
from ksefapp.lib import clock
from offline.deadlines import offline24_deadline


def turn_offline_after_midnight(row: Submission) -> None:
    """Online means sent on the day of P_1 (art. 106nda ust. 16); KSeF decides the same way."""
    issued_on = row.document.issued_on
    if row.mode != Submission.Mode.ONLINE or issued_on >= clock.today():
        return
    deadline = offline24_deadline(issued_on, saturday=settings.KSEF_SATURDAY_IS_BUSINESS_DAY)
    row.mode, row.deadline_on = Submission.Mode.OFFLINE24, deadline.on
    Submission.objects.filter(pk=row.pk).update(mode=row.mode, deadline_on=row.deadline_on)
    attempt(row, "mode", "offline24", text=stored((deadline.basis, deadline.basis_en)))
