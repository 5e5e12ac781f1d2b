"""An invoice with an attachment, from the browser's form to its number in KSeF."""

import pytest
from django.urls import reverse

from invoices import fa3
from invoices.fa3 import tree as trees
from invoices.models import Document, KsefSession
from ksefapp.lib import clock
from tests.cast import NIP
from tests.form_support import FILLED, boxes, listed
from tests.invoice_support import accepted, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
BLOCK = "Zalacznik/BlokDanych[0]"
TABLE = f"{BLOCK}/Tabela[0]"
COLUMNS = [("txt", "Licznik"), ("int", "Zużycie, kWh")]
TYPED = {
    f"g:{BLOCK}": "1",
    f"f:{BLOCK}/ZNaglowek": "Odczyty",
    f"g:{BLOCK}/MetaDane[0]": "1",
    f"f:{BLOCK}/MetaDane[0]/ZKlucz": "Okres",
    f"f:{BLOCK}/MetaDane[0]/ZWartosc": "listopad 2026",
    f"g:{TABLE}": "1",
    f"g:{TABLE}/TNaglowek": "1",
    f"t:{TABLE}/rows": "A-17\t120\r\nA-18\t\r\n",
    f"t:{TABLE}/sum": "Razem\t120",
}
for at, (kind, name) in enumerate(COLUMNS):
    column = f"{TABLE}/TNaglowek/Kol[{at}]"
    TYPED |= {f"g:{column}": "1", f"f:{column}/@Typ": kind, f"f:{column}/NKom": name}


@pytest.fixture
def notified(connected, simulator, settings, tmp_path):
    """The company said that it notified, and the simulator knows of it."""
    settings.KSEF_DATA_DIR = tmp_path
    connected.attachments_notified_on = clock.today()
    connected.save()
    answer = simulator.request("POST", "/v2/testdata/attachment", json={"nip": NIP})
    assert answer.status == 200
    return connected


def issue(client, company):
    url = reverse("invoice-new", args=[company.nip])
    page = client.get(url, {"sekcje": "attachment"})
    return client.post(url, boxes(page) | FILLED | TYPED | {"action": "issue"})


def tidy(text: str) -> str:
    return " ".join(text.split())


def test_an_attachment_typed_in_the_form_reaches_ksef(notified, simulator, owner, client_of):
    assert issue(client_of(owner), notified).status_code == 302
    document = Document.objects.get()
    work()
    document.refresh_from_db()
    assert [row["ksefNumber"] for row in accepted(simulator, document)] == [document.ksef_number]
    assert [session.kind for session in KsefSession.objects.all()] == ["batch"]
    table = trees.get(fa3.parse(bytes(document.file.content)), TABLE)
    assert table["Wiersz"] == [{"WKom": ["A-17", "120"]}, {"WKom": ["A-18", ""]}]
    assert table["Suma"] == {"SKom": ["Razem", "120"]}


def test_without_the_notification_the_form_says_what_to_do(connected, owner, client_of):
    response = issue(client_of(owner), connected)
    assert response.status_code == 422
    assert any("Zgłoś i zaznacz to w danych firmy" in tidy(text) for text in listed(response))
    assert not Document.objects.exists()
