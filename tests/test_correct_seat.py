"""A wrong NIP whose right buyer lives abroad: the step asks if that buyer has its seat here."""

import pytest

from invoices.models import Document
from tests.api_support import code_of, post_json, program  # noqa: F401
from tests.cast import logged_in
from tests.correct_support import RIGHT_NIP, original_made
from tests.form_support import page

TYPED = {"nip": RIGHT_NIP, "name": "Inna firma", "address_l1": "Hauptstr. 1", "country": "DE"}
ABROAD = {
    "DaneIdentyfikacyjne": {"NIP": RIGHT_NIP, "Nazwa": "Inna firma"},
    "Adres": {"KodKraju": "DE", "AdresL1": "Hauptstr. 1"},
}
SEAT = "buyer_without_seat"


@pytest.fixture
def original(company, owner) -> Document:
    return original_made(company, owner)


def sent(owner, original: Document, **more):
    where = f"/firma/{original.company.nip}/faktury/{original.pk}/zly-nip/"
    return logged_in(owner).post(where, TYPED | {"action": "issue"} | more)


def test_an_address_abroad_brings_the_question_to_the_page(owner, original):
    answer = sent(owner, original, action="show")
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.xpath(f"//input[@name='{SEAT}']/@value") == ["no", "yes"]
    said = shown.text_content().replace("\xa0", " ")
    assert "Zaznacz, czy ma w Polsce siedzibę" in said


def test_without_an_answer_nothing_is_issued(owner, original):
    assert sent(owner, original).status_code == 422
    assert Document.objects.count() == 1


def test_an_address_at_home_asks_nothing(owner, original):
    assert SEAT not in sent(owner, original, action="show", country="PL").content.decode()


@pytest.mark.parametrize(("answered", "duty"), [("yes", "marked"), ("no", "")])
def test_the_answer_goes_with_the_new_invoice_only(owner, original, answered, duty):
    shown = sent(owner, original, action="show", **{SEAT: answered})
    assert shown.status_code == 200
    assert sent(owner, original, **{SEAT: answered}).status_code == 302
    assert Document.objects.get(buyer_id=RIGHT_NIP).hand_over_why == duty
    assert Document.objects.get(kind="KOR").hand_over_why == ""


def asked(program, original: Document, **more):  # noqa: F811
    where = f"documents/{original.pk}/wrong-buyer/"
    return post_json(program, where, {"buyer": ABROAD} | more)


def test_a_program_answers_in_the_same_request(program, original):  # noqa: F811
    refused = asked(program, original)
    assert (refused.status_code, code_of(refused)) == (422, "not_issued")
    assert asked(program, original, **{SEAT: "yes"}).status_code == 201
    assert Document.objects.get(buyer_id=RIGHT_NIP).hand_over_why == "marked"


def test_another_answer_of_a_program_is_400(program, original):  # noqa: F811
    assert asked(program, original, **{SEAT: "może"}).status_code == 400
