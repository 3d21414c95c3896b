"""`python -m bench.mentor_world fill N` or `… measure ROUNDS`: mentors in the world that DATABASE_URL names.

Belongs here: what `bench.mentors` does in a process of its own for each database.
"""

import json
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - models need settings

from bench.statements import measure, role_past_policies  # noqa: E402
from users.models import MentorListing, User  # noqa: E402
from users.regions import LANGUAGES, ZONE_OF_COUNTRY  # noqa: E402

BATCH = 2000
PLACES = sorted(ZONE_OF_COUNTRY.items())


def fill(mentors: int) -> None:
    """So many mentors and a tenth as many learners, with skills, words, requests and reviews. The same each time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM users_profile)")
        if cursor.fetchone() != (False,):
            raise SystemExit("There are people in this database already; nothing was written.")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            (Path(__file__).parent / "mentors.sql").read_text(encoding="utf-8"),
            {
                "mentors": mentors,
                "learners": max(20, mentors // 10),
                "countries": [country for country, _ in PLACES],
                "zones": [zone for _, zone in PLACES],
                "languages": sorted(LANGUAGES),
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM users_profile WHERE is_offering_mentoring")
        (profiles,) = cursor.fetchone() or ([],)
        for start in range(0, len(profiles), BATCH):
            cursor.execute("SELECT private.users_refresh_listings(%s::uuid[])", [profiles[start : start + BATCH]])
        cursor.execute("VACUUM (ANALYZE)")


def requests() -> dict[str, str]:
    """Kinds of request, common and rare."""
    middle = MentorListing.objects.order_by("by_rating").values_list("by_rating", flat=True)
    cursor = b64encode(urlencode({"p": middle[len(middle) // 2]}).encode()).decode()
    known = _rows(
        "SELECT slug FROM users_skill s JOIN users_profileskill k ON k.skill_id = s.id GROUP BY slug"
        " ORDER BY count(*) DESC, slug"
    )
    frequent, rare = known[0][0], known[-1][0]
    asked: dict[str, dict[str, str]] = {
        "all, newest first": {},
        "a rare word": {"q": "word1500"},
        "a common word": {"q": "word1"},
        "a common word, newest": {"q": "word1", "ordering": "newest"},
        "two words": {"q": "word1 word40"},
        "a frequent skill": {"skills": f"{frequent}:3"},
        "a rare skill": {"skills": f"{rare}:3"},
        "two skills": {"skills": f"{frequent}:2,{rare}"},
        "one of two skills": {"skills": f"{frequent}:2,{rare}", "skills_match": "any"},
        "a frequent language": {"language": "en"},
        "a rare language": {"language": "is"},
        "a frequent country": {"country": PLACES[0][0]},
        "a rare country": {"country": PLACES[-1][0]},
        "shared hours": {"zone": "Europe/Berlin", "shared_hours": "10"},
        "many shared hours": {"zone": "Pacific/Auckland", "shared_hours": "14"},
        "capacity now": {"has_capacity": "true"},
        "responsive": {"responsive": "true"},
        "by rating": {"ordering": "rating"},
        "by rating, in the middle": {"ordering": "rating", "cursor": cursor},
        "well rated, newest": {"least_rating": "4.8"},
        "well rated, by rating": {"least_rating": "4.8", "ordering": "rating"},
        "by answer time": {"ordering": "answer_time"},
        "all at once": {
            "q": "word2", "skills": frequent, "language": "en", "least_rating": "3", "has_capacity": "true",
            "responsive": "true", "zone": "Europe/Berlin", "shared_hours": "8",
        },
        "nobody": {"q": "word2 nowhere", "language": "en", "has_capacity": "true"},
    }  # fmt: skip
    facets: dict[str, dict[str, str]] = {
        "facets": {},
        "facets of a skill": {"skills": frequent},
        "facets of a word": {"q": "word1"},
        "facets of a country": {"country": "AD"},
    }
    paths = {name: f"mentors/?{urlencode(query)}" for name, query in asked.items()}
    return paths | {name: f"mentors/facets/?{urlencode(query)}" for name, query in facets.items()}


def _rows(sql: str) -> list[tuple[str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[str]] = cursor.fetchall()
    return rows


def main() -> None:
    """What the command line says."""
    deed, number = sys.argv[1], int(sys.argv[2])
    if deed == "fill":
        fill(number)
        return
    actor = User.objects.filter(role="learner", is_active=True).order_by("pk")[0]
    with role_past_policies():
        measured = {name: measure(actor, path, rounds=number).as_dict() for name, path in requests().items()}
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
