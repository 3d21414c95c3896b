"""`manage.py dead_letters list|replay|drop`: what failed five times, and what becomes of it."""

import getpass
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from skillbridge_backend.core import dead_letters
from skillbridge_backend.core.access import acting_as_service
from skillbridge_backend.core.models import OutboxMessage
from skillbridge_backend.core.rendering import to_json

SHOWN = 200


class Command(BaseCommand):
    """Runs with the worker's login or the admin's."""

    help = "Lists dead letters, gives them five new attempts, or removes them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs; `replay` and `drop` take ids, or a topic, or all."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="the dead letters, the longest dead first")
        replay = verbs.add_parser("replay", help="give them five new attempts, from now on")
        drop = verbs.add_parser("drop", help="remove them; what they were is kept")
        listing.add_argument("--topic", default="", help="only of this topic")
        for verb in (replay, drop):
            chosen = verb.add_mutually_exclusive_group(required=True)
            chosen.add_argument("ids", nargs="*", type=UUID, default=[], metavar="ID", help="these")
            chosen.add_argument("--topic", default="", help="all of this topic")
            chosen.add_argument("--all", action="store_true", help="all there are")
        drop.add_argument("--yes", action="store_true", help="needed with --topic and --all")
        for verb in (listing, replay, drop):
            verb.add_argument("--json", action="store_true", help="machine-readable output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says.

        CommandError for ids that are no dead letters: then nothing was done. Also for those whose job cannot run again:
        they stay, the others were replayed.
        """
        if options["verb"] == "list":
            self._list(topic=options["topic"], as_json=options["json"])
            return
        by_id = bool(options["ids"])
        if options["verb"] == "drop" and not by_id and not options["yes"]:
            raise CommandError("dropping cannot be undone: name ids, or add --yes")
        decide = dead_letters.replay if options["verb"] == "replay" else dead_letters.drop
        try:
            with acting_as_service():
                decided = decide(
                    decided_by=f"manage.py, {getpass.getuser()}",
                    ids=options["ids"] if by_id else None,
                    topic=options["topic"],
                )
        except dead_letters.UnknownDeadLettersError as error:
            raise CommandError(f"no dead letter has this id: {error}; nothing was done") from error
        done = "replayed" if options["verb"] == "replay" else "dropped"
        refused = [{"id": key, "why": why} for key, why in decided.refused.items()]
        if options["json"]:
            self.stdout.write(to_json({done: decided.count} | ({"refused": refused} if refused else {})).decode())
        else:
            self.stdout.write(f"{decided.count} {done}")
            for each in refused:
                self.stdout.write(f"{each['id']}  not replayed: {each['why']}")
        if refused:
            raise CommandError(f"{len(refused)} of {decided.count + len(refused)} could not be replayed")

    def _list(self, *, topic: str, as_json: bool) -> None:
        with acting_as_service():
            letters = dead_letters.dead_letters(topic=topic)
            shown, total = list(letters if as_json else letters[:SHOWN]), letters.count()
        if as_json:
            self.stdout.write(to_json([_as_json(letter) for letter in shown]).decode())
            return
        for letter in shown:
            self.stdout.write(f"{letter.pk}  {letter.dead_at:%Y-%m-%d %H:%M:%S}  {letter.topic}")
            self.stdout.write(f"    {to_json(letter.payload).decode()}")
            error = letter.last_error.partition("\n")[0][:300]
            self.stdout.write(f"    after {letter.attempts} attempts: {error}")
        more = f", the first {len(shown)} shown" if total > len(shown) else ""
        self.stdout.write(f"{total} dead letters{more}" if total != 1 else "1 dead letter")


def _as_json(letter: OutboxMessage) -> dict[str, Any]:
    names = ("topic", "payload", "actor_id", "request_id", "created_at", "dead_at", "attempts", "last_error")
    return {"id": letter.pk} | {name: getattr(letter, name) for name in names}
