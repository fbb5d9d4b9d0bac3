// Business rules are found by their name.
CREATE CONSTRAINT rule_name_is_unique IF NOT EXISTS
FOR (r:Rule) REQUIRE r.name IS UNIQUE;
