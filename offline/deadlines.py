"""Until when an invoice issued offline must be sent. Pure; each result names its legal basis."""

from dataclasses import dataclass
from datetime import date

from offline.calendar import next_business_day


@dataclass(frozen=True)
class Deadline:
    """The last Warsaw day for sending, and why."""

    on: date
    basis: str
    basis_en: str


def offline24_deadline(issued_on: date, *, saturday: bool = False) -> Deadline:
    """The next business day after P_1 (art. 106nda ust. 2 of the VAT Act)."""
    return Deadline(
        next_business_day(issued_on, saturday=saturday),
        "art. 106nda ust. 2 ustawy o VAT",
        "art. 106nda(2) of the VAT Act",
    )
