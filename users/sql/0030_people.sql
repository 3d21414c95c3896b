-- Pictures, contacts, and the public profile.

-- For code that does not know the columns yet. Of defaults that its models name, Django reads back what became of them,
-- and the account service, which opens profiles, reads none.
ALTER TABLE users_profile ALTER COLUMN visibility SET DEFAULT 'nobody', ALTER COLUMN public_parts SET DEFAULT '{}';

-- A picture is seen with its profile and is its owner's to set and to take away. The name is the key to its files, which
-- lie outside of the database: whoever takes a name out of here, an erasure included, leaves word for a worker.
ALTER TABLE users_picture ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_picture FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON users_picture TO authenticated;
CREATE POLICY select_with_profile ON users_picture FOR SELECT TO authenticated
    USING ((SELECT true FROM users_profile p WHERE p.id = users_picture.profile_id));
CREATE POLICY insert_own ON users_picture FOR INSERT TO authenticated WITH CHECK (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_picture.profile_id AND p.user_id = (SELECT auth.uid())
));
CREATE POLICY update_own ON users_picture FOR UPDATE TO authenticated
    USING (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_picture.profile_id AND p.user_id = (SELECT auth.uid())
    ))
    WITH CHECK (EXISTS (
        SELECT FROM users_profile p WHERE p.id = users_picture.profile_id AND p.user_id = (SELECT auth.uid())
    ));
CREATE POLICY delete_own ON users_picture FOR DELETE TO authenticated USING (EXISTS (
    SELECT FROM users_profile p WHERE p.id = users_picture.profile_id AND p.user_id = (SELECT auth.uid())
));

CREATE FUNCTION private.users_picture_gone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM private.publish('users.remove_picture', jsonb_build_object('name', OLD.name));
    RETURN NULL;
END
$$;
ALTER FUNCTION private.users_picture_gone() OWNER TO sb_definer;
CREATE TRIGGER users_picture_replaced AFTER UPDATE ON users_picture
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION private.users_picture_gone();
CREATE TRIGGER users_picture_removed AFTER DELETE ON users_picture
    FOR EACH ROW EXECUTE FUNCTION private.users_picture_gone();

-- Contacts are their owner's alone. Who may reach them by one is said where matches are (matches/sql).
ALTER TABLE users_contactchannel ENABLE ROW LEVEL SECURITY;
ALTER TABLE users_contactchannel FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON users_contactchannel TO authenticated;
CREATE POLICY select_own ON users_contactchannel FOR SELECT TO authenticated USING ((SELECT auth.uid()) = (
    SELECT p.user_id FROM users_profile p WHERE p.id = users_contactchannel.profile_id
));
CREATE POLICY insert_own ON users_contactchannel FOR INSERT TO authenticated WITH CHECK ((SELECT auth.uid()) = (
    SELECT p.user_id FROM users_profile p WHERE p.id = users_contactchannel.profile_id
));
CREATE POLICY update_own ON users_contactchannel FOR UPDATE TO authenticated
    USING ((SELECT auth.uid()) = (
        SELECT p.user_id FROM users_profile p WHERE p.id = users_contactchannel.profile_id
    ))
    WITH CHECK ((SELECT auth.uid()) = (
        SELECT p.user_id FROM users_profile p WHERE p.id = users_contactchannel.profile_id
    ));
CREATE POLICY delete_own ON users_contactchannel FOR DELETE TO authenticated USING ((SELECT auth.uid()) = (
    SELECT p.user_id FROM users_profile p WHERE p.id = users_contactchannel.profile_id
));

