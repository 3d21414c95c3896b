"""Accounts, profiles, what people know and want, when they have time, their logins."""

from skillbridge_backend.scale.bulk import Loader
from skillbridge_backend.scale.world import (
    DAY,
    NULL,
    World,
    capacity_of,
    date_of,
    is_active,
    role_of,
    sentence,
    stamp,
    zone_of,
)

COLUMNS = {
    "users_user": "id password is_superuser email handle display_name role is_active is_staff email_confirmed_at"
    " token_version created_at updated_at",
    "users_profile": "id user_id headline bio country time_zone languages hours_per_week is_seeking_mentoring"
    " seeking_since is_offering_mentoring mentoring_capacity created_at updated_at",
    "users_profileskill": "id profile_id skill_id level source created_at updated_at",
    "users_wantedskill": "id profile_id skill_id level created_at updated_at",
    "users_availabilityslot": "id profile_id weekday starts_at ends_at",
    "users_leavewindow": "id profile_id starts_on ends_on created_at updated_at",
    "users_refreshtokenfamily": "id user_id current_hash rotations recent_rotations user_agent created_at rotated_at"
    " expires_at",
    "notifications_preference": "id user_id kind channel is_enabled created_at updated_at",
}
COUNTRIES = ("DE", "US", "IN", "BR", "NG", "FR", "GB")
LANGUAGES = ("{en}", "{en,de}", "{pt,en}", "{hi,en}", "{fr,en}")


def add_people(world: World, load: Loader) -> None:
    """Everybody, with nobody able to log in: the passwords are unusable."""
    random = world.random("people")
    skills = world.catalogue.skills
    for person in world.people():
        user, profile, joined = world.user_id(person), world.profile_id(person), world.joined_ms(person)
        came, role, is_mentor = stamp(joined), role_of(person), role_of(person) == "mentor"
        seeks = not is_mentor and person % 3 == 0
        confirmed = NULL if person % 20 == 19 else came
        staff = "t" if role == "admin" else "f"
        name = f"s{world.seed}-{person}"
        load.add(
            "users_user",
            f"{user}\t!{name}\tf\t{name}@scale.test\t{name}\tPerson {person}\t{role}\t"
            f"{'t' if is_active(person) else 'f'}\t{staff}\t{confirmed}\t1\t{came}\t{came}",
        )
        load.add(
            "users_profile",
            f"{profile}\t{user}\t{sentence(random, 4)}\t{sentence(random, 20)}\t{COUNTRIES[person % len(COUNTRIES)]}\t"
            f"{zone_of(person)}\t{LANGUAGES[person % len(LANGUAGES)]}\t{1 + person % 20}\t"
            f"{'t' if seeks else 'f'}\t{came if seeks else NULL}\t{'t' if is_mentor else 'f'}\t"
            f"{capacity_of(person) if is_mentor else 0}\t{came}\t{came}",
        )
        first = int(random.random() * len(skills))
        for step in range(5 if is_mentor else 1 + person % 3):
            load.add(
                "users_profileskill",
                f"{world.new_id(joined, 10)}\t{profile}\t{skills[(first + step * 7) % len(skills)]}\t"
                f"{3 + step % 3 if is_mentor else step % 4}\tself\t{came}\t{came}",
            )
        if not is_mentor:
            load.add(
                "users_wantedskill",
                f"{world.new_id(joined, 11)}\t{profile}\t{skills[(first + 3) % len(skills)]}\t4\t{came}\t{came}",
            )
        if is_mentor or person % 4 == 0:
            for weekday in (person % 7, (person + 2) % 7):
                load.add("users_availabilityslot", f"{world.new_id(joined, 12)}\t{profile}\t{weekday}\t18:00\t20:00")
        if is_mentor and person % 40 == 5:
            starts = world.ends_ms - 5 * DAY + person % 30 * DAY
            load.add(
                "users_leavewindow",
                f"{world.new_id(joined, 13)}\t{profile}\t{date_of(starts)}\t{date_of(starts + 10 * DAY)}"
                f"\t{came}\t{came}",
            )
        if person % 2 == 0:
            began = stamp(world.some_time_since(person, random))
            load.add(
                "users_refreshtokenfamily",
                f"{world.new_id(joined, 14)}\t{user}\t{world.seed:016x}{person:048x}\t0\t{{}}\tscale\t{began}"
                f"\t{began}\t{stamp(world.ends_ms + 30 * DAY)}",
            )
        if person % 10 == 3:
            load.add(
                "notifications_preference",
                f"{world.new_id(joined, 15)}\t{user}\treply_posted\temail\tf\t{came}\t{came}",
            )
