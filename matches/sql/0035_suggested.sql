-- As before, in PL/pgSQL: planned once a connection and not once a question.
CREATE OR REPLACE FUNCTION private.matches_out_of_question(p_learner uuid, p_refused_since timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT match.mentor_id FROM public.matches_mentormatch AS match
    LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
    WHERE match.learner_id = p_learner
      AND (
          match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
          OR match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
          AND round.undone_at IS DISTINCT FROM match.ended_at
      )
    UNION ALL
    SELECT block.person_id FROM public.matches_block AS block WHERE block.owner_id = p_learner
    UNION ALL
    SELECT block.owner_id FROM public.matches_block AS block WHERE block.person_id = p_learner;
END
$$;

-- The mentors whom a learner may choose from: they have a skill that is asked for, above the level that the learner has, take
-- learners now, share a language where both sides name any, and are not out of question for the learner. What is asked for is in
-- step: the skill, the number of what is wanted that it is or implies, the level to reach, the level from which, what a level
-- weighs, the thousandths of the mentor's level that count, and whether it implies what is wanted and is not wanted itself. The
-- p_limit of them who can teach most of it, as the JSON that the matcher takes with commas between, in one row, with their time
-- zones and how many they are. Of a skill the p_most are looked at who know it best. Where fewer than p_few are found, all are
-- who know it, and those who have one that implies it.
-- A definer function for speed and not for reach: everybody who is logged in may read all of this about listed mentors, but the
-- policies would be asked for each row. The learner is whom the claims name. PL/pgSQL plans once a connection.
-- The functions of the same name that take no p_few are of the code before this, and go with the next release; so does
-- private.matches_rarity.
CREATE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted integer[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_implied boolean[], p_languages text[], p_at timestamptz, p_refused_since timestamptz,
    p_limit integer, p_most integer, p_few integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    learner constant uuid := auth.uid();
    spoken constant varchar[] := p_languages;
    out_of_question uuid[];
    words varchar[];
    found_near bigint;
    is_everybody boolean := false;
BEGIN
    mentors := '';
    zones := '{}';
    considered := 0;
    IF learner IS NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    out_of_question := ARRAY(
        SELECT profile.id FROM (
            SELECT learner AS id UNION ALL
            SELECT mentor FROM private.matches_out_of_question(learner, p_refused_since) AS mentor
        ) AS person
        -- A limit keeps the planner from reading the whole table instead.
        CROSS JOIN LATERAL (SELECT id FROM public.users_profile WHERE user_id = person.id LIMIT 1) AS profile
    );
    LOOP
        -- The second time round everybody is asked for.
        WITH known AS NOT MATERIALIZED (
            -- Read from one index and no table.
            SELECT entry.profile_id, want.wanted,
                want.weight * (least(entry.level * want.permille / 1000, want.level) - want.below) AS amount
            FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille, p_implied)
                AS want (slug, wanted, level, below, weight, permille, is_implied)
            JOIN public.users_skill AS skill ON skill.slug = want.slug
            CROSS JOIN LATERAL (
                SELECT one.profile_id, one.level FROM public.users_profileskill AS one
                WHERE one.skill_id = skill.id AND one.is_listed AND one.level * want.permille / 1000 > want.below
                ORDER BY one.level DESC, one.profile_id DESC
                LIMIT CASE WHEN want.is_implied OR NOT is_everybody THEN p_most END
            ) AS entry
            WHERE is_everybody OR NOT want.is_implied
        )
        SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
        INTO mentors, zones, considered
        FROM (
            SELECT found.told, found.time_zone
            FROM (
                SELECT taught.profile_id, sum(taught.amount) AS reached
                FROM (
                    SELECT profile_id, amount FROM known WHERE NOT is_everybody
                    UNION ALL
                    -- Of a skill itself and of those that imply it what teaches most.
                    SELECT profile_id, max(amount) FROM known WHERE is_everybody GROUP BY profile_id, wanted
                ) AS taught
                GROUP BY taught.profile_id
                ORDER BY reached DESC, taught.profile_id
                -- As many again for those who are full, away or speak other languages.
                LIMIT CASE WHEN NOT is_everybody THEN 2 * p_limit END
            ) AS sharing
            -- A limit keeps the planner from joining whole tables instead.
            CROSS JOIN LATERAL (
                SELECT listing.time_zone, private.matches_told(
                    listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                    listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
                ) AS told
                FROM public.users_mentorlisting AS listing
                WHERE listing.profile_id = sharing.profile_id
                  AND listing.open_places > 0 AND listing.described <> '{}'
                  AND (listing.languages && spoken OR listing.languages = '{}' OR spoken = '{}')
                  AND (listing.away = '{}' OR NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away))
                  AND listing.profile_id <> ALL (out_of_question)
                LIMIT 1
            ) AS found
            ORDER BY sharing.reached DESC, sharing.profile_id
            LIMIT p_limit
        ) AS mentor;
        EXIT WHEN is_everybody OR considered >= p_few;

        -- Few of very many speak the language, or have a place: those are found by it and not by the skill, in one index that
        -- has both, and read once.
        words := ARRAY(
            -- With the least level that gives one above the learner's; whoever has a level has those below it.
            SELECT want.slug || ':' || ((want.below + 1) * 1000 + want.permille - 1) / want.permille
            FROM unnest(p_slugs, p_from, p_permille) AS want (slug, below, permille)
        );
        WITH near AS MATERIALIZED (
            SELECT listing.profile_id, listing.skills, listing.time_zone, private.matches_told(
                    listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                    listing.requests_decided, listing.requests_answered, listing.country, listing.attendance_permille
                ) AS told
            FROM (
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND languages && spoken
                UNION ALL
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND languages = '{}' AND spoken <> '{}'
                UNION ALL
                SELECT * FROM public.users_mentorlisting
                WHERE traits @> '{open}' AND skills && words AND spoken = '{}'
            ) AS listing
            WHERE listing.described <> '{}'
              AND (listing.away = '{}' OR NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away))
              AND listing.profile_id <> ALL (out_of_question)
            LIMIT 2 * p_limit + 1
        ), teaching AS MATERIALIZED (
            SELECT want.slug || ':' || known.level AS word, want.wanted,
                want.weight * (least(known.level * want.permille / 1000, want.level) - want.below) AS amount
            FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille)
                AS want (slug, wanted, level, below, weight, permille)
            CROSS JOIN generate_series(1, 5) AS known (level)
            WHERE known.level * want.permille / 1000 > want.below
        )
        SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*),
            (SELECT count(*) FROM near)
        INTO mentors, zones, considered, found_near
        FROM (
            SELECT near.told, near.time_zone
            FROM (
                SELECT taught.profile_id, sum(taught.amount) AS reached
                FROM (
                    SELECT near.profile_id, max(teaching.amount) AS amount
                    FROM near CROSS JOIN unnest(near.skills) AS word JOIN teaching USING (word)
                    GROUP BY near.profile_id, teaching.wanted
                ) AS taught
                GROUP BY taught.profile_id
            ) AS sharing
            JOIN near USING (profile_id)
            ORDER BY sharing.reached DESC, sharing.profile_id
            LIMIT p_limit
        ) AS mentor;
        EXIT WHEN found_near <= 2 * p_limit;
        is_everybody := true;
    END LOOP;
    RETURN NEXT;
