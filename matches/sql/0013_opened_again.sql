-- A round that failed is opened again when its dead letter is replayed.
DROP TRIGGER round_legal_transition ON matches_matchround;
CREATE TRIGGER round_legal_transition BEFORE UPDATE ON matches_matchround
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed', 'failed>queued');

-- reverse
DROP TRIGGER round_legal_transition ON matches_matchround;
CREATE TRIGGER round_legal_transition BEFORE UPDATE ON matches_matchround
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION private.refuse_illegal_step('status',
        'queued>running', 'queued>failed', 'running>succeeded', 'running>failed');
