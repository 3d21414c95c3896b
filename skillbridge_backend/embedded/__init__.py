"""Everything that makes `make run` and `make test` work on a machine with nothing but Python.

Belongs here: starting PostgreSQL and Redis from their wheels, building the matcher, the supervisor of the development
processes, the development mailbox. Does not belong here: anything production runs; no app imports this package.
See docs/running.md and docs/decisions/0006-embedded-servers.md.
"""