END
$$;
ALTER FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], boolean[], text[], timestamptz, timestamptz,
    integer, integer, integer
) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], boolean[], text[], timestamptz, timestamptz,
    integer, integer, integer
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], boolean[], text[], timestamptz, timestamptz,
    integer, integer, integer
) TO authenticated, service_role;

-- Of these skills, those that the catalogue knows: what they are called, how many listed mentors know each, counted up to
-- p_most, and which skills build on it, p_most_related of them.
CREATE FUNCTION private.matches_sought(p_slugs text[], p_most integer, p_most_related integer)
RETURNS TABLE (slug text, name text, known_by integer, implied_by text[], implied_names text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT skill.slug::text, skill.name::text, counted.known_by, related.slugs, related.names
    FROM public.users_skill AS skill
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS known_by FROM (
            SELECT FROM public.users_profileskill AS known
            WHERE known.skill_id = skill.id AND known.is_listed AND known.level >= 1 LIMIT p_most
        ) AS one
    ) AS counted
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(one.slug::text ORDER BY one.slug), '{}') AS slugs,
            coalesce(array_agg(one.name::text ORDER BY one.slug), '{}') AS names
        FROM (
            SELECT above.slug, above.name FROM public.users_skillprerequisite AS building
            JOIN public.users_skill AS above ON above.id = building.skill_id
            WHERE building.requires_id = skill.id ORDER BY above.slug LIMIT p_most_related
        ) AS one
    ) AS related
    WHERE skill.slug = ANY (p_slugs)
    ORDER BY skill.slug;
