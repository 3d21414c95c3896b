"""Measurements, each a command of its own; none of them runs in the tests."""
