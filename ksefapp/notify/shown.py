"""What every page of a company shows of its notices."""

from django.conf import settings

from ksefapp.accounts.models import Company
from ksefapp.notify.models import Notice
from ksefapp.notify.notices import WEIGHT, notice_list

MOST = 3


def notices_shown(company: Company, path: str) -> dict:
    """`notices` (the gravest three), `notices_more`, `notices_count`, `notices_alarm`,
    `notices_unmailed` (no mail server is set, though one of those shown should be mailed).

    One query. Mere information waits on the page of notices; what leads to the page at hand
    stands there anyway.
    """
    rows = list(notice_list(company)[:100])
    grave = sorted((row for row in rows if row.kind in WEIGHT), key=lambda row: WEIGHT[row.kind])
    shown = [row for row in grave if row.path != path]
    return {
        "notices": shown[:MOST],
        "notices_more": len(shown) - len(shown[:MOST]),
        "notices_count": len(rows),
        "notices_alarm": any(row.kind == Notice.Kind.BAD for row in rows),
        "notices_unmailed": not settings.EMAIL_HOST and any(row.mail_at for row in shown[:MOST]),
    }
