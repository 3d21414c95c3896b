"""What a goal in free text means: the track it names and the skills in it, with the words that were understood.

Pure: the catalogue comes in as a `Lexicon`. Words are matched as `normalise_skill` compares them, the longest phrase
first, whole words only. What the plan for the goal looks like is `planner.py`'s.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from roadmaps.planner import Target
from users.normalisation import normalise_skill

LONGEST_PHRASE_WORDS = 5
USUAL_LEVEL, HIGHEST_LEVEL = 3, 5
_LEVEL_WORDS = {
    "advanced": 4, "expert": 4, "master": 4, "senior": 4,
    "basic": 2, "basics": 2, "beginner": 2, "introduction": 2, "junior": 2,
}  # fmt: skip

_ROLE_WORDS = frozenset(
    {
        "administrator", "analyst", "architect", "become", "career", "consultant", "designer", "dev", "developer",
        "engineer", "job", "manager", "programmer", "role", "scientist", "specialist", "tester",
    }
)  # fmt: skip
"""With one of these in it, a goal is about a kind of work: `machine learning` is a skill, `… engineer` a track."""

_FAMILIES = ("backend", "mobile")
"""Tracks `<family>-…` differ by their language only: what names one of them names all, and the skills decide."""

_ORDINARY_WORDS = frozenset(
    {
        "apex", "app", "apps", "be", "beam", "build", "business", "c", "career", "careers", "combine", "community",
        "compose", "console", "em", "excel", "express", "fe", "flow", "focus", "go", "growth", "helm", "hive", "job",
        "lead", "leading", "lean", "less", "make", "management", "mean", "native", "nest", "next", "node",
        "planning", "presenting", "quality", "r", "raft", "relay", "remix", "remote", "research", "rest", "resume",
        "sanity", "sketch", "solid", "speaking", "spring", "stride", "swift", "teaching", "torch", "trainer",
        "training", "turbo", "working", "writing",
    }
)  # fmt: skip
"""Names of skills that are everyday words too: `go` counts when it is written `Go`, or stands where a skill stands."""

_BEFORE_A_SKILL = frozenset(
    {"in", "know", "learn", "learning", "master", "of", "practise", "study", "use", "using", "with"}
)
_BETWEEN_SKILLS = frozenset({"and", "or", "&", "+"})
_TOKEN = re.compile(r"[^\s,;:()\[\]{}\"“”„!?]+|[,;:()\[\]{}!?]")


@dataclass(frozen=True, slots=True)
class TrackTerms:
    """A track as goals name it: keywords as people write them, and skills with the level to reach."""

    slug: str
    name: str
    keywords: tuple[str, ...]
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a normalised phrase may mean."""

    skill: str = ""
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every phrase of the catalogue, normalised, and the tracks by slug."""

    tracks: Mapping[str, TrackTerms]
    meanings: Mapping[str, Meaning]

    @classmethod
    def of(cls, *, aliases: Mapping[str, str], tracks: Iterable[TrackTerms]) -> "Lexicon":
        """`aliases` maps normalised aliases to skills."""
        by_slug = {track.slug: track for track in sorted(tracks, key=lambda each: each.slug)}
        named: defaultdict[str, list[str]] = defaultdict(list)
        for track in by_slug.values():
            for phrase in sorted({normalise_skill(text) for text in (*track.keywords, track.name, track.slug)}):
                named[phrase].append(track.slug)
        phrases = sorted({*aliases, *named} - {""})
        return cls(by_slug, {each: Meaning(aliases.get(each, ""), tuple(named.get(each, ()))) for each in phrases})


@dataclass(frozen=True, slots=True)
class UnderstoodPhrase:
    """Words of the goal as they were written, and what they were taken for."""

    text: str
    skill: str
    tracks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnderstoodGoal:
    """A goal's meaning; `targets` is empty when nothing was understood."""

    track: str
    targets: tuple[Target, ...]
    phrases: tuple[UnderstoodPhrase, ...]

    @property
    def named_skills(self) -> tuple[str, ...]:
        """Skills that the learner named, in the order of the goal."""
        return tuple(dict.fromkeys(each.skill for each in self.phrases if each.skill))


@dataclass(slots=True)
class _Word:
    text: str
    is_after_break: bool
    is_before_break: bool = field(default=False)

    @property
    def lower(self) -> str:
        return self.text.casefold()


def understand(
    goal: str,
    lexicon: Lexicon,
    *,
    track: str = "",
    level: int | None = None,
    wanted_levels: Mapping[str, int] | None = None,
) -> UnderstoodGoal:
    """The targets of a goal: the skills of its track, and those it names (at level 3 unless it says otherwise).

    `track` and `level` (1 to 5) are the learner's own choice and win over what the words say. Tracks are written for
    level 3: another one raises or lowers their skills by as much. `wanted_levels`, what the profile says about the
    level wanted of a skill, wins over the track's.
    """
    words = list(_words(goal, lexicon))
    found = list(_phrases(words, lexicon))
    track = track or _track_of(found, words, lexicon)
    shift = 0 if level is None else level - USUAL_LEVEL
    level = level or next((_LEVEL_WORDS[word.lower] for word in words if word.lower in _LEVEL_WORDS), USUAL_LEVEL)
    named = {phrase.skill for phrase in found if phrase.skill}
    of_track = lexicon.tracks[track].skills if track else {}
    levels = {skill: min(HIGHEST_LEVEL, max(1, usual + shift)) for skill, usual in of_track.items()}
    for skill in named:
        levels[skill] = max(levels.get(skill, 0), level)
    levels |= {skill: wanted for skill, wanted in (wanted_levels or {}).items() if skill in levels}
    targets = tuple(Target(skill, levels[skill], is_named=skill in named) for skill in sorted(levels))
    return UnderstoodGoal(track, targets, tuple(found))


