"""What people read, against what there is: links, pictures, words of the screen, commands."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve
from django.utils.translation import override

from invoices.fa3 import registry
from ksefapp.accounts.roles import RIGHTS, May, Role

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "przewodnik"
IMAGES = ROOT / "docs" / "images"
ROOMS = ["ksefapp", "auth_ksef", "invoices", "offline"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
QUOTED = re.compile(r"„([^”]+)”")
MSGID = re.compile(r'^msgid ((?:".*"\n)+)', re.MULTILINE)


def pages() -> list[Path]:
    """All pages for people."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def chapters() -> list[Path]:
    """The chapters of the guide, in their order."""
    return sorted(GUIDE.glob("[0-9][0-9]-*.md"))


def named(path: Path) -> str:
    """The id of a test."""
    return path.relative_to(ROOT).as_posix()


def links(page: Path) -> list[str]:
    """Targets of links and pictures that stay in the repository."""
    found = LINK.findall(page.read_text(encoding="utf-8"))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


@cache
def words_of_the_screen() -> frozenset[str]:
    """Every text of the pages: msgids of the catalogue and literals of the code."""
    catalogue = (ROOT / "locale/en/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    found = {"".join(re.findall(r'"(.*)"', lines)) for lines in MSGID.findall(catalogue)}
    found = {text.replace('\\"', '"') for text in found}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            found |= _literals(path)
    return frozenset(text for text in found | _sections() if text)


def _sections() -> set[str]:
    """Headings of sections and labels of elements, as the form draws them."""
    elements = {registry.label(path, "pl") for path in registry.entries()}
    return elements | {section.pl for section in registry.SECTIONS.values()}


def _literals(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


def is_said(label: str) -> bool:
    """Whether a page says this; a long message may be quoted by its first sentence."""
    words = words_of_the_screen()
    if label in words:
        return True
    return len(label) > 20 and any(text.startswith(label) for text in words)


@pytest.mark.parametrize("page", pages(), ids=named)
def test_every_link_and_picture_exists(page):
    missing = [t for t in links(page) if not (page.parent / t.partition("#")[0]).exists()]
    assert missing == []


def test_every_picture_is_used():
    used = {(page.parent / target).resolve() for page in pages() for target in links(page)}
    assert [image.name for image in IMAGES.iterdir() if image.resolve() not in used] == []


def test_every_picture_is_taken_by_the_script():
    scripts = (ROOT / "tests").glob("screenshots*.py")
    script = "".join(path.read_text(encoding="utf-8") for path in scripts)
    assert [image.name for image in IMAGES.iterdir() if f'"{image.stem}"' not in script] == []


def test_the_pictures_together_stay_small():
    assert sum(image.stat().st_size for image in IMAGES.iterdir()) < 3_000_000


def test_every_picture_has_words_for_those_who_do_not_see_it():
    empty = [page.name for page in pages() if "![](" in page.read_text(encoding="utf-8")]
    assert empty == []


def test_the_index_lists_every_chapter_in_order():
    listed = re.findall(r"^\d+\. \[.+\]\((.+)\)$", (GUIDE / "README.md").read_text(), re.MULTILINE)
    assert listed == [chapter.name for chapter in chapters()]


@pytest.mark.parametrize("chapter", chapters(), ids=named)
def test_what_the_guide_quotes_stands_on_the_screen(chapter):
    text = re.sub(r"\s+", " ", chapter.read_text(encoding="utf-8"))
    assert [label for label in QUOTED.findall(text) if not is_said(label)] == []


def test_an_invented_label_would_be_found():
    assert is_said("Wystaw i wyślij do KSeF")
    assert not is_said("Wystaw i wyślij wszystko")


def test_the_guide_has_the_one_table_of_rights():
    text = (GUIDE / "02-konto-i-role.md").read_text(encoding="utf-8")
    with override("pl"):
        rows = ["| | " + " | ".join(str(role.label) for role in Role) + " |"]
        for right in May:
            says = ("tak" if right in RIGHTS[role] else "nie" for role in Role)
            rows.append(f"| {right.label} | " + " | ".join(says) + " |")
    assert [row for row in rows if row not in text] == []
    assert text.count(" tak |\n") + text.count(" nie |\n") == len(May)


@pytest.mark.parametrize("page", pages(), ids=named)
def test_commands_in_the_pages_exist(page):
    text = page.read_text(encoding="utf-8")
    scripts = set(re.findall(r"(?<![\w/])((?:bin|\.ci)/[a-z]+)\b", text))
    assert [name for name in scripts if not (ROOT / name).is_file()] == []
    known = set(get_commands())
    assert set(re.findall(r"manage\.py ([a-z0-9_]+)", text)) - known == set()


@pytest.mark.parametrize("chapter", chapters(), ids=named)
def test_addresses_in_the_guide_lead_somewhere(chapter):
    found = re.findall(r"`(/[a-z0-9/-]+/)`", chapter.read_text(encoding="utf-8"))
    assert [address for address in found if not _leads_somewhere(address)] == []


def _leads_somewhere(address: str) -> bool:
    try:
        return resolve(address).view_name != "api-nowhere"
    except Resolver404:
        return False
