"""How a picture is taken and kept: of a page, or of the first sheet of a PDF."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
COLOURS = 256
TALLEST, SHORTEST = 1700, 460


def keep(name: str, png: bytes) -> None:
    """Writes the picture with few colours; text stays sharp, files stay small."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = image.quantize(colors=COLOURS, dither=Image.Dither.NONE)
    small.save(IMAGES / f"{name}.png", optimize=True)
    print(name)


def shot(page: Page, name: str, *, tall: bool = True) -> None:
    """The page as a person sees it, cut below its content; `tall` shows what is below the fold."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    size = page.viewport_size
    wide = size["width"]
    if tall:
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": wide, "height": max(height, size["height"])})
    page.set_viewport_size({"width": wide, "height": _height(page)})
    page.wait_for_timeout(300)
    png = page.screenshot()
    page.set_viewport_size(size)
    keep(name, png)


def _height(page: Page) -> int:
    """Where the content ends, within the window; a bar at the bottom keeps the window whole."""
    window = page.viewport_size["height"]
    if page.locator(".dock, .tabbar").locator("visible=true").count():
        return window
    end = page.evaluate(
        "Math.max(...[...document.querySelectorAll('main :is(p,h1,h2,a,button,input,td,li,dd)')]"
        ".map(part => part.getBoundingClientRect().bottom))"
    )
    return max(SHORTEST, min(window, round(end) + 48))


def first_sheet(pdf: bytes) -> bytes:
    """The first page of a print as a picture 900 pixels wide."""
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        image = document[0].render(scale=900 / document[0].get_width()).to_pil()
    output = io.BytesIO()
    image.save(output, "PNG")
    return output.getvalue()
