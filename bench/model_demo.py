"""`python -m bench.model_demo`: the journey of `make demo` on an installation that has a model (`bench.model_server`).

Exit status 1 when a step fails, or when the roadmap is not worded by the model.
"""

from bench.model_server import answer, installation, model_server, reply
from skillbridge_backend.demo.__main__ import MENTORS_FILE
from skillbridge_backend.demo.narrator import Narrator
from skillbridge_backend.demo.steps import STEPS, WISH, Demo, ask_for_a_roadmap
from skillbridge_backend.demo.world import DemoFailure


def main() -> int:
    """Walk the steps in order and return the exit code."""
    narrator = Narrator()
    with model_server() as model, installation(model, "demo", timeout_seconds=60) as learners:
        demo = Demo(world=learners.world, narrator=narrator, mentors_file=MENTORS_FILE)
        try:
            for number, step in enumerate(STEPS, 1):
                narrator.step(number, (step.__doc__ or "").splitlines()[0])
                if step is ask_for_a_roadmap:
                    model.script(reply(answer(learners.modules_for(demo.learner, WISH)), times=None))
                step(demo)
            worded = demo.roadmap["modules"][0]["title"].startswith("For you: ")
            demo.check(worded and len(model.requests()) == 1, "the roadmap has the model's words, for one request")
        except DemoFailure as failure:
            narrator.failure(str(failure))
            return 1
    narrator.end(f"All {len(STEPS)} steps done with a model.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
