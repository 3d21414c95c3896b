"""Goals as people write them, against the catalogue that ships."""

import json
from pathlib import Path

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from roadmaps.goals import Lexicon, TrackTerms, suggest_tracks, understand
from users.normalisation import normalise_skill

FILES = Path(apps.get_app_config("users").path) / "catalogue"


def shipped() -> Lexicon:
    skills = json.loads((FILES / "skills.json").read_text(encoding="utf-8"))
    tracks = json.loads((FILES / "tracks.json").read_text(encoding="utf-8"))
    return Lexicon.of(
        aliases={
            normalise_skill(text): skill["slug"]
            for skill in skills
            for text in (skill["name"], skill["slug"], *skill["aliases"])
        },
        tracks=[
            TrackTerms(
                track["slug"],
                track["name"],
                tuple(track["keywords"]),
                {each["skill"]: each["level"] for each in track["skills"]},
            )
            for track in tracks
        ],
    )


LEXICON = shipped()


@pytest.mark.parametrize(
    ("goal", "track", "skills"),
    [
        ("backend engineer with Python and PostgreSQL", "backend-python", {"python", "postgresql"}),
        ("Backend engineer with Go and PostgreSQL", "backend-go", {"go", "postgresql"}),
        ("Python developer", "backend-python", {"python"}),
        ("data analyst with Python", "data-analysis", {"python"}),
        ("become a machine learning engineer", "machine-learning", {"machine-learning"}),
        ("senior DevOps engineer (Kubernetes, AWS)", "devops-sre", {"kubernetes", "aws"}),
        ("full stack web developer with node.js and React", "fullstack-javascript", {"node-js", "react"}),
        ("mobile developer with Kotlin", "mobile-android", {"kotlin"}),
        ("ios dev", "mobile-ios", {"ios"}),
        ("I want to learn Python.", "", {"python"}),
        ("C++ and Rust", "", {"cpp", "rust"}),
        ("html/css", "", {"html"}),
        ("Python/SQL", "", {"python", "sql"}),
        ("Go", "", {"go"}),
        ("become a great cook", "", set()),
        ("", "", set()),
    ],
)
def test_goal_is_taken_for(goal: str, track: str, skills: set[str]) -> None:
    understood = understand(goal, LEXICON)
    assert understood.track == track
    assert skills <= set(understood.named_skills)
    assert bool(understood.targets) == bool(track or skills)
    assert {target.skill for target in understood.targets if target.is_named} == set(understood.named_skills)


@pytest.mark.parametrize(
    ("goal", "is_named"),
    [
        ("I want to go into data science", False),
        ("I would like to go far", False),
        ("learn go", True),
        ("Python and Go for servers", True),
        ("python, go", True),
        ("python or go", True),
        ("go developer", True),
        ("go and see. Go on", False),
    ],
)
def test_everyday_word_counts_only_where_a_skill_stands(goal: str, is_named: bool) -> None:
    assert ("go" in understand(goal, LEXICON).named_skills) == is_named


def test_longest_phrase_wins_and_none_reaches_over_punctuation() -> None:
    assert understand("react native", LEXICON).named_skills == ("react-native",)
    assert "react-native" not in understand("react, native speakers", LEXICON).named_skills


def test_words_are_shown_as_they_were_written() -> None:
    phrases = understand("Learn  PostgreSQL!", LEXICON).phrases
    assert [(each.text, each.skill) for each in phrases] == [("PostgreSQL", "postgresql")]


def test_level_follows_the_goal_and_the_profile_has_the_last_word() -> None:
    assert {t.level for t in understand("learn SQL", LEXICON).targets} == {3}
    assert {t.level for t in understand("basics of SQL", LEXICON).targets} == {2}
    assert {t.level for t in understand("advanced SQL", LEXICON).targets} == {4}
    wanted = understand("advanced SQL", LEXICON, wanted_levels={"sql": 5, "git": 5})
    assert [(target.skill, target.level) for target in wanted.targets] == [("sql", 5)]


def test_chosen_track_wins_over_the_words() -> None:
    understood = understand("Python developer", LEXICON, track="data-science")
    assert understood.track == "data-science"
    assert {"python"} < {target.skill for target in understood.targets}


def test_suggestions_are_tracks_written_alike_then_others() -> None:
    assert suggest_tracks("becme a bakend devloper", LEXICON)[0].slug == "backend-python"
    assert len(suggest_tracks("qqqq", LEXICON)) == 5
    assert suggest_tracks("qqqq", LEXICON) == suggest_tracks("qqqq", LEXICON)


@given(st.text(max_size=500))
def test_any_text_is_read_and_read_the_same_way_twice(goal: str) -> None:
    assert understand(goal, LEXICON) == understand(goal, LEXICON)
    assert suggest_tracks(goal, LEXICON, most=3) == suggest_tracks(goal, LEXICON, most=3)
