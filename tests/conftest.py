"""Fixtures of all tests: the cast."""

pytest_plugins = ["tests.cast"]
