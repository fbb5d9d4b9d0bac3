// Which types of item relationships were written, the latest first, and whether each is complete.
// Rows: name (string), status (running or done), settings (JSON text), n_relationships (integer).
MATCH (n:Relation)
RETURN n.name AS name, n.status AS status, n.settings AS settings,
       n.n_relationships AS n_relationships
ORDER BY n.began_at DESC, name;
