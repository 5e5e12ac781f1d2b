"""The typed helpers that read settings from the environment."""

import logging
import socket
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured

from ksefapp.env import env_bool, env_int, env_list, env_str


def test_an_unset_variable_gives_its_default():
    assert env_str("KSEF_NIE_MA", "domyślna") == "domyślna"


def test_a_file_replaces_a_variable_and_loses_its_line_end(monkeypatch, tmp_path):
    (tmp_path / "hasło").write_text("tajne\n")
    monkeypatch.setenv("KSEF_X", "jawne")
    monkeypatch.setenv("KSEF_X_FILE", str(tmp_path / "hasło"))
    assert env_str("KSEF_X") == "tajne"


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_a_switch_is_read(monkeypatch, text, value):
    monkeypatch.setenv("KSEF_X", text)
    assert env_bool("KSEF_X", not value) is value


def test_a_switch_that_says_neither_stops(monkeypatch):
    monkeypatch.setenv("KSEF_X", "może")
    with pytest.raises(ImproperlyConfigured, match="KSEF_X"):
        env_bool("KSEF_X")


def test_a_number_that_is_none_stops(monkeypatch):
    monkeypatch.setenv("KSEF_X", "12s")
    with pytest.raises(ImproperlyConfigured, match="KSEF_X"):
        env_int("KSEF_X", 1)


def test_a_list_drops_blanks(monkeypatch):
    monkeypatch.setenv("KSEF_X", "a, b,,")
    assert env_list("KSEF_X") == ["a", "b"]


@pytest.mark.parametrize("name", ["httpx", "weasyprint.progress", "fontTools.subset"])
def test_libraries_keep_their_steps_to_themselves(name):
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger(name).isEnabledFor(logging.WARNING)


def test_tests_never_meet_a_simulator_that_they_did_not_start(settings):
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", urlsplit(settings.KSEF_SIMULATOR_URL).port))
