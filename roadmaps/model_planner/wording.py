"""One job from the built-in plan to the worded one: cached, asked, repaired, or left as it is with the reason."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from django.conf import settings

from roadmaps.enums import GenerationEventKind, GenerationSource
from roadmaps.model_planner.answers import (
    CUT_OFF,
    CheckedAnswer,
    UnusableAnswerError,
    items_of,
    put_together,
    validate_modules,
)
from roadmaps.model_planner.client import MOST_COMPLETION_TOKENS, ModelAnswer, ModelClient, question_bytes, usage_of
from roadmaps.model_planner.links import (
    as_answered,
    kept_links,
    links_that_answer,
    to_json,
    with_links,
    without_others,
)
from roadmaps.model_planner.prompts import (
    PROMPT_VERSION,
    Messages,
    input_hash,
    messages_for,
    prompt_hash,
    repair_messages,
)
from roadmaps.model_planner.reading import ModuleReader
from roadmaps.planner import Plan, PlannedModule, fitted
from roadmaps.services import Fault, JobRecord, ModelLimitError, PlanJob, WordedPlan

log = structlog.get_logger(__name__)

MOST_MODULES = 120
"""A longer plan keeps the built-in words: its answer would be cut off by the model's limit."""

LEAST_REPAIR_SECONDS = 3.0
MOST_CALLS = 2
"""The question and one repair; what they may cost is reserved before the first."""

Kind = GenerationEventKind


def worded_plan(job: PlanJob, record: JobRecord) -> WordedPlan:
    """The plan of this job, in a model's words where one is set up and answers well, with the reason where not.

    Calls the model over the network, so never inside a transaction; what it does on the way goes into `record`. Takes
    at most OPENAI_TIMEOUT_SECONDS. Raises JobEndedError when the learner has cancelled meanwhile.
    """
    skeleton = job.skeleton
    record.tell(Kind.PLANNED, modules=len(skeleton.modules), minutes=skeleton.total_minutes)
    if not settings.OPENAI_API_KEY:
        return WordedPlan(skeleton, GenerationSource.PLANNER)
    return _Wording(job, record, skeleton).worded()


