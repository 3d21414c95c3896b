"""What schemathesis reports and we do not change: each a rule with its reason, and as few as can be.

A rule belongs here when the check is mistaken, mostly because it takes for a shape what is a fact: no schema says which
links were mailed. A finding that is right is repaired. A rule names the check, and may name what the answer must say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

POSITIVE, NEGATIVE = "positive_data_acceptance", "negative_data_rejection"


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """Findings of one check that are none, and why."""

    check: str
    reason: str
    operations: str = ".*"
    """A regular expression for all of "VERB /path/"."""
    status: int | None = None
    codes: str = ".*"
    """A regular expression for the code of the problem, or of one of its fields."""
    fields: str = ".*"
    """A regular expression for the field that the answer names; any, when it names none."""

    def fits(self, finding: "Finding", field: str, code: str) -> bool:
        """Whether this rule excuses what the answer says of this field ('' for what it says of none)."""
        return (
            self.check in finding.checks
            and re.fullmatch(self.operations, finding.operation) is not None
            and self.status in (None, finding.status)
            and re.fullmatch(self.fields, field) is not None
            and re.fullmatch(self.codes, code) is not None
        )


@dataclass(frozen=True)
class Finding:
    """What schemathesis reports, and the problem document that it came from."""

    checks: tuple[str, ...]
    operation: str
    status: int
    problem: Mapping[str, Any]

    def excuses(self, rules: Sequence[Excuse]) -> list[Excuse]:
        """The rules that excuse it, of several wrong fields each by one; none when one of them is not excused."""
        fields = [(error.get("field", ""), error.get("code", "")) for error in self.problem.get("errors", ())]
        said = fields or [("", str(self.problem.get("code", "")))]
        found = [next((rule for rule in rules if rule.fits(self, *one)), None) for one in said]
        return [] if None in found else [rule for rule in found if rule]


EXCUSES: tuple[Excuse, ...] = (
    Excuse(
        check=POSITIVE,
        status=412,
        codes="precondition_failed",
        reason="An ETag is of a version that exists; no schema says which.",
    ),
    Excuse(
        check=POSITIVE,
        fields="cursor",
        reason="A cursor is what `next` of a page holds; no schema says which there are.",
    ),
    Excuse(
        check=POSITIVE,
        codes="idempotency_key_reused",
        reason="A key that came before with another body; no schema says which have.",
    ),
    Excuse(
        check=POSITIVE,
        fields="week_of|started_on|since|until|expires_at|ends_at|starts_at|occurred_at",
        reason="JSON Schema has no words for times: from now on, at most a year apart, one after the other.",
    ),
    Excuse(
        check=POSITIVE,
        fields=r"availability\[\d+\]\.ends_at|leave_windows\[\d+\]\.ends_on|(starts|ends)_week|(from|to)_level",
        codes="invalid",
        reason="JSON Schema compares no field with another: a slot has a length, a leave ends after it begins.",
    ),
    Excuse(
        check=POSITIVE,
        operations="(POST /api/v1/roadmaps/(preview/)?|PATCH /api/v1/roadmaps/{id}/)",
        fields="weeks|deadline",
        codes="invalid",
        reason="One of the two is needed, and not both; a serializer's document has no words for that.",
    ),
    Excuse(
        check=POSITIVE,
        operations="POST /api/v1/roadmaps/import/",
        fields=r"track|deadline|modules\[\d+\]\.(skill|requires.*|(starts|ends)_week|(from|to)_level|own_resources.*)",
        reason="Skills, tracks and their names are in the database; numbers of modules and weeks are compared.",
    ),
    Excuse(
        check=POSITIVE,
        operations="POST /api/v1/(modules/{id}/join|modules/{id}/split|roadmaps/{id}/upstream)/",
        fields="modules|parts|choices",
        codes="invalid",
        reason="Which modules a roadmap has, what they weigh and what changed in the original is in the database.",
    ),
    Excuse(
        check=POSITIVE,
        operations="POST /api/v1/modules/{id}/(resources|complete)/",
        fields=r"url|evidence\[\d+\]\.url",
        codes="invalid",
        reason="The address of a page has a host; the format `uri` takes more.",
    ),
    Excuse(
        check=POSITIVE,
        operations="PUT /api/v1/users/me/picture/",
        fields="picture",
        reason="What is in a picture no schema says: how large it is, and whether it is one.",
    ),
    Excuse(
        check=POSITIVE,
        operations="GET /api/v1/auth/providers/{provider}/callback/",
        status=400,
        reason="A browser comes back with the state that it was sent away with; no schema says which.",
    ),
    Excuse(
        check=POSITIVE,
        fields=r"contacts\[\d+\]\.value",
        codes="invalid",
        reason="What a contact looks like goes by its kind.",
    ),
    Excuse(
        check=POSITIVE,
        fields="ordering",
        codes="invalid",
        reason="By relevance goes only what was searched by words: another parameter.",
    ),
    Excuse(
        check=POSITIVE,
        codes="blank",
        reason="Spaces at both ends are taken away before characters are counted; JSON Schema counts them.",
    ),
    Excuse(
        check=POSITIVE,
        codes="malformed_request|null_characters_not_allowed|surrogate_characters_not_allowed",
        reason="PostgreSQL stores no NUL character; the document says so nowhere, for it would have to everywhere.",
    ),
    Excuse(
        check=POSITIVE,
        fields=r"(time_zone|zone|country|language|languages(\[\d+\])?)",
        codes="invalid",
        reason="The zones, countries and languages of the world are hundreds, and change; errors name them.",
    ),
    Excuse(
        check=POSITIVE,
        fields=r"(email|wanted|parent|minutes|module|requires|track|mentor|person|category|goal|skills?|(skills|known)\[\d+\].*|wanted_skills\[\d+\].*)",
        codes="invalid|unchanged|does_not_exist|goal_not_understood|known_skill|.*skill.*",
        reason="Whom and what a name names, and how much of a day is left, is in the database.",
    ),
    Excuse(
        check=POSITIVE,
        fields="handle",
        codes="handle_reserved",
        reason="Which names are for those who run the platform depends on who the person is.",
    ),
    Excuse(
        check=POSITIVE,
        fields="password",
        codes="password_too_.*|wrong_password",
        reason="Which passwords are too easy says a list of the common ones, and who the person is.",
    ),
    Excuse(
        check=POSITIVE,
        operations="POST /api/v1/auth/(refresh|logout)/",
        fields="refresh",
        codes="required",
        reason="Without it a cookie must be there.",
    ),
    Excuse(
        check=POSITIVE,
        operations="PATCH /api/v1/forum/posts/{id}/",
        fields="title|tags",
        codes="invalid",
        reason="A thread has a title and a reply has none; both are posts.",
    ),
    Excuse(
        check=POSITIVE,
        operations="POST /api/v1/conversations/{id}/read/",
        fields="seq",
        reason="Up to which message one can have read is said by those there are.",
    ),
    Excuse(
        check=POSITIVE,
        codes="wrong_password|wrong|passkey_refused|.*_token_invalid|email_change_over|factors_disowned|challenge_.*",
        reason="Passwords, codes, links and tickets are right or not; no schema says which.",
    ),
)
