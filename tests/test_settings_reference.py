"""docs/configuration.md against the code: each variable is in both, with the same default."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["ksefapp", "auth_ksef", "offline", "invoices", "schemas", "simulator"]
HELPERS = {"env_str", "env_int", "env_bool", "env_list", "env_date", "key_load"}
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \| (.+) \|$", re.MULTILINE)
# Django's own, set by manage.py and the like.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def variables_read() -> dict[str, ast.expr | None]:
    """Name to default (an expression, None without one) of all variables that the code reads."""
    found: dict[str, ast.expr | None] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _reads_environment(node):
                    default = node.args[1] if len(node.args) > 1 else None
                    if not isinstance(found.get(node.args[0].value), ast.Constant):
                        found[node.args[0].value] = default
    return {name: default for name, default in found.items() if name not in NOT_OURS}


def _reads_environment(node: ast.Call) -> bool:
    named = isinstance(node.func, ast.Name) and node.func.id in HELPERS
    if not (node.args and isinstance(node.args[0], ast.Constant)):
        return False
    return named or ast.unparse(node.func) in {"os.environ.get", "os.environ.setdefault"}


def variables_documented() -> dict[str, str]:
    """Name to default as the reference shows it."""
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    return {name: default for name, default, _ in ROW.findall(text)}


def literal_defaults() -> list[tuple[str, object]]:
    """Names whose default is a plain value in the code."""
    return [
        (name, default.value)
        for name, default in sorted(variables_read().items())
        if isinstance(default, ast.Constant) and default.value not in ("", None)
    ]


def test_the_code_reads_variables_at_all():
    assert len(variables_read()) > 20


def test_every_variable_is_in_the_reference():
    assert set(variables_read()) - set(variables_documented()) == set()


def test_the_reference_names_no_variable_that_nothing_reads():
    assert set(variables_documented()) - set(variables_read()) == set()


@pytest.mark.parametrize(("name", "value"), literal_defaults())
def test_the_reference_shows_the_codes_default(name, value):
    shown = "1" if value is True else "0" if value is False else str(value)
    assert variables_documented()[name] == f"`{shown}`"
