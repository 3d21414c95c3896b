"""What the criteria of a badge may look like, and how far a person is with them: pure functions.

Who is awarded what is decided by `private.badges_due` in the database alone; here nothing is decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from badges.enums import Metric

MOST_GROUPS, MOST_CONDITIONS, LARGEST_THRESHOLD = 10, 10, 10_000_000


def validate_criteria(criteria: Any) -> None:
    """Raise a ValidationError that says where and what, unless `criteria` is a list of groups of conditions.

    A condition is `{"metric": one of Metric, "at_least": 1 to 10,000,000}`; a group holds 1 to 10 of them, no metric
    twice; there are 1 to 10 groups. An empty group would be met by everybody, so there is none.
    """
    if not isinstance(criteria, list) or not 1 <= len(criteria) <= MOST_GROUPS:
        raise ValidationError(f"Write a list of 1 to {MOST_GROUPS} groups.", code="criteria")
    for number, group in enumerate(criteria):
        if not isinstance(group, list) or not 1 <= len(group) <= MOST_CONDITIONS:
            raise ValidationError(f"[{number}]: write a list of 1 to {MOST_CONDITIONS} conditions.", code="criteria")
        for position, condition in enumerate(group):
            if problem := _problem_of(condition):
                raise ValidationError(f"[{number}][{position}]: {problem}", code="criteria")
        metrics = [condition["metric"] for condition in group]
        if len(set(metrics)) < len(metrics):
            raise ValidationError(f"[{number}]: a metric comes twice.", code="criteria")


def _problem_of(condition: Any) -> str:
    if not isinstance(condition, dict) or set(condition) != {"metric", "at_least"}:
        return 'write {"metric": …, "at_least": …}.'
    if condition["metric"] not in Metric.values:
        return f"the metric must be one of {', '.join(Metric.values)}."
    at_least = condition["at_least"]
    if type(at_least) is not int or not 1 <= at_least <= LARGEST_THRESHOLD:
        return f"at_least must be a whole number from 1 to {LARGEST_THRESHOLD}."
    return ""


@dataclass(frozen=True, slots=True)
class Step:
    """One condition and how far a person is with it."""

    metric: str
    at_least: int
    amount: int

    @property
    def missing(self) -> int:
        """What is left to do; 0 when it is met."""
        return max(0, self.at_least - self.amount)

    @property
    def share(self) -> float:
        """From 0.0 to 1.0."""
        return min(1.0, max(0, self.amount) / self.at_least)


def best_group(criteria: list[list[dict[str, Any]]], amounts: Mapping[str, int]) -> tuple[Step, ...]:
    """The steps of the group that is nearest to being met; of equally near ones the first."""
    groups = [tuple(Step(c["metric"], c["at_least"], amounts.get(c["metric"], 0)) for c in group) for group in criteria]
    return max(groups, key=share_of)


def share_of(steps: tuple[Step, ...]) -> float:
    """How far the steps are on average, from 0.0 to 1.0; 1.0 exactly when all are met."""
    return sum(step.share for step in steps) / len(steps)
