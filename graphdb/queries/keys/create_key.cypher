// Keep a key of the API: not the secret, a hash of it.
// Rows: id (string).
// :params {id: "a1b2c3d4", name: "shop", scopes: ["read"], digest: "e3b0c44298fc1c14"}
MERGE (k:ApiKey {id: $id})
ON CREATE SET k.name = $name, k.scopes = $scopes, k.digest = $digest, k.created_at = datetime()
RETURN k.id AS id;
