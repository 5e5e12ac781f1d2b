"""FA(3) as plain trees: build, parse, validate, check. No ORM, no settings, no request."""

from invoices.fa3.build import build
from invoices.fa3.examine import Examined, examine
from invoices.fa3.parse import parse, parse_with_notes
from invoices.fa3.problems import FaError, FaTreeError, FaXmlError, Problem, blocking
from invoices.fa3.rules import check
from invoices.fa3.validate import is_valid, validate

__all__ = [
    "Examined",
    "FaError",
    "FaTreeError",
    "FaXmlError",
    "Problem",
    "blocking",
    "build",
    "check",
    "examine",
    "is_valid",
    "parse",
    "parse_with_notes",
    "validate",
]
