"""Scenarios 23 to 30: local government, VAT groups, factors and other third parties."""

import pytest

from tests.scenario_support import Person, by_program, item, line, sale

pytestmark = pytest.mark.django_db
ACCOUNT = "61 1090 1014 0000 0712 1981 2874"
UNIT = {
    "DaneIdentyfikacyjne/NIP": "9999999999",
    "DaneIdentyfikacyjne/Nazwa": "Szkoła Podstawowa nr 3",
    "Adres/KodKraju": "PL",
    "Adres/AdresL1": "ul. Szkolna 1",
}
BY_NAME = {"c:DaneIdentyfikacyjne/0": "4", "DaneIdentyfikacyjne/Nazwa": "Adam Wrona"}


@pytest.fixture
def visitor(client_of, owner):
    return client_of(owner)


def test_scenario_23_local_government(visitor, company):
    """The tick opens the card of the unit, with its role in it."""
    person = Person(visitor, company).types({"jst": "1", "buyer_name": "Gmina Sosnowo"})
    issued = person.presses("save", party_boxes(UNIT)).issues()
    issued.stands({"Podmiot2/JST": "1", "Podmiot2/GV": "2", "Podmiot3[0]/Rola": "8"})
    issued.stands({"Podmiot3[0]/DaneIdentyfikacyjne/NIP": "9999999999"})


def test_scenario_23_unit_by_internal_identifier(visitor, company):
    unit = {"c:DaneIdentyfikacyjne/0": "1", "DaneIdentyfikacyjne/IDWew": "1111111111-12342"}
    person = Person(visitor, company).types({"jst": "1", "buyer_name": "Gmina Sosnowo"})
    issued = person.presses("save", party_boxes(UNIT | unit | {"DaneIdentyfikacyjne/NIP": ""}))
    identity = "Podmiot3[0]/DaneIdentyfikacyjne"
    issued.issues().stands({f"{identity}/IDWew": "1111111111-12342", f"{identity}/NIP": ""})


def test_scenario_24_vat_group_buyer(visitor, company):
    person = Person(visitor, company).types({"gv": "1", "buyer_name": "Grupa VAT Bór"})
    issued = person.presses("save", party_boxes(UNIT)).issues()
    issued.stands({"Podmiot2/GV": "1", "Podmiot2/JST": "2", "Podmiot3[0]/Rola": "10"})


def test_scenario_24_vat_group_issuer(visitor, company):
    """A member of the seller's group has no button of its own: the role is chosen."""
    person = Person(visitor, company).types().opens("third")
    issued = person.adds("Podmiot3", UNIT | {"Rola": "9"}).issues()
    issued.stands({"Podmiot3[0]/Rola": "9", "Podmiot2/GV": "2"})


def test_scenario_25_branch_as_recipient(visitor, company):
    branch = BY_NAME | {"DaneIdentyfikacyjne/Nazwa": "Oddział w Łodzi", "Adres/KodKraju": "PL"}
    person = Person(visitor, company).types().opens("third")
    issued = person.adds_party("recipient", branch | {"Adres/AdresL1": "ul. Tkacka 5"}).issues()
    issued.stands({"Podmiot3[0]/Rola": "2", "Podmiot3[0]/DaneIdentyfikacyjne/BrakID": "1"})
    issued.stands({"Podmiot3[0]/Adres/AdresL1": "ul. Tkacka 5"})


def test_scenario_26_several_buyers(visitor, company):
    person = Person(visitor, company).types().opens("third")
    person.adds_party("buyer", UNIT | {"Udzial": "30"})
    second = UNIT | {"DaneIdentyfikacyjne/NIP": "5260250274", "Udzial": "20,5"}
    issued = person.adds_party("buyer", second, at=1).issues()
    issued.stands({"Podmiot3[0]/Rola": "4", "Podmiot3[0]/Udzial": "30"})
    issued.stands({"Podmiot3[1]/Rola": "4", "Podmiot3[1]/Udzial": "20.5"})


def test_scenario_27_employee(visitor, company):
    """The button of the role chooses "no identifier" by itself."""
    person = Person(visitor, company).types(line(name="Nocleg", rate="8")).opens("third")
    issued = person.adds_party("employee", {"DaneIdentyfikacyjne/Nazwa": "Adam Wrona"}).issues()
    issued.stands({"Podmiot3[0]/Rola": "11", "Podmiot3[0]/DaneIdentyfikacyjne/BrakID": "1"})
    issued.stands({"Podmiot3[0]/DaneIdentyfikacyjne/Nazwa": "Adam Wrona"})


def test_scenario_28_factoring(visitor, company):
    factor = UNIT | {"DaneIdentyfikacyjne/Nazwa": "Faktor SA"}
    person = Person(visitor, company).types({"notes": "Wierzytelność przelana na Faktor SA."})
    person.opens("third").adds_party("factor", factor).opens("payment")
    account = {"NrRB": ACCOUNT, "RachunekWlasnyBanku": "2"}
    issued = person.adds("Fa/Platnosc/RachunekBankowyFaktora", account).issues()
    issued.stands({"Podmiot3[0]/Rola": "1"})
    factors = "Fa/Platnosc/RachunekBankowyFaktora[0]"
    issued.stands({f"{factors}/NrRB": ACCOUNT.replace(" ", "")})
    issued.stands({f"{factors}/RachunekWlasnyBanku": "2"})


def test_scenario_29_predecessor(visitor, company):
    old = UNIT | {"DaneIdentyfikacyjne/Nazwa": "Sosna s.c.", "Rola": "3"}
    person = Person(visitor, company).types().opens("third")
    person.adds("Podmiot3", old).issues().stands({"Podmiot3[0]/Rola": "3"})


@pytest.mark.parametrize("role", ["1", "2", "3"], ids=["enforcement", "bailiff", "tax"])
def test_scenario_30_authorised_entity(role, visitor, company):
    who = {f"f:PodmiotUpowazniony/{name}": text for name, text in UNIT.items()}
    person = Person(visitor, company).types().opens("authorised")
    issued = person.presses("save", who | {"f:PodmiotUpowazniony/RolaPU": role}).issues()
    issued.stands({"PodmiotUpowazniony/RolaPU": role})
    issued.stands({"PodmiotUpowazniony/DaneIdentyfikacyjne/NIP": "9999999999"})


def test_scenario_26_by_a_program(program, company):
    party = {
        "DaneIdentyfikacyjne": {"NIP": "9999999999", "Nazwa": "Drugi nabywca"},
        "Adres": {"KodKraju": "PL", "AdresL1": "ul. Polna 2"},
        "Rola": "4",
        "Udzial": "50",
    }
    sums = {"Fa__P_13_1": "100.00", "Fa__P_14_1": "23.00", "Fa__P_15": "123.00"}
    tree = sale(company, Podmiot3=[party], Fa__FaWiersz=[item()], **sums)
    by_program(program, company, tree).stands({"Podmiot3[0]/Udzial": "50"})


def party_boxes(texts: dict[str, str]) -> dict[str, str]:
    """Boxes of the first third party."""
    chosen = {n: t for n, t in texts.items() if n.startswith("c:")}
    boxes = {f"f:Podmiot3[0]/{n}": t for n, t in texts.items() if n not in chosen}
    return boxes | {f"c:Podmiot3[0]/{n.removeprefix('c:')}": t for n, t in chosen.items()}
