// Every key of the API, the newest first.
// Rows: id, name, digest (strings), scopes (list of strings), created_at (time), revoked_at (time or null).
MATCH (k:ApiKey)
RETURN k.id AS id, k.name AS name, k.digest AS digest, k.scopes AS scopes, k.created_at AS created_at,
       k.revoked_at AS revoked_at
ORDER BY created_at DESC, id;
