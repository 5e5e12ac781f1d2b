"""What the tests of the languages share: the catalogue as it stands, and the words of a page."""

import ast
import re
from pathlib import Path

from lxml import html

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "locale/en/LC_MESSAGES/django.po"
POLISH = re.compile("[ąćęłńóśźżĄĆĘŁŃÓŚŹŻ]")
CURRENCY = "zł"
# Attributes that people see or hear; `data-*` are read by styles and scripts and shown.
SHOWN = ("alt", "aria-label", "placeholder", "title", "data-label", "data-busy", "data-copied")
# What the Taxpayer App calls its own pages and boxes: in Polish, in whatever language we speak.
TAXPAYER_APP = (
    "Uprawnienia, Nadaj uprawnienie, Osoba",
    "Certyfikaty, Wnioskuj o certyfikat",
    "Tokeny, Generuj token",
    "wystawianie faktur",
    "przeglądanie faktur",
    "przeglądanie historii sesji",
    "uwierzytelnianie",
)

_STRING = re.compile(r'^(?:(msgctxt|msgid|msgstr) )?(".*")$')


class Entry:
    """One text of a catalogue: `key` is the msgid, with its context in front where it has one."""

    def __init__(self, lines: list[str]) -> None:
        parts = {"msgctxt": "", "msgid": "", "msgstr": ""}
        name = ""
        for line in lines:
            if match := _STRING.match(line):
                name = match[1] or name
                parts[name] += ast.literal_eval(match[2])
        self.polish, self.english = parts["msgid"], parts["msgstr"]
        self.key = "\x04".join(filter(None, [parts["msgctxt"], self.polish]))
        self.fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)


def entries(path: Path = CATALOGUE) -> list[Entry]:
    """All texts of a .po file without its head."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    made = [Entry(block.splitlines()) for block in blocks]
    return [entry for entry in made if entry.polish]


def page_texts(content: str, language: str) -> list[str]:
    """What a page in this language says, without parts that are marked as another language."""
    tree = html.document_fromstring(content)
    other = "en" if language == "pl" else "pl"
    for foreign in tree.xpath(
        "//body//*[@lang=$other or @translate='no'] | //script | //style", other=other
    ):
        foreign.drop_tree()
    texts = [text for element in tree.iter() for text in (element.text, element.tail)]
    texts += [element.get(name) for element in tree.iter() for name in SHOWN]
    return [" ".join(text.split()) for text in texts if text and text.strip()]


def without(texts: list[str], data: set[str]) -> list[str]:
    """The texts with everything that people or KSeF wrote taken out."""
    known = sorted({" ".join(text.split()) for text in data if text}, key=len, reverse=True)
    found = []
    for text in texts:
        for word in known:
            text = text.replace(word, "")
        found.append(text.strip())
    return found


def leaves(tree: object) -> set[str]:
    """Every text in a tree of dicts and lists."""
    if isinstance(tree, dict):
        return set().union(*map(leaves, tree.values()), set())
    if isinstance(tree, list):
        return set().union(*map(leaves, tree), set())
    return {str(tree)}
