"""The catalogue's files and their load: what is faulty is said whole, what is loaded is what the files say."""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from skillbridge_backend.core.catalogue import CatalogueError, LoadCounts
from users.catalogue_files import CATALOGUE_DIR, read_catalogue
from users.enums import Role, SuggestionStatus
from users.exceptions import SuggestionSettled
from users.models import Skill, SkillAlias, SkillPrerequisite, SkillSuggestion, Track, TrackSkill
from users.services import CatalogueService
from users.services.catalogue_load import load_catalogue
from users.tests.factories import SkillFactory, UserFactory

Write = Callable[..., Path]


def skill(slug: str, **fields: Any) -> dict[str, Any]:
    blank = {"slug": slug, "name": slug.title(), "description": "", "aliases": [], "requires": []}
    return {**blank, "minutes_per_level": 300, **fields}


def track(slug: str, **levels: int) -> dict[str, Any]:
    skills = [{"skill": name, "level": level} for name, level in levels.items()]
    return {"slug": slug, "name": slug.title(), "description": "", "keywords": ["way"], "skills": skills}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes both files and returns their folder."""

    def to_folder(skills: Any, tracks: Any = ()) -> Path:
        (tmp_path / "skills.json").write_text(json.dumps(skills))
        (tmp_path / "tracks.json").write_text(json.dumps(list(tracks)))
        return tmp_path

    return to_folder


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(folder)
    return caught.value.problems


class TestFiles:
    def test_shipped_catalogue_is_sound_and_large_enough(self) -> None:
        catalogue = read_catalogue()

        assert len(catalogue.skills) >= 150
        assert len(catalogue.tracks) >= 12

    def test_cycle_is_named_step_by_step(self, write: Write) -> None:
        folder = write([skill("a", requires=["b"]), skill("b", requires=["c"]), skill("c", requires=["a"])])

        (problem,) = problems_of(folder)

        assert problem.startswith("skills.json: prerequisites form a cycle: ")
        steps = problem.rpartition(": ")[2].split(" → ")
        assert steps[0] == steps[-1]
        assert set(itertools.pairwise(steps)) == {("a", "b"), ("b", "c"), ("c", "a")}

    def test_every_fault_is_a_line_of_its_own(self, write: Write) -> None:
        folder = write(
            [
                skill("js", aliases=["java script", "EcmaScript"]),
                skill("js"),
                skill("other", aliases=["JavaScript", "--"], requires=["nothing"]),
            ],
            [
                track("way", js=3, ghost=2),
                track("way"),
                track("twice") | {"skills": [{"skill": "js", "level": 1}, {"skill": "js", "level": 2}]},
            ],
        )

        assert problems_of(folder) == [
            "skills.json: entry 2 (js): the slug is there twice",
            "tracks.json: entry 2 (way): the slug is there twice",
            "skills.json: entry 3 (other): the alias '--' has nothing left after normalisation",
            "skills.json: entry 3 (other): the alias 'JavaScript' belongs to js already",
            "skills.json: entry 3 (other): requires nothing, which is not in the file",
            "tracks.json: entry 1 (way): names ghost, which is not in skills.json",
            "tracks.json: entry 3 (twice): names js twice",
        ]

    def test_shape_is_checked_with_the_place(self, write: Write) -> None:
        folder = write([skill("a", minutes_per_level=0, requires=["B!"]), "text"])

        problems = problems_of(folder)

        assert [problem.split(": ")[1] for problem in problems] == [
            "entry 1 (a), minutes_per_level",
            "entry 1 (a), requires[0]",
            "entry 2",
        ]
        assert problems_of(write({"not": "a list"}))[0].startswith("skills.json: the file: ")

    def test_missing_and_broken_files_are_named(self, tmp_path: Path, write: Write) -> None:
        assert problems_of(tmp_path) == ["skills.json: cannot be read (No such file or directory)"]
        folder = write([])
        (folder / "tracks.json").write_text("[\n1,\n]")
        assert problems_of(folder)[0].startswith("tracks.json: line 2: not JSON")


@pytest.mark.django_db
class TestLoad:
    def counts(self, folder: Path) -> dict[str, LoadCounts]:
        return {counts.subject: counts for counts in load_catalogue(folder)}

    def test_load_writes_what_the_files_say(self, write: Write) -> None:
        folder = write([skill("a", aliases=["x y"]), skill("b", requires=["a"])], [track("way", a=2, b=4)])

        counts = self.counts(folder)

        assert Skill.objects.all().by_text(["XY", "b"]).keys() == {"XY", "b"}
        assert SkillPrerequisite.objects.get().skill.slug == "b"
        assert dict(TrackSkill.objects.values_list("skill__slug", "level")) == {"a": 2, "b": 4}
        assert (counts["skills"].created, counts["aliases"].created, counts["tracks"].created) == (2, 3, 1)

    def test_repeat_changes_nothing_and_keeps_ids(self, write: Write) -> None:
        folder = write([skill("a"), skill("b", requires=["a"])], [track("way", a=2)])
        load_catalogue(folder)
        before = list(Skill.objects.values("id", "updated_at"))

        again = load_catalogue(folder)

        assert all((c.created, c.updated, c.removed) == (0, 0, 0) for c in again)
        assert list(Skill.objects.values("id", "updated_at")) == before

    def test_changes_of_the_file_are_taken_over(self, write: Write) -> None:
        load_catalogue(
            write([skill("a"), skill("b", requires=["a"]), skill("c", aliases=["z"])], [track("way", a=2, c=1)])
        )
        ids = dict(Skill.objects.values_list("slug", "pk"))

        counts = self.counts(
            write(
                [skill("a", name="Alpha", requires=["b"]), skill("b"), skill("c"), skill("d", aliases=["z"])],
                [track("way", a=3, d=1) | {"name": "New"}],
            )
        )

        assert dict(Skill.objects.exclude(slug="d").values_list("slug", "pk")) == ids
        assert Skill.objects.get(slug="a").name == "Alpha"
        assert SkillPrerequisite.objects.get().skill.slug == "a"
        assert SkillAlias.objects.get(normalised="z").skill.slug == "d"
        assert dict(TrackSkill.objects.values_list("skill__slug", "level")) == {"a": 3, "d": 1}
        assert Track.objects.get().name == "New"
        assert (counts["prerequisites"].created, counts["prerequisites"].removed) == (1, 1)
        assert (counts["skills of tracks"].created, counts["skills of tracks"].updated) == (1, 1)
        assert (counts["skills"].created, counts["skills"].updated, counts["tracks"].updated) == (1, 1, 1)

    def test_what_an_admin_added_stays(self, write: Write) -> None:
        folder = write([skill("a")])
        load_catalogue(folder)
        SkillAlias.objects.create(skill=Skill.objects.get(), text="mine", normalised="mine")
        own = SkillFactory(slug="own")

        load_catalogue(folder)

        assert Skill.objects.filter(pk=own.pk).exists()
        assert SkillAlias.objects.filter(normalised="mine").exists()

    def test_suggestion_that_the_catalogue_knows_by_now_is_settled(self, write: Write) -> None:
        CatalogueService().keep_unknown(times_seen={"x y": 1, "q": 1}, source="test")

        counts = self.counts(write([skill("a", aliases=["XY"])]))

        settled = SkillSuggestion.objects.get(normalised="xy")
        assert (settled.status, settled.skill) == (SuggestionStatus.ACCEPTED, Skill.objects.get())
        assert SkillSuggestion.objects.get(normalised="q").status == SuggestionStatus.OPEN
        assert counts["suggestions now known"].updated == 1

    def test_shipped_catalogue_loads_again_in_few_queries_and_no_time(self) -> None:
        load_catalogue()

        with CaptureQueriesContext(connection) as queries:
            started = time.perf_counter()
            load_catalogue()
            seconds = time.perf_counter() - started

        assert len(queries) <= 12
        assert seconds < 1.5

    def test_command_prints_counts_of_every_app(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("load_catalogue")

        printed = capsys.readouterr().out
        assert len(read_catalogue().skills) == Skill.objects.count()
        assert f"skills{Skill.objects.count():>25}" in printed

    def test_command_with_faulty_file_prints_each_fault_and_writes_nothing(
        self, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from skillbridge_backend.core.catalogue import register_catalogue

        folder = write([skill("a", requires=["b"]), skill("a")])
        register_catalogue("users", 10, lambda: load_catalogue(folder))
        try:
            with pytest.raises(CommandError, match=r"2 problem\(s\); nothing was written"):
                call_command("load_catalogue")
        finally:
            register_catalogue("users", 10, load_catalogue)

        assert len(capsys.readouterr().err.splitlines()) == 2
        assert not Skill.objects.exists()

    def test_default_folder_is_the_apps_own(self) -> None:
        assert CATALOGUE_DIR.parent.name == "users"


@pytest.mark.django_db
class TestSuggestions:
    def test_repeats_add_up_by_normalised_form(self) -> None:
        CatalogueService().keep_unknown(times_seen={"Stencil JS": 2, "stencil.js": 1}, source="first")
        CatalogueService().keep_unknown(times_seen={"stenciljs": 4}, source="second")

        kept = SkillSuggestion.objects.get()
        assert (kept.text, kept.times_seen, kept.source) == ("Stencil JS", 7, "first")

    def test_decided_suggestion_is_not_decided_again(self) -> None:
        CatalogueService().keep_unknown(times_seen={"x": 1}, source="")
        moderator, kept = UserFactory(role=Role.MODERATOR), SkillSuggestion.objects.get()
        CatalogueService().reject(moderator, suggestion_id=kept.pk)

        with pytest.raises(SuggestionSettled):
            CatalogueService().accept_as_skill(moderator, suggestion_id=kept.pk)

    def test_queue_is_for_moderators(self) -> None:
        CatalogueService().keep_unknown(times_seen={"x": 1}, source="")

        seen = {role: SkillSuggestion.objects.visible_to(UserFactory(role=role)).count() for role in Role}

        assert seen == {Role.LEARNER: 0, Role.MENTOR: 0, Role.MODERATOR: 1, Role.ADMIN: 1}
