"""What the triggers of this app derive, and its recomputation, for `manage.py check_derived`."""

from skillbridge_backend.core.derived import DerivedValue

DERIVED = (
    DerivedValue(
        name="users: listings of mentors",
        rows="SELECT count(*) FROM users_mentorlisting",
        wrong="""
            SELECT coalesce(listing.profile_id, mentor.id)
            FROM users_mentorlisting AS listing
            FULL JOIN (
                SELECT profile.*, person.handle, person.display_name
                FROM users_profile AS profile JOIN users_user AS person ON person.id = profile.user_id
                WHERE profile.is_offering_mentoring AND profile.mentoring_capacity > 0
                  AND person.is_active AND person.role = 'mentor'
            ) AS mentor ON mentor.id = listing.profile_id
            LEFT JOIN (
                SELECT known.profile_id, array_agg(skill.slug || word.ending ORDER BY skill.slug, word.level) AS words
                FROM users_profileskill AS known JOIN users_skill AS skill ON skill.id = known.skill_id
                JOIN (VALUES (0, ''), (1, ':1'), (2, ':2'), (3, ':3'), (4, ':4'), (5, ':5')) AS word (level, ending)
                    ON word.level <= known.level
                GROUP BY known.profile_id
            ) AS known ON known.profile_id = mentor.id
            LEFT JOIN (
                SELECT known.profile_id, string_agg(alias.text, ' ' ORDER BY skill.slug, alias.normalised) AS names
                FROM users_profileskill AS known JOIN users_skill AS skill ON skill.id = known.skill_id
                JOIN users_skillalias AS alias ON alias.skill_id = skill.id
                GROUP BY known.profile_id
            ) AS named ON named.profile_id = mentor.id
            LEFT JOIN (
                SELECT known.profile_id, jsonb_object_agg(skill.slug, known.level) AS levels
                FROM users_profileskill AS known JOIN users_skill AS skill ON skill.id = known.skill_id
                GROUP BY known.profile_id
            ) AS level ON level.profile_id = mentor.id
            LEFT JOIN (
                SELECT slot.profile_id, jsonb_agg(jsonb_build_array(starts, starts + minutes) ORDER BY starts)
                    FILTER (WHERE date_trunc('minute', starts_at::interval) <> date_trunc('minute', ends_at::interval))
                    AS slots
                FROM users_availabilityslot AS slot
                CROSS JOIN LATERAL (
                    SELECT weekday * 1440 + extract(hour FROM starts_at) * 60 + extract(minute FROM starts_at)
                            AS starts,
                        extract(epoch FROM date_trunc('minute', ends_at::interval)
                            - date_trunc('minute', starts_at::interval) + CASE
                            WHEN ends_at <= starts_at THEN interval '1 day' ELSE interval '0'
                        END) / 60 AS minutes
                ) AS part
                GROUP BY slot.profile_id
            ) AS week ON week.profile_id = mentor.id
            LEFT JOIN (
                SELECT profile_id, array_agg(daterange(starts_on, ends_on + 1) ORDER BY starts_on, ends_on) AS windows
                FROM users_leavewindow GROUP BY profile_id
            ) AS leave ON leave.profile_id = mentor.id
            WHERE listing.profile_id IS NULL OR mentor.id IS NULL
               OR listing.search <> setweight(to_tsvector('simple', concat_ws(' ', handle, display_name)), 'A')
                   || setweight(to_tsvector('simple', concat_ws(' ', headline, named.names)), 'B')
                   || setweight(to_tsvector('simple', bio), 'D')
               OR (listing.skills::text[], listing.languages, listing.country, listing.time_zone, listing.away,
                   listing.capacity)
                  IS DISTINCT FROM (coalesce(known.words, '{}'), mentor.languages, mentor.country, mentor.time_zone,
                   coalesce(leave.windows, '{}'), mentor.mentoring_capacity)
               OR listing.described::jsonb - 'skills' - 'languages' <> jsonb_build_object(
                   'id', mentor.user_id, 'time_zone', mentor.time_zone, 'slots', coalesce(week.slots, '[]'))
               OR NOT (listing.described::jsonb -> 'languages' @> to_jsonb(mentor.languages)
                   AND to_jsonb(mentor.languages) @> (listing.described::jsonb -> 'languages'))
               OR (SELECT coalesce(jsonb_object_agg(told ->> 'skill', told -> 'level'), '{}')
                   FROM jsonb_array_elements(listing.described::jsonb -> 'skills') AS told)
                  <> coalesce(level.levels, '{}')
        """,
        repair="SELECT private.users_refresh_listings(%s::uuid[])",
    ),
    DerivedValue(
        name="users: traits of listings",
        rows="SELECT count(*) FROM users_mentorlisting",
        wrong="""
            SELECT listing.profile_id FROM users_mentorlisting AS listing
            CROSS JOIN LATERAL (
                SELECT array_agg(trait) AS traits FROM (
                    SELECT concat(2 ^ power, ':', floor(number / 1024.0 / 2 ^ power)) AS trait
                    FROM generate_series(0, 10) AS power
                    UNION ALL SELECT 'country:' || country WHERE country <> ''
                    UNION ALL SELECT 'open' WHERE open_places > 0
                    UNION ALL SELECT 'rated:' || mean FROM generate_series(3, 5) AS mean WHERE rating_mean >= mean
                    UNION ALL SELECT 'answers' WHERE requests_decided > 2
                        AND requests_answered::numeric / requests_decided >= 0.8
                        AND make_interval(mins => median_answer_minutes) <= interval '2 days'
                ) AS one
            ) AS expected
            WHERE number IS NULL
               OR NOT (listing.traits::text[] @> expected.traits AND listing.traits::text[] <@ expected.traits)
        """,
        # The trigger writes them, and a number where there is none.
        repair="UPDATE users_mentorlisting SET number = number WHERE profile_id = ANY (%s::uuid[])",
    ),
    DerivedValue(
        name="users: skills of listed mentors",
        rows="SELECT count(*) FROM users_profileskill",
        wrong="""
            SELECT DISTINCT known.profile_id FROM users_profileskill AS known
            LEFT JOIN users_mentorlisting AS listing ON listing.profile_id = known.profile_id
            WHERE known.is_listed <> (listing.profile_id IS NOT NULL)
        """,
        repair="SELECT private.users_refresh_listings(%s::uuid[])",
    ),
    DerivedValue(
        name="users: since when people seek",
        rows="SELECT count(*) FROM users_profile",
        wrong="SELECT id FROM users_profile WHERE is_seeking_mentoring <> (seeking_since IS NOT NULL)",
        # The trigger writes it: now, for nobody knows when it was.
        repair="UPDATE users_profile SET is_seeking_mentoring = is_seeking_mentoring WHERE id = ANY (%s::uuid[])",
    ),
)