def suggest_tracks(goal: str, lexicon: Lexicon, *, most: int = 5) -> list[TrackTerms]:
    """Tracks to offer for a goal that was not understood: those written alike, then others in order of their names."""
    terms = {
        keyword.casefold(): track
        for track in lexicon.tracks.values()
        for keyword in (*track.keywords, track.slug.replace("-", " "))
    }
    alike = [
        terms[match]
        for word in _words(goal, lexicon)
        if len(word.text) > 3
        for match in get_close_matches(word.lower, terms, n=2, cutoff=0.75)
    ]
    others = sorted(lexicon.tracks.values(), key=lambda each: each.name)
    return list({track.slug: track for track in (*alike, *others)}.values())[:most]


def _words(goal: str, lexicon: Lexicon) -> Iterator[_Word]:
    """The words of a goal; punctuation that ends a phrase is kept as a mark on its neighbours."""
    previous: _Word | None = None
    is_after_break = True
    for token in _TOKEN.findall(goal):
        text = token.strip("'’‘`*_").rstrip(".-/")
        if not text or (len(text) == 1 and text in ",;:()[]{}!?"):
            is_after_break = True
            if previous:
                previous.is_before_break = True
            continue
        # `HTML/CSS` and `CI/CD` are one name where the catalogue has it, otherwise two.
        pieces = [text] if normalise_skill(text) in lexicon.meanings else [piece for piece in text.split("/") if piece]
        for piece in pieces:
            previous = _Word(piece, is_after_break or piece != pieces[0])
            previous.is_before_break = token.endswith(".") or len(pieces) > 1
            is_after_break = False
            yield previous
        is_after_break = token.endswith(".")


def _phrases(words: list[_Word], lexicon: Lexicon) -> Iterator[UnderstoodPhrase]:
    """The longest known phrase from each word on; none reaches over punctuation."""
    start = 0
    while start < len(words):
        for size in range(min(LONGEST_PHRASE_WORDS, len(words) - start), 0, -1):
            window = words[start : start + size]
            if any(word.is_after_break for word in window[1:]):
                continue
            text = " ".join(word.text for word in window)
            meaning = lexicon.meanings.get(normalise_skill(text))
            if meaning and (size > 1 or _is_meant_as_name(words, start)):
                bare = _without_role(window, lexicon)
                yield UnderstoodPhrase(text, meaning.skill or bare.skill, meaning.tracks or bare.tracks)
                start += size
                break
        else:
            start += 1


def _without_role(window: list[_Word], lexicon: Lexicon) -> Meaning:
    """What `Python developer` says beside the kind of work: `Python`."""
    if len(window) > 1 and window[-1].lower in _ROLE_WORDS:
        return lexicon.meanings.get(normalise_skill(" ".join(word.text for word in window[:-1])), Meaning())
    return Meaning()


def _is_meant_as_name(words: list[_Word], place: int) -> bool:
    word = words[place]
    if word.lower not in _ORDINARY_WORDS or len(words) == 1:
        return True
    before = words[place - 1].lower if place else ""
    after = words[place + 1].lower if place + 1 < len(words) else ""
    is_capitalised = word.text[0].isupper() and not word.is_after_break
    is_in_list = (before in _BETWEEN_SKILLS or word.is_after_break) and (
        word.is_before_break or not after or after in _BETWEEN_SKILLS or after in _ROLE_WORDS
    )
    return is_capitalised or before in _BEFORE_A_SKILL or (place > 0 and is_in_list) or after in _ROLE_WORDS


def _track_of(found: list[UnderstoodPhrase], words: list[_Word], lexicon: Lexicon) -> str:
    """The track that the phrases point to most, '' for none.

    A phrase that is also a skill's name points to a track only when the goal speaks of a kind of work, or names no
    skill at all.
    """
    is_about_work = any(word.lower in _ROLE_WORDS for word in words)
    has_skills = any(phrase.skill for phrase in found)
    scores: defaultdict[str, int] = defaultdict(int)
    strong: set[str] = set()
    for phrase in found:
        size = len(phrase.text.split())
        is_strong = bool(phrase.tracks) and (not phrase.skill or is_about_work or not has_skills)
        for track in phrase.tracks:
            scores[track] += 10 * size if is_strong and not _is_tool(phrase, lexicon) else size
        if is_strong:
            strong |= set(phrase.tracks)
        for family in _FAMILIES:
            if phrase.text.casefold().replace("-", "").startswith(family):
                kin = {slug for slug in lexicon.tracks if slug.startswith(f"{family}-")}
                strong |= kin if is_strong else set()
                for track in kin - set(phrase.tracks):
                    scores[track] += 10 * size - 1
        for track, terms in lexicon.tracks.items():
            if phrase.skill in terms.skills:
                scores[track] += 5 if terms.skills[phrase.skill] >= 4 else 2
    return min(strong, key=lambda track: (-scores[track], track), default="")


def _is_tool(phrase: UnderstoodPhrase, lexicon: Lexicon) -> bool:
    """True for what several kinds of work use (`PostgreSQL`): it tips the balance between tracks and names none."""
    is_role = phrase.text.split()[-1].casefold() in _ROLE_WORDS
    return (
        bool(phrase.skill)
        and not is_role
        and sum(phrase.skill in track.skills for track in lexicon.tracks.values()) > 1
    )
