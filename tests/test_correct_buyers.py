"""Data of several buyers, corrected at once: former ones in Podmiot2K, each linked by its key."""

import pytest

from invoices.fa3 import correcting
from invoices.fa3 import tree as trees
from invoices.fa3.correcting import CannotCorrect, Reference, Wanted
from invoices.fa3.standing import standing
from invoices.models import Document, Draft
from invoices.services.drafts import draft_create
from invoices.services.issue import invoice_issue
from ksefapp.lib import clock
from tests.api_support import post_json, program  # noqa: F401
from tests.cast import logged_in
from tests.correct_support import numbered
from tests.fa3_support import invoice
from tests.form_support import page
from tests.invoice_support import content
from tests.invoice_support import issued as invoice_made
from tests.scenario_support import corrects

REFERENCE = Reference("2026-11-22", "1/2026", "5265877635-20261121-0100C4A7F31B-EF")


def buyer(name: str, nip: str, **more) -> dict:
    identity = {"NIP": nip, "Nazwa": name}
    return {
        "DaneIdentyfikacyjne": identity,
        "Adres": {"KodKraju": "PL", "AdresL1": "ul. Lipowa 3"},
        **more,
    }


FACTOR = buyer("Faktor", "5260250274", Rola="1")
SECOND = buyer("Bar Lipa", "7740001454", Rola="4", Udzial="30")
THIRD = buyer("Bar Dąb", "1234563218", Rola="4", Udzial="20")


def of_three() -> dict:
    return invoice(Podmiot3=[FACTOR, SECOND, THIRD])


def renamed(name: str) -> dict:
    return {"DaneIdentyfikacyjne": {"Nazwa": name}}


def corrected(**buyers) -> dict:
    given = {int(place[1:]): renamed(name) for place, name in buyers.items()}
    return correcting.of_buyer(of_three(), REFERENCE, Wanted("buyer", buyers=given))


def test_each_former_buyer_has_the_key_of_the_present_one():
    made = corrected(_0="Główny", _2="Dębowy Bar")
    keys = [former["IDNabywcy"] for former in made["Fa"]["Podmiot2K"]]
    assert keys == [made["Podmiot2"]["IDNabywcy"], made["Podmiot3"][2]["IDNabywcy"]]
    assert len(set(keys)) == 2


def test_former_data_are_those_of_that_buyer_and_no_role():
    made = corrected(_1="Bar Pod Lipą")
    (former,) = made["Fa"]["Podmiot2K"]
    assert former["DaneIdentyfikacyjne"] == SECOND["DaneIdentyfikacyjne"]
    assert "Rola" not in former
    assert made["Podmiot3"][1]["DaneIdentyfikacyjne"] == {"NIP": "7740001454"} | {
        "Nazwa": "Bar Pod Lipą"
    }


def test_who_did_not_change_has_no_key():
    made = corrected(_2="Dębowy Bar")
    assert "IDNabywcy" not in made["Podmiot2"]
    assert made["Podmiot3"][:2] == [FACTOR, SECOND]


def test_a_key_that_is_taken_is_not_given_again():
    tree = of_three()
    tree["Podmiot2"]["IDNabywcy"] = "2"
    made = correcting.of_buyer(tree, REFERENCE, Wanted("buyer", buyers={1: {}}))
    assert made["Podmiot3"][1]["IDNabywcy"] == "3"


def test_a_factor_is_no_buyer():
    with pytest.raises(CannotCorrect, match="no-such-buyer"):
        corrected(_3="Faktor")


def test_the_next_correction_starts_from_all_of_them():
    after = standing(of_three(), [corrected(_0="Główny", _1="Bar Pod Lipą")])
    assert trees.text(after, "Podmiot2/DaneIdentyfikacyjne/Nazwa") == "Główny"
    assert after["Podmiot3"][1]["DaneIdentyfikacyjne"]["Nazwa"] == "Bar Pod Lipą"


# --- The page and the API ---------------------------------------------------------------------
@pytest.fixture
def original(company, owner) -> Document:
    tree = content(company) | {"Podmiot3": [FACTOR, SECOND, THIRD]}
    draft = draft_create(company=company, content=tree, created_by=owner)
    return numbered(invoice_issue(draft=draft, issued_by=owner, on=clock.today()))


def test_the_page_asks_whose_data_changed(original, owner):
    where = f"/firma/{original.company.nip}/faktury/{original.pk}/koryguj/"
    shown = page(logged_in(owner).get(where))
    assert shown.xpath("//input[@name='buyers']/@value") == ["0", "1", "2"]
    assert shown.xpath("//input[@name='buyers'][@checked]/@value") == ["0"]


def test_one_buyer_is_asked_nothing(company, owner):
    alone = numbered(invoice_made(company, owner))
    where = f"/firma/{company.nip}/faktury/{alone.pk}/koryguj/"
    assert not page(logged_in(owner).get(where)).xpath("//input[@name='buyers']")


def test_a_person_corrects_two_buyers_at_once(original, owner):
    person = corrects(logged_in(owner), original, "buyer", buyers=["0", "2"])
    typed = {"buyer_name": "Kawiarnia Pod Lipami"}
    typed["f:Podmiot3[2]/DaneIdentyfikacyjne/Nazwa"] = "Dębowy Bar"
    made = person.presses("save", typed).issues()
    before = trees.groups(made.tree, "Fa/Podmiot2K")
    former = [trees.text(each, "DaneIdentyfikacyjne/Nazwa") for each in before]
    assert former == [original.buyer_name, "Bar Dąb"]
    assert made.text("Podmiot3[2]/DaneIdentyfikacyjne/Nazwa") == "Dębowy Bar"
    assert made.text("Podmiot3[2]/IDNabywcy") == before[1]["IDNabywcy"]


def test_a_program_corrects_an_additional_buyer(original, program):  # noqa: F811
    body = {"method": "buyer", "buyers": [{"buyer": 2, "party": renamed("Dębowy Bar")}]}
    answer = post_json(program, f"documents/{original.pk}/corrections/", body)
    assert answer.status_code == 201, answer.json()
    tree = Draft.objects.get(pk=answer.json()["id"]).content
    assert tree["Podmiot3"][2]["DaneIdentyfikacyjne"]["Nazwa"] == "Dębowy Bar"
    assert [each["IDNabywcy"] for each in tree["Fa"]["Podmiot2K"]] == ["3"]


@pytest.mark.parametrize(
    ("buyers", "status"),
    [
        ([{"buyer": 3, "party": {}}], 409),
        ([{"buyer": 1, "party": {"x": "1"}}], 422),
        ([{"buyer": True, "party": {}}], 400),
        ([{"buyer": 1, "party": {}}] * 2, 400),
        ([{"buyer": 1}], 400),
        ({}, 400),
        ([7], 400),
    ],
)
def test_what_makes_no_sense_is_refused(buyers, status, original, program):  # noqa: F811
    body = {"method": "buyer", "buyers": buyers}
    assert post_json(program, f"documents/{original.pk}/corrections/", body).status_code == status
