"""Bank account numbers: the Polish NRB, IBAN and SWIFT/BIC."""

import re

_SWIFT = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def clean(text: str) -> str:
    """An account as typed, without blanks and dashes, upper case."""
    return re.sub(r"[\s\-]", "", text).upper()


def is_nrb(text: str) -> bool:
    """Whether 26 digits (with or without PL) are a Polish account: ISO 13616, modulo 97."""
    digits = clean(text).removeprefix("PL")
    return bool(re.fullmatch(r"[0-9]{26}", digits)) and is_iban("PL" + digits)


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN of any country with a right modulo 97."""
    iban = clean(text)
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", iban):
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_swift(text: str) -> bool:
    """Whether the text has the form of a SWIFT/BIC code."""
    return bool(_SWIFT.fullmatch(text))
