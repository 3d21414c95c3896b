-- The mentors who are in no suggestion to this learner: they have an open match, or one of the two refused the other since then. A
-- proposal that was withdrawn with its round is nobody's refusal.
CREATE FUNCTION private.matches_out_of_question(p_learner uuid, p_refused_since timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT match.mentor_id FROM public.matches_mentormatch AS match
    LEFT JOIN public.matches_matchround AS round ON round.id = match.round_id
    WHERE match.learner_id = p_learner
      AND (
          match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
          OR match.status IN ('declined', 'cancelled', 'ended_early') AND match.ended_at > p_refused_since
          AND round.undone_at IS DISTINCT FROM match.ended_at
      )
$$;
ALTER FUNCTION private.matches_out_of_question(uuid, timestamptz) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_out_of_question(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_out_of_question(uuid, timestamptz) TO service_role;

-- The mentors whom a learner may choose from: they have a skill that is asked for, above the level that the learner has, take
-- learners now, share a language where both sides name any, and are not out of question for the learner. What is asked for is in
-- step: the skill, the number of what is wanted that it is or implies, the level to reach, the level from which, what a level
-- weighs, the thousandths of the mentor's level that count, and how many who know it best are looked at, all with null. The
-- p_limit of them who can teach most of it, as the JSON that the matcher takes with commas between, in one row, with their time
-- zones and how many they are.
-- A definer function for speed and not for reach: everybody who is logged in may read all of this about listed mentors, but the
-- policies would be asked for each row. The learner is whom the claims name.
-- The functions of the same name that take no p_refused_since are of the code before this, and go with the next release.
CREATE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted integer[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_most integer[], p_languages text[], p_at timestamptz,
    p_refused_since timestamptz, p_limit integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH out_of_question AS MATERIALIZED (
        SELECT profile.id FROM public.users_profile AS profile WHERE profile.user_id = (SELECT auth.uid())
        UNION ALL
        SELECT profile.id FROM private.matches_out_of_question((SELECT auth.uid()), p_refused_since) AS mentor (id)
        JOIN public.users_profile AS profile ON profile.user_id = mentor.id
    ), known AS NOT MATERIALIZED (
        -- Read from one index and no table. Of a skill that very many know those who know it best: with all of them it took
        -- twice as long.
        SELECT entry.profile_id, want.wanted,
            want.weight * (least(entry.level * want.permille / 1000, want.level) - want.below) AS amount
        FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille, p_most)
            AS want (slug, wanted, level, below, weight, permille, most)
        JOIN public.users_skill AS skill ON skill.slug = want.slug
        CROSS JOIN LATERAL (
            SELECT entry.profile_id, entry.level FROM public.users_profileskill AS entry
            WHERE entry.skill_id = skill.id AND entry.is_listed
              AND entry.level * want.permille / 1000 > want.below
            ORDER BY entry.level DESC, entry.profile_id DESC LIMIT want.most
        ) AS entry
        WHERE (SELECT auth.uid()) IS NOT NULL
    ), asked AS MATERIALIZED (
        SELECT count(*) = count(DISTINCT wanted) AS is_direct FROM unnest(p_wanted) AS wanted
    )
    SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
    FROM (
        SELECT found.told, found.time_zone
        FROM (
            SELECT taught.profile_id, sum(taught.amount) AS reached
            FROM (
                SELECT profile_id, amount FROM known WHERE (SELECT is_direct FROM asked)
                UNION ALL
                -- Of a skill itself and of those that imply it what teaches most.
                SELECT profile_id, max(amount) FROM known WHERE NOT (SELECT is_direct FROM asked)
                GROUP BY profile_id, wanted
            ) AS taught
            GROUP BY taught.profile_id
            ORDER BY reached DESC, taught.profile_id
            -- As many again for those who are full, away or speak other languages; everybody where everybody was asked for.
            LIMIT CASE WHEN array_position(p_most, NULL) IS NULL THEN 2 * p_limit END
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
              AND (listing.languages::text[] && p_languages OR listing.languages = '{}' OR p_languages = '{}')
              AND NOT (p_at AT TIME ZONE listing.time_zone)::date <@ ANY (listing.away)
              AND listing.profile_id NOT IN (SELECT id FROM out_of_question)
            LIMIT 1
        ) AS found
        ORDER BY sharing.reached DESC, sharing.profile_id
        LIMIT p_limit
    ) AS mentor
$$;
ALTER FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], integer[], text[], timestamptz,
    timestamptz, integer
) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], integer[], text[], timestamptz,
    timestamptz, integer
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], integer[], text[], timestamptz,
    timestamptz, integer
) TO authenticated, service_role;

-- reverse
DROP FUNCTION private.matches_weighed(
    text[], integer[], integer[], integer[], integer[], integer[], integer[], text[], timestamptz,
    timestamptz, integer
);
DROP FUNCTION private.matches_out_of_question(uuid, timestamptz);
