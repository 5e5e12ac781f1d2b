"""POST /auth/xades-signature."""

from werkzeug import Response

from simulator.errors import Problem
from simulator.web import Call


def login(call: Call) -> Response:
    """Not yet."""
    raise Problem(501, "Jeszcze nie.")
