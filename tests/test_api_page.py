"""docs/api.md says what the code does."""

import re
from pathlib import Path

from django.urls import get_resolver

PAGE = Path("docs/api.md").read_text(encoding="utf-8")
CODE = [*Path("ksefapp/api").glob("*.py"), *Path("invoices").glob("api*.py")]
CODE += Path("auth_ksef").glob("api_*.py")


def test_every_address_is_on_the_page():
    api = next(r for r in get_resolver().url_patterns if str(r.pattern) == "api/")
    routes = [f"{p.pattern}{i.pattern}" for p, i in _pairs(api)]
    found = {re.sub(r"<\w+:(\w+)>", r"{\1}", r).removeprefix("v1/") for r in routes}
    found = {route.replace("{pk}", "{id}") for route in found if route}
    on_page = set(re.findall(r"^\| `([a-z0-9{}/-]+/)` \|", PAGE, re.MULTILINE))
    assert found - {"schema/", "docs/"} == on_page


def _pairs(resolver):
    for pattern in resolver.url_patterns:
        for inner in getattr(pattern, "url_patterns", [None]):
            yield (pattern, inner) if inner else (pattern, _Nothing)


class _Nothing:
    pattern = ""


def test_every_code_of_an_error_is_on_the_page():
    text = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    codes = set(re.findall(r'ApiError\(\s*\w+,\s*"(\w+)"', text))
    codes |= set(re.findall(r'problems_error\(\w+, "(\w+)"', text))
    assert len(codes) > 12
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
