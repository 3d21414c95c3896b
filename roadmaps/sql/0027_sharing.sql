-- What others see of a roadmap. No policy opens roadmaps or modules to them, for a policy cannot leave out columns: the
-- page is put together by one function (private.roadmaps_shown), and the gallery is a table of its own, which the
-- database keeps.
ALTER TABLE roadmaps_publication ADD CONSTRAINT publication_of_roadmap
    FOREIGN KEY (roadmap_id) REFERENCES roadmaps_roadmap (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_sharelink ADD CONSTRAINT share_link_of_roadmap
    FOREIGN KEY (roadmap_id) REFERENCES roadmaps_roadmap (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_roadmaprating ADD CONSTRAINT rating_of_roadmap
    FOREIGN KEY (roadmap_id) REFERENCES roadmaps_roadmap (id) ON DELETE CASCADE;
ALTER TABLE roadmaps_roadmaplisting ADD CONSTRAINT listing_of_roadmap
    FOREIGN KEY (roadmap_id) REFERENCES roadmaps_roadmap (id) ON DELETE CASCADE;

ALTER TABLE roadmaps_publication ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_publication FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_sharelink ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_sharelink FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmaprating ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmaprating FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmaplisting ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_roadmaplisting FORCE ROW LEVEL SECURITY;

GRANT SELECT, UPDATE (language, shows_progress, updated_at) ON roadmaps_publication TO authenticated;
CREATE POLICY select_own ON roadmaps_publication FOR SELECT TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY select_moderating ON roadmaps_publication FOR SELECT TO authenticated
    USING ((SELECT private.is_moderating()));
CREATE POLICY update_own ON roadmaps_publication FOR UPDATE TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())))
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));

GRANT SELECT, INSERT, UPDATE (revoked_at, updated_at) ON roadmaps_sharelink TO authenticated;
CREATE POLICY select_own ON roadmaps_sharelink FOR SELECT TO authenticated
    USING (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY insert_own ON roadmaps_sharelink FOR INSERT TO authenticated
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));
CREATE POLICY update_own ON roadmaps_sharelink FOR UPDATE TO authenticated
    USING (revoked_at IS NULL AND roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())))
    WITH CHECK (roadmap_id = ANY (ARRAY(SELECT private.roadmaps_mine())));

GRANT SELECT, INSERT, UPDATE (value, updated_at), DELETE ON roadmaps_roadmaprating TO authenticated;
CREATE POLICY select_own ON roadmaps_roadmaprating FOR SELECT TO authenticated
    USING (rater_id = (SELECT auth.uid()));
CREATE POLICY insert_own ON roadmaps_roadmaprating FOR INSERT TO authenticated
    WITH CHECK (rater_id = (SELECT auth.uid()));
CREATE POLICY update_own ON roadmaps_roadmaprating FOR UPDATE TO authenticated
    USING (rater_id = (SELECT auth.uid())) WITH CHECK (rater_id = (SELECT auth.uid()));
CREATE POLICY delete_own ON roadmaps_roadmaprating FOR DELETE TO authenticated
    USING (rater_id = (SELECT auth.uid()));

GRANT SELECT ON roadmaps_roadmaplisting TO anon, authenticated;
CREATE POLICY select_everybody ON roadmaps_roadmaplisting FOR SELECT TO anon, authenticated USING (true);

-- A link begins now and open.
CREATE FUNCTION private.roadmaps_begin_link() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.created_at := now();
    NEW.updated_at := now();
    NEW.revoked_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER roadmaps_begin_link BEFORE INSERT ON roadmaps_sharelink
    FOR EACH ROW EXECUTE FUNCTION private.roadmaps_begin_link();

-- A roadmap is rated by others than its owner, while it is in the gallery.
CREATE FUNCTION private.roadmaps_refuse_rating() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM public.roadmaps_roadmap WHERE id = NEW.roadmap_id AND owner_id = NEW.rater_id) THEN
        RAISE EXCEPTION 'nobody rates a roadmap of their own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roadmap_rating_not_of_own', TABLE = TG_TABLE_NAME;
    END IF;
    IF NOT EXISTS (SELECT FROM public.roadmaps_roadmaplisting WHERE roadmap_id = NEW.roadmap_id) THEN
        RAISE EXCEPTION 'only roadmaps in the gallery are rated'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roadmap_rating_of_listed', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
