-- Mentors, with triggers off: what follows of these rows is written by the functions that the triggers call. Countries,
-- languages, skills and words are frequent and rare: the n-th is drawn with the cube of a random number.
SELECT setseed(0.5);

CREATE TEMP TABLE person ON COMMIT DROP AS
SELECT number, private.new_id() AS id, private.new_id() AS profile, number <= %(mentors)s AS is_mentor,
    1 + floor(cardinality(%(countries)s::text[]) * random() ^ 3)::integer AS place,
    1 + floor(cardinality(%(languages)s::text[]) * random() ^ 3)::integer AS tongue, random() AS luck
FROM generate_series(1, %(mentors)s + %(learners)s) AS number;

INSERT INTO users_user (id, password, is_superuser, email, handle, display_name, role, is_active, is_staff, token_version,
    created_at, updated_at)
SELECT id, '!', false, 'm' || number || '@bench.test', 'm' || number, 'Person ' || number,
    CASE WHEN is_mentor THEN 'mentor' ELSE 'learner' END, true, false, 1, now(), now()
FROM person;

INSERT INTO users_profile (id, user_id, headline, bio, country, time_zone, languages, hours_per_week,
    is_seeking_mentoring, seeking_since, is_offering_mentoring, mentoring_capacity, created_at, updated_at)
SELECT profile, id, '', '', (%(countries)s::text[])[place], (%(zones)s::text[])[place],
    CASE WHEN luck < 0.7 THEN ARRAY['en', (%(languages)s::text[])[tongue]] ELSE ARRAY[(%(languages)s::text[])[tongue]] END,
    5, NOT is_mentor, CASE WHEN NOT is_mentor THEN now() END, is_mentor, CASE WHEN is_mentor THEN 1 + number %% 4 ELSE 0 END, now(), now()
FROM person;

UPDATE users_profile AS profile SET headline = said.headline, bio = said.bio
FROM (
    SELECT person.profile, string_agg('word' || 1 + floor(3000 * luck ^ 3)::integer, ' ') FILTER (WHERE nth <= 6) AS headline,
        string_agg('word' || 1 + floor(3000 * luck ^ 3)::integer, ' ') FILTER (WHERE nth > 6) AS bio
    FROM (SELECT profile, nth, random() AS luck FROM person CROSS JOIN generate_series(1, 46) AS nth WHERE is_mentor) AS person
    GROUP BY person.profile
) AS said
WHERE said.profile = profile.id;

INSERT INTO users_profileskill (id, profile_id, skill_id, level, source, created_at, updated_at)
SELECT private.new_id(), drawn.profile, skill.id, 1 + floor(5 * random())::integer, 'self', now(), now()
FROM (
    SELECT DISTINCT profile, 1 + floor((SELECT count(*) FROM users_skill) * random() ^ 3)::integer AS place
    FROM person CROSS JOIN generate_series(1, 5) WHERE is_mentor
) AS drawn
JOIN (SELECT id, row_number() OVER (ORDER BY slug) AS place FROM users_skill) AS skill USING (place);

INSERT INTO users_availabilityslot (id, profile_id, weekday, starts_at, ends_at)
SELECT private.new_id(), profile, day, '18:00', '20:00' FROM person CROSS JOIN generate_series(1, 2) AS day WHERE is_mentor;

INSERT INTO users_leavewindow (id, profile_id, starts_on, ends_on, created_at, updated_at)
SELECT private.new_id(), profile, current_date - 5, current_date + 5, now(), now()
FROM person WHERE is_mentor AND number %% 40 = 0;

CREATE TEMP TABLE asked ON COMMIT DROP AS
SELECT private.new_id() AS id, learner.id AS learner, mentor.id AS mentor, requested_at, answer,
    CASE WHEN chance < 0.55 THEN 'completed' WHEN chance < 0.75 THEN 'declined' WHEN chance < 0.85 THEN 'expired'
        WHEN nth = 1 THEN 'active' ELSE 'ended_early' END AS status
FROM (
    SELECT number, id, nth, random() AS chance, now() - random() * interval '300 days' AS requested_at,
        random() ^ 3 * interval '6 days' AS answer
    FROM person CROSS JOIN generate_series(1, 6) AS nth WHERE is_mentor AND nth <= number %% 7
) AS mentor
JOIN person AS learner ON learner.number = %(mentors)s + 1 + (mentor.number + mentor.nth) %% %(learners)s;

INSERT INTO matches_mentormatch (id, learner_id, mentor_id, status, message, answer, end_reason, components, matcher,
    requested_at, expires_at, answered_at, started_at, ended_at, created_at, updated_at)
SELECT id, learner, mentor, status, '', '', '', '{}', '{}', requested_at, requested_at + interval '7 days',
    CASE WHEN status <> 'expired' THEN requested_at + answer END,
    CASE WHEN status IN ('completed', 'active', 'ended_early') THEN requested_at + answer END,
    CASE WHEN status <> 'active' THEN requested_at + answer END, requested_at, requested_at
FROM asked;

INSERT INTO matches_review (id, match_id, author_id, subject_id, subject_is_mentor, rating, text, revealed_at, created_at,
    updated_at)
SELECT private.new_id(), id, learner, mentor, true, 5 - floor(4 * random() ^ 3)::integer, '',
    requested_at + answer + interval '14 days', now(), now()
FROM asked WHERE status = 'completed';
