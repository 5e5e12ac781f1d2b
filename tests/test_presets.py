"""Presets and orders: the requests to KSeF, and what is said before they leave."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from auth_ksef import presets
from auth_ksef.presets import PRESETS, Named, Order, consequences, description_of
from auth_ksef.rights_words import Identifier
from simulator import grants_shapes

SHAPES = {
    "persons": grants_shapes.PERSONS,
    "entities": grants_shapes.ENTITIES,
    "authorizations": grants_shapes.AUTHORIZATION,
    "indirect": grants_shapes.INDIRECT,
    "subunits": grants_shapes.SUBUNIT,
    "eu-admins": grants_shapes.EU_ADMIN,
}
PESEL, NIP = Identifier("Pesel", "44051401359"), Identifier("Nip", "7980332920")
PRINT = Identifier("Fingerprint", "AB" * 32)
ANNA, OFFICE = Named(first="Anna", last="Nowak"), Named(full="Biuro Kowalska")


def order(kind="persons", holder=PESEL, named=ANNA, scopes=("InvoiceRead",), **options):
    return Order(kind, holder, named, scopes, "z testu uprawnień", **options)


ORDERS = {
    "person": order(),
    "person by NIP": order(holder=NIP),
    "fingerprint with PESEL": order(
        holder=PRINT, named=Named(first="Jan", last="Kos", identifier=PESEL)
    ),
    "fingerprint without": order(
        holder=PRINT,
        named=Named(
            first="John",
            last="Smith",
            born=date(1980, 1, 31),
            document={"type": "Passport", "number": "AB1", "country": "DE"},
        ),
    ),
    "office": order("entities", NIP, OFFICE, presets.INVOICES, delegates=True),
    "self-billing": order("authorizations", NIP, OFFICE, ("SelfInvoicing",)),
    "tax representative": order("authorizations", NIP, OFFICE, ("TaxRepresentative",)),
    "staff of one client": order("indirect", target=Identifier("Nip", "8225900795")),
    "staff of all clients": order("indirect", target=Identifier("AllPartners", "")),
    "sub-unit": order(
        "subunits",
        scopes=("CredentialsManage",),
        context=Identifier("Nip", "8225900795"),
        context_name="Oddział",
    ),
    "eu": order(
        "eu-admins",
        PRINT,
        Named(first="Jan", last="Kos", identifier=PESEL),
        presets.EU_SCOPES,
        context=Identifier("NipVatUe", "5265877635-DE123456789"),
        context_name="Holz GmbH",
        address="Berlin",
    ),
}


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_the_request_has_the_shape_that_ksef_takes(name):
    one = ORDERS[name]
    assert SHAPES[one.kind](one.body(), "")


def test_passing_on_is_asked_for_each_right():
    rows = ORDERS["office"].body()["permissions"]
    assert [row["canDelegate"] for row in rows] == [True, True]


def test_all_clients_have_no_value():
    assert ORDERS["staff of all clients"].body()["targetIdentifier"] == {"type": "AllPartners"}


def test_the_presets_give_what_they_say():
    assert PRESETS[presets.READ].scopes == ("InvoiceRead",)
    assert PRESETS[presets.ISSUE_AND_READ].scopes == ("InvoiceWrite", "InvoiceRead")
    assert [name for name, one in PRESETS.items() if one.delegates] == [presets.PASS_ON]


def test_reading_only_says_that_nothing_can_be_issued():
    assert "Nie wystawi żadnej faktury." in consequences(order())


def test_passing_on_warns_of_people_nobody_chose():
    text = " ".join(consequences(ORDERS["office"]))
    assert "których Ty nie wybierasz" in text


def test_managing_is_not_denied_to_whom_it_is_given():
    text = " ".join(consequences(order(scopes=("CredentialsManage",))))
    assert "Nie zmieni uprawnień" not in text
    assert "każde uprawnienie każdemu" in text


def test_consequences_speak_the_readers_language():
    with translation.override("en"):
        assert "Cannot issue any invoice." in consequences(order())


def test_the_summary_masks_a_pesel_and_names_the_client():
    polish, english = ORDERS["staff of one client"].summary()
    assert "44051401359" not in polish + english
    assert "NIP 822-590-07-95" in polish
    assert "reading invoices" in english


@given(
    st.sampled_from(sorted(PRESETS)), st.lists(st.sampled_from(presets.PERSON_SCOPES), min_size=1)
)
def test_a_description_of_ours_fits_into_ksef(preset, scopes):
    assert 5 <= len(description_of(preset, tuple(scopes))) <= 256


def test_staff_of_an_office_work_for_clients_and_not_for_the_office():
    text = " ".join(consequences(ORDERS["staff of all clients"]))
    assert "faktury klienta" in text
    assert "tej firmy" not in text
    assert "pozwolą na to biuru później" in text
