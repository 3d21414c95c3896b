"""`manage.py audit_verify`: says whether the audit trail is what was sealed."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users.services.audit_verify import verify

MOST_FINDINGS = 100


class Command(BaseCommand):
    """Ends with exit code 1 when anything does not fit. Only reads; as a login that may become service_role."""

    help = "Recomputes the audit trail's chain of seals and names entries that were altered, removed or put in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The head that was logged."""
        parser.add_argument(
            "--head", default="", help="a head from an earlier log line audit_sealed; it has to be in the chain"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and print what was found."""
        started = time.perf_counter()
        verdict = verify(known_head=options["head"])
        seconds = time.perf_counter() - started
        for finding in verdict.findings[:MOST_FINDINGS]:
            self.stdout.write(finding)
        looked_at = f"{verdict.entries} entries in {verdict.seals} seals, {seconds:.1f} s; {verdict.pending} pending"
        if verdict.erased:
            looked_at += f"; {verdict.erased} without what told of people who are erased"
        if verdict.findings:
            raise CommandError(f"{len(verdict.findings)} findings ({looked_at})")
        self.stdout.write(f"the trail is whole: {looked_at}; head {verdict.head or 'none yet'}")
