-- In which turn mentors came to the list. A number stays with its listing; some are drawn in vain.
CREATE SEQUENCE users_mentorlisting_number OWNED BY users_mentorlisting.number;
GRANT SELECT ON SEQUENCE users_mentorlisting_number TO authenticated;
GRANT SELECT (number, traits) ON users_mentorlisting TO authenticated;
-- Whoever looks for words reads the listings of hundreds, words included: in the row and not beside it they are one page each.
ALTER TABLE users_mentorlisting SET (toast_tuple_target = 2704);

-- What searches look for beside words, skills and languages, so that one index finds it together with them. The stretches of
-- the list that a number is in, `16:2` for those from 2 × 16 × 1,024 on: who looks for the latest 400 with a word looks through
-- one after another until they are found (users/querysets/mentor_listings.py). `open` has places. `answers` has answered 80 %
-- of three requests or more, within 48 hours at the median. `rated:3` has a mean of 3 or better.
CREATE FUNCTION private.users_listing_traits(
    p_number bigint, p_country text, p_places integer, p_decided integer, p_answered integer, p_median integer,
    p_mean numeric
)
RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_remove(
        ARRAY(
            SELECT blocks || ':' || p_number / (1024 * blocks)
            FROM unnest('{1,2,4,8,16,32,64,128,256,512,1024}'::bigint[]) AS blocks WHERE p_number IS NOT NULL
        ) || ARRAY[
            'country:' || nullif(p_country, ''),
            CASE WHEN p_places > 0 THEN 'open' END,
            CASE WHEN p_decided >= 3 AND p_answered * 5 >= p_decided * 4 AND p_median <= 48 * 60 THEN 'answers' END,
            CASE WHEN p_mean >= 3 THEN 'rated:3' END, CASE WHEN p_mean >= 4 THEN 'rated:4' END,
            CASE WHEN p_mean >= 5 THEN 'rated:5' END
        ],
        NULL
    )
$$;
ALTER FUNCTION private.users_listing_traits(bigint, text, integer, integer, integer, integer, numeric)
    OWNER TO sb_definer;
REVOKE EXECUTE ON FUNCTION private.users_listing_traits(bigint, text, integer, integer, integer, integer, numeric)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION private.users_listing_traits(bigint, text, integer, integer, integer, integer, numeric)
    TO service_role;

-- A column and no expression in an index: so a figure that changes no trait leaves the indexes alone.
CREATE FUNCTION private.users_mark_listing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    -- Of INSERT … ON CONFLICT this is asked before it is known that the listing is there: that draws none.
    IF NEW.number IS NULL AND NOT (TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM public.users_mentorlisting AS listing WHERE listing.profile_id = NEW.profile_id
    )) THEN
        NEW.number := nextval('public.users_mentorlisting_number');
    END IF;
    NEW.traits := private.users_listing_traits(
        NEW.number, NEW.country, NEW.capacity - NEW.places_taken, NEW.requests_decided, NEW.requests_answered,
        NEW.median_answer_minutes, NEW.rating_mean
    );
    RETURN NEW;
END
$$;
ALTER FUNCTION private.users_mark_listing() OWNER TO sb_definer;
CREATE TRIGGER users_mark BEFORE INSERT OR UPDATE ON users_mentorlisting
    FOR EACH ROW EXECUTE FUNCTION private.users_mark_listing();

-- reverse
DROP TRIGGER users_mark ON users_mentorlisting;
DROP FUNCTION private.users_mark_listing();
DROP FUNCTION private.users_listing_traits(bigint, text, integer, integer, integer, integer, numeric);
ALTER TABLE users_mentorlisting RESET (toast_tuple_target);
REVOKE SELECT (number, traits) ON users_mentorlisting FROM authenticated;
DROP SEQUENCE users_mentorlisting_number;
