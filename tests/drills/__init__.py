"""Drills: an installation of its own is broken on purpose, under load, and what was promised is counted afterwards."""
