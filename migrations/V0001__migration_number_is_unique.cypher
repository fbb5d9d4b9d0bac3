// One node per migration.
CREATE CONSTRAINT migration_number_is_unique IF NOT EXISTS
FOR (m:Migration) REQUIRE m.number IS UNIQUE;
