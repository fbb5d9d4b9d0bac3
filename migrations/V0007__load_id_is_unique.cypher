// One node per load.
CREATE CONSTRAINT load_id_is_unique IF NOT EXISTS
FOR (l:Load) REQUIRE l.id IS UNIQUE;
