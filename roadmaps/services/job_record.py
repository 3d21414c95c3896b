"""JobRecord: what a planning job writes down while it goes on. Each call is a short transaction of its own.

Belongs here: events, tries, money, and the answers that equal requests share. The plan itself is `PlanningService`'s.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from roadmaps.enums import GenerationEventKind, GenerationKind, GenerationStatus
from roadmaps.models import Generation, GenerationEvent, ModelAnswer, ModelSpending
from skillbridge_backend.core.access import acting_as, acting_as_service
from skillbridge_backend.core.locks import hold

MICRODOLLARS = 1_000_000
PAUSE_SECONDS = 0.3
"""Between two looks at an answer that another job is waiting for."""


class JobEndedError(Exception):
    """The job was cancelled, or is gone with its roadmap: nothing more is to be done for it."""


class ModelLimitError(Exception):
    """The model may not be asked today; the message says why, to the learner."""


def write_event(generation: Generation, kind: GenerationEventKind, payload: dict[str, Any]) -> GenerationEvent:
    """The next event of a job that the caller has locked."""
    last = GenerationEvent.objects.filter(generation=generation).aggregate(last=Max("number"))["last"] or 0
    return GenerationEvent.objects.create(generation=generation, number=last + 1, kind=kind, payload=payload)


@dataclass(slots=True)
class JobRecord:
    """The record of one running job of one person. Every method raises JobEndedError once the job has ended."""

    generation_id: UUID
    owner_id: UUID
    kind: GenerationKind
    _reserved: int = 0
    _booked: int = 0
    _has_claim: bool = False

    def tell(self, kind: GenerationEventKind, **payload: Any) -> None:
        """Append an event, for whoever watches."""
        with acting_as(self.owner_id):
            write_event(self._locked(), kind, payload)

    def look_up(self) -> None:
        """Nothing, while the job is running."""
        with acting_as(self.owner_id):
            self._running()

    def count_try(self, *, model: str, prompt_version: str, prompt_hash: str) -> None:
        """One more request to the model; written before it is sent, so that a crash cannot hide it.

        Until it is settled, its cost is what is reserved for it.
        """
        with acting_as(self.owner_id):
            generation = self._locked()
            generation.attempts += 1
            generation.model, generation.prompt_version, generation.prompt_hash = model, prompt_version, prompt_hash
            generation.cost = Decimal(self._booked) / MICRODOLLARS
            generation.save(update_fields=["attempts", "model", "prompt_version", "prompt_hash", "cost", "updated_at"])
            write_event(generation, GenerationEventKind.ASKED, {"model": model, "attempt": generation.attempts})

    def reserve(self, microdollars: int) -> None:
        """Set this much of today's money aside, until `settle`. Raises ModelLimitError with the reason.

        One job after the other decides, so that the sum of the day never passes MODEL_DOLLARS_PER_DAY.
        """
        today = timezone.now().date()
        with acting_as_service():
            hold("roadmaps.model_spending")
            spending = ModelSpending.objects.filter(generation_id=self.generation_id, day=today).first()
            if spending is None:
                self._refuse_beyond_own_limit(today)
            limit = int(settings.MODEL_DOLLARS_PER_DAY * MICRODOLLARS)
            if ModelSpending.objects.total_of(today) + microdollars > limit:
                raise ModelLimitError("What the model may cost in a day is spent for today.")
            if spending is None:
                spending = ModelSpending(
                    owner_id=self.owner_id, generation_id=self.generation_id, kind=self.kind, day=today, microdollars=0
                )
            spending.microdollars += microdollars
            spending.settled_at = None
            spending.save()
            self._booked = ModelSpending.objects.of_job(self.generation_id)
        self._reserved = microdollars

    def settle(self, microdollars: int) -> None:
        """What was reserved gives way to what it cost, in the books and on the receipt, also of a job that has ended.

        Harmless when nothing is reserved.
        """
        if not self._reserved:
            return
        with acting_as_service():
            ModelSpending.objects.filter(generation_id=self.generation_id, settled_at=None).update(
                microdollars=F("microdollars") - self._reserved + microdollars, settled_at=timezone.now()
            )
            cost = Decimal(ModelSpending.objects.of_job(self.generation_id)) / MICRODOLLARS
            Generation.objects.filter(pk=self.generation_id, attempts__gt=0).update(cost=cost)
        self._reserved = 0

    def kept_answer(self, input_hash: str, *, until: float) -> list[Any] | None:
        """The answer to an equal request; None when this job is the one to ask, or waited for another in vain.

        Where another job is asking it waits for that, until `until` (seconds of the monotonic clock) less a moment to
        ask itself.
        """
        while True:
            with acting_as_service():
                answer = self._answer_or_claim(input_hash, seconds=max(1.0, until - time.monotonic()))
            if answer is not None or self._has_claim:
                return answer
            if time.monotonic() + 2 * PAUSE_SECONDS > until:
                return None
            time.sleep(PAUSE_SECONDS)
            self.look_up()

    def keep_answer(self, input_hash: str, modules: Sequence[Any]) -> None:
        """Keep what the model answered for equal requests."""
        with acting_as_service():
            ModelAnswer.objects.filter(input_hash=input_hash).update(answer=list(modules), updated_at=timezone.now())

    def keep_checks(self, input_hash: str, modules: Sequence[Any]) -> None:
        """What was found of the links of a kept answer, which does not get younger by it."""
        with acting_as_service():
            ModelAnswer.objects.filter(input_hash=input_hash, answer__isnull=False).update(answer=list(modules))

    def give_claim_up(self, input_hash: str) -> None:
        """Let another job ask, where no answer was kept."""
        if self._has_claim:
            with acting_as_service():
                ModelAnswer.objects.filter(input_hash=input_hash, answer__isnull=True).delete()
        self._has_claim = False

    def _answer_or_claim(self, input_hash: str, *, seconds: float) -> list[Any] | None:
        now = timezone.now()
        claim = ModelAnswer(input_hash=input_hash, claimed_until=now + timedelta(seconds=seconds))
        ModelAnswer.objects.filter(input_hash=input_hash, updated_at__lt=now - settings.MODEL_ANSWERS_KEPT).delete()
        ModelAnswer.objects.filter(input_hash=input_hash, answer__isnull=True, claimed_until__lt=now).delete()
        ModelAnswer.objects.bulk_create([claim], ignore_conflicts=True)
        there = ModelAnswer.objects.get(input_hash=input_hash)
        self._has_claim = there.pk == claim.pk
        answer: list[Any] | None = there.answer
        return answer

    def _refuse_beyond_own_limit(self, today: Any) -> None:
        used = ModelSpending.objects.counts_of(self.owner_id, today)
        if self.kind == GenerationKind.MODULE:
            if used["modules"] >= settings.MODEL_MODULES_PER_DAY:
                raise ModelLimitError(f"A model words {settings.MODEL_MODULES_PER_DAY} single modules a day for you.")
        elif used["roadmaps"] >= settings.MODEL_ROADMAPS_PER_DAY:
            raise ModelLimitError(f"A model words {settings.MODEL_ROADMAPS_PER_DAY} roadmaps a day for you.")

    def _running(self) -> Generation:
        generation = Generation.objects.filter(pk=self.generation_id, status=GenerationStatus.RUNNING).first()
        if generation is None:
            raise JobEndedError
        return generation

    def _locked(self) -> Generation:
        generation = (
            Generation.objects.select_for_update(no_key=True)
            .filter(pk=self.generation_id, status=GenerationStatus.RUNNING)
            .first()
        )
        if generation is None:
            raise JobEndedError
        return generation


def model_use(owner_id: UUID) -> dict[str, Any]:
    """How often a model was asked for this person today, and how often it may be; the day is that of UTC."""
    now = timezone.now()
    used = ModelSpending.objects.counts_of(owner_id, now.date())
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "is_model_set_up": bool(settings.OPENAI_API_KEY),
        "roadmaps": {"used": used["roadmaps"], "limit": settings.MODEL_ROADMAPS_PER_DAY},
        "modules": {"used": used["modules"], "limit": settings.MODEL_MODULES_PER_DAY},
        "resets_at": tomorrow,
    }


def prune_answers() -> int:
    """Remove answers that are too old to be shared; returns how many. Rights of the service."""
    with transaction.atomic():
        return ModelAnswer.objects.filter(updated_at__lt=timezone.now() - settings.MODEL_ANSWERS_KEPT).delete()[0]
