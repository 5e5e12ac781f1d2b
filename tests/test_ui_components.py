"""The tags that pages are built from."""

from datetime import timedelta

import pytest
from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory
from lxml import html

from invoices.models import Submission
from ksefapp.lib import clock
from ksefapp.ui.states import PILLS

ATTACK = "<script>alert(1)</script>"


class BuyerForm(forms.Form):
    nip = forms.CharField(label="NIP", help_text="Dziesięć cyfr.")
    email = forms.EmailField(label="E-mail", required=False)
    kind = forms.ChoiceField(choices=[("a", "Firma"), ("b", "Osoba")], widget=forms.RadioSelect)
    paid = forms.BooleanField(label="Zapłacona", required=False)


def show(source: str, address: str = "/", **context):
    """The rendered source as an element tree under one div."""
    request = RequestContext(RequestFactory().get(address), context)
    text = Template("{% load ui %}<div>" + source + "</div>").render(request)
    return html.fromstring(text)


def wrong_form() -> BuyerForm:
    form = BuyerForm({"nip": ATTACK})
    form.add_error("nip", "Sprawdź NIP z nabywcą.")
    return form


def test_a_field_names_its_error_and_its_hint():
    shown = show("{% field form.nip %}", form=wrong_form())
    control = shown.find(".//input")
    texts = [shown.get_element_by_id(name).text_content() for name in described(control)]
    assert [text.strip() for text in texts] == ["Sprawdź NIP z\u00a0nabywcą.", "Dziesięć cyfr."]
    assert control.get("aria-invalid") == "true"


def described(control) -> list[str]:
    return control.get("aria-describedby").split()


def test_what_was_typed_stays_and_is_escaped():
    shown = show("{% field form.nip %}", form=wrong_form())
    assert shown.find(".//input").get("value") == ATTACK
    assert shown.find(".//script") is None


def test_a_label_belongs_to_its_control_and_marks_the_optional_ones():
    shown = show("{% field form.email %}", form=BuyerForm())
    label = shown.find(".//label")
    assert label.get("for") == shown.find(".//input").get("id")
    assert "(nieobowiązkowe)" in label.text_content()


def test_radios_stand_in_a_fieldset_that_names_their_error():
    shown = show("{% field form.kind %}", form=wrong_form())
    group = shown.find(".//fieldset")
    assert len(group.findall(".//input[@type='radio']")) == 2
    assert shown.get_element_by_id(group.get("aria-describedby")) is not None


def test_keywords_become_attributes_of_the_control():
    shown = show('{% field form.nip inputmode="numeric" hx_get="/x/" %}', form=BuyerForm())
    assert shown.find(".//input").get("inputmode") == "numeric"
    assert shown.find(".//input").get("hx-get") == "/x/"


def test_a_help_text_can_be_left_out():
    assert show("{% field form.nip hint=False %}", form=BuyerForm()).find_class("hint") == []


def test_the_problem_list_links_to_the_fields():
    form = wrong_form()
    shown = show("{% problems form before='zanim zapiszesz' %}", form=form)
    alert = shown.find(".//*[@role='alert']")
    assert "Popraw 2\u00a0pola, zanim zapiszesz" in alert.text_content()
    fields = html.fromstring(str(form))
    for link in alert.iterfind(".//a"):
        assert fields.get_element_by_id(link.get("href").removeprefix("#")) is not None


def test_a_problem_list_takes_plain_problems_and_formsets():
    lines = forms.formset_factory(BuyerForm)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-email": "nie"}
    )
    shown = show("{% problems lines extra %}", lines=lines, extra=[{"text": "Brak pozycji"}])
    links = [link.get("href") for link in shown.iterfind(".//a")]
    assert "#id_form-0-email" in links
    assert "Brak pozycji" in shown.text_content()


def test_nothing_to_correct_shows_nothing():
    assert show("{% problems form %}", form=BuyerForm()).text_content().strip() == ""


def test_a_button_that_is_not_available_says_why_and_does_nothing():
    shown = show('{% button "Wystaw" "main" name="issue" disabled="Nie wiemy." %}')
    control = shown.find(".//button")
    assert control.get("aria-disabled") == "true"
    assert control.get("type") == "button"
    assert control.get("name") is None
    reason = shown.get_element_by_id(control.get("aria-describedby"))
    assert reason.text_content() == "Nie wiemy."


def test_an_icon_button_still_has_a_name():
    control = show('{% button "Usuń pozycję 1" "icon" icon="trash" %}').find(".//button")
    assert control.text_content().strip() == "Usuń pozycję 1"


def test_a_button_with_an_address_is_a_link():
    link = show('{% button "Nowa faktura" href=url %}', url="/x/?a=1&b=2").find(".//a")
    assert link.get("href") == "/x/?a=1&b=2"


def test_texts_given_to_components_are_escaped():
    source = (
        "{% button text %}{% pill 'accepted' label=text %}"
        "{% note title=text %}{{ text }}{% endnote %}"
        "{% section text %}{% endsection %}{% code_box text text %}{% steps text 1 %}"
        "{% empty_state text text %}{% endempty_state %}{{ text|tie }}"
    )
    assert show(source, text=ATTACK).find(".//script") is None


@pytest.mark.parametrize("state", Submission.State.values)
def test_every_state_of_a_submission_has_a_pill(state):
    assert show("{% pill state %}", state=state).text_content() == PILLS[state][2]


def test_a_pill_says_the_hour_today_and_the_day_otherwise():
    now = clock.now()
    assert ", " not in show("{% pill 'accepted' time=at %}", at=now).text_content()
    earlier = show("{% pill 'accepted' time=at %}", at=now - timedelta(days=2))
    assert ", " in earlier.text_content()


def test_only_a_mode_that_is_not_online_has_a_tag():
    assert show("{% mode_tag 'online' %}").find_class("tag") == []
    assert show("{% mode_tag 'offline24' %}").text_content() == "offline24"


def test_a_log_is_grouped_by_warsaw_days():
    entries = [
        {"at": clock.now(), "text": "Przyjęta"},
        {"at": clock.now() - timedelta(days=1), "text": "Wystawiona"},
    ]
    shown = show("{% timeline entries %}", entries=entries)
    assert len(shown.find_class("log-day")) == len(shown.findall(".//ol")) == 2


def test_paging_keeps_the_rest_of_the_address():
    page = Paginator(range(30), 10).page(2)
    shown = show("{% pagination page %}", address="/?q=st%C3%B3%C5%82&page=2", page=page)
    addresses = [link.get("href") for link in shown.iterfind(".//a")]
    assert addresses == ["?q=st%C3%B3%C5%82&page=1", "?q=st%C3%B3%C5%82&page=3"]


@pytest.mark.parametrize(
    ("level", "tags", "kind"),
    [
        (constants.SUCCESS, "", "ok"),
        (constants.ERROR, "", "bad"),
        (constants.INFO, "", "neutral"),
        (constants.INFO, "unknown", "unknown"),
    ],
)
def test_messages_become_notes(level, tags, kind):
    message = Message(level, "tekst", extra_tags=tags)
    assert show("{{ message|message_kind }}", message=message).text_content() == kind
