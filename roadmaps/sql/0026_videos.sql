-- What was searched for, and what was spent on it, is the service's alone.
ALTER TABLE roadmaps_videosearch ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_videosearch FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_youtubeday ENABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_youtubeday FORCE ROW LEVEL SECURITY;

-- reverse
ALTER TABLE roadmaps_youtubeday NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_youtubeday DISABLE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_videosearch NO FORCE ROW LEVEL SECURITY;
ALTER TABLE roadmaps_videosearch DISABLE ROW LEVEL SECURITY;
