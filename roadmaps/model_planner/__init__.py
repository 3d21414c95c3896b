"""A language model words the built-in plan; whatever is wrong with its answer, the built-in words stay.

The model gets the planner's modules, the goal and what else the planner knew of the learner. It may retitle, describe,
reorder and re-estimate them within bounds, and decides nothing else: which skills, which levels and what builds on what
stay the planner's. Its answer is untrusted: checked against a schema and against the plan, stripped of markup, refused
with any address in its words. The pages that it names to learn from are asked, and only those that answer are taken.
The goal is data from outside too: delimited, limited in length by the API, and without a tool to reach.

`prompts` says what is asked, `client` asks over HTTP, `reading` takes modules from an answer while it arrives,
`answers` checks them, `links` asks the pages that they name, `wording` puts the job together. What the job writes down
meanwhile is `services/job_record.py`.
"""

from roadmaps.model_planner.wording import worded_plan

__all__ = ["worded_plan"]