-- What its owner opened of a profile to whoever asks, and NULL for the rest; no row where the profile is closed to them.
-- A policy lets rows through and not columns, so this function is the rule: the API asks it, and so may any client that
-- visits without a login. The owner is shown what others would be; moderators, who read every profile, all of it. Who
-- is about to be erased is nobody's to look at any more.
CREATE FUNCTION private.users_public_profile(p_handle text) RETURNS TABLE (
    id uuid, handle text, display_name text, role text, member_since date, visibility text, picture text,
    headline text, bio text, country text, time_zone text, languages text[], skills jsonb, wanted_skills jsonb,
    availability jsonb
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT person.id, person.handle, person.display_name, person.role, person.created_at::date, profile.visibility,
        CASE WHEN 'picture' = ANY (opened.parts) THEN
            (SELECT image.name FROM public.users_picture AS image WHERE image.profile_id = profile.id)
        END,
        CASE WHEN 'headline' = ANY (opened.parts) THEN profile.headline END,
        CASE WHEN 'bio' = ANY (opened.parts) THEN profile.bio END,
        CASE WHEN 'country' = ANY (opened.parts) THEN profile.country END,
        CASE WHEN 'availability' = ANY (opened.parts) THEN profile.time_zone END,
        CASE WHEN 'languages' = ANY (opened.parts) THEN profile.languages END,
        CASE WHEN 'skills' = ANY (opened.parts) THEN coalesce(
            (SELECT jsonb_agg(jsonb_build_object('skill', skill.slug, 'name', skill.name, 'level', known.level,
                                                 'source', known.source, 'verified_at', known.verified_at)
                              ORDER BY known.level DESC, skill.slug)
             FROM public.users_profileskill AS known JOIN public.users_skill AS skill ON skill.id = known.skill_id
             WHERE known.profile_id = profile.id), '[]')
        END,
        CASE WHEN 'wanted_skills' = ANY (opened.parts) THEN coalesce(
            (SELECT jsonb_agg(jsonb_build_object('skill', skill.slug, 'name', skill.name, 'level', wanted.level)
                              ORDER BY skill.slug)
             FROM public.users_wantedskill AS wanted JOIN public.users_skill AS skill ON skill.id = wanted.skill_id
             WHERE wanted.profile_id = profile.id), '[]')
        END,
        CASE WHEN 'availability' = ANY (opened.parts) THEN coalesce(
            (SELECT jsonb_agg(jsonb_build_object('weekday', slot.weekday, 'starts_at', slot.starts_at,
                                                 'ends_at', slot.ends_at)
                              ORDER BY slot.weekday, slot.starts_at)
             FROM public.users_availabilityslot AS slot WHERE slot.profile_id = profile.id), '[]')
        END
    FROM public.users_user AS person
    JOIN public.users_profile AS profile ON profile.user_id = person.id
    CROSS JOIN (SELECT auth.uid() AS reader, private.is_moderating() AS is_moderating) AS asking
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN asking.is_moderating THEN
                '{picture,headline,bio,country,languages,skills,wanted_skills,availability}'::text[]
            ELSE profile.public_parts::text[]
        END AS parts
    ) AS opened
    WHERE person.handle = p_handle AND person.is_active
      AND (person.id = asking.reader OR asking.is_moderating
           OR (NOT EXISTS (SELECT FROM public.users_departure AS departure WHERE departure.user_id = person.id)
               AND (profile.visibility = 'public'
                    OR (profile.visibility = 'members' AND asking.reader IS NOT NULL))))
$$;
ALTER FUNCTION private.users_public_profile(text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.users_public_profile(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.users_public_profile(text) TO anon, authenticated;

-- reverse
DROP FUNCTION private.users_public_profile(text);
DROP POLICY delete_own ON users_contactchannel;
DROP POLICY update_own ON users_contactchannel;
DROP POLICY insert_own ON users_contactchannel;
DROP POLICY select_own ON users_contactchannel;
REVOKE ALL ON users_contactchannel FROM authenticated;
ALTER TABLE users_contactchannel NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_contactchannel DISABLE ROW LEVEL SECURITY;
DROP TRIGGER users_picture_removed ON users_picture;
DROP TRIGGER users_picture_replaced ON users_picture;
DROP FUNCTION private.users_picture_gone();
DROP POLICY delete_own ON users_picture;
DROP POLICY update_own ON users_picture;
DROP POLICY insert_own ON users_picture;
DROP POLICY select_with_profile ON users_picture;
REVOKE ALL ON users_picture FROM authenticated;
ALTER TABLE users_picture NO FORCE ROW LEVEL SECURITY;
ALTER TABLE users_picture DISABLE ROW LEVEL SECURITY;
ALTER TABLE users_profile ALTER COLUMN visibility DROP DEFAULT, ALTER COLUMN public_parts DROP DEFAULT;
