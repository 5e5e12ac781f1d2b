"""The codes at the foot of a paper: picture, label, and the address as text."""

from dataclasses import dataclass

from invoices.render import labels, qr, tongues

# KOD I of a numbered invoice stands 36 mm wide: 0.7 mm a module.
KOD_I_MM = 36.0
# Labels that kody-qr gives; they stay Polish on every paper.
OFFLINE, CERTIFICATE = "OFFLINE", "CERTYFIKAT"


@dataclass(frozen=True)
class Code:
    """One code; `side` and `cell` in millimetres, `picture` a `data:` address."""

    label: str
    title: str
    text: str
    link: str
    side: float
    picture: str
    cell: float

    @property
    def alt(self) -> str:
        return f"{tongues.flat(self.title)}: {self.label}"


def numbered(link: str, ksef_number: str, language: str) -> list[Code]:
    """KOD I alone, under it the KSeF number. Raises CodeTooDense."""
    # The number under the picture is wider than the picture.
    return [_code(link, ksef_number, "check", language, cell=68.0)]


def offline(kod1: str, kod2: str, language: str) -> list[Code]:
    """KOD I and KOD II of a paper without a number. Raises CodeTooDense."""
    return [
        _code(kod1, OFFLINE, "check_later", language),
        _code(kod2, CERTIFICATE, "issuer", language),
    ]


def _code(link: str, label: str, words: str, language: str, cell: float = 0.0) -> Code:
    side = qr.side_mm(link, least=KOD_I_MM)
    title, text = labels.text(words, language), labels.text(f"{words}_how", language)
    return Code(label, title, text, link, side, qr.data_uri(link), max(cell, side + 3))
