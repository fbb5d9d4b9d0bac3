// One node per user.
CREATE CONSTRAINT user_id_is_unique IF NOT EXISTS
FOR (u:User) REQUIRE u.id IS UNIQUE;