ALTER FUNCTION private.roadmaps_refuse_rating() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_refuse_rating BEFORE INSERT ON roadmaps_roadmaprating
    FOR EACH ROW EXECUTE FUNCTION private.roadmaps_refuse_rating();

-- The platform itself owns a roadmap for each track of the catalogue, which everybody may read. Its account is no person:
-- no login, no address, and a handle that nobody can have.
CREATE FUNCTION private.platform_id() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = '' AS $$
    SELECT '00000000-0000-7000-8000-000000000002'::uuid
$$;
GRANT EXECUTE ON FUNCTION private.platform_id() TO sb_definer, service_role;

-- Whether others may read it at all, by its visibility or by a link: it can be worked on, was not taken down, and its
-- owner's account is open and about to stay. The platform's is closed, and its roadmaps are open.
CREATE FUNCTION private.roadmaps_is_open(p_roadmap public.roadmaps_roadmap) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT p_roadmap.visibility <> 'private' AND p_roadmap.status IN ('draft', 'ready')
        AND EXISTS (
            SELECT FROM public.roadmaps_publication WHERE roadmap_id = p_roadmap.id AND taken_down_at IS NULL
        )
        AND (p_roadmap.owner_id = private.platform_id()
             OR EXISTS (SELECT FROM public.users_user WHERE id = p_roadmap.owner_id AND is_active))
        AND NOT EXISTS (SELECT FROM public.users_departure WHERE user_id = p_roadmap.owner_id)
$$;
ALTER FUNCTION private.roadmaps_is_open(public.roadmaps_roadmap) OWNER TO sb_definer;

