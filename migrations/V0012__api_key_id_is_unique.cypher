// Keys of the API are found by their id.
CREATE CONSTRAINT api_key_id_is_unique IF NOT EXISTS
FOR (k:ApiKey) REQUIRE k.id IS UNIQUE;
