-- What rounds propose to learners, and who did not come to a session, goes out by default, like all else about matches.
CREATE OR REPLACE VIEW notifications_channeldefault AS
SELECT kind || ':' || channel AS id, kind, channel, is_enabled, is_mandatory
FROM (
    SELECT kind, 'in_app' AS channel, true AS is_enabled, kind = 'account_security' AS is_mandatory
    FROM unnest(ARRAY[
        'badge_awarded', 'roadmap_ready', 'roadmap_failed', 'roadmap_shared', 'work_recorded', 'module_completed',
        'match_proposed', 'match_withdrawn', 'session_missed', 'match_requested', 'match_info_requested', 'match_accepted', 'match_declined',
        'match_cancelled', 'match_expired', 'message_received', 'reply_posted', 'solution_accepted', 'mentioned',
        'sanctioned', 'account_security', 'announcement'
    ]) AS kind
    UNION ALL
    VALUES
        ('badge_awarded', 'email', true, false),
        ('roadmap_ready', 'email', true, false),
        ('roadmap_failed', 'email', true, false),
        ('roadmap_shared', 'email', true, false),
        ('work_recorded', 'email', false, false),
        ('module_completed', 'email', false, false),
        ('match_proposed', 'email', true, false),
        ('match_withdrawn', 'email', true, false),
        ('session_missed', 'email', true, false),
        ('match_requested', 'email', true, false),
        ('match_info_requested', 'email', true, false),
        ('match_accepted', 'email', true, false),
        ('match_declined', 'email', true, false),
        ('match_cancelled', 'email', true, false),
        ('match_expired', 'email', true, false),
        ('message_received', 'email', true, false),
        ('reply_posted', 'email', true, false),
        ('solution_accepted', 'email', true, false),
        ('mentioned', 'email', true, false),
        ('sanctioned', 'email', true, false),
        ('account_security', 'email', true, true),
        ('announcement', 'email', true, false)
) AS defaults;
-- Replacing it has taken that back.
ALTER VIEW notifications_channeldefault SET (security_invoker = true);

-- reverse
CREATE OR REPLACE VIEW notifications_channeldefault AS
SELECT kind || ':' || channel AS id, kind, channel, is_enabled, is_mandatory
FROM (
    SELECT kind, 'in_app' AS channel, true AS is_enabled, kind = 'account_security' AS is_mandatory
    FROM unnest(ARRAY[
        'badge_awarded', 'roadmap_ready', 'roadmap_failed', 'roadmap_shared', 'work_recorded', 'module_completed',
        'match_requested', 'match_info_requested', 'match_accepted', 'match_declined', 'match_cancelled',
        'match_expired', 'message_received', 'reply_posted', 'solution_accepted', 'mentioned', 'sanctioned',
        'account_security', 'announcement'
    ]) AS kind
    UNION ALL
    VALUES
        ('badge_awarded', 'email', true, false),
        ('roadmap_ready', 'email', true, false),
        ('roadmap_failed', 'email', true, false),
        ('roadmap_shared', 'email', true, false),
        ('work_recorded', 'email', false, false),
        ('module_completed', 'email', false, false),
        ('match_requested', 'email', true, false),
        ('match_info_requested', 'email', true, false),
        ('match_accepted', 'email', true, false),
        ('match_declined', 'email', true, false),
        ('match_cancelled', 'email', true, false),
        ('match_expired', 'email', true, false),
        ('message_received', 'email', true, false),
        ('reply_posted', 'email', true, false),
        ('solution_accepted', 'email', true, false),
        ('mentioned', 'email', true, false),
        ('sanctioned', 'email', true, false),
        ('account_security', 'email', true, true),
        ('announcement', 'email', true, false)
) AS defaults;
-- Replacing it has taken that back.
ALTER VIEW notifications_channeldefault SET (security_invoker = true);