-- Whether it is to somebody who has no rights to it: everybody where it is public, else who has the token of a link.
CREATE FUNCTION private.roadmaps_is_open_by(p_roadmap public.roadmaps_roadmap, p_token_hash text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT private.roadmaps_is_open(p_roadmap) AND (p_roadmap.visibility = 'public' OR EXISTS (
        SELECT FROM public.roadmaps_sharelink
        WHERE roadmap_id = p_roadmap.id AND token_hash = p_token_hash AND revoked_at IS NULL
            AND (expires_at IS NULL OR expires_at > now())
    ))
$$;
ALTER FUNCTION private.roadmaps_is_open_by(public.roadmaps_roadmap, text) OWNER TO sb_definer;

-- Readable, and never taken: the title without accents, and eight random characters.
CREATE FUNCTION private.roadmaps_new_slug(p_title text) RETURNS text
LANGUAGE sql VOLATILE SET search_path = '' AS $$
    SELECT concat_ws('-',
        nullif(trim(BOTH '-' FROM left(trim(BOTH '-' FROM regexp_replace(
            replace(lower(regexp_replace(normalize(p_title, NFKD), '[\u0300-\u036f]', '', 'g')), 'ß', 'ss'),
            '[^a-z0-9]+', '-', 'g'
        )), 60)), ''),
        left(encode(uuid_send(gen_random_uuid()), 'hex'), 8))
$$;
GRANT EXECUTE ON FUNCTION private.roadmaps_new_slug(text) TO sb_definer;

-- Makes, brings up to date or removes the rows of these roadmaps in the gallery. The caller has locked the owners.
CREATE FUNCTION private.roadmaps_write_listings(p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM public.roadmaps_roadmaplisting AS listing
    WHERE listing.roadmap_id = ANY (p_roadmaps) AND NOT EXISTS (
        SELECT FROM public.roadmaps_roadmap AS r
        WHERE r.id = listing.roadmap_id AND r.visibility = 'public' AND private.roadmaps_is_open(r)
    );
    INSERT INTO public.roadmaps_roadmaplisting AS listing
        (id, roadmap_id, slug, title, goal_text, track_id, language, hours_per_week, weeks, search, rating_count,
         rating_mean, is_template)
    SELECT p.id, r.id, p.slug, r.title, r.goal_text, r.track_id, p.language, r.hours_per_week, r.weeks,
        to_tsvector('pg_catalog.simple', concat_ws(' ', r.title, r.goal_text)), rated.number, rated.mean,
        r.owner_id = private.platform_id()
    FROM public.roadmaps_roadmap AS r
    JOIN public.roadmaps_publication AS p ON p.roadmap_id = r.id
    CROSS JOIN LATERAL (
        SELECT count(*) AS number, round(avg(value), 2) AS mean
        FROM public.roadmaps_roadmaprating WHERE roadmap_id = r.id
    ) AS rated
    WHERE r.id = ANY (p_roadmaps) AND r.visibility = 'public' AND private.roadmaps_is_open(r)
    ON CONFLICT (roadmap_id) DO UPDATE SET
        slug = EXCLUDED.slug, title = EXCLUDED.title, goal_text = EXCLUDED.goal_text, track_id = EXCLUDED.track_id,
        language = EXCLUDED.language, hours_per_week = EXCLUDED.hours_per_week, weeks = EXCLUDED.weeks,
        search = EXCLUDED.search, rating_count = EXCLUDED.rating_count, rating_mean = EXCLUDED.rating_mean,
        is_template = EXCLUDED.is_template;
END
$$;
ALTER FUNCTION private.roadmaps_write_listings(uuid[]) OWNER TO sb_definer;

-- The same for whoever has locked nobody, and the publications that they lack. The owners' accounts are locked first, in
-- the way of whoever closes one, then the publications, in the way of other raters, each ascending; so the later of two
-- writers reads what the earlier one committed. Whoever closes an account has it locked and takes no publication.
CREATE FUNCTION private.roadmaps_refresh_listings(p_roadmaps uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM 1 FROM public.users_user
    WHERE id IN (SELECT owner_id FROM public.roadmaps_roadmap WHERE id = ANY (p_roadmaps)) ORDER BY id FOR SHARE;
    INSERT INTO public.roadmaps_publication
        (id, created_at, updated_at, roadmap_id, slug, language, shows_progress)
    SELECT private.new_id(), now(), now(), r.id, private.roadmaps_new_slug(r.title),
        coalesce(substring(r.wishes #>> '{languages,0}' FROM '^[a-z]{2,3}$'), 'en'), false
    FROM public.roadmaps_roadmap AS r
    WHERE r.id = ANY (p_roadmaps) AND r.visibility <> 'private'
        AND NOT EXISTS (SELECT FROM public.roadmaps_publication AS p WHERE p.roadmap_id = r.id);
    PERFORM 1 FROM public.roadmaps_publication
    WHERE roadmap_id = ANY (p_roadmaps) ORDER BY roadmap_id FOR NO KEY UPDATE;
    PERFORM private.roadmaps_write_listings(p_roadmaps);
END
$$;
ALTER FUNCTION private.roadmaps_refresh_listings(uuid[]) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_refresh_listings(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_refresh_listings(uuid[]) TO service_role;
GRANT EXECUTE ON FUNCTION private.roadmaps_is_open(public.roadmaps_roadmap) TO service_role;

CREATE FUNCTION private.roadmaps_roadmaps_shown() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    touched uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id) INTO touched FROM new_rows WHERE visibility <> 'private';
    ELSE
        SELECT array_agg(n.id) INTO touched FROM new_rows AS n JOIN old_rows AS o USING (id)
        WHERE (n.visibility <> 'private' OR o.visibility <> 'private')
            AND (n.visibility, n.status, n.owner_id, n.title, n.goal_text, n.track_id, n.hours_per_week, n.weeks)
                IS DISTINCT FROM
                (o.visibility, o.status, o.owner_id, o.title, o.goal_text, o.track_id, o.hours_per_week, o.weeks);
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM private.roadmaps_refresh_listings(touched);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_roadmaps_shown() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_roadmap_listed_insert AFTER INSERT ON roadmaps_roadmap
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_roadmaps_shown();
CREATE TRIGGER roadmaps_roadmap_listed_update AFTER UPDATE ON roadmaps_roadmap
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_roadmaps_shown();

-- Of publications and ratings: whatever is written of them concerns their roadmap.
CREATE FUNCTION private.roadmaps_parts_shown() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    touched uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT roadmap_id) INTO touched FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT roadmap_id) INTO touched FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT roadmap_id) INTO touched
        FROM (SELECT roadmap_id FROM old_rows UNION ALL SELECT roadmap_id FROM new_rows) AS both_sides;
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM private.roadmaps_refresh_listings(touched);
    END IF;
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_parts_shown() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_publication_listed AFTER UPDATE ON roadmaps_publication
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_parts_shown();
CREATE TRIGGER roadmaps_rating_listed_insert AFTER INSERT ON roadmaps_roadmaprating
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_parts_shown();
CREATE TRIGGER roadmaps_rating_listed_update AFTER UPDATE ON roadmaps_roadmaprating
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_parts_shown();
CREATE TRIGGER roadmaps_rating_listed_delete AFTER DELETE ON roadmaps_roadmaprating
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION private.roadmaps_parts_shown();

-- An account that is closed or about to go takes its roadmaps out of the gallery, and back when it stays.
CREATE FUNCTION private.roadmaps_owner_shown() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    person uuid;
BEGIN
    IF TG_TABLE_NAME = 'users_user' THEN
        person := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        person := OLD.user_id;
    ELSE
        person := NEW.user_id;
    END IF;
    PERFORM 1 FROM public.users_user WHERE id = person FOR NO KEY UPDATE;
    PERFORM private.roadmaps_write_listings(ARRAY(
        SELECT id FROM public.roadmaps_roadmap WHERE owner_id = person AND visibility <> 'private'
    ));
    RETURN NULL;
END
$$;
ALTER FUNCTION private.roadmaps_owner_shown() OWNER TO sb_definer;
CREATE TRIGGER roadmaps_owner_shown AFTER UPDATE OF is_active ON users_user
    FOR EACH ROW WHEN (OLD.is_active <> NEW.is_active) EXECUTE FUNCTION private.roadmaps_owner_shown();
CREATE TRIGGER roadmaps_owner_leaves AFTER INSERT ON users_departure
    FOR EACH ROW EXECUTE FUNCTION private.roadmaps_owner_shown();
CREATE TRIGGER roadmaps_owner_stays AFTER DELETE ON users_departure
    FOR EACH ROW EXECUTE FUNCTION private.roadmaps_owner_shown();

-- Whose it is, of a roadmap that is open to others, where its owner's profile is everybody's to see; NULL otherwise.
CREATE FUNCTION private.roadmaps_author(p_roadmap uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_build_object('handle', person.handle, 'display_name', person.display_name)
    FROM public.roadmaps_roadmap AS r
    JOIN public.users_user AS person ON person.id = r.owner_id
    JOIN public.users_profile AS profile ON profile.user_id = person.id
    WHERE r.id = p_roadmap AND profile.visibility = 'public' AND private.roadmaps_is_open(r)
$$;
ALTER FUNCTION private.roadmaps_author(uuid) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_author(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_author(uuid) TO anon, authenticated;

-- What whoever asks may see of the roadmap behind a slug: of a public one, or of an unlisted one by the hash of a link's
-- token. NULL for everything else, alike. Never notes, own addresses, wishes, dates; progress only where its owner shows it.
CREATE FUNCTION private.roadmaps_shown(p_slug text, p_token_hash text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT jsonb_build_object(
        'slug', p.slug, 'title', r.title, 'goal', r.goal_text, 'language', p.language,
        'track', (SELECT t.name FROM public.users_track AS t WHERE t.id = r.track_id),
        'hours_per_week', r.hours_per_week, 'weeks', r.weeks, 'is_listed', r.visibility = 'public',
        'is_template', r.owner_id = private.platform_id(),
        'progress', CASE WHEN p.shows_progress THEN r.progress END,
        'author', private.roadmaps_author(r.id),
        'rating', (
            SELECT jsonb_build_object('mean', listing.rating_mean, 'count', listing.rating_count)
            FROM public.roadmaps_roadmaplisting AS listing
            WHERE listing.roadmap_id = r.id AND listing.rating_count > 0
        ),
        'modules', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'id', m.id, 'title', m.title, 'description', m.description,
                'skill_id', m.skill_id, 'skill', s.name, 'from_level', m.from_level, 'to_level', m.to_level,
                'minutes', m.estimated_minutes, 'starts_week', m.starts_week, 'ends_week', m.ends_week,
                'milestone', m.milestone, 'status', CASE WHEN p.shows_progress THEN m.status END,
                'requires', ARRAY(
                    SELECT edge.requires_id FROM public.roadmaps_moduleprerequisite AS edge
                    JOIN public.roadmaps_module AS required ON required.id = edge.requires_id
                    WHERE edge.module_id = m.id AND required.status <> 'removed' ORDER BY edge.id
                )
            ) ORDER BY m.position)
            FROM public.roadmaps_module AS m LEFT JOIN public.users_skill AS s ON s.id = m.skill_id
            WHERE m.roadmap_id = r.id AND m.status <> 'removed'
        ), '[]'))
    FROM public.roadmaps_publication AS p JOIN public.roadmaps_roadmap AS r ON r.id = p.roadmap_id
    WHERE p.slug = p_slug AND private.roadmaps_is_open_by(r, p_token_hash)
$$;
ALTER FUNCTION private.roadmaps_shown(text, text) OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.roadmaps_shown(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.roadmaps_shown(text, text) TO anon, authenticated;

-- Those that are shared already. As the role that FORCE does not hide them from.
SET LOCAL ROLE sb_definer;
SELECT private.roadmaps_refresh_listings(ARRAY(SELECT id FROM roadmaps_roadmap WHERE visibility <> 'private'));
RESET ROLE;

-- reverse
DROP FUNCTION private.roadmaps_shown(text, text);
DROP FUNCTION private.roadmaps_author(uuid);
DROP TRIGGER roadmaps_owner_stays ON users_departure;
DROP TRIGGER roadmaps_owner_leaves ON users_departure;
DROP TRIGGER roadmaps_owner_shown ON users_user;
DROP FUNCTION private.roadmaps_owner_shown();
DROP TRIGGER roadmaps_rating_listed_delete ON roadmaps_roadmaprating;
DROP TRIGGER roadmaps_rating_listed_update ON roadmaps_roadmaprating;
DROP TRIGGER roadmaps_rating_listed_insert ON roadmaps_roadmaprating;
DROP TRIGGER roadmaps_publication_listed ON roadmaps_publication;
DROP FUNCTION private.roadmaps_parts_shown();
DROP TRIGGER roadmaps_roadmap_listed_update ON roadmaps_roadmap;
DROP TRIGGER roadmaps_roadmap_listed_insert ON roadmaps_roadmap;
DROP FUNCTION private.roadmaps_roadmaps_shown();
DROP FUNCTION private.roadmaps_refresh_listings(uuid[]);
DROP FUNCTION private.roadmaps_write_listings(uuid[]);
DROP FUNCTION private.roadmaps_new_slug(text);
DROP FUNCTION private.roadmaps_is_open_by(public.roadmaps_roadmap, text);
DROP FUNCTION private.roadmaps_is_open(public.roadmaps_roadmap);
DROP FUNCTION private.platform_id();
DROP TRIGGER roadmaps_refuse_rating ON roadmaps_roadmaprating;
DROP FUNCTION private.roadmaps_refuse_rating();
DROP TRIGGER roadmaps_begin_link ON roadmaps_sharelink;
DROP FUNCTION private.roadmaps_begin_link();
DROP POLICY select_everybody ON roadmaps_roadmaplisting;
DROP POLICY delete_own ON roadmaps_roadmaprating;
DROP POLICY update_own ON roadmaps_roadmaprating;
DROP POLICY insert_own ON roadmaps_roadmaprating;
DROP POLICY select_own ON roadmaps_roadmaprating;
DROP POLICY update_own ON roadmaps_sharelink;
DROP POLICY insert_own ON roadmaps_sharelink;
DROP POLICY select_own ON roadmaps_sharelink;
DROP POLICY update_own ON roadmaps_publication;
DROP POLICY select_moderating ON roadmaps_publication;
DROP POLICY select_own ON roadmaps_publication;
REVOKE ALL ON roadmaps_publication, roadmaps_sharelink, roadmaps_roadmaprating, roadmaps_roadmaplisting
    FROM anon, authenticated;
ALTER TABLE roadmaps_roadmaplisting DROP CONSTRAINT listing_of_roadmap;
ALTER TABLE roadmaps_roadmaprating DROP CONSTRAINT rating_of_roadmap;
ALTER TABLE roadmaps_sharelink DROP CONSTRAINT share_link_of_roadmap;
ALTER TABLE roadmaps_publication DROP CONSTRAINT publication_of_roadmap;
