// Note that the relationships of one type are being written, and by which settings; communities made from those before are
// not of these.
// Rows: name (string).
// :params {name: "TOGETHER", settings: "{}"}
MERGE (n:Relation {name: $name})
SET n.status = 'running', n.settings = $settings, n.began_at = datetime()
REMOVE n.n_communities, n.modularity, n.communities_settings, n.communities_at
RETURN n.name AS name;
