"""The base of every filter of a list: a parameter that cannot be understood is an error, not ignored.

django-filter takes `?unread=maybe` for no filter at all and shows everything; so it does with an empty parameter.
"""

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters


class Filters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """Query parameters of a list."""

    def is_valid(self) -> bool:
        """False, with an error for each, when a parameter is none of its kind; any text is one, even an empty one."""
        if not super().is_valid():
            return False
        for name, each in self.filters.items():
            for given in self.data.getlist(name):
                if isinstance(each, filters.BooleanFilter) and given.lower() not in {"true", "false"}:
                    self.form.add_error(name, ValidationError("Write true or false.", code="invalid"))
                elif given == "" and not isinstance(each, filters.CharFilter):
                    self.form.add_error(name, ValidationError("Write a value, or leave it out.", code="empty"))
        return bool(self.form.is_valid())
