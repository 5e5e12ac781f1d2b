"""The English catalogue is complete, compiled, and says the same with the same placeholders."""

import gettext
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter

import pytest

from tests.language_support import CATALOGUE, POLISH, ROOT, TAXPAYER_APP, entries

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{[\w:]*\}")
# Word forms for a number are one text: `plural` picks between them (ksefapp/ui/formats.py).
FORMS = re.compile(r"""plural(?:\([^"]*?_\(|:_\()"([^"]+)"\)""")
LISTS = re.compile(r"""\{% steps _\("([^"]+)"\)""")
ROOMS = ["ksefapp", "auth_ksef", "offline", "invoices", "templates"]


def sources() -> str:
    """Code and templates in one text."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.*")]
    return "\n".join(p.read_text("utf-8") for p in found if p.suffix in {".py", ".html", ".txt"})


def by_polish() -> dict[str, str]:
    return {entry.polish: entry.english for entry in entries()}


def test_every_text_has_its_english():
    assert [entry.polish for entry in entries() if not entry.english.strip()] == []


def test_no_english_is_a_guess_of_the_tools():
    assert [entry.polish for entry in entries() if entry.fuzzy] == []


def test_the_compiled_catalogue_says_what_the_source_says():
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    assert {key: text for key, text in compiled.items() if key} == {
        entry.key: entry.english for entry in entries()
    }


def test_placeholders_survive_translation():
    for entry in entries():
        placed = [Counter(PLACEHOLDERS.findall(t)) for t in (entry.polish, entry.english)]
        assert placed[0] == placed[1], entry.polish


def test_words_for_a_number_have_the_two_forms_of_english():
    english = by_polish()
    found = set(FORMS.findall(sources())) & english.keys()
    assert len(found) > 5
    for forms in found:
        assert (forms.count(","), english[forms].count(",")) == (2, 1), forms


def test_lists_in_one_text_keep_their_length():
    english = by_polish()
    found = set(LISTS.findall(sources()))
    assert found
    for steps in found:
        assert steps.count(",") == english[steps].count(","), steps


def ending(text: str) -> str:
    """The sign a text ends with, where it means something."""
    last = text.rstrip()[-1]
    return last if last in ".:?," else ""


def test_a_sentence_stays_a_sentence():
    said = [entry for entry in entries() if " " in entry.polish]
    assert [e.polish for e in said if ending(e.polish) != ending(e.english)] == []


def test_english_has_no_polish_letters_but_the_taxpayer_apps_own_names():
    for entry in entries():
        text = entry.english
        for name in TAXPAYER_APP:
            text = text.replace(name, "")
        assert not POLISH.search(text), entry.english


def test_english_quotes_as_english_does():
    assert [entry.english for entry in entries() if re.search("[„'\"]", entry.english)] == []


def collect_options() -> list[str]:
    """The options with which bin/messages collects."""
    text = (ROOT / "bin/messages").read_text("utf-8").replace("\\\n", " ")
    line = next(line for line in text.splitlines() if " makemessages " in line)
    return shlex.split(line.split("manage.py", 1)[1])


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The catalogue as bin/messages would collect it now, in a copy of the tree."""
    if not shutil.which("xgettext"):
        pytest.skip("gettext is not installed: whether the catalogue lacks texts is not known")
    copy = tmp_path_factory.mktemp("collected") / "tree"
    left_out = shutil.ignore_patterns(".*", "var", "tests", "simulator", "static", "docs", "*.pyc")
    shutil.copytree(ROOT, copy, ignore=left_out)
    env = {"PATH": os.environ["PATH"], "KSEF_DATA_DIR": str(copy / "data")}
    command = [sys.executable, "manage.py", *collect_options()]
    subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
    return copy / CATALOGUE.relative_to(ROOT)


def test_the_catalogue_has_every_text_of_code_and_templates(collected):
    missing = {entry.key for entry in entries(collected)} - {entry.key for entry in entries()}
    assert not missing, "run bin/messages and translate"


def test_the_catalogue_has_nothing_that_code_no_longer_says(collected):
    gone = {entry.key for entry in entries()} - {entry.key for entry in entries(collected)}
    assert not gone, "run bin/messages"


def test_collecting_again_changes_nothing(collected):
    dated = collected.read_text("utf-8").splitlines()
    kept = [line for line in dated if not line.startswith('"POT-Creation-Date:')]
    assert kept == CATALOGUE.read_text("utf-8").splitlines()
