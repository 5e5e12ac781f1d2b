"""Fixtures and reports of all tests."""

pytest_plugins = ["tests.cast", "tests.not_run"]
