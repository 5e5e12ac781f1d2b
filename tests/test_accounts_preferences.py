"""How a person likes the pages: known choices only, each on its own, nobody else's."""

from functools import partial

import pytest
from django.urls import reverse

from ksefapp.accounts.models import User
from ksefapp.accounts.preferences import PreferenceRefused, preference_get, preference_set
from tests.at_once import at_once

WRONG = [
    ("colour", "red"),
    ("expert", "yes"),
    ("expert", 1),
    ("line_columns", "P_11"),
    ("line_columns", ["P_11"] * 21),
    ("line_columns", ["<script>"]),
    ("density", "tight"),
]


def chosen(user) -> dict:
    return User.objects.get(pk=user.pk).preferences


def send(client, **data):
    return client.post(reverse("preferences"), data)


def test_nothing_is_chosen_at_first(owner):
    assert preference_get(owner, "expert", False) is False


def test_a_choice_is_kept(owner):
    preference_set(owner, "expert", True)
    assert preference_get(User.objects.get(pk=owner.pk), "expert") is True


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_an_unknown_choice_is_refused(owner, key, value):
    with pytest.raises(PreferenceRefused):
        preference_set(owner, key, value)
    assert chosen(owner) == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.servers
def test_two_choices_at_once_are_both_kept(owner):
    choices = [("expert", True), ("density", "dense"), ("line_columns", ["P_11"])]
    at_once(*(partial(preference_set, User.objects.get(pk=owner.pk), *one) for one in choices))
    assert chosen(owner) == dict(choices)


def test_a_switch_goes_on_and_off_and_comes_back_to_its_page(owner, client_of):
    answer = send(client_of(owner), key="expert", value="1", next="/firmy/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/firmy/")
    assert chosen(owner) == {"expert": True}
    send(client_of(owner), key="expert", value="", next="/firmy/")
    assert chosen(owner) == {"expert": False}


def test_columns_come_one_by_one_or_with_commas(owner, client_of):
    send(client_of(owner), key="line_columns", value=["GTU,CN", "PKWiU", "CN"])
    assert chosen(owner) == {"line_columns": ["GTU", "CN", "PKWiU"]}


def test_all_columns_can_be_let_go(owner, client_of):
    send(client_of(owner), key="line_columns", value="GTU")
    send(client_of(owner), key="line_columns", value="")
    assert chosen(owner) == {"line_columns": []}


def test_a_script_gets_no_page(owner, client_of):
    sent = {"key": "expert", "value": "1"}
    answer = client_of(owner).post(
        reverse("preferences"), sent, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("away", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_the_way_back_stays_in_the_house(owner, client_of, away):
    answer = send(client_of(owner), key="expert", value="1", next=away)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("data", [{}, {"key": "colour"}, {"key": "density", "value": "x"}])
def test_a_wrong_choice_is_a_bad_request(owner, client_of, data):
    assert send(client_of(owner), **data).status_code == 400


def test_reading_does_not_choose(owner, client_of):
    assert client_of(owner).get(reverse("preferences")).status_code == 405


def test_a_choice_is_ones_own(owner, teammate, client_of):
    send(client_of(owner), key="expert", value="1")
    assert chosen(teammate) == {}
