// Changes of items are found by their number: what running servers have not seen yet.
CREATE CONSTRAINT item_change_number_is_unique IF NOT EXISTS
FOR (c:ItemChange) REQUIRE c.number IS UNIQUE;
