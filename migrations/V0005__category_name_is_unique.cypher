// One node per category.
CREATE CONSTRAINT category_name_is_unique IF NOT EXISTS
FOR (c:Category) REQUIRE c.name IS UNIQUE;
