-- What a plan cost, who made it and how often the model was asked is written by the worker alone, whose login that is.
-- Its owner asks, cancels and deletes.
CREATE FUNCTION private.roadmaps_receipt_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.attempts, NEW.cost, NEW.prompt_tokens, NEW.completion_tokens) IS NOT DISTINCT FROM (0, NULL, NULL, NULL)
        THEN
            RETURN NEW;
        END IF;
    ELSIF (NEW.source, NEW.input, NEW.model, NEW.prompt_version, NEW.prompt_hash, NEW.prompt_tokens,
           NEW.completion_tokens, NEW.cost, NEW.attempts, NEW.faults, NEW.fallback_reason, NEW.is_cached)
        IS NOT DISTINCT FROM
          (OLD.source, OLD.input, OLD.model, OLD.prompt_version, OLD.prompt_hash, OLD.prompt_tokens,
           OLD.completion_tokens, OLD.cost, OLD.attempts, OLD.faults, OLD.fallback_reason, OLD.is_cached)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a receipt is written by the worker that plans' USING ERRCODE = 'insufficient_privilege';
END
$$;
GRANT EXECUTE ON FUNCTION private.roadmaps_receipt_stays() TO PUBLIC;
CREATE TRIGGER generation_receipt_stays BEFORE INSERT OR UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (current_user = 'authenticated' AND NOT pg_has_role(session_user, 'sb_worker', 'MEMBER'))
    EXECUTE FUNCTION private.roadmaps_receipt_stays();

-- reverse
DROP TRIGGER generation_receipt_stays ON roadmaps_generation;
DROP FUNCTION private.roadmaps_receipt_stays();
