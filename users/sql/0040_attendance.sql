-- As the other figures: suggestions weigh it with the rights of whoever asks.
GRANT SELECT (attendance_permille) ON users_mentorlisting TO authenticated;

-- reverse
REVOKE SELECT (attendance_permille) ON users_mentorlisting FROM authenticated;