class _Wording:
    """The state of one job while a model words its plan."""

    def __init__(self, job: PlanJob, record: JobRecord, skeleton: Plan) -> None:
        self.job, self.record, self.skeleton = job, record, skeleton
        self.messages = messages_for(job, skeleton)
        self.input_hash = input_hash(settings.OPENAI_MODEL, job, skeleton)
        self.answers: list[ModelAnswer] = []
        self.client = ModelClient(
            deadline=time.monotonic() + settings.OPENAI_TIMEOUT_SECONDS,
            before_try=self._before_try,
            look_up=record.look_up,
            calls_paid_for=MOST_CALLS,
        )
        self.receipt = WordedPlan(
            skeleton,
            GenerationSource.PLANNER,
            model=settings.OPENAI_MODEL,
            prompt_version=PROMPT_VERSION,
            prompt_hash=prompt_hash(settings.OPENAI_MODEL, self.messages),
        )

    def worded(self) -> WordedPlan:
        """The plan and its receipt."""
        try:
            if len(self.skeleton.modules) > MOST_MODULES:
                raise UnusableAnswerError(f"A model words plans of up to {MOST_MODULES} modules; this one has more.")
            if kept := self.record.kept_answer(self.input_hash, until=self.client.deadline):
                checked, known = validate_modules(as_answered(kept), self.skeleton), kept_links(kept)
                modules = {key: with_links(module, known) for key, module in checked.modules.items()}
                return self._taken(replace(checked, modules=modules), is_cached=True)
            return self._taken(self._paid())
        except UnusableAnswerError as error:
            log.warning("model_fallback", reason=str(error), generation=str(self.job.generation_id))
            self.record.tell(Kind.FELL_BACK, reason=str(error))
            return self._with_use(replace(self.receipt, fallback_reason=str(error)))
        finally:
            self.record.give_claim_up(self.input_hash)

    def _paid(self) -> CheckedAnswer:
        """What the model answers, with the money reserved before and settled after, however it ends."""
        if self.job.was_model_asked:
            raise UnusableAnswerError(
                "An earlier attempt was interrupted while the model was working; it is asked once."
            )
        most = sum(_most_cost(question_bytes(self.messages)) for _ in range(MOST_CALLS))
        try:
            self.record.reserve(most)
        except ModelLimitError as error:
            raise UnusableAnswerError(str(error)) from error
        try:
            checked = self._asked()
            if not checked.modules:
                raise UnusableAnswerError(next(iter(checked.faults.values())))
            if not checked.faults:
                self.record.keep_answer(self.input_hash, _kept(checked.modules))
            return checked
        finally:
            self.record.settle(self._cost())

    def _asked(self) -> CheckedAnswer:
        """What the model answered, after one repair where something was wrong with it."""
        try:
            checked = self._checked(self._ask(self.messages))
        except UnusableAnswerError as error:
            if not self.answers or self.answers[-1].is_refused:
                raise
            checked = CheckedAnswer({}, dict.fromkeys(validate_modules((), self.skeleton).faults, str(error)))
        if not checked.faults or self.client.seconds_left < LEAST_REPAIR_SECONDS:
            return checked
        self.record.tell(Kind.REPAIRING, faults=dict(checked.faults))
        try:
            again = self._ask(repair_messages(self.messages, checked.faults, self.skeleton.modules))
            return checked.repaired_by(self._checked(again))
        except UnusableAnswerError as error:
            log.warning("model_repair_failed", reason=str(error), generation=str(self.job.generation_id))
            return checked

    def _ask(self, messages: Messages) -> ModelAnswer:
        """One question. Modules are told as they come, as far as they can be taken by themselves."""
        reader, told = ModuleReader(), set[str]()

        def on_text(text: str) -> None:
            found = validate_modules(reader.feed(text), self.skeleton).modules
            for key, module in found.items():
                if key not in told:
                    told.add(key)
                    self.record.tell(
                        Kind.MODULE, key=key, skill=module.skill, title=module.title, minutes=module.minutes
                    )

        number = len(self.answers) + 1
        answer = self.client.ask(messages, idempotency_key=self._idempotency_key(number), on_text=on_text)
        self.answers.append(answer)
        return answer

    def _checked(self, answer: ModelAnswer) -> CheckedAnswer:
        """What can be taken of an answer; of one that was cut off or is no JSON, the modules that had come.

        Raises UnusableAnswerError when nothing can.
        """
        if answer.is_refused or answer.finish_reason == "content_filter":
            self.answers[-1] = replace(answer, is_refused=True)
            raise UnusableAnswerError("The model refused.")
        try:
            if answer.finish_reason != "stop":
                raise UnusableAnswerError("The model's answer was cut off.")
            return validate_modules(items_of(answer.content), self.skeleton)
        except UnusableAnswerError:
            came = list(ModuleReader().feed(answer.content))
            if not came:
                raise
            return validate_modules(came, self.skeleton, missing=CUT_OFF)

    def _taken(self, answer: CheckedAnswer, *, is_cached: bool = False) -> WordedPlan:
        checked, left_out = self._with_links_that_answer(answer)
        faults = tuple(
            Fault(self.skeleton.modules[place].title, checked.faults[key])
            for place, key in enumerate(f"m{number + 1}" for number in range(len(self.skeleton.modules)))
            if key in checked.faults
        )
        if faults:
            self.record.tell(Kind.FELL_BACK, reason=faults[0].reason, modules=len(faults))
        if left_out:
            faults += (Fault("Links", f"{left_out} of the model's links did not answer and were left out."),)
        modules = put_together(checked, self.skeleton)
        taken = replace(
            self.receipt,
            plan=fitted(self.job.graph, self.job.request, modules),
            source=GenerationSource.MODEL,
            faults=faults,
        )
        return replace(taken, is_cached=True) if is_cached else self._with_use(taken)

    def _with_links_that_answer(self, answer: CheckedAnswer) -> tuple[CheckedAnswer, int]:
        """The answer with those of its links that answer, and how many others it had. Asks the network.

        What was found is kept for equal requests, with what did not answer: that is asked again by the next of them.
        """
        known = links_that_answer(answer.modules.values(), seconds=self.client.seconds_left)
        found = {key: with_links(module, known) for key, module in answer.modules.items()}
        if not answer.faults and found != answer.modules:
            self.record.keep_checks(self.input_hash, _kept(found))
        modules = {key: without_others(module, known) for key, module in found.items()}
        left_out = sum(len(found[key].links) - len(module.links) for key, module in modules.items())
        return replace(answer, modules=modules), left_out

    def _before_try(self) -> None:
        receipt = self.receipt
        self.record.count_try(
            model=receipt.model, prompt_version=receipt.prompt_version, prompt_hash=receipt.prompt_hash
        )

    def _idempotency_key(self, number: int) -> str:
        return f"{self.job.generation_id}-{self.receipt.prompt_hash[:32]}-{number}"

    def _with_use(self, plan: WordedPlan) -> WordedPlan:
        """The receipt with its tokens, as far as the service told them."""
        prompt_tokens, completion_tokens = usage_of(*self.answers) or (None, None)
        return replace(plan, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)

    def _cost(self) -> int:
        """Microdollars. A call whose tokens the service did not tell is counted at the most that it can have cost."""
        told = [answer.usage for answer in self.answers if answer.usage]
        unknown = len(self.answers) - len(told) + self.client.calls_in_doubt
        return sum(_cost_of(each.prompt_tokens, each.completion_tokens) for each in told) + unknown * _most_cost(
            question_bytes(self.messages)
        )


def _kept(modules: Mapping[str, PlannedModule]) -> list[dict[str, Any]]:
    """Modules as the model wrote them, with what is known of their links, for equal requests."""
    return [
        {
            "key": key,
            "skill": module.skill,
            "title": module.title,
            "description": module.description,
            "minutes": module.minutes,
            "links": [to_json(link) for link in module.links if link.url],
        }
        for key, module in modules.items()
    ]


def _cost_of(prompt_tokens: int, completion_tokens: int) -> int:
    """Microdollars, rounded up: dollars per million tokens are microdollars per token."""
    of_prompt, of_completion = settings.OPENAI_PRICES[settings.OPENAI_MODEL]
    return -int(-(prompt_tokens * of_prompt + completion_tokens * of_completion) // 1)


def _most_cost(prompt_bytes: int) -> int:
    return _cost_of(prompt_bytes, MOST_COMPLETION_TOKENS)
