// Note that the communities on the items are those of a relation, unless it was written anew since it was read.
// Rows: name (string); none if it was.
// :params {name: "TOGETHER", began: "2026-01-01T00:00:00Z", n_communities: 12, modularity: 0.7, settings: "{}"}
MATCH (n:Relation {name: $name, status: 'done'})
WHERE toString(n.began_at) = $began
SET n.n_communities = $n_communities, n.modularity = $modularity,
    n.communities_settings = $settings, n.communities_at = datetime()
RETURN n.name AS name;
