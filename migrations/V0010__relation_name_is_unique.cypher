// One node per type of item relationship.
CREATE CONSTRAINT relation_name_is_unique IF NOT EXISTS
FOR (n:Relation) REQUIRE n.name IS UNIQUE;
