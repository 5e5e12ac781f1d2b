"""The stored print follows the document: a preview never stays in the place of the numbered one."""

import pytest

from invoices.models import Chore
from invoices.services import chores
from invoices.services.prints import print_again, print_get, print_make, print_order
from tests.invoice_support import issued, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_after_a_preview_the_print_with_the_number_is_made_by_itself(connected, owner):
    document = issued(connected, owner)
    print_order(document=document, language="pl")
    chores.chores_run()
    assert print_get(document=document, language="pl").state == "waiting"
    work()
    document.refresh_from_db()
    assert print_get(document=document, language="pl").state == "numbered"


def test_a_preview_still_being_printed_does_not_end_the_order_of_the_next_print(
    connected, owner, monkeypatch
):
    document = issued(connected, owner)
    print_order(document=document, language="pl")

    def made_while_accepted(**options):
        print_again(document)
        return print_make(**options)

    monkeypatch.setattr(chores, "print_make", made_while_accepted)
    chores.chores_run()
    assert Chore.objects.get(document=document, kind="print").done_at is None
