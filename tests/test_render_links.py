"""KOD I: the link and its picture."""

import base64
import hashlib
import io
from datetime import date

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from invoices.render import links, qr

# SHA-256 whose base64url stands in the Ministry's published example of a link.
EXAMPLE = "UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE"
EXAMPLE_HEX = base64.urlsafe_b64decode(EXAMPLE + "=").hex()


def test_the_link_equals_the_ministrys_example():
    link = links.kod1(
        base_url="https://qr-test.ksef.mf.gov.pl",
        seller_nip="1111111111",
        issued_on=date(2026, 2, 1),
        sha256_hex=EXAMPLE_HEX,
    )
    assert link == f"https://qr-test.ksef.mf.gov.pl/invoice/1111111111/01-02-2026/{EXAMPLE}"


def test_a_slash_after_the_host_is_not_doubled():
    link = links.kod1(
        base_url="http://127.0.0.1:8100/",
        seller_nip="1111111111",
        issued_on=date(2026, 12, 31),
        sha256_hex=EXAMPLE_HEX,
    )
    assert link.startswith("http://127.0.0.1:8100/invoice/1111111111/31-12-2026/")


@given(st.binary())
def test_the_hash_reads_back_from_base64url(data):
    digest = hashlib.sha256(data)
    text = links.sha256_b64url(digest.hexdigest())
    assert len(text) == 43
    assert base64.urlsafe_b64decode(text + "=") == digest.digest()


@pytest.mark.parametrize("text", ["", "ab", "zz" * 32, "ab" * 31, "ab" * 33])
def test_what_is_no_sha256_is_refused(text):
    with pytest.raises(ValueError, match=r"64 hex digits|hexadecimal"):
        links.sha256_b64url(text)


def test_the_picture_has_a_quiet_zone_of_four_modules_and_is_black_on_white():
    picture = Image.open(io.BytesIO(qr.png("KSeF"))).convert("RGB")
    assert {colour for _, colour in picture.getcolors()} == {(0, 0, 0), (255, 255, 255)}
    border = [picture.getpixel((x, y)) for x in range(picture.width) for y in range(4)]
    assert set(border) == {(255, 255, 255)}
    assert picture.getpixel((4, 4)) == (0, 0, 0)


def test_the_picture_carries_level_m_and_the_whole_link():
    link = f"https://qr.ksef.mf.gov.pl/invoice/5265877635/23-11-2026/{EXAMPLE}"
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(qr.png(link, scale=4))))
    assert found.text == link
    assert found.ec_level == "M"


def test_scale_is_pixels_a_module():
    one, four = (Image.open(io.BytesIO(qr.png("KSeF", scale=scale))) for scale in (1, 4))
    assert four.size == (one.width * 4, one.height * 4)


def test_the_data_address_holds_the_same_picture():
    head, _, body = qr.data_uri("KSeF").partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == qr.png("KSeF")
