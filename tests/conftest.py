"""Fixtures and reports of all tests."""

pytest_plugins = ["tests.cast", "tests.invoice_support", "tests.not_run"]
