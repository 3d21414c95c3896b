"""Levels: a pure function of points."""

from dataclasses import dataclass
from math import isqrt

STEP = 50
"""Level n begins at STEP · n · (n - 1) points: 0, 100, 300, 600, 1000, …; each takes 100 more than the one before."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level and the points at which it and the next begin."""

    number: int
    begins_at: int
    next_at: int


def points_of_level(number: int) -> int:
    """The points at which level `number` (1 or more) begins."""
    return STEP * number * (number - 1)


def level_of(points: int) -> Level:
    """The level of somebody with these points; level 1 below 0 too."""
    # The largest n with n·(n - 1) ≤ points / STEP, in whole numbers: no rounding at the borders.
    number = (1 + isqrt(1 + 4 * (max(0, points) // STEP))) // 2
    return Level(number, points_of_level(number), points_of_level(number + 1))
