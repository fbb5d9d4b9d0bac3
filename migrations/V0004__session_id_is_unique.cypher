// One node per session without a known user.
CREATE CONSTRAINT session_id_is_unique IF NOT EXISTS
FOR (s:Session) REQUIRE s.id IS UNIQUE;
