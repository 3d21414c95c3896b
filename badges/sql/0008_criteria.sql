-- Criteria that private.badges_due could not read, or that everybody would meet, are refused: the rules of
-- badges/criteria.py, which a test holds against these. CASE, because AND does not say which side is looked at first.
CREATE FUNCTION private.badges_condition_valid(p_condition jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT CASE
        WHEN jsonb_typeof(p_condition) <> 'object' THEN false
        WHEN jsonb_typeof(p_condition -> 'at_least') IS DISTINCT FROM 'number' THEN false
        WHEN jsonb_typeof(p_condition -> 'metric') IS DISTINCT FROM 'string' THEN false
        ELSE p_condition - 'metric' - 'at_least' = '{}'
            AND p_condition ->> 'at_least' ~ '^[0-9]+$'
            AND (p_condition ->> 'at_least')::numeric BETWEEN 1 AND 10000000
            AND p_condition ->> 'metric' IN (
                'modules_completed', 'roadmaps_completed', 'minutes_learned', 'commits_pushed',
                'repositories_connected', 'mentorships_started', 'mentorships_completed', 'learners_mentored',
                'questions_asked', 'replies_written', 'solutions_accepted', 'votes_received', 'streak_days', 'points')
    END
$$;
CREATE FUNCTION private.badges_group_valid(p_group jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT CASE
        WHEN jsonb_typeof(p_group) <> 'array' THEN false
        WHEN jsonb_array_length(p_group) NOT BETWEEN 1 AND 10 THEN false
        ELSE (
            SELECT bool_and(private.badges_condition_valid(condition)) AND count(*) = count(DISTINCT condition -> 'metric')
            FROM jsonb_array_elements(p_group) AS condition
        )
    END
$$;
CREATE FUNCTION private.badges_criteria_valid(p_criteria jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT CASE
        WHEN jsonb_typeof(p_criteria) <> 'array' THEN false
        WHEN jsonb_array_length(p_criteria) NOT BETWEEN 1 AND 10 THEN false
        ELSE (SELECT bool_and(private.badges_group_valid(conditions)) FROM jsonb_array_elements(p_criteria) AS conditions)
    END
$$;
-- Whoever may write badges; a check runs with the rights of who writes.
GRANT EXECUTE ON FUNCTION
    private.badges_condition_valid(jsonb), private.badges_group_valid(jsonb), private.badges_criteria_valid(jsonb)
    TO service_role, sb_definer, sb_admin;
ALTER TABLE badges_badge ADD CONSTRAINT badge_criteria_valid CHECK (private.badges_criteria_valid(criteria));

-- reverse
ALTER TABLE badges_badge DROP CONSTRAINT badge_criteria_valid;
DROP FUNCTION private.badges_criteria_valid(jsonb);
DROP FUNCTION private.badges_group_valid(jsonb);
DROP FUNCTION private.badges_condition_valid(jsonb);
