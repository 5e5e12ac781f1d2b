"""QR codes by ISO/IEC 18004: error level M, quiet zone of 4 modules, black on white."""

import base64
import io

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4


def png(text: str, *, scale: int = 1) -> bytes:
    """A PNG of the text's QR code, `scale` pixels a module, quiet zone included.

    One pixel a module is enough where the picture is drawn with `image-rendering: pixelated`.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=scale, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    target = io.BytesIO()
    code.make_image(fill_color="black", back_color="white").save(target, format="PNG")
    return target.getvalue()


def data_uri(text: str, *, scale: int = 1) -> str:
    """The same picture as a `data:` address, for an `<img>` without another request."""
    return "data:image/png;base64," + base64.b64encode(png(text, scale=scale)).decode()
