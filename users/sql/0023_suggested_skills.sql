-- A person proposes a skill that the catalogue does not know. Nobody but moderators reads suggestions, and nobody's name is
-- in them; the answer is what has become of this one: open, accepted or rejected.
CREATE FUNCTION private.users_suggest_skill(p_text text, p_normalised text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    v_status text;
BEGIN
    IF auth.uid() IS NULL OR p_normalised = '' THEN
        RAISE EXCEPTION 'nobody suggests, or nothing is suggested' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.users_skillsuggestion AS suggestion
        (id, text, normalised, times_seen, source, status, created_at, updated_at)
    VALUES (private.new_id(), p_text, p_normalised, 1, 'people', 'open', now(), now())
    ON CONFLICT (normalised) DO UPDATE SET times_seen = suggestion.times_seen + 1, updated_at = now()
    RETURNING status INTO v_status;
    RETURN v_status;
END
$$;
ALTER FUNCTION private.users_suggest_skill(text, text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.users_suggest_skill(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.users_suggest_skill(text, text) TO authenticated;

-- reverse
DROP FUNCTION private.users_suggest_skill(text, text);
