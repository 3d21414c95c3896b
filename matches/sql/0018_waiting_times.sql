-- How long requests to mentors who know a skill waited for their first answer: the 500 listed mentors who know it best, their
-- requests of the last 180 days. Of mentors in these zones, or in all where none is named. A request that lapsed waited for longer than any
-- that was answered, so a percentile that falls on one is null. Sums over many people, which is why it may read past policies.
CREATE FUNCTION private.matches_waiting_times(p_slugs text[], p_zones text[])
RETURNS TABLE (slug text, requests integer, answered integer, p50_minutes integer, p90_minutes integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT skill.slug, waited.requests, waited.answered,
        nullif(waited.p50, 'infinity')::integer, nullif(waited.p90, 'infinity')::integer
    FROM public.users_skill AS skill
    CROSS JOIN LATERAL (
        SELECT count(*)::integer AS requests, count(match.answered_at)::integer AS answered,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY took.minutes) AS p50,
            percentile_disc(0.9) WITHIN GROUP (ORDER BY took.minutes) AS p90
        FROM (
            SELECT profile.user_id
            FROM public.users_profileskill AS known
            JOIN public.users_mentorlisting AS listing ON listing.profile_id = known.profile_id
            JOIN public.users_profile AS profile ON profile.id = known.profile_id
            WHERE known.skill_id = skill.id AND known.is_listed AND known.level >= 1
              AND (listing.time_zone = ANY (p_zones) OR p_zones = '{}')
            ORDER BY known.level DESC, known.profile_id DESC LIMIT 500
        ) AS mentor
        JOIN public.matches_mentormatch AS match ON match.mentor_id = mentor.user_id
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN match.answered_at IS NULL THEN 'infinity'
                ELSE greatest(extract(epoch FROM match.answered_at - match.requested_at), 0) / 60
            END::double precision AS minutes
        ) AS took
        WHERE match.requested_at > now() - interval '180 days'
          AND (match.answered_at IS NOT NULL OR match.status = 'expired')
    ) AS waited
    WHERE skill.slug = ANY (p_slugs)
$$;
ALTER FUNCTION private.matches_waiting_times(text[], text[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_waiting_times(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_waiting_times(text[], text[]) TO authenticated, service_role;

-- reverse
DROP FUNCTION private.matches_waiting_times(text[], text[]);
