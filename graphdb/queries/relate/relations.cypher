// Which types of item relationships were written, the latest first, and whether each is complete.
// Rows: name (string), status (running or done), settings (JSON text), n_relationships (integer), began (string, a time that
// tells this writing from others), n_communities (integer, null unless the communities on the items are made from it).
MATCH (n:Relation)
RETURN n.name AS name, n.status AS status, n.settings AS settings,
       n.n_relationships AS n_relationships, toString(n.began_at) AS began,
       n.n_communities AS n_communities
ORDER BY n.began_at DESC, name;
