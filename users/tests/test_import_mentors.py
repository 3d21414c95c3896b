"""The import of mentors: what a file says becomes accounts, what it gets wrong is said by line."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from users.enums import Role, SkillSource
from users.json_lines import read_located
from users.mentor_files import read_mentors
from users.models import AvailabilitySlot, Profile, ProfileSkill, SkillSuggestion, User
from users.tests.factories import SkillFactory

DEMO = Path(__file__).parents[2] / "skillbridge_backend" / "demo" / "mentors.json"
ADA = {"headline": "Engines", "country": "GB", "languages": ["en"], "skills": ["JS", "py"]}
BOB = {
    "headline": "Bridges",
    "country": "us",
    "languages": ["EN", "fr"],
    "skills": ["javascript", "js", "weaving"],
    "timezone": "America/Denver",
    "availability": [{"weekday": 6, "starts_at": "22:00", "ends_at": "01:00"}],
    "capacity": 4,
}


@pytest.fixture
def skills() -> None:
    SkillFactory(slug="javascript", name="JavaScript", aliases=["js"])
    SkillFactory(slug="python", name="Python", aliases=["py"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mentors.json"


def run(path: Path, content: Any, *options: str) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    out = StringIO()
    call_command("import_mentors", str(path), *options, stdout=out, stderr=out)
    return out.getvalue()


def refused(path: Path, content: Any, *options: str) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    out = StringIO()
    with pytest.raises(CommandError, match="nothing was imported"):
        call_command("import_mentors", str(path), *options, stdout=out, stderr=out)
    assert not User.objects.exists()
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.usefixtures("skills")
class TestImport:
    def test_entry_becomes_a_mentor_who_is_open_for_learners(self, path: Path) -> None:
        run(path, [BOB])

        profile = Profile.objects.mentors().get()
        assert (profile.headline, profile.country, profile.time_zone) == ("Bridges", "US", "America/Denver")
        assert (profile.languages, profile.mentoring_capacity) == (["en", "fr"], 4)
        assert profile.user.role == Role.MENTOR
        assert profile.user.email_confirmed_at is not None
        assert profile.user.email == f"{profile.user.handle}@mentors.skillbridge.test"
        row = ProfileSkill.objects.get()
        assert (row.skill.slug, row.level, row.source) == ("javascript", 3, SkillSource.SELF)
        assert str(AvailabilitySlot.objects.get()) == "Sunday 22:00 to 01:00"

    def test_what_an_entry_leaves_out_has_a_sensible_default(self, path: Path) -> None:
        run(path, [ADA])

        profile = Profile.objects.get()
        assert (profile.time_zone, profile.mentoring_capacity) == ("Europe/London", 2)
        assert not profile.availability.exists()

    def test_report_counts_texts_and_names_lines(self, path: Path) -> None:
        printed = run(path, [ADA, BOB])

        assert "2 mentors imported, 0 already there, 0 skipped" in printed
        assert "5 texts; 4 matched (1 by name, 3 by alias; 1 name a skill that the mentor named before); 1 unknown" in (
            printed
        )
        line = json.dumps([ADA, BOB], indent=1).splitlines().index('   "weaving"') + 1
        assert f"'weaving': line {line}" in printed

    def test_unknown_skill_is_kept_and_counted_once_for_each_mentor(self, path: Path) -> None:
        run(path, [BOB])
        run(path, [BOB, ADA | {"skills": ["Weaving"]}])

        kept = SkillSuggestion.objects.get()
        assert (kept.text, kept.times_seen, kept.source) == ("weaving", 2, "import of mentors.json")

    def test_repeat_in_another_order_changes_nothing(self, path: Path) -> None:
        run(path, [ADA, BOB])
        before = list(User.objects.order_by("pk").values())

        printed = run(path, [dict(reversed(BOB.items())), ADA])

        assert "0 mentors imported, 2 already there" in printed
        assert list(User.objects.order_by("pk").values()) == before

    def test_dry_run_reports_and_writes_nothing(self, path: Path) -> None:
        printed = run(path, [ADA, BOB], "--dry-run")

        assert "2 mentors imported" in printed
        assert "nothing was written" in printed
        assert not User.objects.exists()
        assert not SkillSuggestion.objects.exists()

    def test_nobody_can_log_in_until_a_password_is_given(self, path: Path) -> None:
        run(path, [ADA])
        assert not User.objects.get().has_usable_password()

        run(path, [ADA, BOB], "--password", "open sesame to all")
        run(path, [ADA, BOB], "--password", "another one")

        assert all(user.check_password("open sesame to all") for user in User.objects.all())

    def test_code_that_is_no_country_or_language_is_left_out_and_reported(self, path: Path) -> None:
        printed = run(path, [ADA | {"country": "EU", "languages": ["en", "klingon"]}])

        profile = Profile.objects.get()
        assert (profile.country, profile.time_zone, profile.languages) == ("", "UTC", ["en"])
        assert "line 4: country: 'EU' is not a country of ISO 3166-1; left blank" in printed
        assert "line 7: languages: 'klingon' is not a language of ISO 639-1; left out" in printed

    def test_entry_that_is_there_twice_is_taken_once(self, path: Path) -> None:
        printed = run(path, [ADA, ADA])

        assert "1 mentors imported" in printed
        assert "the same mentor as in line 2; taken once" in printed

    def test_faulty_entries_keep_everything_out(self, path: Path) -> None:
        printed = refused(path, [ADA, {"headline": " "}])

        assert f"{path}: line 13: " in printed

    def test_faulty_entries_can_be_skipped(self, path: Path) -> None:
        printed = run(path, [ADA, BOB | {"capacity": 0}], "--skip-invalid")

        assert "1 mentors imported, 0 already there, 1 skipped" in printed
        assert "capacity" in printed

    @pytest.mark.parametrize("content", ["[1, 2", "{}", ""])
    def test_file_that_is_no_list_cannot_be_skipped_over(self, path: Path, content: str) -> None:
        assert "line 1: " in refused(path, content, "--skip-invalid")

    def test_file_that_cannot_be_read_is_named(self, path: Path) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("import_mentors", str(path))
        path.write_bytes(b"\xff")
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("import_mentors", str(path))

    def test_demo_file_is_sound(self, path: Path) -> None:
        printed = run(path, DEMO.read_text())

        assert "40 mentors imported, 0 already there, 0 skipped" in printed


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        ({"headline": "  "}, 3, "headline: it is empty"),
        ({"headline": 7}, 3, "headline: 7 is not of type 'string'"),
        ({"skills": ["js", "--"]}, 8, "skills: '--' holds no letter, digit or sign that names a skill"),
        ({"skills": "js"}, 6, "skills: 'js' is not of type 'array'"),
        ({"nickname": "x"}, 2, "Additional properties are not allowed ('nickname' was unexpected)"),
        ({"timezone": "Mars"}, 7, "timezone: 'Mars': write an IANA time zone, such as Europe/Berlin"),
        ({"capacity": 51}, 7, "capacity: 51 is greater than the maximum of 50"),
        (
            {"availability": [{"weekday": 1, "starts_at": "6pm", "ends_at": "20:00"}]},
            10,
            "starts_at: '6pm': write a time such as 18:00",
        ),
        (
            {"availability": [{"weekday": 1, "starts_at": "18:00", "ends_at": "18:00"}]},
            8,
            "availability: start and end are the same",
        ),
    ],
)
def test_fault_is_named_with_its_line(change: dict[str, Any], line: int, message: str) -> None:
    entry = {"headline": "H", "country": "GB", "languages": [], "skills": []} | change

    file = read_mentors(json.dumps([entry], indent=1))

    assert ([(fault.line, fault.message) for fault in file.faults], file.entries) == ([(line, message)], [])


def test_overlapping_slots_are_named_with_both_lines() -> None:
    slot = {"weekday": 1, "starts_at": "18:00", "ends_at": "20:00"}
    entry = {"headline": "H", "country": "GB", "languages": [], "skills": [], "availability": [slot, slot]}

    (fault,) = read_mentors(json.dumps([entry], indent=1)).faults

    assert str(fault) == "line 13: availability: overlaps with the slot in line 8"


def test_entry_that_is_no_object_is_a_fault() -> None:
    assert [str(fault) for fault in read_mentors("[\n3]").faults] == ["line 2: 3 is not of type 'object'"]


class TestLocatedJson:
    @pytest.mark.parametrize(
        "text",
        ['{"a": [1, {"b": null}], "c": "\\u00e9"}', "[]", "{}", " [ ] ", '{"a": {}}', "1.5e3", '"x"', "[[[]], true]"],
    )
    def test_values_are_those_of_the_standard_library(self, text: str) -> None:
        assert read_located(text).value == json.loads(text)

    def test_lines_are_counted_from_one(self) -> None:
        located = read_located('[\n\n{"a":\n 1},\n[2,\n3]]')

        assert located.line == 1
        assert located.items[0].members["a"].line == 4
        assert [item.line for item in located.items[1].items] == [5, 6]

    @pytest.mark.parametrize(
        ("text", "line"),
        [("[1\n2]", 2), ('{"a"\n1}', 2), ("{\n1: 2}", 2), ("[1]\n]", 2), ("[1,\n]", 2), ("", 1), ("[\n" * 60, 52)],
    )
    def test_what_is_not_json_is_refused_with_its_line(self, text: str, line: int) -> None:
        with pytest.raises(json.JSONDecodeError) as caught:
            read_located(text)

        assert caught.value.lineno == line
