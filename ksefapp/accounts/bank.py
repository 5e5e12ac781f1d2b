"""Bank account numbers."""

import re

POLISH = re.compile(r"[0-9]{26}")
FOREIGN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{6,30}")


def account_clean(text: str) -> str:
    """The number without spaces and hyphens, in capitals; a leading PL of an NRB is dropped."""
    bare = re.sub(r"[\s\-\u2010-\u2015\u00a0]", "", text).upper()
    return bare[2:] if bare.startswith("PL") and POLISH.fullmatch(bare[2:]) else bare


def account_has_form(number: str) -> bool:
    """Whether it looks like an NRB (26 digits) or an IBAN (TNrRB: 10 to 34 characters)."""
    return bool(POLISH.fullmatch(number) or FOREIGN.fullmatch(number))


def account_is_valid(number: str) -> bool:
    """Whether the control digits agree (ISO 13616, mod 97); the number is already clean."""
    iban = f"PL{number}" if POLISH.fullmatch(number) else number
    digits = "".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])
    return int(digits) % 97 == 1
