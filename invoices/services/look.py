"""The look of a company's prints: its logo, made anew from what was uploaded, and its accent.

Prints that were stored before stay as they are; the next one takes the look of its moment.
"""

import hashlib
import io
import warnings

from django.db import transaction
from PIL import Image, ImageOps

from auth_ksef.messages import Pair, Refusal
from invoices.render.look import Look
from ksefapp.accounts.audit import audit
from ksefapp.accounts.models import Company, CompanyLogo, User
from ksefapp.lib import clock

MOST_BYTES = 1_000_000
MOST_PIXELS = 20_000_000  # 60 MB unpacked: the most that one upload may cost
BOX = (720, 220)  # 61 × 18 mm of paper at 300 dots an inch

TOO_BIG: Pair = (
    "Plik ma ponad 1 MB. Zapisz logo mniejsze.",
    "The file exceeds 1 MB. Save a smaller logo.",
)
NOT_PICTURE: Pair = (
    "To nie jest obraz PNG ani JPEG, albo plik jest uszkodzony.",
    "This is no PNG or JPEG picture, or the file is damaged.",
)
TOO_LARGE: Pair = (
    "Obraz ma za dużo punktów. Zapisz logo w mniejszych wymiarach, na przykład 700 na 200.",
    "The picture has too many pixels. Save the logo smaller, for example 700 by 200.",
)


class LogoRefused(Refusal):
    """The upload is not used; two sentences say why."""


def look_get(company: Company) -> Look:
    """How the company's next print looks."""
    logo = CompanyLogo.objects.filter(company=company).first()
    return Look(company.accent, bytes(logo.content) if logo else b"")


def logo_png(data: bytes) -> bytes:
    """The picture as a small PNG of ours: pixels alone, on white. Raises LogoRefused.

    Only PNG and JPEG are read at all; the size is looked at before anything is unpacked.
    """
    if len(data) > MOST_BYTES:
        raise LogoRefused(TOO_BIG)
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture,
        ):
            if picture.width * picture.height > MOST_PIXELS:
                raise LogoRefused(TOO_LARGE)
            picture.load()
            return _encoded(_flat(picture))
    except Image.DecompressionBombError:
        raise LogoRefused(TOO_LARGE) from None
    except (OSError, SyntaxError, ValueError):
        raise LogoRefused(NOT_PICTURE) from None


def _flat(picture: Image.Image) -> Image.Image:
    """Upright, on white: a print has no other paper."""
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    sheet = Image.new("RGB", upright.size, "white")
    sheet.paste(upright, mask=upright.getchannel("A"))
    return sheet


def _encoded(picture: Image.Image) -> bytes:
    picture.thumbnail(BOX)
    target = io.BytesIO()
    picture.save(target, format="PNG", optimize=True)
    return target.getvalue()


@transaction.atomic
def look_save(*, company: Company, look: Look, by: User) -> None:
    """Stores accent and logo; a look without a logo takes away the one that was there."""
    company.accent = look.accent
    company.save(update_fields=["accent"])
    if look.logo:
        row = {"content": look.logo, "sha256": hashlib.sha256(look.logo).hexdigest()}
        CompanyLogo.objects.update_or_create(
            company=company, defaults=row | {"changed_at": clock.now()}
        )
    else:
        CompanyLogo.objects.filter(company=company).delete()
    audit("company.look", company=company, user=by, subject=look.accent)
