-- What is known of an address is known of that address alone: with another one it begins anew.
CREATE FUNCTION private.roadmaps_forget_check() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.state := 'unverified';
    NEW.checked_at := NULL;
    NEW.next_check_at := now();
    NEW.failures := 0;
    NEW.final_url := '';
    NEW.last_error := '';
    RETURN NEW;
END
$$;
CREATE TRIGGER resource_forget_check BEFORE UPDATE ON roadmaps_resource
    FOR EACH ROW WHEN (OLD.url IS DISTINCT FROM NEW.url) EXECUTE FUNCTION private.roadmaps_forget_check();
CREATE TRIGGER own_resource_forget_check BEFORE UPDATE ON roadmaps_ownresource
    FOR EACH ROW WHEN (OLD.url IS DISTINCT FROM NEW.url) EXECUTE FUNCTION private.roadmaps_forget_check();

-- Whoever brings a link may have what is due checked; the message says nothing of it.
CREATE POLICY insert_link_check ON core_outbox FOR INSERT TO authenticated WITH CHECK (
    topic = 'roadmaps.check_links' AND key IS NULL AND actor_id = (SELECT auth.uid()) AND payload = '{}'
);

-- Triggers of the same event run by name: "legal" comes after "forget".
CREATE TRIGGER resource_legal_start BEFORE INSERT ON roadmaps_resource
    FOR EACH ROW WHEN (NEW.state <> 'unverified') EXECUTE FUNCTION private.refuse_illegal_step('state');
CREATE TRIGGER resource_legal_transition BEFORE UPDATE ON roadmaps_resource
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION private.refuse_illegal_step('state',
        'unverified>verified', 'unverified>failing',
        'verified>failing', 'verified>unverified',
        'failing>verified', 'failing>quarantined', 'failing>unverified',
        'quarantined>verified', 'quarantined>unverified');
CREATE TRIGGER own_resource_legal_start BEFORE INSERT ON roadmaps_ownresource
    FOR EACH ROW WHEN (NEW.state <> 'unverified') EXECUTE FUNCTION private.refuse_illegal_step('state');
CREATE TRIGGER own_resource_legal_transition BEFORE UPDATE ON roadmaps_ownresource
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION private.refuse_illegal_step('state',
        'unverified>verified', 'unverified>failing',
        'verified>failing', 'verified>unverified',
        'failing>verified', 'failing>quarantined', 'failing>unverified',
        'quarantined>verified', 'quarantined>unverified');

-- reverse
DROP POLICY insert_link_check ON core_outbox;
DROP TRIGGER own_resource_legal_transition ON roadmaps_ownresource;
DROP TRIGGER own_resource_legal_start ON roadmaps_ownresource;
DROP TRIGGER resource_legal_transition ON roadmaps_resource;
DROP TRIGGER resource_legal_start ON roadmaps_resource;
DROP TRIGGER own_resource_forget_check ON roadmaps_ownresource;
DROP TRIGGER resource_forget_check ON roadmaps_resource;
DROP FUNCTION private.roadmaps_forget_check();
