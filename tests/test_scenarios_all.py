"""All 57 scenarios have a test that is named after them."""

import ast
import re
from pathlib import Path

COUNT = 57
NAMED = re.compile(r"test_scenario_(\d\d)_\w+")


def numbers() -> set[int]:
    """The numbers in the names of the tests of this folder."""
    files = Path(__file__).parent.glob("test_*.py")
    names = (
        node.name
        for file in files
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef)
    )
    return {int(match[1]) for match in map(NAMED.fullmatch, names) if match}


def test_every_scenario_has_its_test():
    assert numbers() == set(range(1, COUNT + 1))
