"""QR codes by ISO/IEC 18004: error level M, quiet zone of 4 modules, black on white."""

import base64
import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4
LEAST_MODULE_MM = 0.5  # under it phones and scanners begin to fail on paper
MODULE_MM = 0.6
MOST_SIDE_MM = 68.0


class CodeTooDense(ValueError):
    """The text needs so many modules that the code would not be read from paper."""


def modules(text: str) -> int:
    """How many modules a side has, quiet zone included."""
    return _made(text).modules_count + 2 * QUIET_ZONE


def side_mm(text: str, *, least: float = 0.0) -> float:
    """The side in millimetres at which the code can be read from paper, quiet zone included.

    A module has 0.6 mm, or as little as 0.5 mm where the code would become too large.
    Raises CodeTooDense.
    """
    count = modules(text)
    side = max(least, min(count * MODULE_MM, MOST_SIDE_MM))
    if side / count < LEAST_MODULE_MM:
        raise CodeTooDense(f"{count} modules do not fit in {MOST_SIDE_MM} mm")
    return round(side, 2)


def png(text: str, *, scale: int = 1) -> bytes:
    """A PNG of the text's QR code, `scale` pixels a module, quiet zone included.

    One pixel a module is enough where the picture is drawn with `image-rendering: pixelated`.
    """
    target = io.BytesIO()
    _made(text, scale).make_image(fill_color="black", back_color="white").save(target, format="PNG")
    return target.getvalue()


def data_uri(text: str, *, scale: int = 1) -> str:
    """The same picture as a `data:` address, for an `<img>` without another request."""
    return "data:image/png;base64," + base64.b64encode(png(text, scale=scale)).decode()


def _made(text: str, scale: int = 1) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=scale, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    return code
