// One node per item; without it, parallel loads make two.
CREATE CONSTRAINT item_id_is_unique IF NOT EXISTS
FOR (i:Item) REQUIRE i.id IS UNIQUE;
