-- What the matcher is told of a mentor: what stands ready in the listing, and the figures that everybody may see. From three
-- ratings on, and of the requests of the last 180 days. Casts keep it immutable, and so a part of the statement that calls it.
CREATE FUNCTION private.matches_told(
    described text, open_places integer, rating_mean numeric, rating_count integer, decided integer, answered integer
)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '{"capacity":' || open_places::text || ',"rating":'
        || coalesce('{"mean_milli":' || (rating_mean * 1000)::integer::text || ',"count":' || rating_count::text || '}', 'null')
        || ',"answer_rate_permille":' || coalesce((answered * 1000 / nullif(decided, 0))::text, 'null')
        || ',' || substr(described, 2)
$$;
ALTER FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer)
    TO authenticated, service_role;

-- How many listed mentors know each of these skills, counted up to p_most.
CREATE FUNCTION private.matches_rarity(p_slugs text[], p_most integer) RETURNS TABLE (slug text, known_by integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT skill.slug, (
        SELECT count(*)::integer FROM (
            SELECT FROM public.users_profileskill AS known
            WHERE known.skill_id = skill.id AND known.is_listed AND known.level >= 1 LIMIT p_most
        ) AS counted
    )
    FROM public.users_skill AS skill WHERE skill.slug = ANY (p_slugs)
$$;
ALTER FUNCTION private.matches_rarity(text[], integer) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_rarity(text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_rarity(text[], integer) TO authenticated, service_role;

-- The mentors whom a learner may choose from: they have a skill that is asked for, above the level that the learner has, take
-- learners now, share a language where both sides name any, and have no open match with the learner. What is asked for is in
-- step: the skill, the wanted one that it is or implies, the level to reach, the level from which, what a level weighs, and the
-- thousandths of the mentor's level that count. The p_limit of them who can teach most of it, as the JSON that the matcher
-- takes with commas between, in one row, with their time zones and how many they are. Of each skill p_most_of_a_skill who
-- know it are looked at, all with null.
-- A definer function for speed and not for reach: everybody who is logged in may read all of this about listed mentors, but
-- the policies would be asked for each row. The learner is whom the claims name.
CREATE FUNCTION private.matches_weighed(
    p_slugs text[], p_wanted text[], p_levels integer[], p_from integer[], p_weights integer[], p_permille integer[],
    p_languages text[], p_today date, p_limit integer, p_most_of_a_skill integer
)
RETURNS TABLE (mentors text, zones text[], considered bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH out_of_question AS MATERIALIZED (
        SELECT profile.id FROM public.users_profile AS profile WHERE profile.user_id = (SELECT auth.uid())
        UNION ALL
        SELECT profile.id FROM public.matches_mentormatch AS match
        JOIN public.users_profile AS profile ON profile.user_id = match.mentor_id
        WHERE match.learner_id = (SELECT auth.uid())
          AND match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
    )
    SELECT coalesce(string_agg(mentor.told, ','), ''), coalesce(array_agg(DISTINCT mentor.time_zone), '{}'), count(*)
    FROM (
        SELECT found.told, found.time_zone
        FROM (
            -- Read from one index and no table, and in order before anything else is read: the limit ends the rest. Of a
            -- skill that very many know those who know it best: with all of them it took twice as long.
            SELECT taught.profile_id, sum(taught.amount) AS reached
            FROM (
                -- Of a skill itself and of those that imply it what teaches most.
                SELECT known.profile_id, want.wanted, max(
                    want.weight * (least(known.level * want.permille / 1000, want.level) - want.below)
                ) AS amount
                FROM unnest(p_slugs, p_wanted, p_levels, p_from, p_weights, p_permille)
                    AS want (slug, wanted, level, below, weight, permille)
                JOIN public.users_skill AS skill ON skill.slug = want.slug
                CROSS JOIN LATERAL (
                    SELECT entry.profile_id, entry.level FROM public.users_profileskill AS entry
                    WHERE entry.skill_id = skill.id AND entry.is_listed
                      AND entry.level * want.permille / 1000 > want.below
                    ORDER BY entry.level DESC, entry.profile_id DESC LIMIT p_most_of_a_skill
                ) AS known
                WHERE (SELECT auth.uid()) IS NOT NULL
                GROUP BY known.profile_id, want.wanted
            ) AS taught
            GROUP BY taught.profile_id
            ORDER BY reached DESC, taught.profile_id
        ) AS sharing
        -- A limit keeps the planner from joining whole tables instead.
        CROSS JOIN LATERAL (
            SELECT listing.time_zone, private.matches_told(
                listing.described, listing.open_places, listing.rating_mean, listing.rating_count,
                listing.requests_decided, listing.requests_answered
            ) AS told
            FROM public.users_mentorlisting AS listing
            WHERE listing.profile_id = sharing.profile_id
              AND listing.open_places > 0 AND listing.described <> '{}'
              AND (listing.languages::text[] && p_languages OR listing.languages = '{}' OR p_languages = '{}')
              AND NOT p_today <@ ANY (listing.away)
              AND listing.profile_id NOT IN (SELECT id FROM out_of_question)
            LIMIT 1
        ) AS found
        ORDER BY sharing.reached DESC, sharing.profile_id
        LIMIT p_limit
    ) AS mentor
$$;
ALTER FUNCTION private.matches_weighed(
    text[], text[], integer[], integer[], integer[], integer[], text[], date, integer, integer
) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_weighed(
    text[], text[], integer[], integer[], integer[], integer[], text[], date, integer, integer
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_weighed(
    text[], text[], integer[], integer[], integer[], integer[], text[], date, integer, integer
) TO authenticated, service_role;

-- reverse
DROP FUNCTION private.matches_rarity(text[], integer);
DROP FUNCTION private.matches_weighed(
    text[], text[], integer[], integer[], integer[], integer[], text[], date, integer, integer
);
DROP FUNCTION private.matches_told(text, integer, numeric, integer, integer, integer);
