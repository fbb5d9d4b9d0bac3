// One relationship per interaction, also when two loads run at once; its index finds a key at once,
// where MERGE between two nodes would look through all that a busy user or item has.
CREATE CONSTRAINT interaction_key_is_unique IF NOT EXISTS
FOR ()-[r:INTERACTED]-() REQUIRE r.key IS UNIQUE;
