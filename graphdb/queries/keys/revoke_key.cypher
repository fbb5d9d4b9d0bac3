// Revoke a key; one that is revoked stays so since it first was.
// Rows: id (string), name (string); none if there is no such key.
// :params {id: "a1b2c3d4"}
MATCH (k:ApiKey {id: $id})
SET k.revoked_at = coalesce(k.revoked_at, datetime())
RETURN k.id AS id, k.name AS name;
