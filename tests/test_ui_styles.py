"""Promises of the style sheets: contrast, one set of tokens, small, no inline code anywhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

CSS = settings.BASE_DIR / "static" / "css"
TEMPLATES = settings.BASE_DIR / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
# What WeasyPrint prints is no page: it carries its own style sheet.
SCREENS = [page for page in PAGES if "print" not in page.relative_to(TEMPLATES).parts]

TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
PLAIN = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", TOKENS))
PAIRED = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS
    )
}

TEXT = 4.5
SHAPE = 3.0
PAIRS = [
    *[("text", ground, TEXT) for ground in ("page", "surface", "sunken", "selected", "pop")],
    *[("text-2", ground, TEXT) for ground in ("page", "surface", "sunken", "selected", "pop")],
    *[("text", f"{state}-bg", TEXT) for state in ("ok", "warn", "bad", "unknown")],
    *[(state, f"{state}-bg", TEXT) for state in ("ok", "warn", "bad", "unknown")],
    *[(state, "surface", TEXT) for state in ("ok", "warn", "bad", "unknown", "accent")],
    *[(state, "selected", TEXT) for state in ("ok", "warn", "bad", "accent")],
    *[("accent", f"{state}-bg", TEXT) for state in ("warn", "bad", "unknown", "ok")],
    ("bad", "page", TEXT),
    ("accent", "page", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-hover", TEXT),
    *[("line-strong", ground, SHAPE) for ground in ("page", "surface", "pop")],
    *[("focus", ground, SHAPE) for ground in ("page", "surface", "sunken", "bad-bg")],
    ("warn-line", "surface", SHAPE),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_every_pair_of_colours_has_enough_contrast(theme, ink, ground, least):
    which = ["light", "dark"].index(theme)
    assert contrast(PAIRED[ink][which], PAIRED[ground][which]) >= least


def test_older_browsers_get_the_same_light_colours():
    assert {name: light for name, (light, _) in PAIRED.items()} == PLAIN


def test_every_custom_property_in_use_is_defined():
    rules = "".join(path.read_text(encoding="utf-8") for path in CSS.glob("*.css"))
    used = set(re.findall(r"var\(--([\w-]+)", rules))
    assert used <= set(re.findall(r"--([\w-]+):", rules))


def test_colours_are_written_in_the_tokens_only():
    for path in CSS.glob("*.css"):
        found = set(re.findall(r"#[0-9a-f]{3,8}\b", path.read_text(encoding="utf-8")))
        assert path.name == "tokens.css" or found <= {"#ffffff"}, path.name


def test_the_style_sheets_stay_small():
    pages = [path for path in CSS.glob("*.css") if path.name != "specimen.css"]
    assert sum(path.stat().st_size for path in pages) < 96_000


def test_every_style_sheet_is_linked():
    text = "".join(page.read_text(encoding="utf-8") for page in SCREENS)
    assert {path.name for path in CSS.glob("*.css")} == set(re.findall(r"css/([\w-]+\.css)", text))


def test_the_templates_are_found():
    assert len(SCREENS) > 40


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_carries_inline_code(path: Path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<[^>%]*\s(style|on[a-z]+|hx-on[:\w-]*)=", text)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|javascript:", text)
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_template_compiles(path: Path):
    assert get_template(str(path.relative_to(TEMPLATES)))


def test_every_icon_asked_for_is_drawn():
    from ksefapp.ui.icons import GLYPHS, ICONS

    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r'(?:{% icon |icon=)"([\w-]+)"', text)) <= set(ICONS)
    assert set(re.findall(r'{% glyph "([\w-]+)"', text)) <= set(GLYPHS)
