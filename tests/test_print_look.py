"""Logo and accent of a company's prints."""

import io
import zlib

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from invoices.render import pdf
from invoices.render.look import ACCENTS, GRANAT, Look, contrast, is_readable
from invoices.services.look import LogoRefused, logo_png, look_get, look_save
from invoices.services.prints import print_make
from ksefapp.accounts.models import CompanyLogo
from tests.cast import logged_in
from tests.paper_support import numbered, paper
from tests.render_support import arguments, invoice, needs_pdf, page_texts, printed


def picture(kind="PNG", size=(40, 20), mode="RGB", colour="red", **options) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, format=kind, **options)
    return target.getvalue()


def reread(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


# --- the picture ------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_encoded_anew_as_png(kind):
    made = reread(logo_png(picture(kind)))
    assert made.format == "PNG"
    assert made.size == (40, 20)


def test_a_large_one_is_made_smaller_and_keeps_its_shape():
    assert reread(logo_png(picture(size=(2880, 440)))).size == (720, 110)


def test_what_is_transparent_becomes_white():
    made = reread(logo_png(picture(mode="RGBA", colour=(0, 0, 0, 0))))
    assert made.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_turned_photo_stands_upright():
    turned = Image.Exif()
    turned[0x0112] = 6
    assert reread(logo_png(picture("JPEG", exif=turned))).size == (20, 40)


def test_nothing_of_the_upload_but_its_pixels_is_kept():
    secret = Image.Exif()
    secret[0x010E] = "tajny opis"
    assert b"tajny" not in logo_png(picture("JPEG", exif=secret))
    assert b"ogon" not in logo_png(picture() + b"ogon<script>")


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 30 000 by 30 000 points."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + check

    side = (30_000).to_bytes(4, "big")
    head = chunk(b"IHDR", side + side + bytes([8, 2, 0, 0, 0]))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + b"\0" * 50,
        picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        b"%PDF-1.7",
        bomb(),
        b"\0" * 1_000_001,
    ],
    ids=["empty", "svg", "gif", "gif2", "bmp", "tiff", "pdf", "bomb", "heavy"],
)
def test_anything_else_is_refused(data):
    with pytest.raises(LogoRefused):
        logo_png(data)


@given(st.binary(max_size=300))
def test_noise_is_refused_and_never_breaks(noise):
    with pytest.raises(LogoRefused):
        logo_png(b"\x89PNG\r\n\x1a\n" + noise)


# --- the accent -------------------------------------------------------------------------------
def test_every_offered_colour_reads_on_white():
    assert all(is_readable(colour) for colour in ACCENTS)
    assert contrast("#ffffff") == pytest.approx(1)
    assert contrast("#000000") == pytest.approx(21)


@pytest.mark.parametrize("colour", ["", "red", "#fff", "#FFFFFF", "#777777 ", "#8a8a8a", "#12345g"])
def test_what_is_no_readable_colour_is_not_used(colour):
    assert not is_readable(colour)
    assert Look(colour).colour == GRANAT


def test_a_colour_cannot_bring_styles():
    html = pdf.invoice_html(invoice(), **arguments(look=Look("red;} * {display:none")))
    assert "display:none" not in html
    assert f"--accent: {GRANAT}" in html


# --- the print --------------------------------------------------------------------------------
@needs_pdf
def test_the_logo_stands_on_the_first_page_only():
    look = Look("#14693d", logo_png(picture(size=(600, 200))))
    document = pypdfium2.PdfDocument(printed(invoice(lines=80), look=look))
    pictures = [sum(item.type == 3 for item in page.get_objects()) for page in document]
    assert pictures[0] == 1
    assert sum(pictures) == 2  # and KOD I


@needs_pdf
def test_the_accent_is_the_ink_of_the_name():
    page = pypdfium2.PdfDocument(printed(invoice(), look=Look("#14693d")))[0]
    shades = {colour for _, colour in page.render(scale=2).to_pil().getcolors(1 << 20)}
    assert (0x14, 0x69, 0x3D) in shades
    assert (0x27, 0x3C, 0x85) not in shades


@needs_pdf
@pytest.mark.django_db
def test_a_stored_print_stays_and_the_next_one_has_the_new_look(company, owner):
    document = numbered(paper(company, owner, mode="online"))
    first = print_make(document=document, language="pl")
    look_save(company=company, look=Look("#14693d", logo_png(picture())), by=owner)
    document.company.refresh_from_db()
    assert print_make(document=document, language="pl").sha256 == first.sha256
    other = print_make(document=document, language="en")
    page = pypdfium2.PdfDocument(bytes(other.content))[0]
    assert sum(item.type == 3 for item in page.get_objects()) == 2


# --- the page ---------------------------------------------------------------------------------
@pytest.fixture
def site(owner):
    return logged_in(owner)


@pytest.fixture
def there(company):
    return reverse("company-look", args=[company.nip])


def logo_file(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", picture() if data is None else data, "image/png")


@pytest.mark.django_db
def test_a_logo_and_a_colour_are_stored_and_shown(site, there, company):
    answer = site.post(there, {"accent": "#14693d", "logo": logo_file()})
    assert answer.status_code == 302
    company.refresh_from_db()
    assert company.accent == "#14693d"
    assert look_get(company).logo == logo_png(picture())
    assert "data:image/png;base64" in site.get(there).content.decode()


@pytest.mark.django_db
def test_ones_own_colour_is_taken_without_the_hash_too(site, there, company):
    site.post(there, {"accent": "own", "own": " 7A1F3D "})
    company.refresh_from_db()
    assert company.accent == "#7a1f3d"


@pytest.mark.django_db
@pytest.mark.parametrize("own", ["", "#ffff00", "czerwony", "#7a1f3d;}"])
def test_a_colour_that_cannot_be_read_is_said_at_its_box(site, there, company, own):
    answer = site.post(there, {"accent": "own", "own": own})
    assert answer.status_code == 422
    assert 'id="id_own_error"' in answer.content.decode()
    company.refresh_from_db()
    assert company.accent == ""


@pytest.mark.django_db
def test_a_bad_file_is_said_at_its_box_and_changes_nothing(site, there, company):
    answer = site.post(there, {"accent": "#14693d", "logo": logo_file(b"<svg/>")})
    assert answer.status_code == 422
    assert "PNG ani JPEG" in answer.content.decode()
    company.refresh_from_db()
    assert company.accent == ""


@pytest.mark.django_db
def test_another_colour_keeps_the_logo_and_the_tick_removes_it(site, there, company):
    site.post(there, {"accent": "#14693d", "logo": logo_file()})
    site.post(there, {"accent": "#4a3578"})
    assert CompanyLogo.objects.filter(company=company).exists()
    site.post(there, {"accent": "#4a3578", "remove": "on"})
    assert not CompanyLogo.objects.filter(company=company).exists()


@needs_pdf
@pytest.mark.django_db
def test_the_preview_stores_nothing(site, there, company):
    answer = site.post(there, {"accent": "#14693d", "logo": logo_file(), "action": "preview"})
    assert answer["Content-Type"] == "application/pdf"
    assert "Przykładowytowar" in page_texts(answer.content)[0]
    company.refresh_from_db()
    assert company.accent == ""
    assert not CompanyLogo.objects.exists()
