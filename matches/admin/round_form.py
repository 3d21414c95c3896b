"""What an admin may ask of a round before it starts."""

from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from matches.models import HIGHEST_SCORE, LONGEST_DEADLINE_SECONDS, SHORTEST_DEADLINE_SECONDS


def _whole(label: str, help_text: str, least: int, most: int, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=f"{help_text} {least:,} to {most:,}.",
        min_value=least,
        max_value=most,
        widget=UnfoldAdminIntegerFieldWidget,
        **more,
    )


class RoundForm(forms.Form):
    """The options of `RoundJobService.request`, under their names."""

    is_fair = forms.BooleanField(
        required=False,
        label="Fair",
        help_text="The worse a pair, the more a point of its score counts: fewer are very well off, fewer very badly.",
        widget=UnfoldBooleanSwitchWidget,
    )
    floor_loss_permille = _whole(
        "Floor",
        "Thousandths of the sum of scores that may be given up to make the worst pair better. Empty: no floor.",
        0,
        1000,
        required=False,
    )
    sticky_bonus = _whole(
        "Keep together",
        "Points for each pair of the latest round that was not discarded or undone, so that little moves without need.",
        0,
        HIGHEST_SCORE,
        initial=0,
    )
    weekly_priority = _whole(
        "Waiting", "Points for each week that a learner has waited, beside those in the score.", 0, HIGHEST_SCORE,
        initial=0,
    )  # fmt: skip
    deadline_seconds = _whole(
        "Deadline",
        "Seconds that it may take.",
        SHORTEST_DEADLINE_SECONDS,
        LONGEST_DEADLINE_SECONDS,
        initial=lambda: settings.MATCH_ROUND_DEADLINE_SECONDS,
    )
