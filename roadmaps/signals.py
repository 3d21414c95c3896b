"""Domain events of this app, sent in the transaction of the fact: a receiver that raises undoes the fact.

Each is sent with `actor: User` and its subject.
"""

from django.dispatch import Signal

module_completed = Signal()
"""`module: Module`, which is completed now."""

module_reopened = Signal()
"""`module: Module`, which was completed and is in progress again."""

roadmap_ready = Signal()
"""`roadmap: Roadmap`, which has its modules now; `actor` is its owner."""
