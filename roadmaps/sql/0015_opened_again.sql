-- A job that failed is opened again when its dead letter is replayed.
DROP TRIGGER generation_legal_transition ON roadmaps_generation;
CREATE TRIGGER generation_legal_transition BEFORE UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed', 'failed>queued');

-- reverse
DROP TRIGGER generation_legal_transition ON roadmaps_generation;
CREATE TRIGGER generation_legal_transition BEFORE UPDATE ON roadmaps_generation
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed');
