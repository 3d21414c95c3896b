-- Who is called as if the platform itself spoke, and does not run it, has another handle from now on.
SET LOCAL ROLE sb_definer;
UPDATE users_user SET handle = 'member-' || left(md5(id::text || random()::text), 8), updated_at = now()
WHERE handle ~ '^(?:abuse|accounts?|admins?|administrators?|all|anonymous|api|billing|bot|channel|contact|deleted|everybody|everyone|help|helpdesk|here|hostmaster|info|legal|mail|mods?|moderation|moderators?|nobody|no[-_]?reply|null|official|operators?|postmaster|privacy|root|security|service|staff|status|superuser|support|sysadmin|system|team|undefined|webmaster)(?:[-_]?(?:team|staff|bot))?[-_0-9]*\Z|skill[-_]*bridge'
  AND role NOT IN ('moderator', 'admin') AND id > '00000000-0000-7000-8000-0000000000ff';
RESET ROLE;

-- reverse
-- Nobody gets back what they should not have had.
SELECT;
