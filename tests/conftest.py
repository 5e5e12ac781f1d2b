"""Fixtures and reports of all tests."""

pytest_plugins = [
    "tests.simulator_support",
    "tests.cast",
    "tests.api_support",
    "tests.invoice_support",
    "tests.rights_support",
    "tests.not_run",
]
