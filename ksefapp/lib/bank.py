"""Bank account numbers: the Polish NRB, IBAN and SWIFT/BIC."""

import re

_NRB = re.compile(r"[0-9]{26}")
_FOREIGN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{6,30}")
_SWIFT = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def clean(text: str) -> str:
    """An account as typed, without blanks and dashes of any kind, upper case."""
    return re.sub(r"[\s\-\u2010-\u2015]", "", text).upper()


def without_prefix(text: str) -> str:
    """A clean account; the leading PL of an NRB, which FA(3) does not want, is dropped."""
    bare = clean(text)
    return bare.removeprefix("PL") if _NRB.fullmatch(bare.removeprefix("PL")) else bare


def has_form(number: str) -> bool:
    """Whether it looks like an NRB (26 digits) or an IBAN (TNrRB: 10 to 34 characters)."""
    return bool(_NRB.fullmatch(number) or _FOREIGN.fullmatch(number))


def is_valid(number: str) -> bool:
    """Whether the control digits of an NRB or IBAN agree (ISO 13616, modulo 97)."""
    return is_nrb(number) or is_iban(number)


def is_nrb(text: str) -> bool:
    """Whether 26 digits (with or without PL) are a Polish account: ISO 13616, modulo 97."""
    digits = clean(text).removeprefix("PL")
    return bool(_NRB.fullmatch(digits)) and is_iban("PL" + digits)


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