END
$$;
ALTER FUNCTION private.matches_sought(text[], integer, integer) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_sought(text[], integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_sought(text[], integer, integer) TO authenticated, service_role;

-- How it went with these learners, as far as whoever asks may know: of the sessions that have ended the thousandths that they
-- came to, from three on, those of 90 days double and older than 180 days not at all, as private.matches_refresh_figures counts
-- for mentors; and by mentor how the last mentorship went that is over: by the learner's review, from 0 for one star to 1,000,
-- else 700 when it was completed and 300 when it ended early.
CREATE FUNCTION private.matches_histories(p_learners uuid[], p_at timestamptz)
RETURNS TABLE (learner uuid, attendance_permille integer, met jsonb)
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    RETURN QUERY
    SELECT one.id, attended.permille, pairs.met
    FROM unnest(p_learners) AS one (id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN count(*) >= 3
            THEN (coalesce(sum(counts.times) FILTER (WHERE session.status <> 'no_show_learner'), 0) * 1000 / sum(counts.times))::integer
        END AS permille
        FROM public.matches_session AS session
        CROSS JOIN LATERAL (SELECT CASE WHEN session.starts_at > p_at - interval '90 days' THEN 2 ELSE 1 END AS times) AS counts
        WHERE session.learner_id = one.id AND session.starts_at > p_at - interval '180 days'
          AND session.status IN ('done', 'no_show_mentor', 'no_show_learner')
    ) AS attended
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(last.mentor_id, last.value), '{}') AS met
        FROM (
            SELECT DISTINCT ON (match.mentor_id) match.mentor_id, coalesce(
                (
                    SELECT (max(review.rating) - 1) * 250 FROM public.matches_review AS review
                    WHERE review.match_id = match.id AND review.author_id = one.id AND review.revealed_at <= p_at
                ),
                CASE match.status WHEN 'completed' THEN 700 ELSE 300 END
            ) AS value
            FROM public.matches_mentormatch AS match
            WHERE match.learner_id = one.id AND match.status IN ('completed', 'ended_early')
            ORDER BY match.mentor_id, coalesce(match.ended_at, match.created_at) DESC, match.id DESC
        ) AS last
    ) AS pairs;
END
$$;
ALTER FUNCTION private.matches_histories(uuid[], timestamptz) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_histories(uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_histories(uuid[], timestamptz) TO authenticated, service_role;

-- reverse
DROP FUNCTION private.matches_histories(uuid[], timestamptz);
DROP FUNCTION private.matches_sought(text[], integer, integer);
DROP FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], boolean[], text[], timestamptz, timestamptz,
    integer, integer, integer
);
CREATE OR REPLACE FUNCTION private.matches_out_of_question(p_learner uuid, p_refused_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT match.mentor_id FROM public.matches_mentormatch AS match
    LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
    WHERE match.learner_id = p_learner
      AND (
          match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
          OR match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
          AND round.undone_at IS DISTINCT FROM match.ended_at
      )
    UNION ALL
    SELECT block.person_id FROM public.matches_block AS block WHERE block.owner_id = p_learner
    UNION ALL
    SELECT block.owner_id FROM public.matches_block AS block WHERE block.person_id = p_learner
$$;
