"""What this app publishes to the others."""

from django.dispatch import Signal

account_erasing = Signal()
"""Sent with `user_id` before an account is erased, outside of any transaction: find what you keep of the person outside
of the database, such as files, and return what removes it. That is called once they are gone, and never for who stays.
It can be sent again for the same person, and for one who is gone."""
