-- The mentors whom a learner may choose from, with all that the matcher weighs: they know a wanted skill, take learners
-- now, and share a language where both sides name any. The p_limit of them who reach most of the wanted levels.
-- A definer function for speed and not for reach: everybody who is logged in may read all of this about people who
-- offer mentoring, but the policies would be asked for each row of each candidate. The learner is whom the claims name.
CREATE FUNCTION private.matches_candidates(
    p_slugs text[], p_levels integer[], p_languages text[], p_today date, p_limit integer
)
RETURNS TABLE (
    user_id uuid, handle text, display_name text, headline text, country text, time_zone text, languages text[],
    places_left integer, requests_decided integer, requests_answered integer, rating_count bigint, rating_sum bigint,
    skills text[], levels smallint[], weekdays smallint[], starts_at time[], ends_at time[]
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT mentor.user_id, mentor.handle, mentor.display_name, mentor.headline, mentor.country, mentor.time_zone,
        mentor.languages, mentor.places_left, mentor.requests_decided, mentor.requests_answered,
        rating.count, rating.sum, sharing.skills, sharing.levels, slot.weekdays, slot.starts_at, slot.ends_at
    FROM (
        -- Read from two indexes and no table, and in order before anything else is read: the limit ends the rest.
        SELECT known.profile_id, array_agg(skill.slug) AS skills, array_agg(known.level) AS levels,
            sum(least(known.level, want.level)) AS reached
        FROM unnest(p_slugs, p_levels) AS want (slug, level)
        JOIN public.users_skill AS skill ON skill.slug = want.slug
        JOIN public.users_profileskill AS known ON known.skill_id = skill.id AND known.level >= 1
        JOIN public.users_profile AS offering ON offering.id = known.profile_id AND offering.is_offering_mentoring
        GROUP BY known.profile_id
        ORDER BY reached DESC, known.profile_id
    ) AS sharing
    -- A limit keeps the planner from joining whole tables instead.
    CROSS JOIN LATERAL (
        SELECT profile.id, profile.user_id, person.handle, person.display_name, profile.headline, profile.country,
            profile.time_zone, profile.languages,
            profile.mentoring_capacity - coalesce(standing.places_taken, 0) AS places_left,
            standing.requests_decided, standing.requests_answered
        FROM public.users_profile AS profile
        JOIN public.users_user AS person ON person.id = profile.user_id
        LEFT JOIN public.matches_mentorstanding AS standing ON standing.mentor_id = profile.user_id
        WHERE profile.id = sharing.profile_id
          AND profile.user_id <> (SELECT auth.uid())
          AND person.is_active AND person.role = 'mentor'
          AND profile.mentoring_capacity > coalesce(standing.places_taken, 0)
          AND (profile.languages::text[] && p_languages OR profile.languages = '{}' OR p_languages = '{}')
          AND NOT EXISTS (
            SELECT FROM public.users_leavewindow AS leave
            WHERE leave.profile_id = profile.id AND p_today BETWEEN leave.starts_on AND leave.ends_on
          )
          AND NOT EXISTS (
            SELECT FROM public.matches_mentormatch AS match
            WHERE match.learner_id = (SELECT auth.uid()) AND match.mentor_id = profile.user_id
              AND match.status IN ('proposed', 'requested', 'info_requested', 'accepted', 'active', 'paused')
          )
        LIMIT 1
    ) AS mentor
    CROSS JOIN LATERAL (
        SELECT count(*), sum(review.rating) FROM public.matches_review AS review
        WHERE review.subject_id = mentor.user_id AND review.subject_is_mentor
          AND review.revealed_at <= statement_timestamp()
    ) AS rating
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(availability.weekday), '{}') AS weekdays,
            coalesce(array_agg(availability.starts_at), '{}') AS starts_at,
            coalesce(array_agg(availability.ends_at), '{}') AS ends_at
        FROM public.users_availabilityslot AS availability WHERE availability.profile_id = mentor.id
    ) AS slot
    ORDER BY sharing.reached DESC, sharing.profile_id
    LIMIT p_limit
$$;
ALTER FUNCTION private.matches_candidates(text[], integer[], text[], date, integer) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.matches_candidates(text[], integer[], text[], date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.matches_candidates(text[], integer[], text[], date, integer)
    TO authenticated, service_role;

-- reverse
DROP FUNCTION private.matches_candidates(text[], integer[], text[], date, integer);
