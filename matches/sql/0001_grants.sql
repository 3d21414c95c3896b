-- What a request may do. Rounds are run by workers; messages and reviews are never changed; counts are the database's.
GRANT SELECT, INSERT, UPDATE ON matches_mentormatch, matches_session, matches_readpointer TO authenticated;
GRANT SELECT, INSERT ON matches_conversation, matches_message, matches_review, matches_matchround TO authenticated;
GRANT SELECT ON matches_mentorstanding TO authenticated;

-- reverse
REVOKE ALL ON matches_mentormatch, matches_session, matches_readpointer, matches_conversation, matches_message,
    matches_review, matches_matchround, matches_mentorstanding FROM authenticated;
