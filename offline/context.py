"""What every page of a company says of KSeF: the three facts, in brief."""

from django.utils.functional import SimpleLazyObject

from offline import modes
from offline.shown import fact_rows


def page(request) -> dict:
    """Context processor: `facts_now`, three rows; asks the database only where they are shown."""
    company = getattr(request, "company", None)
    if company is None:
        return {"facts_now": []}
    return {"facts_now": SimpleLazyObject(lambda: fact_rows(modes.facts(company.environment)))}
