"""How a company's prints look: a logo and one accent, used for a rule and a name."""

import base64
import re
from dataclasses import dataclass

# The house's own ink; every offered colour stands at least 4.5:1 on white (WCAG 2.2, 1.4.3).
GRANAT = "#273c85"
ACCENTS = (GRANAT, "#1a212b", "#14693d", "#0b5c6b", "#4a3578", "#7a1f3d", "#7a4312")
LEAST_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Look:
    """`accent` as `#rrggbb`, "" for the house's own; `logo` a PNG that we encoded, or nothing."""

    accent: str = ""
    logo: bytes = b""

    @property
    def colour(self) -> str:
        """The accent to print with; what is no colour, or too light to read, is not used."""
        return self.accent if is_readable(self.accent) else GRANAT

    @property
    def picture(self) -> str:
        """The logo as a `data:` address, "" without one."""
        data = base64.b64encode(self.logo).decode()
        return f"data:image/png;base64,{data}" if data else ""


def is_readable(colour: str) -> bool:
    """Whether it is `#rrggbb` in lower case and dark enough for text on white paper."""
    return bool(_COLOUR.fullmatch(colour)) and contrast(colour) >= LEAST_CONTRAST


def contrast(colour: str) -> float:
    """The contrast of `#rrggbb` with white, 1 to 21, by WCAG's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
